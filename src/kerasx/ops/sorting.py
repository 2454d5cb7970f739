"""Order: sorting, searching, quantiles."""

from ..core.dtypes import floating, index, keep, name_of, promote
from ..core.op import Tensor, axes_of, op, reduction
from ..core.shapes import reduced
from ..core.symbolic import KerasTensor
from .elementwise import ceil, choose, floor, isnan
from .reduce import any
from .shaping import changed, moveaxis, position, reshape, taken, transpose
from .tensors import cast, convert_to_tensor, shape

__all__ = [
    "argsort", "median", "percentile", "quantile", "searchsorted", "sort", "top_k",
]  # fmt: skip


@op(shape=lambda x, axis: x.shape, dtype=promote)
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


def best(x, k, sorted=True):
    size = changed(x.shape, x.ndim - 1, k)
    return KerasTensor(size, name_of(x)), KerasTensor(size, "int32")


@op(spec=best, dtype=keep)
def top_k(x: Tensor, k, sorted=True) -> Tensor:
    """The `k` largest elements along the last axis, and their indices."""


def found(sorted_sequence, values, side="left"):
    return values.shape


@op(shape=found, dtype=lambda *names: (promote(*names)[0], "int32"))
def places(sorted_sequence: Tensor, values: Tensor, side) -> Tensor:
    """Where each of `values` would be put into a sorted vector."""


@op(shape=found, dtype=index)
def searchsorted(sorted_sequence: Tensor, values: Tensor, side="left") -> Tensor:
    """The index at which each of `values` would be put into a sorted vector to keep it sorted.

    Among equal elements, the first such index for side 'left', the last for 'right'.
    """
    if side not in ("left", "right"):
        raise ValueError(f"searchsorted: side={side!r}: expected 'left' or 'right'.")
    if sorted_sequence.ndim != 1:
        raise ValueError(
            f"searchsorted: expected a vector; got shape {tuple(sorted_sequence.shape)}."
        )
    return places(sorted_sequence, values, side)


METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def spanned(x, q, axis=None, method="linear", keepdims=False):
    return (*q.shape, *reduced(x.shape, axes_of(axis, x.ndim), keepdims))


@op(shape=spanned, dtype=floating)
def quantile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False) -> Tensor:
    """The values below which the shares `q` of the elements over `axis` lie.

    Between two elements, `method` says what is taken: 'linear', 'lower', 'higher', 'midpoint' or
    'nearest'. The axes of `q` come first.
    """
    if method not in METHODS:
        raise ValueError(f"quantile: method={method!r}: expected one of {METHODS}.")
    axes = axes_of(axis, x.ndim)
    rest = [a for a in range(x.ndim) if a not in axes]
    sizes = shape(x)
    rows = reshape(transpose(x, (*rest, *axes)), (*(sizes[a] for a in rest), -1))
    rows = ordered(rows, len(rest))
    count = shape(rows)[-1]
    at = reshape(q, (-1,)) * cast(convert_to_tensor(count - 1, "int32"), x.dtype)
    low, high = (taken(rows, cast(i, "int32"), len(rest)) for i in (floor(at), ceil(at)))
    share = at - floor(at)
    if method == "nearest":  # halves go to the even neighbour
        share = cast((share > 0.5) | ((share == 0.5) & (floor(at) % 2 == 1)), x.dtype)
    share = {"lower": 0.0, "higher": 1.0, "midpoint": 0.5}.get(method, share)
    out = low + (high - low) * share
    out = choose(any(isnan(rows), -1, keepdims=True), float("nan"), out)
    out = moveaxis(out, -1, 0)
    kept = (
        [1 if a in axes else n for a, n in enumerate(sizes)]
        if keepdims
        else [sizes[a] for a in rest]
    )
    return reshape(out, (*shape(q), *kept))


@op(shape=spanned, dtype=floating)
def percentile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False) -> Tensor:
    """The values below which `q` per cent of the elements over `axis` lie; as `quantile`."""
    return quantile(x, q / 100, axis, method, keepdims)


@reduction(floating)
def median(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """The middle of the sorted elements over `axis`, or the mean of the two in the middle."""
    return quantile(x, 0.5, axis, keepdims=keepdims)
