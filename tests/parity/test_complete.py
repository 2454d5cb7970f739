"""Every public class is held against genuine Keras, or there is a reason why not."""

import pytest

from . import test_losses_metrics, test_optimizers, test_pieces, test_rnn_attention
from .pairs import MARKS, keras
from .test_layers import ROWS

pytestmark = MARKS

RUNS_OF_ITS_OWN = "its outputs are those of what it is given: tests/layers/test_foreign.py"
LATER = "not there yet"
BASE = "a base, without outputs of its own"
APART = {
    "layers": {
        "Layer": BASE,
        "InputLayer": "the models of test_files.py begin with it",
        "InputSpec": "a description, not a layer",
        "FlaxLayer": RUNS_OF_ITS_OWN,
        "JaxLayer": RUNS_OF_ITS_OWN,
        "TFSMLayer": RUNS_OF_ITS_OWN,
        "TorchModuleWrapper": RUNS_OF_ITS_OWN,
    },
    "losses": {"Loss": BASE},
    "metrics": {"Metric": BASE},
    "optimizers": {"Optimizer": BASE},
    "optimizers.schedules": {"LearningRateSchedule": BASE},
    "initializers": {"Initializer": BASE},
    "regularizers": {"Regularizer": BASE},
    "constraints": {"Constraint": BASE},
    "dtype_policies": dict.fromkeys(
        (
            "AWQDTypePolicy",
            "GPTQDTypePolicy",
            "Int4DTypePolicy",
            "QuantizedDTypePolicy",
            "QuantizedFloat8DTypePolicy",
        ),
        LATER,
    ),
}


def of_layers():
    made = [make(keras.layers) for make, _, _ in test_rnn_attention.CASES]
    return {type(layer) for layer in made} | {getattr(keras.layers, row.layer) for row in ROWS}


def first(*tables):
    return {row[0] for table in tables for row in table}


TESTED = {
    "layers": of_layers,
    "losses": lambda: first(test_losses_metrics.LOSSES, test_losses_metrics.WHOLE),
    "metrics": lambda: first(test_losses_metrics.METRICS, test_losses_metrics.REDUCED),
    "optimizers": lambda: first(test_optimizers.RULES, test_optimizers.COMPOSED),
    "optimizers.schedules": lambda: first(test_optimizers.SCHEDULES),
    "initializers": lambda: first(test_pieces.INITIALIZERS),
    "regularizers": lambda: first(test_pieces.REGULARIZERS),
    "constraints": lambda: first(test_pieces.CONSTRAINTS),
    "dtype_policies": lambda: {"DTypePolicy", "FloatDTypePolicy", "DTypePolicyMap"},
}


@pytest.mark.parametrize("area", TESTED)
def test_every_class_is_in_a_table(area):
    module = keras
    for part in area.split("."):
        module = getattr(module, part)
    classes = {c for c in vars(module).values() if isinstance(c, type)}
    classes = {c for c in classes if ".preprocessing." not in c.__module__}  # these come later
    tested = {getattr(module, c) if isinstance(c, str) else c for c in TESTED[area]()}
    apart = {getattr(module, name) for name in APART.get(area, ())}
    assert {c.__name__ for c in classes - tested - apart} == set()
    assert {c.__name__ for c in tested & apart} == set()
    assert apart <= classes
