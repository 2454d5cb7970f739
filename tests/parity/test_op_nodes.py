"""Calls of every op go into files and out of them, both ways between kerasx and genuine Keras.

A call is left out where genuine Keras cannot run it in a model, cannot read its own file of it, or
computes something else: test_array_ops and test_nn_ops look at that.
"""

import os
from importlib import import_module

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from kerasx import with_backend  # noqa: E402

from ..ops.calls import arrays, filled, flat, named, value  # noqa: E402
from ..ops.samples import HOST, SAMPLES  # noqa: E402

ours = with_backend(keras.backend.backend())
layers, models = (import_module(f"{ours.__name__}.{part}") for part in ("layers", "models"))
NAMES = [
    n
    for n in SAMPLES
    if n not in HOST and n.rpartition(".")[2] in dir(keras.ops.image) + dir(keras.ops)
]
CALLS = 2  # of each op: those with the most arguments

pytestmark = [  # of genuine Keras
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
    pytest.mark.filterwarnings("ignore:.*NotImplemented should not be used"),
    pytest.mark.filterwarnings("ignore:.*float64.*:UserWarning"),
]


def model_of(k, name, call):
    own = layers if k is ours else k.layers
    inputs = [own.Input(batch_shape=a.shape, dtype=a.dtype.name) for a in arrays(call)]
    made = filled(call, inputs)
    outputs = named(k, name)(*made.args, **made.kwargs)
    return (models if k is ours else k.models).Model(inputs, flat(ours, outputs))


def run(model, call):
    inputs = arrays(call)
    outputs = model(list(inputs) if len(inputs) > 1 else inputs[0])
    return [np.asarray(value(ours, y)) for y in flat(ours, outputs)]


def alike(got, wanted):
    for y, z in zip(got, wanted, strict=True):
        y, z = (a.astype("float64") if a.dtype.kind in "fV" else a for a in (y, z))
        np.testing.assert_allclose(y, z, 1e-3, 1e-3)


def genuine(name, call):
    """Keras's model of a call and what it gives, or None where the files of it say nothing."""
    try:
        model = model_of(keras, name, call)
        outputs = run(model, call)
        alike(run(keras.models.model_from_json(model.to_json()), call), outputs)
        alike(run(model_of(ours, name, call), call), outputs)
    except Exception:
        return None
    return model, outputs


@pytest.mark.parametrize("name", NAMES)
def test_files_go_both_ways(name):
    calls = sorted(
        (c for c in SAMPLES[name] if arrays(c)), key=lambda c: -len(c.args) - len(c.kwargs)
    )
    with np.errstate(all="ignore"):
        for call in calls[:CALLS]:
            if (made := genuine(name, call)) is None:
                continue
            theirs, outputs = made
            alike(run(models.model_from_json(theirs.to_json()), call), outputs)
            written = model_of(ours, name, call).to_json()
            alike(run(keras.models.model_from_json(written), call), outputs)
