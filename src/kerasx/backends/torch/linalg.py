"""Linear algebra on PyTorch."""

import torch
from torch.linalg import (  # names and meanings that already match the contract
    cholesky as lower_factor, det, eigh, inv, qr, solve as solved_matrix,
)  # fmt: skip


def svd(x, full_matrices=True, compute_uv=True):
    return torch.linalg.svd(x, full_matrices) if compute_uv else torch.linalg.svdvals(x)
