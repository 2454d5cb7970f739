"""Linear algebra on NumPy."""

import numpy as np
from numpy.linalg import det, eigh, inv, cholesky as lower_factor, qr, solve as solved_matrix


def svd(x, full_matrices=True, compute_uv=True):
    return np.linalg.svd(x, full_matrices, compute_uv)
