"""Files go both ways: what genuine Keras saves loads here, and what is saved here loads there."""

import os
from importlib import import_module

import h5py
import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from kerasx import with_backend  # noqa: E402

LIBRARY = with_backend("jax").__name__


class ours:
    """The parts of kerasx that have the names of Keras's."""

    layers = import_module(f"{LIBRARY}.layers")
    models = import_module(f"{LIBRARY}.models")
    saving = import_module(f"{LIBRARY}.saving")
    ops = import_module(f"{LIBRARY}.ops")
    optimizers = import_module(f"{LIBRARY}.optimizers")


pytestmark = [  # of genuine Keras
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
    pytest.mark.filterwarnings("ignore:Skipping variable loading for optimizer"),
]
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(4, 8, 8, 2)).astype("float32")
ROWS = RNG.normal(size=(6, 4)).astype("float32")
STEPS = RNG.normal(size=(3, 5, 4)).astype("float32")
WORDS = np.array([[1, 2, 0, 0], [3, 4, 5, 0]])


def cnn(k):
    x = inputs = k.layers.Input((8, 8, 2))
    x = k.layers.Conv2D(3, 3, padding="same", use_bias=False)(x)
    x = k.layers.BatchNormalization()(x)
    x = k.layers.Activation("relu")(x)
    x = k.layers.MaxPooling2D()(x)
    x = k.layers.SeparableConv2D(4, 2)(x)
    x = k.layers.GlobalAveragePooling2D()(x)
    x = k.layers.Dropout(0.5)(x)
    return k.models.Model(inputs, k.layers.Dense(3, activation="softmax")(x)), IMAGES


def sequential(k):
    return k.models.Sequential(
        [
            k.layers.Input((4,)),
            k.layers.Dense(5, activation="gelu"),
            k.layers.LayerNormalization(),
            k.layers.Dense(2),
        ]
    ), ROWS


def deferred(k):
    model = k.models.Sequential([k.layers.Dense(5), k.layers.Dense(2)])
    model.build((None, 4))
    return model, ROWS


def several(k):
    a, b = k.layers.Input((4,), name="a"), k.layers.Input((4,), name="b")
    shared = k.layers.Dense(3, name="shared")
    x, y = shared(a), shared(b)
    x = k.layers.Concatenate()([x, k.layers.Dense(2)(k.layers.Dense(3)(y)), y * 2.0 + 1.0])
    outputs = {"sum": k.ops.sum(x, axis=-1, keepdims=True), "head": k.layers.Dense(2)(x)}
    return k.models.Model({"a": a, "b": b}, outputs), {"a": ROWS, "b": ROWS[::-1].copy()}


def twice(k):
    j = k.layers.Input((4,))
    block = k.models.Model(j, k.layers.Dense(4)(j))
    i = k.layers.Input((4,))
    x = block(i)
    return k.models.Model(i, [block(x), x, k.layers.Dense(2)(x)]), ROWS


def nested(k):
    inner = k.models.Sequential(
        [k.layers.Input((4,)), k.layers.Dense(4), k.layers.Dense(4)], name="inner"
    )
    x = i = k.layers.Input((4,))
    x = k.layers.Add()([inner(x), inner(x * 2.0)])
    j = k.layers.Input((4,))
    block = k.models.Model(j, k.layers.Dense(3)(k.layers.Dense(4)(j)), name="block")
    return k.models.Model(i, block(x)), ROWS


def residual(k):
    x = inputs = k.layers.Input((4,))
    x = k.layers.Dense(6)(x)
    for _ in range(3):
        y = k.layers.Dense(6)(k.layers.ReLU()(x))
        x = k.layers.Add()([x, y])
    return k.models.Model(inputs, [x, k.layers.Dense(1)(y)]), ROWS


def recurrent(k):
    x = inputs = k.layers.Input((5, 4))
    x = k.layers.LSTM(3, return_sequences=True)(x)
    x = k.layers.Bidirectional(k.layers.GRU(2, return_sequences=True))(x)
    x = k.layers.TimeDistributed(k.layers.Dense(3))(x)
    x = k.layers.RNN([k.layers.LSTMCell(2), k.layers.GRUCell(3)], return_sequences=True)(x)
    return k.models.Model(inputs, k.layers.SimpleRNN(2)(x)), STEPS


def attentive(k):
    x = inputs = k.layers.Input((5, 4))
    x, scores = k.layers.MultiHeadAttention(2, 3)(
        x, x, return_attention_scores=True, use_causal_mask=True
    )
    return k.models.Model(inputs, [x, scores]), STEPS


def embedded(k):
    inputs = k.layers.Input((4,), dtype="int32")
    x = k.layers.Embedding(6, 3, mask_zero=True)(inputs)
    return k.models.Model(inputs, k.layers.LSTM(2)(x)), WORDS


def halved(k):
    return k.models.Sequential(
        [
            k.layers.Input((4,)),
            k.layers.Dense(3, dtype="mixed_bfloat16"),
            k.layers.Dense(2, dtype="bfloat16"),
        ]
    ), ROWS


def from_the_middle(k):
    x = k.layers.Dense(4)(k.layers.Input((4,)))
    return k.models.Model(x, k.layers.Dense(2)(x) ** 2), ROWS


MODELS = [
    cnn, sequential, deferred, several, twice, nested, residual, recurrent, attentive, embedded,
    halved, from_the_middle,
]  # fmt: skip


def outputs(model, x):
    y = model.predict(x, verbose=0)
    flat = y.values() if isinstance(y, dict) else y if isinstance(y, (list, tuple)) else [y]
    return [np.asarray(v, "float32") for v in flat]


def assert_alike(a, b, x):
    for p, q in zip(outputs(a, x), outputs(b, x), strict=True):
        np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-5)


def shuffled(model):
    """`model`, with weights that no initializer gives."""
    rng = np.random.default_rng(1)
    model.set_weights(
        [
            np.abs(rng.normal(size=w.shape)).astype(w.dtype) * w.dtype.type(0.5)
            for w in model.get_weights()
        ]
    )
    return model


def layout(path):
    """The arrays of a file of weights, by path, with shape and dtype."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda n, o: found.update(
                {n: (o.shape, o.dtype.str)} if isinstance(o, h5py.Dataset) else {}
            )
        )
    return found


@pytest.mark.parametrize("make", MODELS)
def test_models_of_genuine_keras_load_here(make, tmp_path):
    model, x = make(keras)
    shuffled(model).save(tmp_path / "m.keras")
    assert_alike(model, ours.saving.load_model(tmp_path / "m.keras"), x)


@pytest.mark.parametrize("make", MODELS)
def test_models_from_here_load_in_genuine_keras(make, tmp_path):
    model, x = make(ours)
    shuffled(model).save(tmp_path / "m.keras")
    assert_alike(model, keras.saving.load_model(tmp_path / "m.keras"), x)


@pytest.mark.parametrize("make", MODELS)
def test_weights_have_the_same_places(make, tmp_path):
    for name, k in (("theirs", keras), ("ours", ours)):
        make(k)[0].save_weights(tmp_path / f"{name}.weights.h5")
    assert layout(tmp_path / "ours.weights.h5") == layout(tmp_path / "theirs.weights.h5")


@pytest.mark.parametrize("make", MODELS)
def test_layers_have_the_same_order(make):
    kinds = [[type(layer).__name__ for layer in make(k)[0].layers] for k in (keras, ours)]
    assert kinds[0] == kinds[1]


def subclassed(k):
    class Outer(k.models.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.Z = k.layers.Dense(4)
            self.blocks = [
                k.layers.Dense(4),
                k.layers.Dense(4),
                [k.layers.Dense(4)],
                {"x": k.layers.Dense(4)},
            ]
            self.heads = {
                "b": k.layers.Dense(4),
                "a": k.layers.Dense(4),
                "n": {"q": k.layers.Dense(4)},
            }
            self.zoo = (k.layers.Dense(4),)
            self.again = self.blocks[0]
            self._hidden, self._last = k.layers.Dense(4), k.layers.Dense(4)
            self.inner = k.models.Sequential([k.layers.Dense(4)])
            self.rate = k.layers.Dropout(0.5)

        @property
        def shown(self):
            return self._last

        def call(self, x):
            x = self.heads["n"]["q"](self.heads["a"](self.heads["b"](self.Z(x))))
            x = self.blocks[3]["x"](self.blocks[2][0](self.blocks[1](self.blocks[0](x))))
            return self.rate(self.inner(self._last(self._hidden(self.zoo[0](x)))))

    model = Outer()
    model(ROWS)
    return model


@pytest.mark.parametrize("one, other", [(keras, ours), (ours, keras)], ids=["theirs", "ours"])
def test_weights_of_subclassed_models_go_both_ways(one, other, tmp_path):
    a, b = subclassed(one), subclassed(other)
    a.save_weights(tmp_path / "a.weights.h5")
    b.save_weights(tmp_path / "b.weights.h5")
    assert layout(tmp_path / "a.weights.h5") == layout(tmp_path / "b.weights.h5")
    b.load_weights(tmp_path / "a.weights.h5")
    assert_alike(a, b, ROWS)


@pytest.mark.parametrize("one, other", [(keras, ours), (ours, keras)], ids=["theirs", "ours"])
@pytest.mark.parametrize("optimizer", ["adam", "momentum", "schedule", "rmsprop"])
def test_training_goes_on_where_it_was_left(one, other, optimizer, tmp_path):
    make = {
        "momentum": lambda k: k.optimizers.SGD(0.01, momentum=0.9),
        "schedule": lambda k: k.optimizers.SGD(
            k.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
        ),
    }.get(optimizer, lambda k: optimizer)
    a, x = sequential(one)
    y = x[:, :2]
    a.compile(make(one), loss="mse", metrics=["mae"])
    a.fit(x, y, batch_size=6, epochs=3, shuffle=False, verbose=0)
    a.save(tmp_path / "m.keras")
    b = other.saving.load_model(tmp_path / "m.keras")
    for v, w in zip(a.optimizer.variables, b.optimizer.variables, strict=True):
        np.testing.assert_allclose(np.asarray(v), np.asarray(w), rtol=1e-6, atol=1e-7)
    for model in (a, b):
        model.fit(x, y, batch_size=6, epochs=2, shuffle=False, verbose=0)
    assert_alike(a, b, x)


@pytest.mark.parametrize("one, other", [(keras, ours), (ours, keras)], ids=["theirs", "ours"])
def test_a_compiled_model_that_was_not_trained_goes_both_ways(one, other, tmp_path):
    a, x = sequential(one)
    a.compile(one.optimizers.Adam(0.25), loss="mse")
    a.save(tmp_path / "m.keras")
    b = other.saving.load_model(tmp_path / "m.keras")
    assert float(np.asarray(b.optimizer.learning_rate)) == 0.25
    assert_alike(a, b, x)


@pytest.mark.parametrize("one, other", [(keras, ours), (ours, keras)], ids=["theirs", "ours"])
def test_shards_go_both_ways(one, other, tmp_path):
    a, x = sequential(one)
    b, _ = sequential(other)
    a.save_weights(tmp_path / "m.weights.json", max_shard_size=150 / 1024**3)
    b.load_weights(tmp_path / "m.weights.json")
    assert_alike(a, b, x)
