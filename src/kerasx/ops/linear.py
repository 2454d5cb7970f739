"""Contractions: products of tensors summed over shared axes."""

import string
from collections.abc import Sequence
from typing import Any

from ..core.dtypes import keep, promote
from ..core.op import Tensor, binary_door, op
from ..core.shapes import broadcast
from .doors import triple_door
from .elementwise import add, multiply, subtract
from .shaping import position, reshape, stack, unstack
from .tensors import shape

__all__ = [
    "biased_matmul", "cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot",
    "vdot",
]  # fmt: skip


def widening(*names: str) -> tuple[str, str]:
    """As `promote`, with products of int8 added up in int32."""
    out = "int32" if set(names) == {"int8"} else promote(*names)[0]
    return out, out


def same_size(a, b, what):
    if a is not None and b is not None and a != b:
        raise ValueError(f"{what}: sizes of the axes to sum over differ: {a} and {b}.")


def matrix_product(x1, x2):
    a, b = x1.shape, x2.shape
    if not a or not b:
        raise ValueError(f"matmul: expected tensors of at least one axis; got shapes {a} and {b}.")
    same_size(a[-1], b[-2:][0], "matmul")
    rows, columns = a[-2:-1], b[-1:] if len(b) > 1 else ()
    return (*broadcast(a[:-2], b[:-2]), *rows, *columns)


@op(shape=matrix_product, dtype=widening, door=binary_door)
def matmul(x1: Tensor, x2: Tensor) -> Tensor:
    """Matrix product over the last axis of `x1` and the last but one of `x2`."""


@op(shape=lambda x, kernel, bias: matrix_product(x, kernel), dtype=promote, door=triple_door)
def biased_matmul(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """`matmul(x, kernel) + bias`, for a kernel of shape (in, out) and a bias of shape (out,)."""
    return add(matmul(x, kernel), bias)


# -- Tensordot and its kin ----------------------------------------------------------------------
def contracted(x1, x2, axes1, axes2):
    for a, b in zip(axes1, axes2):
        same_size(x1.shape[a], x2.shape[b], "tensordot")
    left = (n for i, n in enumerate(x1.shape) if i not in axes1)
    return (*left, *(n for i, n in enumerate(x2.shape) if i not in axes2))


@op(shape=contracted, dtype=promote)
def contract(x1: Tensor, x2: Tensor, axes1, axes2) -> Tensor:
    """Products of the elements of `x1` and `x2`, summed over pairs of axes."""


def paired(axes: Any, rank1: int, rank2: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """`axes` of `tensordot` as the axes of each tensor, in the order in which they meet."""
    if isinstance(axes, int):
        return tuple(range(rank1 - axes, rank1)), tuple(range(axes))
    one, two = ((a,) if isinstance(a, int) else tuple(a) for a in axes)
    if len(one) != len(two):
        raise ValueError(
            f"tensordot: axes={axes}: expected as many axes of one tensor as of the other."
        )
    return tuple(position(a, rank1) for a in one), tuple(position(a, rank2) for a in two)


@op(dtype=keep)
def tensordot(x1: Tensor, x2: Tensor, axes=2) -> Tensor:
    """Products summed over `axes`: so many last and first ones, or two lists of axes."""
    return contract(x1, x2, *paired(axes, x1.ndim, x2.ndim))


@op(dtype=promote)
def dot(x1: Tensor, x2: Tensor) -> Tensor:
    """Products summed over the last axis of `x1` and the last but one (or only one) of `x2`."""
    if x1.ndim == 0 or x2.ndim == 0:
        return multiply(x1, x2)
    return contract(x1, x2, (x1.ndim - 1,), (max(x2.ndim - 2, 0),))


@op(dtype=promote)
def inner(x1: Tensor, x2: Tensor) -> Tensor:
    """Products summed over the last axis of both."""
    if x1.ndim == 0 or x2.ndim == 0:
        return multiply(x1, x2)
    return contract(x1, x2, (x1.ndim - 1,), (x2.ndim - 1,))


@op(dtype=promote)
def outer(x1: Tensor, x2: Tensor) -> Tensor:
    """The matrix of all products of an element of `x1` and one of `x2`."""
    return multiply(reshape(x1, (-1, 1)), reshape(x2, (1, -1)))


@op(dtype=promote)
def kron(x1: Tensor, x2: Tensor) -> Tensor:
    """Kronecker product: `x2` times each element of `x1`, laid out as these are."""
    rank = max(x1.ndim, x2.ndim)
    a, b = ((1,) * (rank - x.ndim) + shape(x) for x in (x1, x2))
    blocks = multiply(
        reshape(x1, [n for d in a for n in (d, 1)]), reshape(x2, [n for d in b for n in (1, d)])
    )
    return reshape(blocks, [None if m is None or n is None else m * n for m, n in zip(a, b)])


@op(dtype=keep)
def vdot(x1: Tensor, x2: Tensor) -> Tensor:
    """Sum of the products of the elements of `x1` and `x2`, both flattened."""
    return contract(reshape(x1, (-1,)), reshape(x2, (-1,)), (0,), (0,))


@op(dtype=keep)
def cross(x1: Tensor, x2: Tensor, axisa=-1, axisb=-1, axisc=-1, axis=None) -> Tensor:
    """Cross product of vectors of 2 or 3 elements, which lie along `axis` (or the axis of each)."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    a = unstack(x1, axis=axisa)
    b = unstack(x2, axis=axisb)
    if not {len(a), len(b)} <= {2, 3}:
        raise ValueError(f"cross: expected vectors of 2 or 3 elements; got {len(a)} and {len(b)}.")
    product = [subtract(multiply(a[0], b[1]), multiply(a[1], b[0]))]
    if len(a) == len(b) == 2:
        return product[0]
    a2, b2 = (v[2] if len(v) == 3 else v[0] * 0 for v in (a, b))
    first = subtract(multiply(a[1], b2), multiply(a2, b[1]))
    second = subtract(multiply(a2, b[0]), multiply(a[0], b2))
    return stack([first, second, *product], axisc)


# -- Einsum -------------------------------------------------------------------------------------
def letters(subscripts: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The letters of each operand and of the output, with `...` written out."""
    given, arrow, out = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    if len(terms) != len(ranks):
        raise ValueError(f"einsum: {subscripts!r} has {len(terms)} operands; got {len(ranks)}.")
    spare = [c for c in string.ascii_letters if c not in subscripts]
    most = max(
        [r - len(t.replace("...", "")) for t, r in zip(terms, ranks) if "..." in t], default=0
    )
    full = []
    for term, rank in zip(terms, ranks):
        hidden = rank - len(term.replace("...", ""))
        if hidden < 0 or (hidden and "..." not in term):
            raise ValueError(
                f"einsum: {term!r} of {subscripts!r} does not fit a tensor of rank {rank}."
            )
        full.append(term.replace("...", "".join(spare[most - hidden : most])))
    if not arrow:
        named = "".join(terms).replace(".", "")
        out = ("..." if most else "") + "".join(
            sorted(c for c in set(named) if named.count(c) == 1)
        )
    return full, out.replace("...", "".join(spare[:most]))


def summed(subscripts, *operands, **_):
    terms, out = letters(subscripts, [x.ndim for x in operands])
    sizes: dict[str, Any] = {}
    for term, x in zip(terms, operands):
        for letter, n in zip(term, x.shape):
            sizes[letter] = broadcast((sizes.get(letter, 1),), (n,))[0]
    unknown = set(out) - set(sizes)
    if unknown:
        raise ValueError(f"einsum: {subscripts!r} gives {sorted(unknown)}, which no operand has.")
    return tuple(sizes[letter] for letter in out)


@op(shape=summed, dtype=widening)
def einsum(subscripts, *operands: Tensor, **kwargs) -> Tensor:
    """Products of elements summed over the letters that `subscripts` does not give the output.

    As in `einsum("bij,bjk->bik", x, y)`; `...` stands for axes that broadcast.
    """
