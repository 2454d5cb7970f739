"""Linear algebra on matrices, which lie along the last two axes."""

from ..core.dtypes import floating, is_complex, name_of
from ..core.op import Tensor, axes_of, op
from ..core.shapes import broadcast
from ..core.symbolic import KerasTensor
from .complexes import conj
from .control import fori_loop
from .creation import ones_like, steps, tril, triu
from .derivatives import jvp
from .elementwise import (
    absolute,
    divide_no_nan,
    log,
    multiply,
    not_equal,
    sign,
    sqrt,
    square,
    where,
)  # fmt: skip
from .indexing import take_along_axis
from .linear import matmul, same_size
from .patches import larger
from .reduce import amax, amin, argmax, product, sum
from .shaping import broadcast_to, expand_dims, moveaxis, squeeze, swapaxes
from .tensors import cast, shape

__all__ = [
    "cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "jvp", "logdet", "lstsq",
    "lu_factor", "matrix_power", "matrix_rank", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_triangular", "svd",
]  # fmt: skip

EPSILON = {"float16": 9.77e-4, "bfloat16": 7.81e-3, "float32": 1.1920929e-07, "float64": 2.22e-16}
REAL = {"complex64": "float32", "complex128": "float64"}


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
    swaps, values = eliminated(x)
    return swaps * product(values, -1)


def solved(a, b):
    square_matrix(a)
    vector = len(b.shape) == len(a.shape) - 1
    same_size(a.shape[-1], b.shape[-1 if vector else -2], "solve")
    if vector:
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


def identity_like(x):
    """The identity matrix, for each of the matrices `x`."""
    places = steps(0, shape(x)[-1], 1, "int32")
    return broadcast_to(cast(expand_dims(places, 1) == places, x.dtype), shape(x))


def triangle_solved(a, b, lower=False):
    return solved(a, b)


@op(shape=triangle_solved, dtype=floating)
def solved_triangle(a: Tensor, b: Tensor, lower) -> Tensor:
    """The matrix x with `a @ x == b`, of `a` only the triangle being read."""
    return solved_matrix(tril(a) if lower else triu(a), b)


@op(shape=triangle_solved, dtype=floating)
def solve_triangular(a: Tensor, b: Tensor, lower=False) -> Tensor:
    """The x with `a @ x == b`, where only the upper (or the lower) triangle of `a` is read."""
    square_matrix(a)
    if b.ndim == a.ndim - 1:
        return squeeze(solved_triangle(a, expand_dims(b, -1), lower), -1)
    return solved_triangle(a, b, lower)


@op(shape=square_matrix, dtype=floating)
def cholesky_inverse(x: Tensor, upper=False) -> Tensor:
    """The inverse of the matrix whose lower triangular factor (`upper`: the transpose) is `x`."""
    square_matrix(x)
    root = solved_triangle(x, identity_like(x), not upper)
    turned = swapaxes(root, -1, -2)
    return matmul(root, turned) if upper else matmul(turned, root)


@op(shape=square_matrix, dtype=floating)
def matrix_power(x: Tensor, n) -> Tensor:
    """The product of `n` matrices `x`; of its inverse, if `n` is negative."""
    square_matrix(x)
    if not isinstance(n, int):
        raise TypeError(f"matrix_power: n={n!r}: expected an integer.")
    power = identity_like(x)
    x, n = (inv(x), -n) if n < 0 else (x, n)
    while n:
        power = matmul(power, x) if n % 2 else power
        n //= 2
        x = matmul(x, x) if n else x
    return power


# -- Factors ------------------------------------------------------------------------------------
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
    s = KerasTensor((*batch, k), REAL.get(name, name))
    if not compute_uv:
        return s
    u, vh = (m, m if full_matrices else k), (n if full_matrices else k, n)
    return KerasTensor((*batch, *u), name), s, KerasTensor((*batch, *vh), name)


@op(spec=values_and_vectors, dtype=floating)
def svd(x: Tensor, full_matrices=True, compute_uv=True) -> Tensor:
    """U, s and V.T with `U * s @ V.T == x`, the singular values s from the largest; or s alone."""


def eigen(x):
    name = floating(name_of(x))[1]
    return KerasTensor(square_matrix(x)[:-1], REAL.get(name, name)), KerasTensor(x.shape, name)


@op(spec=eigen, dtype=floating)
def eigh(x: Tensor) -> Tensor:
    """Eigenvalues of a symmetric `x`, from the smallest, and its eigenvectors, as columns."""


def complex_eigen(x):
    name = floating(name_of(x))[1]
    name = name if is_complex(name) else {"float64": "complex128"}.get(name, "complex64")
    return KerasTensor(square_matrix(x)[:-1], name), KerasTensor(x.shape, name)


@op(spec=complex_eigen, dtype=floating)
def eig(x: Tensor) -> Tensor:
    """Eigenvalues of `x`, in no order, and its eigenvectors, as columns: complex numbers."""


def packed_factors(x):
    name = floating(name_of(x))[1]
    return KerasTensor(square_matrix(x), name), KerasTensor(x.shape[:-1], "int32")


@op(spec=packed_factors, dtype=floating)
def lu_factor(x: Tensor) -> Tensor:
    """(L and U in one matrix, pivots): row i was exchanged with row `pivots[i]`, for i from 0 on.

    L has ones on its diagonal, which are left out.
    """
    square_matrix(x)
    n = shape(x)[-1]
    places = steps(0, n, 1, "int32")
    column = expand_dims(places, 1)

    def eliminate(i, state):
        x, pivots = state
        here, row_here = places == i, column == i
        size = where(column < i, -1.0, absolute(picked(x, here, -1)))
        pivot = argmax(size, -2, keepdims=True)
        moved = where(row_here, pivot, where(column == pivot, i, column))
        x = take_along_axis(x, broadcast_to(moved, shape(x)), -2)
        row, first = picked(x, row_here, -2), picked(x, here, -1)
        ratio = where(column > i, divide_no_nan(first, picked(row, here, -1)), 0.0)
        x = where(places > i, x - ratio * row, where(here & (column > i), ratio, x))
        return x, where(here, pivot[..., 0], pivots)

    return fori_loop(0, n, eliminate, (x, broadcast_to(places, shape(x)[:-1])))


def picked(x, here, axis):
    """The slice of `x` along `axis` that a mask points at."""
    return sum(where(here, x, 0.0), axis, keepdims=True)


def eliminated(x):
    """(1 or -1, the diagonal of U): the determinant of `x` is the product of all of them."""
    packed, pivots = lu_factor(x)
    places = steps(0, shape(x)[-1], 1, "int32")
    swaps = where(pivots == places, ones_like(pivots, packed.dtype), -1)
    return product(swaps, -1), picked(packed, expand_dims(places, 1) == places, -1)[..., 0]


def signed(x):
    name = floating(name_of(x))[1]
    return (KerasTensor(square_matrix(x)[:-2], name),) * 2


@op(spec=signed, dtype=floating)
def slogdet(x: Tensor) -> Tensor:
    """(sign, logarithm of the absolute value) of the determinant of `x`."""
    swaps, values = eliminated(x)
    return swaps * product(sign(values), -1), sum(log(absolute(values)), -1)


@op(shape=lambda x: square_matrix(x)[:-2], dtype=floating)
def logdet(x: Tensor) -> Tensor:
    """The logarithm of the determinant of `x`; NaN where that is negative."""
    square_matrix(x)
    signs, size = slogdet(x)
    return where(signs < 0, float("nan"), size)


# -- Least squares ------------------------------------------------------------------------------
def check_matrices(name: str, x) -> None:
    if len(x.shape) < 2:
        raise ValueError(f"{name}: x of shape {tuple(x.shape)}: expected matrices.")


def threshold_of(x, rcond):
    """The share of the largest singular value that counts as zero."""
    if rcond is not None:
        return rcond
    n = larger(*shape(x)[-2:])
    name = REAL.get(name_of(x), name_of(x))
    return EPSILON[name] * (n if isinstance(n, int) else cast(n, name))


def inverted(s: Tensor, rcond) -> Tensor:
    """`1 / s`, and 0 where it is too small beside the largest."""
    kept = s > rcond * amax(s, -1, keepdims=True)
    return where(kept, 1 / where(kept, s, 1.0), 0.0)


def turned_shape(x, rcond=None):
    check_matrices("pinv", x)
    return (*x.shape[:-2], x.shape[-1], x.shape[-2])


@op(shape=turned_shape, dtype=floating)
def pseudo_inverse(x: Tensor, rcond) -> Tensor:
    """The pseudoinverse of `x`; `rcond` is what rounding makes of singular values that are 0."""
    return truncated_inverse(x, rcond)


def adjoint(x):
    turned = swapaxes(x, -1, -2)
    return conj(turned) if is_complex(name_of(x)) else turned


def truncated_inverse(x, rcond):
    u, s, vh = svd(x, full_matrices=False)
    return matmul(multiply(adjoint(vh), expand_dims(inverted(s, rcond), -2)), adjoint(u))


@op(shape=turned_shape, dtype=floating)
def pinv(x: Tensor, rcond=None) -> Tensor:
    """The Moore-Penrose pseudoinverse of `x`.

    Singular values up to `rcond` times the largest count as zero.
    """
    check_matrices("pinv", x)
    if rcond is None:
        return pseudo_inverse(x, threshold_of(x, None))
    return truncated_inverse(x, rcond)  # engines differentiate it as if nothing were cut off


def least_shape(a, b, rcond=None):
    check_matrices("lstsq", a)
    vector = len(b.shape) == len(a.shape) - 1
    rows = b.shape[-1] if vector else b.shape[-2] if len(b.shape) == len(a.shape) else -1
    if rows != a.shape[-2] and None not in (rows, a.shape[-2]):
        raise ValueError(
            f"lstsq: a of shape {tuple(a.shape)}, b of shape {tuple(b.shape)}: expected as many "
            "rows in both."
        )
    return (*a.shape[:-2], a.shape[-1], *(() if vector else b.shape[-1:]))


@op(shape=least_shape, dtype=floating)
def lstsq(a: Tensor, b: Tensor, rcond=None) -> Tensor:
    """The smallest of the x for which `a @ x - b` is smallest; `b` is a vector or a matrix of them.

    Singular values of `a` up to `rcond` times the largest count as zero.
    """
    least_shape(a, b)
    vector = b.ndim == a.ndim - 1
    u, s, vh = svd(a, full_matrices=False)
    b = expand_dims(b, -1) if vector else b
    by = expand_dims(inverted(s, threshold_of(a, rcond)), -1)
    inner = multiply(matmul(adjoint(u), b), by)
    x = matmul(adjoint(vh), inner)
    return squeeze(x, -1) if vector else x


def ranks(x, tol=None):
    check_matrices("matrix_rank", x)
    return x.shape[:-2]


@op(shape=ranks, dtype=lambda *names: (floating(*names)[0], "int32"))
def matrix_rank(x: Tensor, tol=None) -> Tensor:
    """How many singular values of `x` are above `tol`: by default, above what is rounding."""
    check_matrices("matrix_rank", x)
    s = svd(x, compute_uv=False)
    least = threshold_of(x, None) * amax(s, -1, keepdims=True) if tol is None else tol
    return sum(cast(s > least, "int32"), -1)


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
