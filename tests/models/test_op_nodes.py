"""Each op, applied to symbols, is a node that saves and loads: the whole table of samples."""

import sys
from importlib import import_module

import numpy as np
import pytest

from ..ops.calls import arrays, expected, filled, flat, named, tensor, value
from ..ops.samples import HOST, SAMPLES

INNER = {"lstm", "gru"}  # of layers, which are saved as such


def public(kx):
    """Names of the ops that users are to call: those of `__all__`, and what Keras has in `nn`."""
    declared = {d.name: d.fn.__module__ for d in kx.core.op.DECLARATIONS}
    known = import_module(f"{kx.__name__}.models.op_config").MODULE_OF
    return {
        n for n, m in declared.items() if n in known or n in getattr(sys.modules[m], "__all__", ())
    }


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


def doubled(x):
    return x * 2


def steps(carry, x):
    return carry + x, carry


def power(i, x):
    return x * 2


X = np.arange(6, dtype="float32").reshape(2, 3)
OF_FUNCTIONS = {
    "map": lambda ops, x: ops.map(doubled, x),
    "map of an op": lambda ops, x: ops.map(ops.relu, x),
    "vectorized_map": lambda ops, x: ops.vectorized_map(doubled, x),
    "associative_scan": lambda ops, x: ops.associative_scan(ops.maximum, x),
    "scan": lambda ops, x: ops.scan(steps, np.ones(3, "float32"), x)[1],
    "switch": lambda ops, x: ops.switch(1, [ops.relu, doubled], x),
    "fori_loop": lambda ops, x: ops.fori_loop(0, 3, power, x),
    "clip": lambda ops, x: ops.clip(x, np.array([1, 2, 1], "float32"), 3.0),
}


@pytest.mark.parametrize("name", OF_FUNCTIONS)
def test_calls_with_functions_and_arrays_save_and_load(kx, name):
    layers, models = (import_module(f"{kx.__name__}.{part}") for part in ("layers", "models"))
    x = layers.Input((3,))
    model = models.Model(x, OF_FUNCTIONS[name](kx.ops, x))
    known = {"doubled": doubled, "steps": steps, "power": power}
    copy = models.model_from_json(model.to_json(), custom_objects=known)
    wanted = OF_FUNCTIONS[name](kx.ops, kx.ops.convert_to_tensor(X))
    for made in (model, copy):
        np.testing.assert_allclose(value(kx, made(X)), value(kx, wanted), 1e-6)


def test_functions_without_names_are_refused_when_saved(trainer):
    ops = trainer.ops
    layers, models = (import_module(f"{trainer.__name__}.{part}") for part in ("layers", "models"))
    x = layers.Input((3,))
    for y in (
        ops.map(lambda x: x, x),
        ops.vmap(doubled)(x),
        ops.grad(lambda x: ops.sum(x * x))(x),
        ops.jvp(doubled, (x,), (x,))[1],
    ):
        model = models.Model(x, y)
        with pytest.raises(ValueError, match=r"cannot serialize|cannot be saved"):
            model.to_json()
    model = models.Model(x, ops.map(doubled, x))
    with pytest.raises(TypeError, match=r"the function .*doubled.* is not known"):
        models.model_from_json(model.to_json())
