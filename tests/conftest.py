"""Fixtures of the tests that hold engines against NumPy; settings stand in ../conftest.py."""

import importlib.util

if importlib.util.find_spec("torch"):
    import torch  # before TensorFlow, which brings a library that torch cannot load after it

    torch.set_num_threads(1)

import pytest

from kerasx import with_backend

ENGINES = [e for e in ("numpy", "jax", "torch", "tensorflow") if importlib.util.find_spec(e)]
TRAINING = [e for e in ENGINES if e != "numpy"]


@pytest.fixture(scope="session")
def lib(kx):
    """The library, once for each engine."""
    return kx


@pytest.fixture(scope="session")
def reference():
    """The library on NumPy, which the others are held against."""
    return with_backend("numpy")
