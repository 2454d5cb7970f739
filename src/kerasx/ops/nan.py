"""Reductions that pass over NaN."""

from ..core.dtypes import accumulate, floating, floating_first, index, is_float, name_of, promote
from ..core.op import Tensor, op, reduction
from .elementwise import ceil, choose, counting, divide, equal, floor, isnan, maximum, sqrt, square
from .indexing import taken_along
from .reduce import all, amax, amin, argmax, argmin, cumprod, cumsum, over, product, sum
from .shaping import reshape
from .sorting import between, in_front, known_method, ordered, rows_of, spanned
from .tensors import cast

__all__ = [
    "nanargmax", "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian",
    "nanmin", "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar",
]  # fmt: skip

NAN, INF = float("nan"), float("inf")


def without(x: Tensor, value: float) -> Tensor:
    """`x` with `value` in the places of NaN."""
    return choose(isnan(x), value, x) if is_float(name_of(x)) else x


def extreme(reduce, x, worst, axis, keepdims):
    """The extreme over `axis`, of NaN alone NaN."""
    if not is_float(name_of(x)):
        return reduce(x, axis, keepdims)
    nothing = all(isnan(x), axis, keepdims)
    return choose(nothing, NAN, reduce(without(x, worst), axis, keepdims))


@reduction(promote)
def nanmax(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Largest element over `axis` that is not NaN; NaN if there is none."""
    return extreme(amax, x, -INF, axis, keepdims)


@reduction(promote)
def nanmin(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Smallest element over `axis` that is not NaN; NaN if there is none."""
    return extreme(amin, x, INF, axis, keepdims)


@reduction(accumulate)
def nansum(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Sum over `axis`, with NaN as 0; narrow integers are added in 32 bits."""
    return sum(without(x, 0.0), axis, keepdims)


@reduction(accumulate)
def nanprod(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Product over `axis`, with NaN as 1; narrow integers are multiplied in 32 bits."""
    return product(without(x, 1.0), axis, keepdims)


def present(x, axis, keepdims):
    """How many elements over `axis` are not NaN, in the dtype of `x`."""
    return sum(cast(~isnan(x), name_of(x)), axis, keepdims)


@reduction(floating)
def nanmean(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Mean over `axis` of the elements that are not NaN; NaN if there is none."""
    return divide(nansum(x, axis, keepdims), present(x, axis, keepdims))


@reduction(floating)
def nanvar(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Variance over `axis` of the elements that are not NaN; NaN if there is none."""
    apart = without(x - nanmean(x, axis, keepdims=True), 0.0)
    return divide(sum(square(apart), axis, keepdims), present(x, axis, keepdims))


@reduction(floating)
def nanstd(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Standard deviation over `axis` of the elements that are not NaN; NaN if there is none."""
    return sqrt(nanvar(x, axis, keepdims))


def place(find, x, worst, axis, keepdims):
    """The place of the extreme along `axis`, -1 where all is NaN."""
    if not is_float(name_of(x)):
        return find(x, axis, keepdims)
    return choose(all(isnan(x), axis, keepdims), -1, find(without(x, worst), axis, keepdims))


@op(shape=over, dtype=index)
def nanargmax(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Index of the first largest element along `axis` that is not NaN; -1 if there is none."""
    return place(argmax, x, -INF, axis, keepdims)


@op(shape=over, dtype=index)
def nanargmin(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """Index of the first smallest element along `axis` that is not NaN; -1 if there is none."""
    return place(argmin, x, INF, axis, keepdims)


@op(dtype=counting)
def nancumsum(x: Tensor, axis=None, dtype=None) -> Tensor:
    """Sums of the elements up to each along `axis` (flattened if None), with NaN as 0."""
    return cumsum(without(x, 0.0), axis, dtype)


@op(dtype=counting)
def nancumprod(x: Tensor, axis=None, dtype=None) -> Tensor:
    """Products of the elements up to each along `axis` (flattened if None), with NaN as 1."""
    return cumprod(without(x, 1.0), axis, dtype)


@op(shape=spanned, dtype=floating_first)
def nanquantile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False) -> Tensor:
    """The values below which the shares `q` of the elements over `axis` lie that are not NaN.

    Methods and axes are those of `quantile`.
    """
    known_method("nanquantile", method)
    rows = rows_of(x, axis)
    count = present(rows, -1, True)
    rows = ordered(without(rows, INF), rows.ndim - 1)
    at = reshape(q, (-1,)) * maximum(count - 1, 0.0)
    low, high = (taken_along(rows, cast(i, "int32"), rows.ndim - 1) for i in (floor(at), ceil(at)))
    out = choose(equal(count, 0), NAN, between(low, high, at, method))
    return in_front(out, x, q, axis, keepdims)


@op(shape=spanned, dtype=floating_first)
def nanpercentile(x: Tensor, q: Tensor, axis=None, method="linear", keepdims=False) -> Tensor:
    """The values below which `q` per cent of the elements over `axis` lie; as `nanquantile`."""
    return nanquantile(x, q / 100, axis, method, keepdims)


@reduction(floating)
def nanmedian(x: Tensor, axis=None, keepdims=False) -> Tensor:
    """The middle of the sorted elements over `axis` that are not NaN, or the mean of two."""
    return nanquantile(x, 0.5, axis, keepdims=keepdims)
