"""Linear algebra on PyTorch."""

# ruff: noqa: I001 - the imports are a table of the contract

import torch
from torch.linalg import (
    det, eig, eigh, inv, cholesky as lower_factor, qr, slogdet, solve as solved_matrix,
)  # fmt: skip


def svd(x, full_matrices=True, compute_uv=True):
    return torch.linalg.svd(x, full_matrices) if compute_uv else torch.linalg.svdvals(x)


def solved_triangle(a, b, lower):
    return torch.linalg.solve_triangular(a, b, upper=not lower)


def pseudo_inverse(x, rcond):
    return torch.linalg.pinv(x, rtol=rcond)


def lu_factor(x):
    packed, pivots = torch.linalg.lu_factor(x)
    return packed, pivots - 1  # LAPACK counts from 1
