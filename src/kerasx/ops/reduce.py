"""Reductions: `axis` is None, an int or a tuple; `keepdims` leaves axes of size one."""

from ..core.dtypes import accumulate, alike, floating, index, is_complex, logical, name_of
from ..core.op import Tensor, axes_of, op, reduction
from ..core.shapes import reduced
from .creation import diagonal, full, on_diagonal
from .elementwise import (
    absolute,
    counting,
    difference,
    either,
    exp,
    greater,
    isfinite,
    less,
    log,
    sqrt,
    square,
    where,
)
from .shaping import broadcast_to, reshape, squeeze
from .tensors import cast, shape, stop_gradient

__all__ = [
    "all", "amax", "amin", "any", "argmax", "argmin", "average", "count_nonzero", "cumprod",
    "cumsum", "logsumexp", "max", "mean", "min", "prod", "ptp", "std", "sum", "trace", "var",
]  # fmt: skip


def over(x, axis=None, keepdims=False, *_, **__):
    return reduced(x.shape, axes_of(axis, x.ndim), keepdims)


@reduction(accumulate)
def sum(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Sum over `axis`; narrow integers are added in 32 bits."""


@reduction(accumulate)
def product(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Product over `axis`; narrow integers are multiplied in 32 bits."""


@reduction(floating)
def mean(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Arithmetic mean over `axis`."""


@reduction(alike)
def amax(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Largest element over `axis`."""


@reduction(alike)
def amin(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Smallest element over `axis`."""


@reduction(logical)
def all(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Whether all elements over `axis` are non-zero."""


@reduction(logical)
def any(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Whether an element over `axis` is non-zero."""


@op(shape=over, dtype=index)
def argmax(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Index of the first largest element along `axis` (of the flattened tensor if None)."""


@op(shape=over, dtype=index)
def argmin(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Index of the first smallest element along `axis` (of the flattened tensor if None)."""


@op(shape=over, dtype=alike)
def max(x: Tensor, axis=None, keepdims=False, initial=None) -> Tensor:
    """Largest element over `axis`, at least `initial`."""
    return bounded(amax, greater, x, axis, keepdims, initial)


@op(shape=over, dtype=alike)
def min(x: Tensor, axis=None, keepdims=False, initial=None) -> Tensor:
    """Smallest element over `axis`, at most `initial`."""
    return bounded(amin, less, x, axis, keepdims, initial)


def bounded(extreme, beyond, x, axis, keepdims, initial):
    if initial is None:
        return extreme(x, axis, keepdims)
    if 0 in x.shape:  # no engine has the extreme of nothing
        return full(over(x, axis, keepdims), initial, x.dtype)
    out, initial = extreme(x, axis, keepdims), cast(initial, x.dtype)
    return either(beyond(initial, out), initial, out)


@op()
def prod(x: Tensor, axis=None, keepdims=False, dtype=None) -> Tensor:
    """Product over `axis`, in `dtype` where given."""
    return product(x if dtype is None else cast(x, dtype), axis, keepdims)


@reduction(floating)
def var(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Variance over `axis`: the mean square of the distance from the mean."""
    apart = x - mean(x, axis, keepdims=True)
    return mean(square(absolute(apart) if is_complex(name_of(x)) else apart), axis, keepdims)


@reduction(floating)
def std(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Standard deviation over `axis`: the square root of the variance."""
    return sqrt(var(x, axis, keepdims))


@op(shape=lambda x, axis=None: over(x, axis), dtype=lambda *_: ("bool", "int32"))
def count_nonzero(x: Tensor, axis=None) -> Tensor:
    """Number of non-zero elements over `axis`."""
    return sum(cast(x, "int32"), axis)


@reduction(floating)
def logsumexp(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """`log(sum(exp(x)))` over `axis`, shifted by the peak so that it cannot overflow."""
    peak = stop_gradient(amax(x, axis, keepdims=True))
    peak = where(isfinite(peak), peak, 0)
    total = log(sum(exp(x - peak), axis, keepdims=True)) + peak
    return total if keepdims else squeeze(total, axes_of(axis, x.ndim))


@op(dtype=floating)
def average(x: Tensor, axis=None, weights: Tensor = None) -> Tensor:
    """Mean over `axis`, each element counted by its weight.

    `weights` has the shape of `x`, or is a vector along `axis`.
    """
    if weights is None:
        return mean(x, axis)
    if weights.ndim != x.ndim:
        axes = axes_of(axis, x.ndim)
        weights = reshape(weights, [n if i in axes else 1 for i, n in enumerate(shape(x))])
    return sum(x * weights, axis) / sum(broadcast_to(weights, shape(x)), axis)


@op(dtype=counting)
def cumsum(x: Tensor, axis=None, dtype=None) -> Tensor:
    """Sums of the elements up to each along `axis` (of the flattened tensor if None)."""
    return cumulated(running_sum, x, axis, dtype)


@op(dtype=counting)
def cumprod(x: Tensor, axis=None, dtype=None) -> Tensor:
    """Products of the elements up to each along `axis` (of the flattened tensor if None)."""
    return cumulated(running_product, x, axis, dtype)


def cumulated(running, x, axis, dtype):
    x = x if dtype is None else cast(x, dtype)
    return running(reshape(x, (-1,)), 0) if axis is None else running(x, axes_of(axis, x.ndim)[0])


@op(shape=lambda x, axis: x.shape, dtype=counting)
def running_sum(x: Tensor, axis) -> Tensor:
    """Sums of the elements up to each along `axis`."""


@op(shape=lambda x, axis: x.shape, dtype=counting)
def running_product(x: Tensor, axis) -> Tensor:
    """Products of the elements up to each along `axis`."""


def traced(x, offset=0, axis1=0, axis2=1):
    return on_diagonal(x, offset, axis1, axis2)[:-1]


@op(shape=traced, dtype=accumulate)
def trace(x: Tensor, offset=0, axis1=0, axis2=1) -> Tensor:
    """Sums of the diagonals of the matrices that lie along two axes."""
    return sum(diagonal(x, offset, axis1, axis2), -1)


@op(dtype=alike)
def ptp(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """The distance from the smallest to the largest element over `axis`."""
    return difference(amax(x, axis, keepdims), amin(x, axis, keepdims))
