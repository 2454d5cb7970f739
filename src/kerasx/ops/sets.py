"""Tensors as sets and as samples: what is in them, and how often."""

from math import prod

from ..core.dtypes import alike, floating, is_float, is_int, name_of, strong
from ..core.op import Tensor, narrow, op
from ..core.symbolic import KerasTensor
from .creation import arange, full_like, linspace, ones_like, steps, zeros_like
from .elementwise import (
    add,
    choose,
    counting,
    either,
    equal,
    isnan,
    less,
    maximum,
    not_equal,
    subtract,
)
from .indexing import scattered, segment_min, segment_sum
from .logic import logical_and, logical_not
from .nan import nanmax
from .reduce import any, cumsum, max, min, sum
from .shaping import changed, expand_dims, moveaxis, pad, position, reshape, taken
from .sorting import order, ordered, places
from .tensors import as_size, cast, shape, sparse_or_not

__all__ = ["bincount", "digitize", "histogram", "isin", "unique"]


# -- Distinct elements --------------------------------------------------------------------------
def distinct(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    if axis is None:
        values, places = (size,), x.shape
    else:
        axis = position(axis, x.ndim)
        values, places = changed(x.shape, axis, size), (x.shape[axis],)
    whole = KerasTensor(values, name_of(x))
    wanted = (
        [KerasTensor((size,), "int32")] * return_index
        + [KerasTensor(places, "int32")] * return_inverse
        + [KerasTensor((size,), "int32")] * return_counts
    )
    return (whole, *wanted) if wanted else whole


def sorting(rows):
    """The indices that sort the rows of a matrix, by their first elements, then by the next."""
    by = order(rows[:, -1], 0)
    for column in reversed(range(rows.shape[1] - 1)):
        by = taken(by, order(taken(rows[:, column], by, 0), 0), 0)
    return by


def numbered(rows):
    """For each row of a sorted matrix, how many distinct rows there are before it."""
    change = any(not_equal(rows[1:], rows[:-1]), -1)
    return cumsum(pad(cast(change, "int32"), ((1, 0),))[: shape(rows)[0]], 0)


@op(spec=distinct, dtype=alike)
def unique(
    x: Tensor,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
) -> Tensor:
    """The distinct elements of `x` (slices along `axis`, where given), from the smallest on.

    `size` says how many to give, which compiled code may have to know: what is more is left
    out, what is less is filled up with `fill_value` (0 if None). As asked for, there follow the
    place of the first of each, the place of each element of `x` among them, and their counts.
    """
    axis = axis if axis is None else position(axis, x.ndim)
    slices = reshape(x, (-1, 1)) if axis is None else moveaxis(x, axis, 0)
    sizes = shape(slices)[1:]
    rows = reshape(slices, (-1, prod(sizes)))
    by = sorting(rows)
    group = numbered(taken(rows, by, 0))
    found = max(group, initial=-1) + 1
    count = as_size(found) if size is None else size
    there = less(arange(count), found)
    index = segment_min(by, group, count)
    index = choose(there, index, index[:1])
    values = taken(slices, index, 0)
    if size is not None:
        there = reshape(there, (-1,) + (1,) * len(sizes))
        values = either(there, values, cast(0 if fill_value is None else fill_value, x.dtype))
    out = [reshape(values, (-1,)) if axis is None else moveaxis(values, 0, axis)]
    if return_index:
        out.append(index)
    if return_inverse:
        inverse = scattered(zeros_like(by), expand_dims(by, 1), group, None)
        out.append(reshape(inverse, shape(x)) if axis is None else inverse)
    if return_counts:
        out.append(segment_sum(ones_like(by), group, count))
    return tuple(out) if len(out) > 1 else out[0]


def compared(*names: str) -> tuple[str, str]:
    """Compared as numbers, gives booleans."""
    return counting(*names)[0], "bool"


@op(shape=lambda x1, x2, assume_unique=False, invert=False: x1.shape, dtype=compared)
def isin(x1: Tensor, x2: Tensor, assume_unique=False, invert=False) -> Tensor:
    """Whether each element of `x1` is among those of `x2` (with `invert`, whether it is not)."""
    if 0 in x2.shape:
        return full_like(x1, invert, "bool")
    pool = ordered(reshape(x2, (-1,)), 0)
    if is_float(name_of(pool)):  # NaN equals nothing, but a search would find it
        pool = choose(isnan(pool), nanmax(pool), pool)
    found = not_equal(places(pool, x1, "left"), places(pool, x1, "right"))
    found = logical_and(found, logical_not(isnan(x1)))
    return logical_not(found) if invert else found


# -- Counts -------------------------------------------------------------------------------------
def added(*names: str) -> tuple[None, str]:
    """Counts where there are no weights."""
    return None, counting(*map(strong, names))[1] if len(names) > 1 else "int32"


def counted(x, weights=None, minlength=0, sparse=False):
    if x.ndim not in (1, 2):
        raise ValueError(f"bincount: expected a vector or a matrix; got shape {tuple(x.shape)}.")
    names = [name_of(i) for i in (x, weights) if i is not None]
    return KerasTensor((*x.shape[:-1], None), added(*names)[1], sparse=sparse)


@op(spec=counted, dtype=added)
def bincount(x: Tensor, weights: Tensor = None, minlength=0, sparse=False) -> Tensor:
    """How often each of 0, 1, 2, ... is among the integers `x`, up to the largest.

    With `weights`, their sums. There are at least `minlength` numbers; of a matrix, a row of
    them for each row.
    """
    counted(x)
    if is_float(name_of(x)):
        raise ValueError(f"bincount: expected integers; got {name_of(x)}.")
    own = name_of(x)
    x = cast(x, own if own == "int64" else "int32")
    least = as_size(min(x, initial=0))
    if isinstance(least, int) and least < 0:
        raise ValueError(f"bincount: expected numbers that are not negative; got {least}.")
    length = as_size(maximum(max(x, initial=-1) + 1, minlength))
    if weights is None:
        each = ones_like(x, "int32")
    else:
        each = cast(weights, counting(own, name_of(weights))[1])
    rows = shape(x)[0] if x.ndim == 2 else 1
    ids = reshape(x, (rows, -1)) + length * expand_dims(steps(0, rows, 1, name_of(x)), 1)
    out = segment_sum(reshape(each, (-1,)), reshape(ids, (-1,)), rows * length)
    out = reshape(out, (*shape(x)[:-1], length))
    return sparse_or_not(out, True) if sparse else out


def bars(x, bins=10, range=None):
    if not isinstance(bins, int):
        raise TypeError(f"histogram: bins={bins!r}: expected an int.")
    if bins < 1:
        raise ValueError(f"histogram: bins={bins}: expected a positive number.")
    if range and range[1] < range[0]:
        raise ValueError(f"histogram: range={range}: expected the larger number second.")
    name = narrow(floating(name_of(x))[1])
    return KerasTensor((bins,), name), KerasTensor((bins + 1,), name)


def bounds(x):
    """The smallest and the largest element of a vector; of nothing, 0 and 1."""
    n = shape(x)[0]
    if isinstance(n, int):
        return (min(x), max(x)) if n else (0.0, 1.0)
    return choose(equal(n, 0), 0.0, min(x)), choose(equal(n, 0), 1.0, max(x))


@op(spec=bars, dtype=floating)
def histogram(x: Tensor, bins=10, range=None) -> Tensor:
    """How many elements of `x` lie in each of `bins` equal parts of `range`, and their edges.

    `range` is a pair of numbers; where it is None, the smallest and the largest element.
    """
    bars(x, bins, range)
    x = reshape(x, (-1,))
    low, high = bounds(x) if range is None else range
    half = choose(equal(low, high), 0.5, 0.0)  # a part of the line, also around one number
    low, high = cast(subtract(low, half), x.dtype), cast(add(high, half), x.dtype)
    edges = linspace(low, high, bins + 1)
    ids = places(edges, x, "right") - 1
    ids = choose(equal(x, high), bins - 1, ids)  # the last part holds both its ends
    ids = choose(isnan(x), -1, ids)
    return segment_sum(ones_like(x), ids, bins), edges


@op(shape=lambda x, bins: x.shape, dtype=lambda *names: (counting(*names)[0], "int32"))
def digitize(x: Tensor, bins: Tensor) -> Tensor:
    """How many of the increasing numbers `bins` are not above each element of `x`."""
    if bins.ndim != 1:
        raise ValueError(f"digitize: expected a vector of bins; got shape {tuple(bins.shape)}.")
    return places(bins, x, "right")
