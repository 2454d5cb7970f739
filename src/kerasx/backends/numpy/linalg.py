"""Linear algebra on NumPy."""

# ruff: noqa: I001 - the imports are a table of the contract

import numpy as np
from numpy.linalg import (
    det, eigh, inv, cholesky as lower_factor, qr, slogdet, solve as solved_matrix,
)  # fmt: skip


def svd(x, full_matrices=True, compute_uv=True):
    return np.linalg.svd(x, full_matrices, compute_uv)


def eig(x):
    wide = "complex64" if x.dtype.name in ("float32", "complex64") else "complex128"
    return tuple(y.astype(wide) for y in np.linalg.eig(x))
