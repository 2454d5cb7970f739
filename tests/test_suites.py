"""Every public class is in the table of a generic suite, or has tests of its own."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TABLES = {
    "layers": ("layers.samples.ROWS", "layers.test_sequences.ROWS"),
    "losses": ("losses.test_losses.SAMPLES",),
    "metrics": ("metrics.test_metrics.SAMPLES",),
    "optimizers": ("optimizers.test_optimizers.SAMPLES",),
}
BASES = {
    "layers": ["Layer", "InputLayer", "Wrapper"],  # the first is the base of all
    "losses": ["Loss"],
    "metrics": ["Metric"],
    "optimizers": ["Optimizer"],
}
APART = {  # classes made of other objects, and the file that has them
    "Bidirectional": "layers/rnn/test_wrappers.py",
    "EngineOptimizer": "optimizers/test_engine.py",
    "FlaxLayer": "layers/test_foreign.py",
    "JaxLayer": "layers/test_foreign.py",
    "Lambda": "layers/test_core.py",
    "LossScaleOptimizer": "optimizers/test_optimizers.py",
    "MeanMetricWrapper": "metrics/test_metrics.py",
    "MultiOptimizer": "optimizers/test_multi.py",
    "RNN": "layers/rnn/test_wrappers.py",
    "SpectralNormalization": "layers/rnn/test_wrappers.py",
    "StackedRNNCells": "layers/rnn/test_wrappers.py",
    "TFSMLayer": "layers/test_foreign.py",
    "TimeDistributed": "layers/rnn/test_wrappers.py",
    "TorchModuleWrapper": "layers/test_foreign.py",
}


def named(row):
    """The class that a row of a table is about."""
    return row[0] if isinstance(row, tuple) else row.layer


@pytest.mark.parametrize("area", TABLES)
def test_every_class_is_in_a_table(reference, area):
    module = import_module(f"{reference.__name__}.{area}")
    base = getattr(module, BASES[area][0])
    tested = set()
    for place in TABLES[area]:
        where, _, table = place.rpartition(".")
        rows = getattr(import_module(f"tests.{where}"), table)
        tested |= {getattr(module, named(row)).__name__ for row in rows}
    public = {c.__name__ for c in vars(module).values() if inspect.isclass(c)}
    public = {n for n in public if issubclass(getattr(module, n, object), base)}
    assert public - tested - set(APART) == set(BASES[area])


@pytest.mark.parametrize("name", APART)
def test_what_stands_apart_is_tested_there(name):
    assert name in (TESTS / APART[name]).read_text()
