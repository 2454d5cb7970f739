"""What all tests have: quiet engines that share two cores, no settings of the user's, fixtures.

    pytest                          every test, on every engine that is installed
    pytest --engine torch,numpy     on these only

A test that takes `kx` runs once for each engine; one that takes `trainer`, for each that trains.
"""

import gc
import os
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

# Before any engine is imported. Three thread pools on few cores fight each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
# Most functions are compiled once and run once: what XLA spends on speed would be lost.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
# Neither the user's settings file nor a variable of genuine Keras decides here.
os.environ["KERASX_HOME"] = tempfile.mkdtemp(prefix="kerasx-tests-")
os.environ.pop("KERAS_BACKEND", None)
if parity := os.environ.get("KERASX_PARITY"):  # the engine of genuine Keras in tests/parity
    os.environ["KERAS_BACKEND"] = parity
os.environ.setdefault("KERASX_BACKEND", "numpy")  # the quickest to import
# Subprocesses find this checkout, too.
ROOT = Path(__file__).parent
paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))

import pytest

if find_spec("torch"):
    import torch  # before TensorFlow, which brings a library that torch cannot load after it

    torch.set_num_threads(1)

ENGINES = ("jax", "torch", "tensorflow", "numpy")
WITHOUT_TRAINING = ("numpy",)


def pytest_addoption(parser):
    parser.addoption("--engine", help="engines to test, with commas between; default: all")


def pytest_configure(config):
    asked = config.getoption("--engine")
    chosen = asked.split(",") if asked else [e for e in ENGINES if find_spec(e)]
    if unknown := set(chosen) - set(ENGINES):
        raise pytest.UsageError(
            f"--engine: {sorted(unknown)}: expected some of {', '.join(ENGINES)}."
        )
    config.engines = chosen


def pytest_ignore_collect(collection_path, config):
    """Parity tests import genuine Keras, which takes seconds: only where they are asked for."""
    asked = "not parity" not in config.getoption("markexpr")
    return None if asked or collection_path != ROOT / "tests" / "parity" else True


def pytest_collection_modifyitems(items):
    for item in items:
        if "parity" in Path(item.path).relative_to(ROOT).parts:
            item.add_marker("parity")


def pytest_collection_finish():
    """Engines and programs stay to the end: nobody need look through them for garbage."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def pytest_generate_tests(metafunc):
    if "engine" in metafunc.fixturenames:
        engines = metafunc.config.engines
        if "trainer" in metafunc.fixturenames:
            engines = [e for e in engines if e not in WITHOUT_TRAINING]
        metafunc.parametrize("engine", engines, scope="session")


@pytest.fixture(scope="session")
def kx(engine):
    """The library bound to `engine`; all of them live in this process."""
    kerasx = import_module("kerasx")
    return kerasx.with_backend(engine)


@pytest.fixture(scope="session")
def reference():
    """The library on NumPy, which the others are held against."""
    return import_module("kerasx").with_backend("numpy")


@pytest.fixture(scope="session")
def trainer(kx, engine):
    """The library bound to an engine that trains."""
    return kx


@pytest.fixture(scope="session")
def backend(kx):
    """The backend of `kx`: conversions, dtypes, state."""
    return import_module(f"{kx.__name__}.backends").current
