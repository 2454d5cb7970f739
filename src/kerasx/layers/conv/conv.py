"""Conv1D, Conv2D, Conv3D."""

from typing import Any

from ... import ops
from ..activated import activated
from ..fields import (
    Activation,
    Constraint,
    Count,
    DataFormat,
    Initializer,
    Lower,
    Regularizer,
)  # fmt: skip
from ..lora import KernelLayer
from .base import Convolution


class Conv(KernelLayer, Convolution):
    """A convolution: each place of the output sees all channels of its group in a window.

    Args:
        filters: the number of channels of the output.
        kernel_size: size of the window.
        strides: steps of the window.
        padding: 'valid' (only where the window fits) or 'same' (the size is that of the input over
            the strides).
        data_format: where the channels stand: 'channels_last' or 'channels_first'.
        dilation_rate: distance between the elements of the window.
        groups: the number of groups that the channels fall into.
    """

    filters: Count
    kernel_size: Any
    strides: Any = 1
    padding: Lower = "valid"
    data_format: DataFormat = None
    dilation_rate: Any = 1
    groups: Count = 1
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None

    def setup(self) -> None:
        super().setup()
        if self.filters % self.groups:
            raise ValueError(
                f"{type(self).__name__}: filters={self.filters}: expected a multiple of "
                f"groups={self.groups}."
            )

    def kernel_shapes(self, channels: int) -> list[tuple[int, ...]]:
        if channels % self.groups:
            raise ValueError(
                f"{type(self).__name__}: inputs with {channels} channels do not divide into "
                f"groups={self.groups}."
            )
        return [(*self.kernel_size, channels // self.groups, self.filters)]

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.begin_lora()

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The convolution alone, without bias and activation."""
        return ops.conv(inputs, kernel, **self._options())

    def call(self, inputs: Any) -> Any:
        if self.bias is None or type(self).convolution_op is not Conv.convolution_op:
            return super().call(inputs)
        x = ops.biased_conv(inputs, self.kernel, self.bias, **self._options())
        return activated(self, x, spare=True)


class Conv1D(Conv):
    """A convolution along the steps of a sequence; with padding 'causal' none sees a later one.

    Shapes: (batch, steps, channels) -> (batch, new steps, filters).
    """

    rank = 1
    paddings = ("valid", "same", "causal")

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The convolution alone, without bias and activation."""
        if self.padding != "causal":
            return super().convolution_op(inputs, kernel)
        before = [(0, 0), (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0), (0, 0)]
        if self.channel_axis == 1:
            before[1:] = before[2], before[1]
        options = self._options() | dict[str, Any](padding="valid")
        return ops.conv(ops.pad(inputs, before), kernel, **options)


class Conv2D(Conv):
    """A convolution over the plane of an image.

    Shapes: (batch, height, width, channels) -> (batch, new height, new width, filters).
    """

    rank = 2
    strides = (1, 1)
    dilation_rate = (1, 1)


class Conv3D(Conv):
    """A convolution over a volume.

    Shapes: (batch, *space, channels) -> (batch, *new space, filters).
    """

    rank = 3
    strides = (1, 1, 1)
    dilation_rate = (1, 1, 1)
