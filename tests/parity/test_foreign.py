"""Layers around modules, functions and saved models of one engine, against genuine Keras's."""

import numpy as np
import pytest

from .pairs import ENGINE, MARKS, close, drawn, gradients, keras, ours, value

pytestmark = MARKS

X = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


def only_on(engine):
    return pytest.mark.skipif(engine != ENGINE, reason=f"it belongs to {engine}")


def assert_alike(theirs, own):
    """The same weights, outputs in training and out of it, state after it, and gradients."""
    for layer in (theirs, own):
        layer(X)
    assert [tuple(w.shape) for w in own.weights] == [tuple(w.shape) for w in theirs.weights]
    assert [w.trainable for w in own.weights] == [w.trainable for w in theirs.weights]
    weights = drawn(theirs)
    for layer in (theirs, own):
        layer.set_weights(weights)
    for training in (False, True):
        close(value(own(X, training=training)), value(theirs(X, training=training)), 1e-5)
    for a, b in zip(own.weights, theirs.weights, strict=True):
        close(value(a), value(b), 1e-5)
    for a, b in zip(gradients(own, X, {}), gradients(theirs, X, {}), strict=True):
        close(a, b, 1e-4)


def function(params, state, inputs, training):
    import jax

    y = jax.numpy.tanh(inputs @ params["w"]) * state["scale"] + params["b"][0]
    return y, {"scale": state["scale"] + (0.5 if training else 0.0)}


@only_on("jax")
def test_jax_layer():
    def make(k):
        params = {"b": [np.zeros(2, "float32")], "w": np.ones((3, 2), "float32")}
        return k.layers.JaxLayer(function, params=params, state={"scale": np.ones((), "float32")})

    assert_alike(make(keras), make(ours))


@only_on("jax")
def test_flax_layer():
    linen = pytest.importorskip("flax.linen")

    class Net(linen.Module):
        @linen.compact
        def __call__(self, x, training=False):
            x = linen.BatchNorm(use_running_average=not training)(linen.Dense(4)(x))
            return linen.Dense(2)(linen.relu(x))

    assert_alike(keras.layers.FlaxLayer(Net()), ours.layers.FlaxLayer(Net()))


@only_on("torch")
def test_torch_module_wrapper():
    import torch

    def make(k):
        parts = torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)
        return k.layers.TorchModuleWrapper(torch.nn.Sequential(*parts))

    assert_alike(make(keras), make(ours))


@only_on("tensorflow")
def test_saved_model(tmp_path):
    import tensorflow as tf

    class Net(tf.Module):
        def __init__(self):
            super().__init__()
            self.w, self.b = tf.Variable(tf.ones((3, 2))), tf.Variable(tf.zeros(2))

        @tf.function(input_signature=[tf.TensorSpec((None, 3)), tf.TensorSpec((), tf.bool)])
        def serve(self, x, training=False):
            y = tf.tanh(x @ self.w) + self.b
            return tf.where(training, 2.0 * y, y)

    tf.saved_model.save(Net(), str(tmp_path))
    assert_alike(*(k.layers.TFSMLayer(str(tmp_path), "serve") for k in (keras, ours)))
