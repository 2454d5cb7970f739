"""Tensors made from numbers."""

from typing import Any

import numpy as np

from ..backends import current as backend
from ..core.dtypes import floating, floating_first, keep, name_of, promote, result_type
from ..core.op import Tensor, narrow, op
from ..core.shapes import broadcast
from ..core.symbolic import KerasTensor
from .elementwise import absolute, choose, either, equal, exp, log, power, sign
from .shaping import broadcast_to, expand_dims, moveaxis, pad, position, reshape, taken
from .tensors import cast, convert_to_tensor, resolved, shape

__all__ = [
    "arange", "diag", "diagflat", "diagonal", "empty", "empty_like", "eye", "full", "full_like",
    "geomspace", "identity", "linspace", "logspace", "ones", "ones_like", "tri", "tril", "triu",
    "vander", "zeros", "zeros_like",
]  # fmt: skip


def sizes_of(shape: Any) -> tuple[Any, ...]:
    """`shape` (an int or several) as a tuple."""
    return (shape,) if isinstance(shape, int) else tuple(shape)


@op()
def filled(shape, value, dtype) -> Tensor:
    """A tensor of `shape` full of a Python number."""


@op()
def steps(start, stop, step, dtype) -> Tensor:
    """The numbers from `start` on, by `step`, before `stop`."""


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """A tensor of `shape` full of `fill_value`, which may be a tensor that broadcasts."""
    dtype = resolved(dtype)
    if isinstance(fill_value, (bool, int, float, complex)):
        return filled(sizes_of(shape), fill_value, dtype)
    return broadcast_to(convert_to_tensor(fill_value, dtype), sizes_of(shape))


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of `shape` full of zeros."""
    return filled(sizes_of(shape), 0, resolved(dtype))


def ones(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of `shape` full of ones."""
    return filled(sizes_of(shape), 1, resolved(dtype))


def empty(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor of `shape`, for those who will not read it before they write it (here: zeros)."""
    return zeros(shape, dtype)


def like(x, *args, dtype=None, **_):
    return KerasTensor(x.shape, name_of(x) if dtype is None else resolved(dtype))


@op(spec=lambda x, fill_value, dtype=None: like(x, dtype=dtype), dtype=keep)
def full_like(x: Tensor, fill_value, dtype=None) -> Tensor:
    """A tensor of the shape of `x` full of `fill_value`, in the dtype of `x` unless given."""
    return full(shape(x), fill_value, x.dtype if dtype is None else dtype)


@op(spec=lambda x, dtype=None: like(x, dtype=dtype), dtype=keep)
def zeros_like(x: Tensor, dtype=None) -> Tensor:
    """A tensor of the shape of `x` full of zeros."""
    return zeros(shape(x), x.dtype if dtype is None else dtype)


@op(spec=lambda x, dtype=None: like(x, dtype=dtype), dtype=keep)
def ones_like(x: Tensor, dtype=None) -> Tensor:
    """A tensor of the shape of `x` full of ones."""
    return ones(shape(x), x.dtype if dtype is None else dtype)


@op(spec=lambda x, dtype=None: like(x, dtype=dtype), dtype=keep)
def empty_like(x: Tensor, dtype=None) -> Tensor:
    """A tensor of the shape of `x`, for those who will not read it before they write it."""
    return zeros(shape(x), x.dtype if dtype is None else dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """The numbers from `start` (0 if `stop` is None), by `step`, before `stop`."""
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    if dtype is None:
        dtype = narrow(result_type(*(getattr(i, "dtype", type(i)) for i in (start, stop, step))))
    return steps(start, stop, step, resolved(dtype))


def spread(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    inner = broadcast(start.shape, stop.shape)
    axis %= len(inner) + 1
    name = narrow(floating(name_of(start), name_of(stop))[1]) if dtype is None else resolved(dtype)
    points = KerasTensor((*inner[:axis], num, *inner[axis:]), name)
    return (points, KerasTensor(inner, name)) if retstep else points


@op(spec=spread, dtype=floating)
def linspace(
    start: Tensor, stop: Tensor, num=50, endpoint=True, retstep=False, dtype=None, axis=0
) -> Tensor:
    """`num` numbers at equal distances from `start` to `stop`, along a new `axis`.

    With `retstep`, the pair of them and their distance.
    """
    spans = num - 1 if endpoint else num
    rank = (start + stop).ndim
    k = reshape(steps(0, num, 1, name_of(start)), (num,) + (1,) * rank)
    step = (stop - start) / spans if spans else (stop - start) * float("nan")
    # from both ends, so that each is met to the last digit
    points = start + k * step if spans else start + k * (stop - start)
    if endpoint and num > 1:
        last = steps(0, num, 1, "int32") == num - 1
        points = choose(reshape(last, (num,) + (1,) * rank), stop + 0 * points, points)
    points = moveaxis(points, 0, axis)
    points = points if dtype is None else cast(points, dtype)
    return (points, step) if retstep else points


def spread_powers(start, stop, num=50, endpoint=True, base: Any = 10, dtype=None, axis=0):
    inner = KerasTensor(broadcast(start.shape, getattr(base, "shape", ())), name_of(start))
    return spread(inner, stop, num, endpoint, False, dtype, axis)


@op(spec=spread_powers, dtype=floating)
def logspace(
    start: Tensor, stop: Tensor, num=50, endpoint=True, base: Tensor = 10, dtype=None, axis=0
) -> Tensor:
    """`num` powers of `base`, whose exponents lie at equal distances from `start` to `stop`."""
    points = moveaxis(power(base, linspace(start + 0 * base, stop, num, endpoint)), 0, axis)
    return points if dtype is None else cast(points, dtype)


def spread_ratios(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    return spread(start, stop, num, endpoint, False, dtype, axis)


@op(spec=spread_ratios, dtype=floating_first)
def geomspace(start: Tensor, stop: Tensor, num=50, endpoint=True, dtype=None, axis=0) -> Tensor:
    """`num` numbers of one sign at equal ratios from `start` to `stop`, along a new `axis`."""
    exponents = linspace(log(absolute(start)), log(absolute(stop)), num, endpoint)
    points = sign(start) * exp(exponents)
    points = choose(equal(sign(start), sign(stop)), points, float("nan"))
    # both ends to the last digit
    k = reshape(steps(0, num, 1, "int32"), (num,) + (1,) * (points.ndim - 1))
    points = choose(equal(k, 0), start, points)
    points = choose(equal(k, num - 1), stop, points) if endpoint and num > 1 else points
    points = moveaxis(points, 0, axis)
    return points if dtype is None else cast(points, dtype)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """The N x M matrix (square if M is None) with ones on its k-th diagonal."""
    return backend.convert(np.eye(N, M, k), resolved(dtype))


def identity(n: int, dtype: Any = None) -> Tensor:
    """The n x n identity matrix."""
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:
    """The N x M matrix with ones on and below its k-th diagonal."""
    return backend.convert(np.tri(N, M, k), resolved(dtype))


def below(x: Tensor, k: int) -> Tensor:
    """Which elements of the matrices in `x` lie on or below the k-th diagonal."""
    rows, columns = shape(x)[-2:]
    return expand_dims(steps(0, rows, 1, "int32"), 1) + k >= steps(0, columns, 1, "int32")


@op(shape=lambda x, k=0: x.shape, dtype=keep)
def tril(x: Tensor, k=0) -> Tensor:
    """`x` with zeros above the k-th diagonal of its matrices."""
    return either(below(x, k), x, zeros_like(x))


@op(shape=lambda x, k=0: x.shape, dtype=keep)
def triu(x: Tensor, k=0) -> Tensor:
    """`x` with zeros below the k-th diagonal of its matrices."""
    return either(below(x, k - 1), zeros_like(x), x)


def on_diagonal(x, offset=0, axis1=0, axis2=1):
    a, b = position(axis1, x.ndim), position(axis2, x.ndim)
    if a == b:
        raise ValueError(f"diagonal: axis1={axis1} and axis2={axis2}: expected two axes.")
    rest = tuple(n for i, n in enumerate(x.shape) if i not in (a, b))
    return (*rest, length_of(x.shape[a], x.shape[b], offset))


def length_of(rows, columns, offset):
    """The length of a diagonal; None where a size is not known."""
    if rows is None or columns is None:
        return None
    return max(min(rows + min(offset, 0), columns - max(offset, 0)), 0)


@op(shape=on_diagonal, dtype=keep)
def diagonal(x: Tensor, offset=0, axis1=0, axis2=1) -> Tensor:
    """The diagonals of the matrices that lie along two axes, as a new last axis."""
    *_, count = on_diagonal(x, offset, axis1, axis2)
    if count is None:
        raise ValueError(f"diagonal: the sizes of the matrices in {tuple(x.shape)} must be known.")
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    columns = x.shape[-1]
    first = max(offset, 0) + max(-offset, 0) * columns
    places = steps(first, first + count * (columns + 1), columns + 1, "int32")
    return taken(reshape(x, (*shape(x)[:-2], -1)), places, x.ndim - 2)


def diagonal_or_matrix(x, k=0):
    if x.ndim not in (1, 2):
        raise ValueError(f"diag: expected a vector or a matrix; got shape {tuple(x.shape)}.")
    if x.ndim == 2:
        return on_diagonal(x, k)
    return (None if x.shape[0] is None else x.shape[0] + abs(k),) * 2


@op(shape=diagonal_or_matrix, dtype=keep)
def diag(x: Tensor, k=0) -> Tensor:
    """The k-th diagonal of a matrix, or the matrix with a vector there and zeros elsewhere."""
    diagonal_or_matrix(x, k)
    if x.ndim == 2:
        return diagonal(x, k)
    column = expand_dims(pad(x, (max(-k, 0), max(k, 0))), 1)
    places = steps(0, shape(column)[0], 1, "int32")
    return either(equal(expand_dims(places, 1) + k, places), column, zeros_like(column))


@op(dtype=keep)
def diagflat(x: Tensor, k=0) -> Tensor:
    """The matrix with the elements of `x` on its k-th diagonal and zeros elsewhere."""
    return diag(reshape(x, (-1,)), k)


def powers(x, N=None, increasing=False):
    if x.ndim != 1:
        raise ValueError(f"vander: expected a vector; got shape {tuple(x.shape)}.")
    return (*x.shape, x.shape[0] if N is None else N)


@op(shape=powers, dtype=promote)
def vander(x: Tensor, N=None, increasing=False) -> Tensor:
    """The matrix of the powers of a vector, down to `x**0` in the last column.

    It has `N` columns, as many as rows if None; with `increasing`, they begin at `x**0`.
    """
    powers(x, N)
    count = shape(x)[0] if N is None else N
    exponents = steps(0, count, 1, "int32")
    exponents = exponents if increasing else count - 1 - exponents
    return cast(power(expand_dims(x, 1), cast(exponents, x.dtype)), x.dtype)
