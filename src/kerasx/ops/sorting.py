"""Order: sorting, searching, quantiles."""

from ..core.dtypes import alike, floating, floating_first, index, keep, name_of, promote
from ..core.op import Tensor, axes_of, op, reduction
from ..core.shapes import reduced
from ..core.symbolic import KerasTensor
from .elementwise import ceil, choose, floor, isnan
from .reduce import any
from .shaping import changed, moveaxis, position, reshape, taken, transpose
from .tensors import cast, convert_to_tensor, shape

__all__ = [
    "argpartition", "argsort", "median", "percentile", "quantile", "searchsorted", "sort", "top_k",
]  # fmt: skip


@op(shape=lambda x, axis: x.shape, dtype=alike)
def ordered(x: Tensor, axis) -> Tensor:
    """The elements of `x` from the smallest to the largest along `axis`."""


@op(shape=lambda x, axis: x.shape, dtype=index)
def order(x: Tensor, axis) -> Tensor:
    """The indices that sort `x` along `axis`; equal elements keep their order."""


@op(dtype=keep)
def sort(x: Tensor, axis=-1) -> Tensor:
    """The elements of `x` from the smallest to the largest along `axis` (flattened if None)."""
    return ordered(reshape(x, (-1,)), 0) if axis is None else ordered(x, position(axis, x.ndim))


@op(dtype=keep)
def argsort(x: Tensor, axis=-1) -> Tensor:
    """The indices that sort `x` along `axis` (flattened if None); equal ones keep their order."""
    return order(reshape(x, (-1,)), 0) if axis is None else order(x, position(axis, x.ndim))


@op(dtype=keep)
def argpartition(x: Tensor, kth, axis=-1) -> Tensor:
    """Indices that put the `kth` smallest along `axis` in its place, smaller ones before it.

    These are the indices that sort `x`, which do so for each `kth`.
    """
    size = None if axis is None else x.shape[position(axis, x.ndim)]
    if size is not None and not -size <= kth < size:
        raise ValueError(f"argpartition: kth={kth} is out of range for an axis of size {size}.")
    return argsort(x, axis)


def best(x, k, sorted=True):
    size = changed(x.shape, x.ndim - 1, k)
    return KerasTensor(size, name_of(x)), KerasTensor(size, "int32")


@op(spec=best, dtype=keep)
def top_k(x: Tensor, k, sorted=True) -> Tensor:
    """The `k` largest elements along the last axis, and their indices."""


def found(sorted_sequence, values, side="left"):
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side={side!r}: expected 'left' or 'right'.")
    if sorted_sequence.ndim != 1:
        raise ValueError(
            f"searchsorted: expected a vector; got shape {tuple(sorted_sequence.shape)}."
        )
    return values.shape


@op(shape=found, dtype=lambda *names: (promote(*names)[0], "int32"))
def places(sorted_sequence: Tensor, values: Tensor, side) -> Tensor:
    """Where each of `values` would be put into a sorted vector."""


@op(shape=found, dtype=index)
def searchsorted(sorted_sequence: Tensor, values: Tensor, side="left") -> Tensor:
    """The index at which each of `values` would be put into a sorted vector to keep it sorted.

    Among equal elements, the first such index for side 'left', the last for 'right'.
    """
    found(sorted_sequence, values, side)
    return places(sorted_sequence, values, side)


METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def spanned(x, q, axis=None, method="linear", keepdims=False):
    known_method("quantile", method)
    return (*q.shape, *reduced(x.shape, axes_of(axis, x.ndim), keepdims))


def known_method(name, method):
    if method not in METHODS:
        raise ValueError(f"{name}: method={method!r}: expected one of {METHODS}.")


def rows_of(x, axis):
    """`x` with the axes to reduce brought together as the last one."""
    axes = axes_of(axis, x.ndim)
    rest = [a for a in range(x.ndim) if a not in axes]
    return reshape(transpose(x, (*rest, *axes)), (*(shape(x)[a] for a in rest), -1))


def between(low, high, at, method):
    """What `method` takes at the place `at`, between the neighbours there."""
    share = at - floor(at)
    if method == "nearest":  # halves go to the even neighbour
        share = cast((share > 0.5) | ((share == 0.5) & (floor(at) % 2 == 1)), at.dtype)
    share = {"lower": 0.0, "higher": 1.0, "midpoint": 0.5}.get(method, share)
    return low + (high - low) * share


def in_front(out, x, q, axis, keepdims):
    """What was found of each row, with the axes of `q` first."""
    axes, sizes = axes_of(axis, x.ndim), shape(x)
    if keepdims:
        kept = [1 if a in axes else n for a, n in enumerate(sizes)]
    else:
        kept = [n for a, n in enumerate(sizes) if a not in axes]
    return reshape(moveaxis(out, -1, 0), (*shape(q), *kept))


@op(shape=spanned, dtype=floating_first)
def quantile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False) -> Tensor:
    """The values below which the shares `q` of the elements over `axis` lie.

    Between two elements, `method` says what is taken: 'linear', 'lower', 'higher', 'midpoint' or
    'nearest'. The axes of `q` come first.
    """
    known_method("quantile", method)
    rows = rows_of(x, axis)
    last = rows.ndim - 1
    rows = ordered(rows, last)
    at = reshape(q, (-1,)) * cast(convert_to_tensor(shape(rows)[-1] - 1, "int32"), x.dtype)
    low, high = (taken(rows, cast(i, "int32"), last) for i in (floor(at), ceil(at)))
    out = between(low, high, at, method)
    out = choose(any(isnan(rows), -1, keepdims=True), float("nan"), out)
    return in_front(out, x, q, axis, keepdims)


@op(shape=spanned, dtype=floating_first)
def percentile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False) -> Tensor:
    """The values below which `q` per cent of the elements over `axis` lie; as `quantile`."""
    # by a tensor: engines divide by a number on a GPU as if 100 * 0.01 were 1
    return quantile(x, q / convert_to_tensor(100.0, name_of(q)), axis, method, keepdims)


@reduction(floating)
def median(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """The middle of the sorted elements over `axis`, or the mean of the two in the middle."""
    return quantile(x, 0.5, axis, keepdims=keepdims)
