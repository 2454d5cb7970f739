"""Factorisations: their product is the matrix."""

import numpy as np
import pytest

from .calls import value
from .samples import DEFINITE, f


def matrices(kx, outputs):
    return [value(kx, x).astype("float64") for x in outputs]


@pytest.mark.parametrize("mode, columns", [("reduced", 2), ("complete", 3)])
def test_qr_factors_multiply_to_the_matrix(kx, mode, columns):
    x = f(2, 3, 2)
    q, r = matrices(kx, kx.ops.qr(x, mode))
    assert q.shape == (2, 3, columns)
    np.testing.assert_allclose(q @ r, x, atol=1e-6)
    np.testing.assert_allclose(q.swapaxes(1, 2) @ q, [np.eye(columns)] * 2, atol=1e-6)
    np.testing.assert_allclose(np.tril(r, -1), 0, atol=1e-6)


@pytest.mark.parametrize("full", [True, False])
def test_svd_factors_multiply_to_the_matrix(kx, full):
    x = f(2, 3, 2)
    u, s, vh = matrices(kx, kx.ops.svd(x, full_matrices=full))
    assert u.shape == (2, 3, 3 if full else 2)
    assert (np.diff(s) <= 0).all()
    np.testing.assert_allclose(u[..., :2] * s[:, None] @ vh, x, atol=1e-6)


def test_eigenvectors_are_scaled_by_eigenvalues(kx):
    w, v = matrices(kx, kx.ops.eigh(DEFINITE))
    assert (np.diff(w) >= 0).all()
    np.testing.assert_allclose(DEFINITE @ v, v * w[:, None], atol=1e-5)


def test_matrices_must_be_square(kx):
    for name in ("inv", "det", "cholesky", "eigh"):
        with pytest.raises(ValueError, match="square"):
            getattr(kx.ops, name)(kx.core.symbolic.KerasTensor((3, 2)))
