"""Linear algebra on JAX."""

# ruff: noqa: I001 - the imports are a table of the contract

import jax
import jax.numpy as jnp
from jax.numpy.linalg import (
    det, eig, eigh, inv, cholesky as lower_factor, qr, slogdet, solve as solved_matrix,
)  # fmt: skip
from jax.scipy.linalg import lu_factor


def svd(x, full_matrices=True, compute_uv=True):
    return jnp.linalg.svd(x, full_matrices, compute_uv)


def solved_triangle(a, b, lower):
    return jax.scipy.linalg.solve_triangular(a, b, lower=lower)


def pseudo_inverse(x, rcond):
    return jnp.linalg.pinv(x, rcond)
