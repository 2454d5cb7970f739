"""Pools: what a window, or the whole of space, sees, reduced to its largest or mean element."""

from collections.abc import Callable
from typing import Any, ClassVar

from .. import ops
from .fields import DataFormat, Padding, per_axis
from .input_spec import InputSpec
from .layer import Layer


class Pooling(Layer):
    """Base of the pools: `pool` over each window of `pool_size`, moved by `strides`."""

    rank: ClassVar[int]
    pool: ClassVar[Callable[..., Any]]

    pool_size: Any
    strides: Any = None
    padding: Padding = "valid"
    data_format: DataFormat = None
    name: str | None = None

    def setup(self) -> None:
        self.pool_size = per_axis(self, "pool_size", self.pool_size, self.rank)
        strides = self.pool_size if self.strides is None else self.strides
        self.strides = per_axis(self, "strides", strides, self.rank)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any) -> Any:
        return self.pool(inputs, self.pool_size, self.strides, self.padding, self.data_format)


class MaxPooling(Pooling):
    """The largest element in each window."""

    pool = staticmethod(ops.max_pool)


class AveragePooling(Pooling):
    """The mean of each window; what padding 'same' adds is not counted."""

    pool = staticmethod(ops.average_pool)


class MaxPooling1D(MaxPooling):
    """The largest element in each window of steps.

    Shapes: (batch, steps, channels) -> (batch, new steps, channels).
    """

    rank = 1
    pool_size = 2


class MaxPooling2D(MaxPooling):
    """The largest element in each window of an image.

    Shapes: (batch, height, width, channels) -> (batch, new height, new width, channels).
    """

    rank = 2
    pool_size = (2, 2)


class MaxPooling3D(MaxPooling):
    """The largest element in each window of a volume.

    Shapes: (batch, *space, channels) -> (batch, *new space, channels).
    """

    rank = 3
    pool_size = (2, 2, 2)


class AveragePooling1D(AveragePooling):
    """The mean of each window of steps.

    Shapes: (batch, steps, channels) -> (batch, new steps, channels).
    """

    rank = 1


class AveragePooling2D(AveragePooling):
    """The mean of each window of an image.

    Shapes: (batch, height, width, channels) -> (batch, new height, new width, channels).
    """

    rank = 2


class AveragePooling3D(AveragePooling):
    """The mean of each window of a volume.

    Shapes: (batch, *space, channels) -> (batch, *new space, channels).
    """

    rank = 3


# -- Over all of space --------------------------------------------------------------------------
class GlobalPooling(Layer):
    """Base of the pools over all of space: `reduce` over its axes."""

    rank: ClassVar[int]
    reduce: ClassVar[Callable[..., Any]]

    data_format: DataFormat = None
    keepdims: bool = False

    def setup(self) -> None:
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of space."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def call(self, inputs: Any) -> Any:
        return self.reduce(inputs, self.axes, self.keepdims)


class GlobalMaxPooling(GlobalPooling):
    """The largest element of each channel."""

    reduce = staticmethod(ops.max)


class GlobalAveragePooling(GlobalPooling):
    """The mean of each channel."""

    reduce = staticmethod(ops.mean)


class GlobalMaxPooling1D(GlobalMaxPooling):
    """The largest element of each channel: (batch, steps, channels) -> (batch, channels)."""

    rank = 1


class GlobalMaxPooling2D(GlobalMaxPooling):
    """The largest of each channel: (batch, height, width, channels) -> (batch, channels)."""

    rank = 2


class GlobalMaxPooling3D(GlobalMaxPooling):
    """The largest element of each channel: (batch, *space, channels) -> (batch, channels)."""

    rank = 3


class GlobalAveragePooling1D(GlobalAveragePooling):
    """The mean of each channel over the steps that no mask hides.

    Shapes: (batch, steps, channels) -> (batch, channels).
    """

    rank = 1

    def setup(self) -> None:
        super().setup()
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return super().call(inputs)
        (axis,) = self.axes
        counted = ops.expand_dims(ops.cast(mask, inputs.dtype), 3 - axis)
        return ops.sum(inputs * counted, axis, self.keepdims) / ops.sum(
            counted, axis, self.keepdims
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


class GlobalAveragePooling2D(GlobalAveragePooling):
    """The mean of each channel: (batch, height, width, channels) -> (batch, channels)."""

    rank = 2


class GlobalAveragePooling3D(GlobalAveragePooling):
    """The mean of each channel: (batch, *space, channels) -> (batch, channels)."""

    rank = 3


# -- Adaptive -----------------------------------------------------------------------------------
class AdaptivePooling(Layer):
    """Base of the pools with `output_size` windows along each axis, wherever these must lie."""

    rank: ClassVar[int]
    pool: ClassVar[Callable[..., Any]]

    output_size: Any
    data_format: DataFormat = None

    def setup(self) -> None:
        self.output_size = per_axis(self, "output_size", self.output_size, self.rank)

    def call(self, inputs: Any) -> Any:
        return self.pool(inputs, self.output_size, self.data_format)


class AdaptiveMaxPooling(AdaptivePooling):
    """The largest element in each window."""

    pool = staticmethod(ops.adaptive_max_pool)


class AdaptiveAveragePooling(AdaptivePooling):
    """The mean of each window."""

    pool = staticmethod(ops.adaptive_average_pool)


class AdaptiveMaxPooling1D(AdaptiveMaxPooling):
    """The largest elements: (batch, steps, channels) -> (batch, output_size, channels)."""

    rank = 1


class AdaptiveMaxPooling2D(AdaptiveMaxPooling):
    """The largest elements: (batch, height, width, channels) -> (batch, *output_size, channels)."""

    rank = 2


class AdaptiveMaxPooling3D(AdaptiveMaxPooling):
    """The largest elements: (batch, *space, channels) -> (batch, *output_size, channels)."""

    rank = 3


class AdaptiveAveragePooling1D(AdaptiveAveragePooling):
    """Means: (batch, steps, channels) -> (batch, output_size, channels)."""

    rank = 1


class AdaptiveAveragePooling2D(AdaptiveAveragePooling):
    """Means: (batch, height, width, channels) -> (batch, *output_size, channels)."""

    rank = 2


class AdaptiveAveragePooling3D(AdaptiveAveragePooling):
    """Means: (batch, *space, channels) -> (batch, *output_size, channels)."""

    rank = 3


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
GlobalMaxPool1D, GlobalMaxPool2D, GlobalMaxPool3D = (
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
)
GlobalAvgPool1D, GlobalAvgPool2D, GlobalAvgPool3D = (
    GlobalAveragePooling1D, GlobalAveragePooling2D, GlobalAveragePooling3D,
)  # fmt: skip
