"""Each op, applied to symbols, is a node that saves and loads: the whole table of samples."""

import sys
from importlib import import_module

import numpy as np
import pytest

from ..ops.calls import arrays, expected, filled, flat, named, tensor, value
from ..ops.samples import HOST, SAMPLES

INNER = {"lstm", "gru"}  # of layers, which are saved as such


def public(kx):
    declared = {d.name: d.fn.__module__ for d in kx.core.op.DECLARATIONS}
    return {n for n, m in declared.items() if n in getattr(sys.modules[m], "__all__", ())}


def model_of(kx, name, call):
    """A model of one call, or None where the outputs are no tensors."""
    layers, models = (import_module(f"{kx.__name__}.{part}") for part in ("layers", "models"))
    inputs = [layers.Input(batch_shape=a.shape, dtype=a.dtype.name) for a in arrays(call)]
    made = filled(call, inputs)
    outputs = flat(kx, named(kx, name)(*made.args, **made.kwargs))
    return models.Model(inputs, outputs) if outputs else None


def outputs_of(kx, model, call):
    inputs = [tensor(kx, a) for a in arrays(call)]
    with np.errstate(all="ignore"):
        return [value(kx, y) for y in flat(kx, model(inputs if len(inputs) > 1 else inputs[0]))]


@pytest.mark.parametrize("name", [n for n in SAMPLES if n not in HOST | INNER])
def test_a_call_saves_and_loads(reference, name):
    if name.rpartition(".")[2] not in public(reference):
        return
    models = import_module(f"{reference.__name__}.models")
    for call, wanted in zip(SAMPLES[name], expected(reference, name)):
        model = model_of(reference, name, call) if arrays(call) else None
        if model is None:
            continue
        copy = models.model_from_json(model.to_json())
        assert copy.to_json() == model.to_json()
        for made in (model, copy):
            got = outputs_of(reference, made, call)
            for y, z in zip(got, [value(reference, w) for w in wanted], strict=True):
                assert y.dtype == z.dtype
                np.testing.assert_array_equal(
                    y.astype("float64") if y.dtype.kind in "fV" else y,
                    z.astype("float64") if z.dtype.kind in "fV" else z,
                )
