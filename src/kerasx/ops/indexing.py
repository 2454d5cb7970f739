"""Reading and writing parts of tensors, by position."""

from builtins import slice as Slice
from typing import Any

import numpy as np

from ..core.dtypes import is_int, keep, name_of, promote
from ..core.op import FAST, Tensor, indexed_door, narrow, op
from ..core.refusal import REFUSALS, refusal
from ..core.shapes import broadcast
from ..core.symbolic import KerasTensor
from .creation import filled, steps, zeros
from .elementwise import choose, counting, difference, equal, floor_divide, mod, not_equal
from .reduce import amax, sum
from .shaping import changed, expand_dims, position, reshape, taken
from .tensors import as_size, cast, resolved, shape, sparse_or_not

__all__ = [
    "diff", "get_item", "in_top_k", "multi_hot", "one_hot", "scatter", "scatter_update",
    "segment_max", "segment_min", "segment_prod", "segment_sum", "slice", "slice_update",
    "take", "take_along_axis", "unravel_index",
]  # fmt: skip


# -- x[key] -------------------------------------------------------------------------------------
def cut(n, part):
    """The length that the slice `part` leaves of an axis of size `n`; None where unknown."""
    bounds = part.start, part.stop, part.step
    if bounds in ((None, None, None), (None, None, 1), (0, None, None)):
        return n
    if n is None or not all_known(bounds):
        return None
    return len(range(*part.indices(n)))


def all_known(bounds):
    return not [b for b in bounds if b is not None and not hasattr(b, "__index__")]


def spelled(key, rank):
    """`key` as a list with `...` written out, and the axes that it leaves filled up."""
    keys = list(key) if isinstance(key, tuple) else [key]
    used = 0
    for k in keys:
        used += (
            0 if k is None or k is Ellipsis else max(getattr(k, "ndim", 1), 1) if is_mask(k) else 1
        )
    if used > rank:
        raise IndexError(f"get_item: {used} indices for a tensor of rank {rank}.")
    at = next((i for i, k in enumerate(keys) if k is Ellipsis), len(keys))
    return keys[:at] + [Slice(None)] * (rank - used) + keys[at + 1 :]


def is_mask(k):
    return hasattr(k, "dtype") and name_of(k) == "bool"


def indexed(x, key):
    """The shape of `x[key]`, by NumPy's rules."""
    out, sizes, advanced, places = [], iter(x.shape), [], []
    keys = spelled(key, len(x.shape))
    arrays = [k for k in keys if not (k is None or isinstance(k, (int, Slice)))]
    for k in keys:
        if k is None:
            out.append(1)
        elif isinstance(k, Slice):
            out.append(cut(next(sizes), k))
        elif isinstance(k, int) and not arrays:
            n = next(sizes)
            if n is not None and not -n <= k < n:
                raise IndexError(f"get_item: index {k} is out of range for an axis of size {n}.")
        else:
            inner = (
                (None,)
                if is_mask(k)
                else tuple(np.shape(k) if isinstance(k, (int, list)) else k.shape)
            )
            for _ in range(np.ndim(k) if is_mask(k) else 1):
                next(sizes)
            advanced.append(inner)
            places.append((len(out), keys.index(k) if isinstance(k, int) else 0))
    if not advanced:
        return tuple(out)
    at = places[0][0] if len({p for p, _ in places}) == 1 else 0
    return (*out[:at], *broadcast(*advanced), *out[at:])


@op(shape=indexed, dtype=keep)
def get_item(x: Tensor, key) -> Tensor:
    """`x[key]`, by NumPy's rules of indexing."""


@op(dtype=keep)
def diff(a: Tensor, n=1, axis=-1) -> Tensor:
    """The differences of neighbours along `axis`, taken `n` times; of booleans, if they differ."""
    if n < 0:
        raise ValueError(f"diff: n={n}: expected a number that is not negative.")
    before = (Slice(None),) * position(axis, a.ndim)
    apart = not_equal if name_of(a) == "bool" else difference
    for _ in range(n):
        a = apart(get_item(a, (*before, Slice(1, None))), get_item(a, (*before, Slice(None, -1))))
    return a


# -- Taking -------------------------------------------------------------------------------------
@op(dtype=keep, door=indexed_door)
def take(x: Tensor, indices: Tensor, axis=None) -> Tensor:
    """The slices of `x` at `indices` along `axis` (of the flattened tensor if None).

    Negative indices count from the end.
    """
    if axis is None:
        return taken(reshape(x, (-1,)), indices, 0)
    return taken(x, indices, position(axis, x.ndim))


@op(dtype=keep, door=indexed_door)
def take_along_axis(x: Tensor, indices: Tensor, axis=None) -> Tensor:
    """The elements of `x` at `indices`, which has an index for each place, along `axis`."""
    if axis is None:
        return taken_along(reshape(x, (-1,)), reshape(indices, (-1,)), 0)
    if x.ndim != indices.ndim:
        raise ValueError(
            f"take_along_axis: x has rank {x.ndim}, indices {indices.ndim}: expected the same."
        )
    return taken_along(x, indices, position(axis, x.ndim))


def along(x, indices, axis):
    rest = broadcast(changed(x.shape, axis, 1), changed(indices.shape, axis, 1))
    return changed(rest, axis, indices.shape[axis])


@op(shape=along, dtype=keep, door=indexed_door)
def taken_along(x: Tensor, indices: Tensor, axis) -> Tensor:
    """The elements of `x` at `indices` along `axis`; the other axes broadcast."""


@op(shape=lambda inputs, start_indices, shape: tuple(shape), dtype=keep)
def slice(inputs: Tensor, start_indices, shape) -> Tensor:
    """The part of `inputs` that begins at `start_indices` and has `shape`."""


@op(shape=lambda inputs, start_indices, updates: inputs.shape, dtype=keep)
def slice_update(inputs: Tensor, start_indices, updates: Tensor) -> Tensor:
    """`inputs` with the part that begins at `start_indices` replaced by `updates`."""


def coordinates(indices, shape):
    return (KerasTensor(indices.shape, narrow(counting(name_of(indices))[1])),) * len(shape)


@op(spec=coordinates, dtype=counting)
def unravel_index(indices: Tensor, shape) -> Tensor:
    """For each axis of a tensor of `shape`, the places of the elements whose flat places are
    `indices`."""
    found = []
    for n in reversed(shape):
        found.append(mod(indices, n))
        indices = floor_divide(indices, n)
    return tuple(reversed(found))


# -- Scattering ---------------------------------------------------------------------------------
REDUCTIONS = (None, "add", "max", "min", "mul")


def scatter_door(native, declaration):
    """Three tensors, whose dtypes stay as they are."""
    slow = declaration.slow

    def call(inputs, indices, updates, reduction=None):
        try:
            if type(inputs) in FAST and type(indices) in FAST and type(updates) in FAST:
                return native(inputs, indices, updates, reduction)
            return slow(native, inputs, indices, updates, reduction)
        except REFUSALS as error:
            raise refusal(declaration, error, inputs, indices, updates, reduction) from error

    return call


@op(shape=lambda inputs, indices, updates, reduction: inputs.shape, dtype=keep, door=scatter_door)
def scattered(inputs: Tensor, indices: Tensor, updates: Tensor, reduction) -> Tensor:
    """`inputs` with `updates` put at `indices`, or brought together with what is there."""


def updated(inputs, indices, updates, reduction=None):
    if reduction not in REDUCTIONS:
        raise ValueError(f"scatter_update: reduction={reduction!r}: expected one of {REDUCTIONS}.")
    return inputs.shape


@op(shape=updated, dtype=keep, door=scatter_door)
def scatter_update(inputs: Tensor, indices: Tensor, updates: Tensor, reduction=None) -> Tensor:
    """`inputs` with `updates` put at `indices`, each a row of coordinates of `inputs`.

    `reduction` is None to replace, or 'add', 'max', 'min', 'mul' to bring the new values together
    with the old.
    """
    updated(inputs, indices, updates, reduction)
    if updates.dtype != inputs.dtype:
        updates = cast(updates, inputs.dtype)
    return scattered(inputs, indices, updates, reduction)


@op(
    shape=lambda indices, values, shape: tuple(shape),
    dtype=lambda *names: (None, promote(names[-1])[1]),
)
def scatter(indices: Tensor, values: Tensor, shape) -> Tensor:
    """Zeros of `shape` with `values` added at `indices`, each a row of coordinates."""
    return scattered(zeros(shape, values.dtype), indices, values, "add")


# -- Segments -----------------------------------------------------------------------------------
def segmented(data, segment_ids, num_segments=None, sorted=False):
    return (num_segments, *data.shape[1:])


@op(shape=segmented, dtype=keep)
def segment_sum(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False) -> Tensor:
    """The sums of the rows of `data` that share an id, one row for each id from 0."""
    return gathered(data, segment_ids, num_segments, 0, "add")


@op(shape=segmented, dtype=keep)
def segment_prod(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False) -> Tensor:
    """The products of the rows of `data` that share an id, one row for each id from 0."""
    return gathered(data, segment_ids, num_segments, 1, "mul")


@op(shape=segmented, dtype=keep)
def segment_max(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False) -> Tensor:
    """The largest elements of the rows of `data` that share an id, one row for each id from 0."""
    return gathered(data, segment_ids, num_segments, limits(data)[0], "max")


@op(shape=segmented, dtype=keep)
def segment_min(data: Tensor, segment_ids: Tensor, num_segments=None, sorted=False) -> Tensor:
    """The smallest elements of the rows of `data` that share an id, one row for each id from 0."""
    return gathered(data, segment_ids, num_segments, limits(data)[1], "min")


def limits(x) -> tuple[Any, Any]:
    """The lowest and the highest value of the dtype of `x`."""
    name = name_of(x)
    if is_int(name):
        return np.iinfo(name).min, np.iinfo(name).max
    return -float("inf"), float("inf")


def gathered(data, ids, count, start, reduction):
    """Rows of `data` brought together by their ids; ids that are out of range are left out."""
    if count is None:
        count = as_size(amax(ids)) + 1
    inside = (ids >= 0) & (ids < count)
    ids = choose(inside, ids, count)  # a row behind the last, which is dropped
    base = filled((count + 1, *shape(data)[1:]), start, resolved(data.dtype))
    return scattered(base, expand_dims(ids, -1), data, reduction)[:count]


# -- Classes ------------------------------------------------------------------------------------
def spread_classes(x, num_classes, axis=-1, dtype=None, sparse=False):
    axis = position(axis, x.ndim + 1)
    shape = (*x.shape[:axis], num_classes, *x.shape[axis:])
    return KerasTensor(shape, resolved(dtype), sparse=sparse)


@op(spec=spread_classes, dtype=keep)
def one_hot(x: Tensor, num_classes, axis=-1, dtype=None, sparse=False) -> Tensor:
    """Along a new `axis`, 1 at the place that the integer in `x` names and 0 elsewhere."""
    axis = position(axis, x.ndim + 1)
    places = reshape(steps(0, num_classes, 1, "int32"), (num_classes,) + (1,) * (x.ndim - axis))
    rows = cast(equal(expand_dims(cast(x, "int32"), axis), places), resolved(dtype))
    return sparse_or_not(rows, True) if sparse else rows


@op(dtype=keep)
def multi_hot(
    inputs: Tensor, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs
) -> Tensor:
    """Along a new `axis`, 1 at the places that the integers of a row name and 0 elsewhere."""
    if num_classes is None:
        num_classes = kwargs.pop("num_tokens", None)
    if num_classes is None or kwargs:
        raise ValueError(
            f"multi_hot: expected num_classes; got {num_classes} and {sorted(kwargs)}."
        )
    rows = amax(one_hot(inputs, num_classes, axis, dtype), axis=1 if inputs.ndim > 1 else 0)
    return sparse_or_not(rows, True) if sparse else rows


@op(shape=lambda targets, predictions, k: targets.shape, dtype=lambda *_: (None, "bool"))
def in_top_k(targets: Tensor, predictions: Tensor, k) -> Tensor:
    """Whether the prediction at each target is among the `k` largest of its row."""
    own = taken_along(predictions, expand_dims(targets, -1), predictions.ndim - 1)
    return sum(cast(predictions > own, "int32"), -1) < k
