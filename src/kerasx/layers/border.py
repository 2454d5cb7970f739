"""Layers that change the size of space: Cropping, ZeroPadding, UpSampling."""

from typing import Annotated, Any, ClassVar

from .. import ops
from ..core.fields import choice
from .fields import Count, DataFormat, per_axis, sides_per_axis
from .input_spec import InputSpec
from .layer import Layer

INTERPOLATIONS = ("bicubic", "bilinear", "lanczos3", "lanczos5", "nearest")


class Spatial(Layer):
    """Base of layers that act on the axes of space."""

    rank: ClassVar[int]
    data_format = "channels_last"

    def setup(self) -> None:
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of space."""
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))


def sides(layer: Spatial, name: str) -> tuple[Any, ...]:
    """The field `name` as (low, high) for each axis; of one axis, the pair itself."""
    value = getattr(layer, name)
    if layer.rank == 1:
        return sides_per_axis(layer, name, (value,), 1)[0]
    return sides_per_axis(layer, name, value, layer.rank)


class Cropping(Spatial):
    """Base of the layers that take elements off the ends of space."""

    cropping: Any

    def setup(self) -> None:
        super().setup()
        self.cropping = sides(self, "cropping")

    def call(self, inputs: Any) -> Any:
        parts = [slice(None)] * inputs.ndim
        pairs = [self.cropping] if self.rank == 1 else self.cropping
        for axis, (low, high) in zip(self.axes, pairs):
            n = inputs.shape[axis]
            if n is not None and low + high >= n:
                raise ValueError(
                    f"{type(self).__name__}: cropping={self.cropping} leaves nothing of axis "
                    f"{axis} of inputs of "
                    f"shape {tuple(inputs.shape)}."
                )
            parts[axis] = slice(low, -high if high else None)
        return inputs[tuple(parts)]


class Cropping1D(Cropping):
    """A sequence without `cropping` steps at its ends: one number for both, or one for each.

    Shapes: (batch, steps, channels) -> (batch, steps - low - high, channels).
    """

    rank = 1
    cropping: Any = (1, 1)


class Cropping2D(Cropping):
    """An image without `cropping` rows and columns: a number, or one or a pair for each axis."""

    rank = 2
    cropping: Any = ((0, 0), (0, 0))
    data_format: DataFormat = None


class Cropping3D(Cropping):
    """A volume without `cropping` elements at its ends: a number, or one or a pair per axis."""

    rank = 3
    cropping: Any = ((1, 1), (1, 1), (1, 1))
    data_format: DataFormat = None


class ZeroPadding(Spatial):
    """Base of the layers that add zeros at the ends of space."""

    padding: Any
    data_format: DataFormat = None

    def setup(self) -> None:
        super().setup()
        self.padding = sides(self, "padding")

    def call(self, inputs: Any) -> Any:
        widths = [(0, 0)] * inputs.ndim
        for axis, pair in zip(self.axes, [self.padding] if self.rank == 1 else self.padding):
            widths[axis] = pair
        return ops.pad(inputs, tuple(widths))


class ZeroPadding1D(ZeroPadding):
    """A sequence with `padding` zeros at its ends: one number for both, or one for each.

    Shapes: (batch, steps, channels) -> (batch, steps + low + high, channels).
    """

    rank = 1
    padding = 1


class ZeroPadding2D(ZeroPadding):
    """An image with `padding` zeros around it: a number, one for each axis, or a pair for each."""

    rank = 2
    padding = (1, 1)


class ZeroPadding3D(ZeroPadding):
    """A volume with `padding` zeros around it: a number, one for each axis, or a pair for each."""

    rank = 3
    padding = ((1, 1), (1, 1), (1, 1))


class UpSampling1D(Spatial):
    """Each step, `size` times.

    Shapes: (batch, steps, channels) -> (batch, steps * size, channels).
    """

    rank = 1
    size: Count = 2

    def call(self, inputs: Any) -> Any:
        return ops.repeat(inputs, self.size, axis=1)


class UpSampling2D(Spatial):
    """An image, `size` times as large along each axis.

    interpolation: 'nearest' repeats its elements; the others are those of `ops.image.resize`.
    """

    rank = 2
    size: Any = (2, 2)
    data_format: DataFormat = None
    interpolation: Annotated[str, choice(*INTERPOLATIONS)] = "nearest"

    def setup(self) -> None:
        super().setup()
        self.size = per_axis(self, "size", self.size, 2)

    def call(self, inputs: Any) -> Any:
        if self.interpolation == "nearest":
            return repeated(inputs, self.axes, self.size)
        space = (ops.shape(inputs)[axis] for axis in self.axes)
        size = tuple(n if n is None else n * k for n, k in zip(space, self.size))
        return ops.image.resize(inputs, size, self.interpolation, data_format=self.data_format)


class UpSampling3D(Spatial):
    """A volume, with each element repeated `size` times along each axis."""

    rank = 3
    size: Any = (2, 2, 2)
    data_format: DataFormat = None

    def setup(self) -> None:
        super().setup()
        self.size = per_axis(self, "size", self.size, 3)

    def call(self, inputs: Any) -> Any:
        return repeated(inputs, self.axes, self.size)


def repeated(x: Any, axes: tuple[int, ...], counts: tuple[int, ...]) -> Any:
    """`x` with each slice along each of `axes` repeated."""
    for axis, n in zip(axes, counts):
        x = ops.repeat(x, n, axis=axis)
    return x
