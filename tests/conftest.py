"""Fixtures: the library on each engine that is installed, all in this process."""

import importlib.util
import os

# Thread pools of three engines fight for few cores; TensorFlow logs to stderr from C++.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
# Samples are compiled once and run once: what XLA spends on speed is lost on them.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
os.environ.setdefault("KERASX_BACKEND", "numpy")

if importlib.util.find_spec("torch"):
    import torch  # before TensorFlow, which brings a library that torch cannot load after it

    torch.set_num_threads(1)

import pytest

from kerasx import with_backend

ENGINES = [e for e in ("numpy", "jax", "torch", "tensorflow") if importlib.util.find_spec(e)]
TRAINING = [e for e in ENGINES if e != "numpy"]


@pytest.fixture(scope="session", params=ENGINES)
def lib(request):
    """The library, once for each engine."""
    return with_backend(request.param)


@pytest.fixture(scope="session")
def reference():
    """The library on NumPy, which the others are held against."""
    return with_backend("numpy")
