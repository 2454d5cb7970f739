"""Linear algebra on NumPy."""

import numpy as np
from numpy.linalg import (  # names and meanings that already match the contract
    cholesky as lower_factor, det, eigh, inv, qr, solve as solved_matrix,
)  # fmt: skip


def svd(x, full_matrices=True, compute_uv=True):
    return np.linalg.svd(x, full_matrices, compute_uv)
