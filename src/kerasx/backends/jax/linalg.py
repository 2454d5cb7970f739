"""Linear algebra on JAX."""

# ruff: noqa: I001 - the imports are a table of the contract

import jax.numpy as jnp
from jax.numpy.linalg import det, eigh, inv, cholesky as lower_factor, qr, solve as solved_matrix


def svd(x, full_matrices=True, compute_uv=True):
    return jnp.linalg.svd(x, full_matrices, compute_uv)
