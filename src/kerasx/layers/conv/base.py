"""Convolution: what all convolutions have in common."""

from typing import Any, ClassVar

from ... import ops
from ...core.scope import quietly
from ...core.symbolic import KerasTensor
from ..activated import activated
from ..fields import per_axis
from ..input_spec import InputSpec
from ..layer import Layer


class Convolution(Layer):
    """Base of the convolutions: `activation(convolution_op(x, *kernels) + bias)`.

    Subclasses give the fields, `rank` (the number of axes of space), `KERNELS`, `kernel_shapes` and
    `convolution_op`.
    """

    rank: ClassVar[int]
    KERNELS: ClassVar[dict[str, str]] = {
        "kernel": "kernel"
    }  # variable -> what its options begin with
    may_dilate_strides: ClassVar[bool] = False

    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")

    def setup(self) -> None:
        n = self.rank
        if self.padding not in self.paddings:
            names = ", ".join(map(repr, self.paddings))
            raise ValueError(
                f"{type(self).__name__}: padding={self.padding!r}: expected one of {names}."
            )
        self.kernel_size = per_axis(self, "kernel_size", self.kernel_size, n)
        self.strides = per_axis(self, "strides", self.strides, n)
        self.dilation_rate = per_axis(self, "dilation_rate", self.dilation_rate, n)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1 and not self.may_dilate_strides:
            raise ValueError(
                f"{type(self).__name__}: strides={self.strides} and "
                f"dilation_rate={self.dilation_rate}: "
                "one of the two must be 1."
            )
        self.input_spec = InputSpec(min_ndim=n + 2)

    def kernel_shapes(self, channels: int) -> list[tuple[int, ...]]:
        """Shapes of the kernels, for inputs with so many channels."""
        raise NotImplementedError(f"{type(self).__name__} does not define kernel_shapes().")

    def bias_size(self, channels: int) -> int:
        """The number of channels of the output."""
        return self.filters

    def convolution_op(self, inputs: Any, *kernels: Any) -> Any:
        """The convolution alone, without bias and activation."""
        raise NotImplementedError(f"{type(self).__name__} does not define convolution_op().")

    @property
    def channel_axis(self) -> int:
        """Where the channels stand."""
        return -1 if self.data_format == "channels_last" else 1

    def channels(self, input_shape: Any) -> int:
        """The number of channels of inputs of a shape."""
        n = input_shape[self.channel_axis]
        if n is None:
            raise ValueError(
                f"{type(self).__name__}: the channels (axis {self.channel_axis}) of inputs of "
                "shape "
                f"{tuple(input_shape)} must be known."
            )
        return n

    def build(self, input_shape: Any) -> None:
        n = self.channels(input_shape)
        self.input_spec = InputSpec(min_ndim=self.rank + 2, axes={self.channel_axis: n})
        for (variable, options), shape in zip(self.KERNELS.items(), self.kernel_shapes(n)):
            setattr(self, variable, self._weight(variable, options, shape))
        self.bias = self._weight("bias", "bias", (self.bias_size(n),)) if self.use_bias else None

    def _weight(self, name: str, options: str, shape: tuple[int, ...]) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=getattr(self, f"{options}_initializer"),
            regularizer=getattr(self, f"{options}_regularizer"),
            constraint=getattr(self, f"{options}_constraint"),
        )

    def call(self, inputs: Any) -> Any:
        x = self.convolution_op(inputs, *(getattr(self, k) for k in self.KERNELS))
        if self.bias is not None:
            bias = self.bias
            if self.channel_axis == 1:
                bias = ops.reshape(bias, (1, -1, *(1,) * self.rank))
            x = ops.add(x, bias)
        return activated(self, x, spare=self.bias is not None)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        kernels = map(KerasTensor, self.kernel_shapes(self.channels(input_shape)))
        with quietly():
            return self.convolution_op(KerasTensor(input_shape), *kernels).shape

    def _options(self) -> dict[str, Any]:
        """What the ops of convolution are told beside their tensors."""
        return {
            "strides": self.strides,
            "padding": self.padding,
            "data_format": self.data_format,
            "dilation_rate": self.dilation_rate,
        }
