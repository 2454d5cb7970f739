"""Ops that move elements without computing on them."""

from itertools import pairwise
from typing import Any

import numpy as np

from ..core.dtypes import keep, name_of, promote
from ..core.op import FAST, Tensor, axes_of, indexed_door, list_door, op
from ..core.refusal import REFUSALS, refusal
from ..core.shapes import reshaped
from ..core.symbolic import KerasTensor
from ..core.variable import Variable
from .tensors import convert_to_tensor, ndim, shape

__all__ = [
    "append", "broadcast_to", "concatenate", "expand_dims", "flip", "hstack", "meshgrid",
    "moveaxis", "pad", "ravel", "repeat", "reshape", "roll", "split", "squeeze", "stack",
    "swapaxes", "tile", "transpose", "unstack", "vstack",
]  # fmt: skip


def position(axis: int, rank: int) -> int:
    """`axis` counted from the front, for a tensor of `rank` axes."""
    return axes_of(axis, rank)[0]


def changed(shape, axis, n):
    """`shape` with the size `n` at `axis`."""
    return (*shape[:axis], n, *shape[axis + 1 :])


# -- Shape --------------------------------------------------------------------------------------
def reshape_door(native, declaration):
    slow = declaration.slow

    def call(x, newshape):
        if type(newshape) is not tuple:
            newshape = tuple(newshape) if hasattr(newshape, "__iter__") else (newshape,)
        if type(x) is Variable:
            x = x.value
        try:
            return native(x, newshape) if type(x) in FAST else slow(native, x, newshape)
        except REFUSALS as error:
            raise refusal(declaration, error, x, newshape) from error

    return call


@op(shape=lambda x, newshape: reshaped(x.shape, newshape), dtype=keep, door=reshape_door)
def reshape(x: Tensor, newshape) -> Tensor:
    """`x` with the shape `newshape`; one dimension may be -1."""


@op()
def ravel(x: Tensor) -> Tensor:
    """The elements of `x`, in one axis."""
    return reshape(x, (-1,))


@op(dtype=keep)
def squeeze(x: Tensor, axis=None) -> Tensor:
    """`x` without its axes of size one (those at `axis`, where given)."""
    sizes = tuple(x.shape)
    if axis is None:
        return squeezed(x, tuple(a for a, n in enumerate(sizes) if n == 1))
    axes = axes_of(axis, len(sizes))
    for a in axes:
        if sizes[a] not in (1, None):
            raise ValueError(f"squeeze: axis={axis}: expected axes of size 1; got shape {sizes}.")
    return squeezed(x, axes)


@op(shape=lambda x, axes: tuple(n for a, n in enumerate(x.shape) if a not in axes), dtype=keep)
def squeezed(x: Tensor, axes) -> Tensor:
    """`x` without its `axes`, which have size one."""


@op(dtype=keep)
def expand_dims(x: Tensor, axis) -> Tensor:
    """`x` with new axes of size one at `axis` (an int or several) of the result."""
    if isinstance(axis, int):
        return unsqueezed(x, position(axis, x.ndim + 1))
    for a in axes_of(axis, x.ndim + len(axis)):
        x = unsqueezed(x, a)
    return x


@op(shape=lambda x, axis: (*x.shape[:axis], 1, *x.shape[axis:]), dtype=keep)
def unsqueezed(x: Tensor, axis) -> Tensor:
    """`x` with a new axis of size one at `axis`."""


def filled_up(x, shape):
    own = (1,) * (len(shape) - x.ndim) + tuple(x.shape)
    if len(own) > len(shape) or any(m and n not in (1, None, m) for n, m in zip(own, shape)):
        raise ValueError(f"broadcast_to: {tuple(x.shape)} does not fill up {tuple(shape)}.")
    return tuple(shape)


@op(shape=filled_up, dtype=keep)
def broadcast_to(x: Tensor, shape) -> Tensor:
    """`x` repeated along axes that are missing or of size one, to fill `shape`."""


@op()
def meshgrid(*x: Tensor, indexing="xy") -> Tensor:
    """One tensor for each vector, in which it runs along its own axis of a common grid."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing={indexing!r}: expected 'xy' or 'ij'.")
    xs = [reshape(convert_to_tensor(i), (-1,)) for i in x]
    places = list(range(len(xs)))
    if indexing == "xy" and len(xs) > 1:
        places[:2] = 1, 0
    sizes = [shape(xs[k])[0] for k in places]
    ones = [1] * len(xs)
    return [
        broadcast_to(reshape(i, changed(ones, k, -1)), tuple(sizes)) for i, k in zip(xs, places)
    ]


# -- Order of axes ------------------------------------------------------------------------------
def permuted(x, axes=None):
    if axes is not None and len(axes_of(axes, x.ndim)) != x.ndim:
        raise ValueError(f"transpose: axes={axes}: expected all {x.ndim} axes of the tensor.")
    return tuple(x.shape[a] for a in (axes or reversed(range(x.ndim))))


@op(shape=permuted, dtype=keep)
def transpose(x: Tensor, axes=None) -> Tensor:
    """`x` with its axes permuted (reversed if `axes` is None)."""


@op(dtype=keep)
def moveaxis(x: Tensor, source, destination) -> Tensor:
    """`x` with the axes at `source` moved to `destination`, the others in order."""
    pair = [(a,) if isinstance(a, int) else tuple(a) for a in (source, destination)]
    if len(pair[0]) != len(pair[1]):
        raise ValueError(
            f"moveaxis: source={source} and destination={destination} differ in length."
        )
    for axes in pair:
        axes_of(axes, x.ndim)  # in range, and distinct
    moved = {d % x.ndim: s % x.ndim for s, d in zip(*pair)}
    rest = iter(a for a in range(x.ndim) if a not in moved.values())
    return transpose(x, tuple(moved[a] if a in moved else next(rest) for a in range(x.ndim)))


@op(dtype=keep)
def swapaxes(x: Tensor, axis1, axis2) -> Tensor:
    """`x` with two axes exchanged."""
    a, b = position(axis1, x.ndim), position(axis2, x.ndim)
    axes = list(range(x.ndim))
    axes[a], axes[b] = b, a
    return transpose(x, tuple(axes))


@op(dtype=keep)
def flip(x: Tensor, axis=None) -> Tensor:
    """`x` with the order of its elements reversed along `axis` (all axes if None)."""
    return reverse(x, axes_of(axis, x.ndim))


@op(shape=lambda x, axes: x.shape, dtype=keep)
def reverse(x: Tensor, axes) -> Tensor:
    """`x` with the order of its elements reversed along `axes`."""


@op(dtype=keep)
def roll(x: Tensor, shift, axis=None) -> Tensor:
    """`x` moved by `shift` places along `axis`; what leaves at the end comes in at the front."""
    if axis is None:
        return reshape(rotate(reshape(x, (-1,)), (shift,), (0,)), shape(x))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    shifts = (shift,) * len(axes) if isinstance(shift, int) else tuple(shift)
    if len(shifts) != len(axes):
        raise ValueError(f"roll: shift={shift} and axis={axis} differ in length.")
    return rotate(x, shifts, tuple(position(a, x.ndim) for a in axes))


@op(shape=lambda x, shifts, axes: x.shape, dtype=keep)
def rotate(x: Tensor, shifts, axes) -> Tensor:
    """`x` moved in a circle by as many places along each of `axes`."""


# -- Joining and splitting ----------------------------------------------------------------------
def joined(xs, axis=0):
    if not isinstance(xs, (list, tuple)):
        xs = [KerasTensor(xs.shape[1:], xs.dtype)] * xs.shape[0]
    axis = position(axis, xs[0].ndim)
    rows = [[n for a, n in enumerate(x.shape) if a != axis] for x in xs]
    for x in xs:
        if x.ndim != xs[0].ndim:
            raise ValueError(f"concatenate: ranks differ: {[tuple(x.shape) for x in xs]}.")
    rest = [known("concatenate", sizes) for sizes in zip(*rows)]
    sizes = [x.shape[axis] for x in xs]
    return (*rest[:axis], None if None in sizes else sum(sizes), *rest[axis:])


def known(name, sizes):
    """The one size that is known of one axis of several tensors, or None."""
    found = {n for n in sizes if n is not None}
    if len(found) > 1:
        raise ValueError(f"{name}: sizes differ along an axis where they must be equal: {sizes}.")
    return found.pop() if found else None


@op(shape=joined, dtype=promote, door=list_door)
def concatenate(xs: Tensor, axis=0) -> Tensor:
    """Tensors joined along an existing `axis`."""


def piled(x, axis=0):
    if not isinstance(x, (list, tuple)):
        return x.shape
    if len({i.ndim for i in x}) > 1:
        raise ValueError(f"stack: ranks differ: {[tuple(i.shape) for i in x]}.")
    axis = position(axis, x[0].ndim + 1)
    rest = [known("stack", sizes) for sizes in zip(*(i.shape for i in x))]
    return (*rest[:axis], len(x), *rest[axis:])


@op(shape=piled, dtype=promote, door=list_door)
def stack(x: Tensor, axis=0) -> Tensor:
    """Tensors of one shape joined along a new `axis`."""


@op()
def append(x1: Tensor, x2: Tensor, axis=None) -> Tensor:
    """`x1` with `x2` joined to its end along `axis` (both flattened if None)."""
    if axis is None:
        x1, x2, axis = ravel(x1), ravel(x2), 0
    return concatenate([convert_to_tensor(x1), convert_to_tensor(x2)], axis)


def of_rank(x: Any, least: int) -> Tensor:
    """`x` with at least `least` axes: new ones in front."""
    x = convert_to_tensor(x)
    return x if ndim(x) >= least else reshape(x, (1,) * (least - ndim(x)) + shape(x))


@op()
def hstack(xs: Tensor) -> Tensor:
    """Tensors joined along their second axis; vectors along their only one."""
    xs = [of_rank(x, 1) for x in xs]
    return concatenate(xs, 0 if ndim(xs[0]) == 1 else 1)


@op()
def vstack(xs: Tensor) -> Tensor:
    """Tensors joined along their first axis; vectors are rows."""
    return concatenate([of_rank(x, 2) for x in xs], 0)


def pieces_of(x, sections, axis):
    n = x.shape[axis]
    if isinstance(sections, int):
        sizes = [None if n is None else n // sections] * sections
    elif n is None:
        sizes = [*(b - a for a, b in zip((0, *sections), sections, strict=False)), None]
    else:
        ends = [0, *(min(max(i + n if i < 0 else i, 0), n) for i in sections), n]
        sizes = [max(b - a, 0) for a, b in pairwise(ends)]
    return [KerasTensor(changed(x.shape, axis, size), name_of(x)) for size in sizes]


@op(spec=pieces_of, dtype=keep)
def pieces(x: Tensor, sections, axis) -> Tensor:
    """`x` cut along `axis` into so many equal parts, or at a tuple of indices."""


@op(dtype=keep)
def split(x: Tensor, indices_or_sections, axis=0) -> Tensor:
    """List of the parts of `x` along `axis`: so many equal ones, or cut at the indices given."""
    axis = position(axis, x.ndim)
    n = x.shape[axis]
    if not isinstance(indices_or_sections, int):
        return pieces(x, tuple(int(i) for i in indices_or_sections), axis)
    if n is not None and n % indices_or_sections:
        raise ValueError(
            f"split: axis {axis} of shape {tuple(x.shape)} does not divide into "
            f"{indices_or_sections} equal parts."
        )
    return pieces(x, indices_or_sections, axis)


@op(dtype=keep)
def unstack(x: Tensor, num=None, axis=0) -> Tensor:
    """List of the slices of `x` along `axis`; `num` says how many where the size is not known."""
    axis = position(axis, x.ndim)
    num = x.shape[axis] if num is None else num
    if num is None:
        raise ValueError(
            f"unstack: the size of axis {axis} of {tuple(x.shape)} is not known: give `num`."
        )
    return [squeeze(part, axis) for part in pieces(x, num, axis)]


# -- Repeating and padding ----------------------------------------------------------------------
def times(n, count):
    return None if n is None or count is None else n * count


@op(dtype=keep)
def tile(x: Tensor, repeats) -> Tensor:
    """`x` laid side by side as often as `repeats` says, for each axis from the last."""
    repeats = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    if any(isinstance(n, int) and n < 0 for n in repeats):
        raise ValueError(f"tile: repeats={repeats}: expected no negative numbers.")
    x = of_rank(x, len(repeats))
    return tiled(x, (1,) * (x.ndim - len(repeats)) + repeats)


@op(shape=lambda x, repeats: tuple(map(times, x.shape, repeats)), dtype=keep)
def tiled(x: Tensor, repeats) -> Tensor:
    """`x` laid side by side, as often along each axis as `repeats` says."""


def repeated_shape(x, repeats, axis):
    n = x.shape[axis]
    if isinstance(repeats, int):
        return changed(x.shape, axis, times(n, repeats))
    counts = np.asarray(repeats).reshape(-1)
    return changed(
        x.shape, axis, times(n, int(counts[0])) if counts.size == 1 else int(counts.sum())
    )


@op(dtype=keep)
def repeat(x: Tensor, repeats, axis=None) -> Tensor:
    """`x` with each slice along `axis` repeated: so often, or each as often as a list says."""
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    if type(repeats) in (list, tuple):
        repeats = np.asarray(repeats)
    least = repeats.min(initial=0) if isinstance(repeats, np.ndarray) else repeats
    if isinstance(least, (int, np.integer)) and least < 0:
        raise ValueError(f"repeat: repeats={repeats}: expected no negative numbers.")
    return repeated(x, repeats, position(axis, x.ndim))


@op(shape=repeated_shape, dtype=keep)
def repeated(x: Tensor, repeats, axis) -> Tensor:
    """`x` with each slice along `axis` repeated, by one count or one for each."""


MODES = {
    "edge": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "wrap": "wrap",
    "circular": "wrap",
}


def widened(x, pad_width, mode="constant", constant_values=None):
    return tuple(
        None if n is None else n + a + b for n, (a, b) in zip(x.shape, widths_of(pad_width, x.ndim))
    )


def widths_of(pad_width, rank):
    """`pad_width` (one number, one pair, or a pair for each axis) as a pair for each axis."""
    if isinstance(pad_width, int):
        return ((pad_width, pad_width),) * rank
    pairs = [(p, p) if isinstance(p, int) else tuple(p) for p in pad_width]
    if len(pad_width) == 2 and all(isinstance(p, int) for p in pad_width):
        pairs = [tuple(pad_width)]
    pairs = pairs * rank if len(pairs) == 1 else pairs
    if len(pairs) != rank:
        raise ValueError(f"pad: pad_width={pad_width}: expected a pair for each of {rank} axes.")
    return tuple(p * 2 if len(p) == 1 else p for p in pairs)


@op(shape=widened, dtype=keep)
def pad(x: Tensor, pad_width, mode="constant", constant_values=None) -> Tensor:
    """`x` with elements added before and behind: a constant, or its own, as `mode` says.

    `mode` is 'constant', 'edge', 'reflect', 'symmetric' or 'wrap', with NumPy's meaning.
    """
    widths = widths_of(pad_width, x.ndim)
    if mode == "constant":
        return padded(x, widths, 0 if constant_values is None else constant_values)
    if mode not in MODES:
        raise ValueError(f"pad: mode={mode!r}: expected 'constant' or one of {sorted(MODES)}.")
    if constant_values is not None:
        raise ValueError(
            f"pad: constant_values={constant_values} has no meaning where mode={mode!r}."
        )
    for axis, width in enumerate(widths):
        if width != (0, 0):
            if x.shape[axis] is None:
                raise ValueError(
                    f"pad: mode={mode!r} needs to know the size of axis {axis} of {tuple(x.shape)}."
                )
            places = np.pad(np.arange(x.shape[axis], dtype="int32"), width, mode=MODES[mode])  # pyright: ignore
            x = taken(x, convert_to_tensor(places), axis)
    return x


def taken_shape(x, indices, axis):
    return (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


@op(shape=taken_shape, dtype=keep, door=indexed_door)
def taken(x: Tensor, indices: Tensor, axis) -> Tensor:
    """The slices of `x` at `indices` along `axis`; negative indices count from the end."""


@op(shape=lambda x, widths, value: widened(x, widths), dtype=keep)
def padded(x: Tensor, widths, value) -> Tensor:
    """`x` with so many times `value` before and behind it, for each axis."""
