"""Linear algebra on PyTorch."""

# ruff: noqa: I001 - the imports are a table of the contract

import torch
from torch.linalg import det, eigh, inv, cholesky as lower_factor, qr, solve as solved_matrix


def svd(x, full_matrices=True, compute_uv=True):
    return torch.linalg.svd(x, full_matrices) if compute_uv else torch.linalg.svdvals(x)
