"""Recurrent layers on the engine's own kernel give what the loop over time gives."""

from importlib import import_module
from itertools import product

import numpy as np
import pytest

RNG = np.random.default_rng(0)
BATCH, TIME, UNITS = 6, 7, 4
X = RNG.normal(size=(BATCH, TIME, 3)).astype("float32")
ENDS = np.ones((BATCH, TIME), bool)
ENDS[0, 3:] = ENDS[1] = ENDS[2, 1:] = False
BOTH = ENDS.copy()
BOTH[3, :2] = BOTH[4, :5] = False
MASKS = {"none": None, "ends": ENDS, "both ends": BOTH, "gaps": RNG.random((BATCH, TIME)) > 0.4}
OPTIONS = [
    {"return_sequences": True, "return_state": True},
    {"go_backwards": True, "return_sequences": True, "return_state": True},
    {"zero_output_for_mask": True, "return_sequences": True},
    {"use_bias": False},
]


@pytest.fixture
def parts(trainer):
    """layers, the backend, ops, tree."""
    names = "layers", "backends", "ops", "core.tree"
    layers, backends, ops, tree = (import_module(f"{trainer.__name__}.{n}") for n in names)
    if not import_module(f"{trainer.__name__}.ops.holding").pays(ops.lstm_plain):
        pytest.skip("the engine has no kernel of its own: it is the loop on both sides")
    return layers, backends.current, ops, tree


def outputs_and_gradients(parts, layer, **call):
    _, backend, ops, tree = parts

    def loss():
        outputs = tree.flatten(layer(X, **call))
        weights = (np.arange(np.prod(y.shape)).reshape(y.shape) % 7 + 1 for y in outputs)
        weighed = [y * ops.convert_to_tensor(w.astype("float32")) for y, w in zip(outputs, weights)]
        return sum(ops.sum(y) for y in weighed), outputs

    _, outputs, grads = backend.value_and_grad(loss, layer.trainable_variables)
    return [ops.convert_to_numpy(t) for t in (*outputs, *grads)]


@pytest.mark.parametrize("kind, states", [("LSTM", 2), ("GRU", 1)])
@pytest.mark.parametrize("mask, options", list(product(MASKS, OPTIONS)))
def test_the_kernel_gives_what_the_loop_gives(parts, kind, states, mask, options):
    layers, _, ops, _ = parts
    native, loop = (getattr(layers, kind)(UNITS, use_cudnn=u, **options) for u in ("auto", False))
    native(X), loop(X)
    weights = [RNG.normal(size=v.shape) for v in native.weights]
    native.set_weights(weights), loop.set_weights(weights)
    call = {} if mask == "none" else {"mask": ops.convert_to_tensor(MASKS[mask])}
    begun = [RNG.normal(size=(BATCH, UNITS)).astype("float32") for _ in range(states)]
    for first in ({}, {"initial_state": [ops.convert_to_tensor(s) for s in begun]}):
        got = outputs_and_gradients(parts, native, **call, **first)
        want = outputs_and_gradients(parts, loop, **call, **first)
        for a, b in zip(got, want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_a_mask_holds_states_in_sixteen_bits(parts, kind, policy):
    layers, _, ops, _ = parts
    layer = getattr(layers, kind)(UNITS, dtype=policy)
    short = ops.convert_to_numpy(ops.cast(layer(X[:, :3]), "float32"))
    mask = np.broadcast_to(np.arange(TIME) < 3, (BATCH, TIME))
    got = ops.cast(layer(X, mask=ops.convert_to_tensor(mask.copy())), "float32")
    np.testing.assert_allclose(ops.convert_to_numpy(got), short, rtol=2e-2, atol=2e-2)
