"""Ops that move elements by a pattern: cuts and joints of some axis, turns, `rearrange`."""

from itertools import pairwise
from math import prod
from typing import Any

from ..core import config
from ..core.dtypes import keep
from ..core.op import Tensor, op
from .elementwise import minimum
from .shaping import (
    concatenate,
    expand_dims,
    flip,
    of_rank,
    pieces,
    position,
    reshape,
    split,
    swapaxes,
    transpose,
)
from .tensors import convert_to_tensor, ndim, shape

__all__ = [
    "array_split", "column_stack", "depth_to_space", "dsplit", "dstack", "fliplr", "flipud",
    "hsplit", "rearrange", "rot90", "space_to_depth", "vsplit",
]  # fmt: skip


# -- Cutting and joining ------------------------------------------------------------------------
@op(dtype=keep)
def array_split(x: Tensor, indices_or_sections, axis=0) -> Tensor:
    """List of so many parts of `x` along `axis`; some of the first ones may be longer by one."""
    if not isinstance(indices_or_sections, int):
        raise TypeError(
            f"array_split: indices_or_sections={indices_or_sections!r}: expected an int."
        )
    if indices_or_sections < 1:
        raise ValueError(
            f"array_split: indices_or_sections={indices_or_sections}: expected a positive number."
        )
    axis, parts = position(axis, x.ndim), indices_or_sections
    n, before = shape(x)[axis], (slice(None),) * axis
    if n is None:
        return pieces(x, parts, axis)
    if isinstance(n, int):
        return pieces(x, tuple(k * (n // parts) + min(k, n % parts) for k in range(1, parts)), axis)
    ends = [k * (n // parts) + minimum(k, n % parts) for k in range(parts + 1)]
    return [x[(*before, slice(a, b))] for a, b in pairwise(ends)]


@op(dtype=keep)
def vsplit(x: Tensor, indices_or_sections) -> Tensor:
    """List of the parts of `x` along its first axis; as `split`."""
    return split(x, indices_or_sections, 0)


@op(dtype=keep)
def hsplit(x: Tensor, indices_or_sections) -> Tensor:
    """List of the parts of `x` along its second axis (the only one of a vector); as `split`."""
    return split(x, indices_or_sections, min(x.ndim - 1, 1))


@op(dtype=keep)
def dsplit(x: Tensor, indices_or_sections) -> Tensor:
    """List of the parts of `x` along its third axis; as `split`."""
    return split(x, indices_or_sections, 2)


@op()
def dstack(xs: Tensor) -> Tensor:
    """Tensors joined along their third axis; vectors are taken as rows, (1, n, 1)."""
    return concatenate([deep(x) for x in xs], 2)


def deep(x):
    x = of_rank(x, 2)
    return x if ndim(x) > 2 else expand_dims(x, 2)


@op()
def column_stack(xs: Tensor) -> Tensor:
    """Tensors joined along their second axis; vectors are columns."""
    return concatenate([reshape(x, (-1, 1)) if ndim(x) < 2 else x for x in each(xs)], 1)


def each(xs):
    return [convert_to_tensor(x) for x in xs]


# -- Turning ------------------------------------------------------------------------------------
@op(dtype=keep)
def flipud(x: Tensor) -> Tensor:
    """`x` with the order of its elements reversed along the first axis."""
    return flip(x, 0)


@op(dtype=keep)
def fliplr(x: Tensor) -> Tensor:
    """`x` with the order of its elements reversed along the second axis."""
    return flip(x, 1)


@op(dtype=keep)
def rot90(array: Tensor, k=1, axes=(0, 1)) -> Tensor:
    """`array` turned by `k` right angles in the plane of two axes, from the first to the second."""
    if array.ndim < 2:
        raise ValueError(
            f"rot90: expected at least two axes; got a tensor of shape {tuple(array.shape)}."
        )
    a, b = (position(axis, array.ndim) for axis in axes)
    if a == b:
        raise ValueError(f"rot90: axes={axes}: expected two axes.")
    k %= 4
    if k == 2:
        return flip(array, (a, b))
    array = swapaxes(array, a, b) if k else array
    return flip(array, a if k == 1 else b) if k else array


# -- Rearrange ----------------------------------------------------------------------------------
UNIT = "1"


def groups_of(side: str, pattern: str) -> list[list[str]]:
    """The axes of one side of a pattern, each as the names that it is made of."""
    groups: list[list[str]] = []
    inside = False
    for word in side.replace("(", " ( ").replace(")", " ) ").split():
        if word in "()":
            if inside == (word == "("):
                raise ValueError(f"rearrange: {pattern!r}: parentheses do not fit.")
            inside = word == "("
            if inside:
                groups.append([])
        elif word not in (UNIT, "...") and not word.isidentifier():
            raise ValueError(f"rearrange: {pattern!r}: {word!r} is no name of an axis.")
        elif inside:
            groups[-1] += [] if word == UNIT else [word]
        else:
            groups.append([] if word == UNIT else [word])
    if inside:
        raise ValueError(f"rearrange: {pattern!r}: parentheses do not fit.")
    return groups


def sides_of(pattern: str, rank: int) -> tuple[list[list[str]], list[list[str]]]:
    """Both sides of a pattern for a tensor of `rank` axes, with names for those of `...`."""
    halves = pattern.split("->")
    if len(halves) != 2:
        raise ValueError(f"rearrange: {pattern!r}: expected 'axes -> axes'.")
    left, right = (groups_of(half, pattern) for half in halves)
    hidden = [f"...{k}" for k in range(rank - len(left) + 1)] if ["..."] in left else []
    left = [g for group in left for g in ([[h] for h in hidden] if group == ["..."] else [group])]
    spread = []
    for group in right:
        if group == ["..."]:
            spread += [[h] for h in hidden]
        else:
            spread.append([n for name in group for n in (hidden if name == "..." else [name])])
    names = [[n for group in side for n in group] for side in (left, spread)]
    if len(set(names[0])) < len(names[0]) or sorted(names[0]) != sorted(names[1]):
        raise ValueError(
            f"rearrange: {pattern!r}: expected the same names on both sides, once each."
        )
    if len(left) != rank:
        raise ValueError(f"rearrange: {pattern!r} has {len(left)} axes; the tensor has {rank}.")
    return left, spread


def sizes_within(group: list[str], n: Any, lengths: dict[str, int], pattern: str) -> list[Any]:
    """The sizes of the axes that make up an axis of size `n` (None where it is not known)."""
    unknown = [name for name in group if name not in lengths]
    rest = prod(lengths[name] for name in group if name in lengths)
    if len(unknown) > 1:
        raise ValueError(f"rearrange: {pattern!r}: give the size of one of {', '.join(unknown)}.")
    if isinstance(n, int) and (n % rest or (not unknown and n != rest)):
        raise ValueError(f"rearrange: {pattern!r}: an axis of size {n} does not fit {lengths}.")
    whole = None if n is None else n // rest
    return [lengths.get(name, whole) for name in group]


def merged(sizes):
    return None if None in sizes else prod(sizes)


@op(dtype=keep)
def rearrange(tensor: Tensor, pattern, **axes_lengths) -> Tensor:
    """`tensor` with its axes taken apart, permuted and joined, as `pattern` says.

    In "b (h i) c -> (b i) c h" each name is an axis; parentheses hold those that make up one,
    the first changing slowest. `1` is an axis of size one, `...` any number of them. Sizes that
    do not follow are given by name.
    """
    left, right = sides_of(pattern, tensor.ndim)
    names = [name for group in left for name in group]
    if unknown := set(axes_lengths) - set(names):
        raise ValueError(f"rearrange: {pattern!r} has no {', '.join(sorted(unknown))}.")
    lengths: dict[str, Any] = {}
    for group, n in zip(left, shape(tensor)):
        lengths |= zip(group, sizes_within(group, n, axes_lengths, pattern))
    if any(len(group) != 1 for group in left):
        tensor = reshape(tensor, [lengths[n] for n in names])
    order = [names.index(n) for group in right for n in group]
    if order != list(range(len(order))):
        tensor = transpose(tensor, tuple(order))
    if any(len(group) != 1 for group in right):
        tensor = reshape(tensor, [merged([lengths[n] for n in group]) for group in right])
    return tensor


# -- Space and depth ----------------------------------------------------------------------------
def moved(name, x, last, first, size, data_format):
    if x.ndim != 4:
        raise ValueError(f"{name}: expected a tensor of four axes; got shape {tuple(x.shape)}.")
    if size < 1:
        raise ValueError(f"{name}: block_size={size}: expected a positive number.")
    data_format = config.data_format(data_format)
    return rearrange(x, last if data_format == "channels_last" else first, i=size, j=size)


@op(dtype=keep)
def space_to_depth(x: Tensor, block_size, data_format="channels_last") -> Tensor:
    """Images with each block of pixels as one pixel of so many more channels."""
    last, first = "b (h i) (w j) c -> b h w (i j c)", "b c (h i) (w j) -> b (c i j) h w"
    return moved("space_to_depth", x, last, first, block_size, data_format)


@op(dtype=keep)
def depth_to_space(x: Tensor, block_size, data_format="channels_last") -> Tensor:
    """Images with the channels of each pixel spread over a block of pixels."""
    last, first = "b h w (i j c) -> b (h i) (w j) c", "b (c i j) h w -> b c (h i) (w j)"
    return moved("depth_to_space", x, last, first, block_size, data_format)
