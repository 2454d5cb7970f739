"""Linear algebra on NumPy."""

# ruff: noqa: I001 - the imports are a table of the contract

import numpy as np
from numpy.linalg import det, eigh, inv, cholesky as lower_factor, qr, solve as solved_matrix


def svd(x, full_matrices=True, compute_uv=True):
    return np.linalg.svd(x, full_matrices, compute_uv)
