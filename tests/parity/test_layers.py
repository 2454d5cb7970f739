"""Layers against genuine Keras: the same configs, weights, outputs, gradients and shapes.

On JAX; `KERASX_PARITY=torch` or `tensorflow` names another engine, for both libraries.
"""

import inspect
import os
from importlib import import_module

import numpy as np
import pytest

from tests.layers.samples import ROWS

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

pytestmark = [
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Keras's own, of NumPy 2
]

ENGINE = keras.backend.backend()


@pytest.fixture(scope="module")
def layers():
    name = import_module("kerasx").with_backend(ENGINE).__name__
    return import_module(f"{name}.layers")


def arrays(inputs):
    """Random inputs of the shapes of a row."""
    rng = np.random.default_rng(1)
    if isinstance(inputs, list):
        return [rng.normal(size=s).astype("float32") for s in inputs]
    return rng.normal(size=inputs).astype("float32")


def pair(layers, row):
    """The layer of genuine Keras and ours, with the same weights."""
    x = arrays(row.inputs)
    theirs = getattr(keras.layers, row.layer)(**row.arguments, name="it")
    ours = getattr(layers, row.layer)(**row.arguments, name="it")
    ours(x)
    try:
        theirs(x)
    except RuntimeError as e:  # its layer_normalization on torch takes trailing axes alone
        pytest.skip(f"genuine Keras fails on {ENGINE}: {e}")
    rng = np.random.default_rng(2)
    values = [np.asarray(rng.uniform(0.1, 1.0, w.shape), "float32") for w in theirs.weights]
    theirs.set_weights(values)
    ours.set_weights(values)
    return theirs, ours, x


def value(tensor):
    return keras.ops.convert_to_numpy(tensor)


def plain(config):
    """A config as JSON would give it back, with numbers to the precision of float32."""
    if isinstance(config, dict):
        return {k: plain(v) for k, v in config.items()}
    if isinstance(config, (list, tuple)):
        return [plain(v) for v in config]
    return float(np.float32(config)) if isinstance(config, float) else config


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_configs_and_weights_are_those_of_keras(layers, row):
    theirs, ours, _ = pair(layers, row)
    config = plain(theirs.get_config())
    assert plain(ours.get_config()) == config
    assert plain(layers.deserialize(keras.layers.serialize(theirs)).get_config()) == config
    described = [(w.name, w.path, tuple(w.shape), w.trainable) for w in theirs.weights]
    assert [(w.name, w.path, w.shape, w.trainable) for w in ours.weights] == described
    assert len(ours.variables) == len(theirs.variables)


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize("row", [r for r in ROWS if not r.random], ids=lambda row: row.id)
def test_outputs_are_those_of_keras(layers, row, training):
    theirs, ours, x = pair(layers, row)
    if (
        ENGINE == "tensorflow"
        and row.id == "Conv2D(filters=3,kernel_size=3,data_format=channels_first)"
    ):
        pytest.skip("Keras 3.15 on TensorFlow gives the channels each other's biases: off by 0.8")
    want, got = value(theirs(x, training=training)), value(ours(x, training=training))
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    for a, b in zip(ours.weights, theirs.weights):
        np.testing.assert_allclose(
            value(a.value), value(b.value), rtol=1e-5, atol=1e-5, err_msg=a.name
        )
    for a, b in zip(ours.losses, theirs.losses, strict=True):
        np.testing.assert_allclose(value(a), value(b), rtol=1e-5)


@pytest.mark.skipif(ENGINE != "jax", reason="gradients of both are taken by JAX")
@pytest.mark.parametrize("row", [r for r in ROWS if not r.random], ids=lambda row: row.id)
def test_gradients_are_those_of_keras(layers, row):
    import jax

    theirs, ours, x = pair(layers, row)
    mode = {"training": True} if "training" in inspect.signature(theirs.call).parameters else {}

    def gradients(layer):
        fixed = [w.value for w in layer.non_trainable_variables]

        def total(trained, x):
            y, _ = layer.stateless_call(trained, fixed, x, **mode)
            return (y * np.cos(np.arange(y.size)).reshape(y.shape)).sum()

        trained = [jax.numpy.asarray(w.value) for w in layer.trainable_variables]
        return jax.tree_util.tree_leaves(jax.grad(total, (0, 1))(trained, x))

    for a, b in zip(gradients(ours), gradients(theirs), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_shapes_of_an_unknown_batch_are_those_of_keras(layers, row):
    theirs, ours, _ = pair(layers, row)
    shapes = row.inputs if isinstance(row.inputs, list) else [row.inputs]

    def shape_of(layer, Input):
        xs = [Input(s[1:]) for s in shapes]
        return tuple(layer(xs if isinstance(row.inputs, list) else xs[0]).shape)

    got, want = shape_of(ours, layers.Input), shape_of(theirs, keras.Input)
    assert len(got) == len(want)
    assert all(b in (None, a) for a, b in zip(got, want)), f"{got}, where Keras knows {want}"
