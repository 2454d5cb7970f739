"""Merges: several tensors made into one."""

from collections.abc import Callable
from functools import reduce
from typing import Any, ClassVar

from .. import ops
from ..core import tree
from ..core.shapes import broadcast
from .fields import whole
from .layer import Layer


class Merge(Layer):
    """Base of the merges of tensors that broadcast: `combine`, from the first tensor to the last.

    A tensor with fewer axes than another gets new ones behind its batch.
    """

    combine: ClassVar[Callable[..., Any]]

    def setup(self) -> None:
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shapes = listed(self, input_shape)
        if len({s[0] for s in shapes if s and s[0] is not None}) > 1:
            raise ValueError(
                f"{type(self).__name__}: the batches differ: inputs have shapes {shapes}."
            )
        rank = max(map(len, shapes))
        try:
            broadcast(*(s[:1] + (1,) * (rank - len(s)) + s[1:] for s in shapes))
        except ValueError:
            raise ValueError(
                f"{type(self).__name__}: inputs of shapes {shapes} do not fit together."
            ) from None

    def call(self, inputs: Any) -> Any:
        return reduce(self.combine, of_one_rank(inputs))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or any(m is None for m in mask):
            return None
        return reduce(ops.logical_or, mask)


def listed(layer: Layer, shapes: Any) -> list[tuple[int | None, ...]]:
    """`shapes`, if they are a list of shapes."""
    if not isinstance(shapes, (list, tuple)) or not shapes or not all(map(tree.is_shape, shapes)):
        raise ValueError(
            f"{type(layer).__name__}: expected a list of tensors; got one of shape {shapes}."
        )
    return [tuple(s) for s in shapes]


def of_one_rank(inputs: Any) -> list[Any]:
    """Tensors of the same number of axes: new ones of size one stand behind the batch."""
    rank = max(x.ndim for x in inputs)
    return [
        x if x.ndim == rank else ops.expand_dims(x, tuple(range(1, rank - x.ndim + 1)))
        for x in inputs
    ]


class Add(Merge):
    """The sum of the inputs, elementwise."""

    combine = staticmethod(ops.add)


class Subtract(Merge):
    """The first input minus the second, elementwise."""

    combine = staticmethod(ops.subtract)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                f"Subtract: expected two tensors; got {len(input_shape)}, of shapes {input_shape}."
            )


class Multiply(Merge):
    """The product of the inputs, elementwise."""

    combine = staticmethod(ops.multiply)


class Average(Merge):
    """The mean of the inputs, elementwise."""

    combine = staticmethod(ops.add)

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) / len(inputs)


class Maximum(Merge):
    """The largest of the inputs, elementwise."""

    combine = staticmethod(ops.maximum)


class Minimum(Merge):
    """The smallest of the inputs, elementwise."""

    combine = staticmethod(ops.minimum)


class Concatenate(Layer):
    """The inputs, joined along `axis`."""

    axis: int = -1

    def setup(self) -> None:
        self.axis = whole(self.axis)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        shapes = listed(self, input_shape)
        ranks = {len(s) for s in shapes}
        if len(ranks) == 1 and -len(shapes[0]) <= self.axis < len(shapes[0]):
            axis = self.axis % len(shapes[0])
            rest = zip(*(s[:axis] + s[axis + 1 :] for s in shapes))
            if all(len(set(sizes) - {None}) <= 1 for sizes in rest):
                return
        raise ValueError(
            f"Concatenate: axis={self.axis}: inputs of shapes {shapes} differ along other axes, "
            "too."
        )

    def call(self, inputs: Any) -> Any:
        return ops.concatenate(inputs, axis=self.axis)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None or all(m is None for m in mask):
            return None
        joined = ops.concatenate([whole_mask(x, m) for x, m in zip(inputs, mask)], axis=self.axis)
        return ops.any(joined, axis=-1)


def whole_mask(x: Any, mask: Any) -> Any:
    """A mask of the shape of `x`; one that hides nothing in place of None."""
    if mask is None:
        return ops.ones_like(x, dtype="bool")
    mask = ops.expand_dims(mask, tuple(range(mask.ndim, x.ndim))) if mask.ndim < x.ndim else mask
    return ops.logical_and(mask, ops.ones_like(x, dtype="bool"))


class Dot(Layer):
    """Sums of products of two tensors along an axis of each, sample by sample.

    Args:
        axes: the axis to sum over: one int for both, or one for each; the batch is axis 0.
        normalize: whether to bring both to length one along it first: then it is the cosine.

    Shapes: the axes of the first without its own, then those of the second without its own and
    without the batch; (batch, 1) where nothing but the batch is left.
    """

    axes: Any
    normalize: bool = False

    def setup(self) -> None:
        self.supports_masking = True
        if isinstance(self.axes, int):
            return
        if not isinstance(self.axes, (list, tuple)) or len(self.axes) != 2:
            raise ValueError(f"Dot: axes={self.axes!r}: expected an int, or two of them.")
        self.axes = type(self.axes)(map(whole, self.axes))

    def _axes(self, ranks: tuple[int, int]) -> list[int]:
        both = (self.axes,) * 2 if isinstance(self.axes, int) else self.axes
        axes = [a % n if -n <= a < n else 0 for a, n in zip(both, ranks)]
        if 0 in axes:
            raise ValueError(
                f"Dot: axes={self.axes}: expected axes behind the batch, of tensors of ranks "
                f"{ranks}."
            )
        return axes

    def build(self, input_shape: Any) -> None:
        shapes = listed(self, input_shape)
        if len(shapes) != 2:
            raise ValueError(f"Dot: expected two tensors; got {len(shapes)}, of shapes {shapes}.")
        a, b = self._axes((len(shapes[0]), len(shapes[1])))
        if None not in (shapes[0][a], shapes[1][b]) and shapes[0][a] != shapes[1][b]:
            raise ValueError(
                f"Dot: axes={self.axes}: the sizes of inputs of shapes {shapes} differ there."
            )

    def call(self, inputs: Any) -> Any:
        x, y = inputs
        a, b = self._axes((x.ndim, y.ndim))
        if self.normalize:
            x, y = ops.normalize(x, a, epsilon=1e-12), ops.normalize(y, b, epsilon=1e-12)
        sizes = ops.shape(x)[:1] + without(ops.shape(x), a) + without(ops.shape(y), b)
        x, y = ops.moveaxis(x, a, -1), ops.moveaxis(y, b, 1)
        rows = ops.reshape(x, (ops.shape(x)[0], -1, ops.shape(x)[-1])) if x.ndim != 3 else x
        columns = ops.reshape(y, (*ops.shape(y)[:2], -1)) if y.ndim != 3 else y
        return ops.reshape(ops.matmul(rows, columns), sizes if len(sizes) > 1 else (*sizes, 1))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None


def without(shape: tuple[Any, ...], axis: int) -> tuple[Any, ...]:
    """A shape without the batch and one axis."""
    return shape[1:axis] + shape[axis + 1 :]


# -- The same as functions ----------------------------------------------------------------------
def add(inputs: Any, **kwargs: Any) -> Any:
    """`Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """`Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """`Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """`Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """`Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """`Dot(axes, **kwargs)(inputs)`."""
    return Dot(axes=axes, **kwargs)(inputs)
