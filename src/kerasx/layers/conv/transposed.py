"""Conv1DTranspose, Conv2DTranspose, Conv3DTranspose."""

from typing import Any

from ... import ops
from ..fields import (
    Activation,
    Constraint,
    Count,
    DataFormat,
    Initializer,
    Padding,
    Regularizer,
    not_negative,
    per_axis,
)  # fmt: skip
from .base import Convolution


class ConvTranspose(Convolution):
    """A transposed convolution: each place of the input adds a window to the output.

    Args:
        filters: the number of channels of the output.
        kernel_size: size of the window.
        strides: distance of the windows in the output.
        padding: 'valid' (the whole of each window) or 'same' (the size is that of the input times
            the strides).
        output_padding: how much larger the output is than the smallest that fits; None: by the
            strides.
        data_format: where the channels stand: 'channels_last' or 'channels_first'.
        dilation_rate: distance between the elements of the window.
    """

    filters: Count
    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    output_padding: Any = None
    data_format: DataFormat = None
    dilation_rate: Any = 1
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
        if self.output_padding is not None:
            self.output_padding = per_axis(
                self, "output_padding", self.output_padding, self.rank, not_negative
            )
            if any(p >= s for p, s in zip(self.output_padding, self.strides)):
                raise ValueError(
                    f"{type(self).__name__}: output_padding={self.output_padding}: expected "
                    "less than "
                    f"strides={self.strides}."
                )

    def kernel_shapes(self, channels: int) -> list[tuple[int, ...]]:
        return [(*self.kernel_size, self.filters, channels)]

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The transposed convolution alone, without bias and activation."""
        return ops.conv_transpose(
            inputs, kernel, output_padding=self.output_padding, **self._options()
        )


class Conv1DTranspose(ConvTranspose):
    """A transposed convolution along the steps of a sequence.

    Shapes: (batch, steps, channels) -> (batch, new steps, filters).
    """

    rank = 1


class Conv2DTranspose(ConvTranspose):
    """A transposed convolution over the plane of an image.

    Shapes: (batch, height, width, channels) -> (batch, new height, new width, filters).
    """

    rank = 2
    strides = (1, 1)
    dilation_rate = (1, 1)


class Conv3DTranspose(ConvTranspose):
    """A transposed convolution over a volume.

    Shapes: (batch, *space, channels) -> (batch, *new space, filters).
    """

    rank = 3
    filters: Count  # type: ignore[misc]
    kernel_size: Any  # type: ignore[misc]
    strides: Any = (1, 1, 1)
    padding: Padding = "valid"
    data_format: DataFormat = None  # in front of output_padding, other than in the two above
    dilation_rate = (1, 1, 1)
