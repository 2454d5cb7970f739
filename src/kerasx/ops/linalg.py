"""Linear algebra on matrices, which lie along the last two axes."""

from ..core.dtypes import floating, name_of
from ..core.op import Tensor, axes_of, op
from ..core.shapes import broadcast
from ..core.symbolic import KerasTensor
from .elementwise import absolute, not_equal, sqrt, square
from .reduce import amax, amin, sum
from .shaping import expand_dims, moveaxis, squeeze, swapaxes
from .tensors import cast

__all__ = [
    "cholesky", "det", "eigh", "inv", "norm", "qr", "solve", "svd",
]  # fmt: skip


def square_matrix(x, *_, **__):
    if len(x.shape) < 2 or (x.shape[-1] != x.shape[-2] and None not in x.shape[-2:]):
        raise ValueError(f"expected square matrices; got shape {tuple(x.shape)}.")
    return x.shape


@op(shape=square_matrix, dtype=floating)
def lower_factor(x: Tensor) -> Tensor:
    """The lower triangular L with `L @ L.T == x`."""


@op(shape=square_matrix, dtype=floating)
def cholesky(x: Tensor, upper=False) -> Tensor:
    """The lower triangular L with `L @ L.T == x` for a positive definite `x`; L.T if `upper`."""
    square_matrix(x)
    return swapaxes(lower_factor(x), -1, -2) if upper else lower_factor(x)


@op(shape=square_matrix, dtype=floating)
def inv(x: Tensor) -> Tensor:
    """The inverse of `x`."""


@op(shape=lambda x: square_matrix(x)[:-2], dtype=floating)
def det(x: Tensor) -> Tensor:
    """The determinant of `x`."""


def solved(a, b):
    square_matrix(a)
    if len(b.shape) == len(a.shape) - 1:
        return (*broadcast(a.shape[:-2], b.shape[:-1]), b.shape[-1])
    return (*broadcast(a.shape[:-2], b.shape[:-2]), *b.shape[-2:])


@op(shape=solved, dtype=floating)
def solved_matrix(a: Tensor, b: Tensor) -> Tensor:
    """The matrix x with `a @ x == b`."""


@op(shape=solved, dtype=floating)
def solve(a: Tensor, b: Tensor) -> Tensor:
    """The x with `a @ x == b`; `b` is a vector or a matrix of them."""
    square_matrix(a)
    if b.ndim == a.ndim - 1:
        return squeeze(solved_matrix(a, expand_dims(b, -1)), -1)
    return solved_matrix(a, b)


def factors(x, mode="reduced"):
    *batch, m, n = x.shape
    k = None if None in (m, n) else min(m, n)
    q, r = ((m, k), (k, n)) if mode == "reduced" else ((m, m), (m, n))
    name = floating(name_of(x))[1]
    return KerasTensor((*batch, *q), name), KerasTensor((*batch, *r), name)


@op(spec=factors, dtype=floating)
def qr(x: Tensor, mode="reduced") -> Tensor:
    """The orthogonal Q and the upper triangular R with `Q @ R == x`.

    `mode` 'reduced' leaves out the columns of Q that meet zeros only, 'complete' does not.
    """


def values_and_vectors(x, full_matrices=True, compute_uv=True):
    *batch, m, n = x.shape
    k = None if None in (m, n) else min(m, n)
    name = floating(name_of(x))[1]
    s = KerasTensor((*batch, k), name)
    if not compute_uv:
        return s
    u, vh = (m, m if full_matrices else k), (n if full_matrices else k, n)
    return KerasTensor((*batch, *u), name), s, KerasTensor((*batch, *vh), name)


@op(spec=values_and_vectors, dtype=floating)
def svd(x: Tensor, full_matrices=True, compute_uv=True) -> Tensor:
    """U, s and V.T with `U * s @ V.T == x`, the singular values s from the largest; or s alone."""


def eigen(x):
    name = floating(name_of(x))[1]
    return KerasTensor(square_matrix(x)[:-1], name), KerasTensor(x.shape, name)


@op(spec=eigen, dtype=floating)
def eigh(x: Tensor) -> Tensor:
    """Eigenvalues of a symmetric `x`, from the smallest, and its eigenvectors, as columns."""


# -- Norms --------------------------------------------------------------------------------------
@op(dtype=floating)
def norm(x: Tensor, ord=None, axis=None, keepdims=False) -> Tensor:
    """The norm of vectors (one `axis`) or matrices (two), or of all elements.

    `ord` is, for vectors: a number or infinity; for matrices: 'fro', 'nuc', 1, 2, inf, or their
    negatives. None means the root of the sum of squares.
    """
    if axis is None and ord is not None and x.ndim > 2:
        raise ValueError(
            f"norm: ord={ord!r} with axis=None: expected at most 2 axes; got {x.ndim}."
        )
    axes = (
        axes_of(axis, x.ndim)
        if axis is None or isinstance(axis, int)
        else tuple(a % x.ndim for a in axis)
    )
    if ord is None:
        return sqrt(sum(square(absolute(x)), axes, keepdims))
    if len(axes) == 1:
        return vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return matrix_norm(x, ord, axes, keepdims)
    raise ValueError(f"norm: axis={axis}: expected one or two axes.")


def vector_norm(x, ord, axis, keepdims):
    if isinstance(ord, str):
        raise ValueError(f"norm: ord={ord!r} is for matrices: expected a number.")
    size = absolute(x)
    if ord in (float("inf"), -float("inf")):
        return (amax if ord > 0 else amin)(size, axis, keepdims)
    if ord == 0:
        return sum(cast(not_equal(x, 0), x.dtype), axis, keepdims)
    if ord == 1:
        return sum(size, axis, keepdims)
    if ord == 2:
        return sqrt(sum(square(size), axis, keepdims))
    return sum(size**ord, axis, keepdims) ** (1.0 / ord)


SPECTRAL = {2: amax, -2: amin, "nuc": sum}
GRID = {1: (amax, 0), -1: (amin, 0), float("inf"): (amax, 1), -float("inf"): (amin, 1)}


def matrix_norm(x, ord, axes, keepdims):
    if ord == "fro":
        return sqrt(sum(square(absolute(x)), axes, keepdims))
    if ord in SPECTRAL:
        values = svd(moveaxis(x, axes, (-2, -1)), compute_uv=False)
        out = SPECTRAL[ord](values, -1)
        return expand_dims(out, axes) if keepdims else out
    if ord not in GRID:
        raise ValueError(f"norm: ord={ord!r}: expected 'fro', 'nuc', 1, 2, inf or their negatives.")
    extreme, summed = GRID[ord]
    total = sum(absolute(x), axes[summed], keepdims=True)
    out = extreme(total, axes[1 - summed], keepdims=True)
    return out if keepdims else squeeze(out, axes)
