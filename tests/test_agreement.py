"""One model on all engines: the same weights from a seed, the same losses, the same predictions."""

import numpy as np
import pytest

from kerasx import with_backend

from .floats import defaulting_to

RNG = np.random.default_rng(5)
X = RNG.normal(size=(48, 8, 8, 1)).astype("float32")
Y = RNG.integers(0, 4, 48).astype("int32")


def network(kx):
    layers = kx.layers
    return kx.Sequential(
        [
            kx.Input((8, 8, 1)),
            layers.Conv2D(6, 3, padding="same", activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.Conv2D(8, 3, kernel_initializer="he_normal"),
            layers.Flatten(),
            layers.Dense(16, activation="tanh", kernel_initializer="orthogonal"),
            layers.Dense(4, activation="softmax", kernel_initializer="truncated_normal"),
        ]
    )


def recurrent(kx):
    layers = kx.layers
    tokens = kx.Input((7,), dtype="int32")
    x = layers.Embedding(20, 6)(tokens)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    x = layers.LSTM(5, return_sequences=True)(x)
    x = layers.GRU(5)(x)
    return kx.Model(tokens, layers.Dense(4, activation="softmax")(layers.LayerNormalization()(x)))


TOKENS = RNG.integers(0, 20, (48, 7)).astype("int32")
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
MODELS = {"convolutional": (network, X), "recurrent": (recurrent, TOKENS)}


@pytest.mark.parametrize("name", MODELS)
def test_a_seed_gives_bit_equal_weights_on_every_engine(kx, reference, name):
    make, _ = MODELS[name]
    found = []
    for lib in (kx, reference):
        lib.utils.set_random_seed(7)
        found.append(make(lib).get_weights())
    assert len(found[0]) == len(found[1]) > 6
    for a, b in zip(*found):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("floatx", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_loss_curves_of_three_epochs_agree(pytestconfig, name, floatx):
    make, x = MODELS[name]
    curves = {}
    for engine in pytestconfig.engines:
        if engine == "numpy":
            continue
        kx = with_backend(engine)
        with defaulting_to(floatx, kx):
            kx.utils.set_random_seed(7)
            model = make(kx)
            optimizer = kx.optimizers.Adam(0.01, weight_decay=0.01, clipnorm=1.0, use_ema=True)
            model.compile(optimizer, "sparse_categorical_crossentropy")
            data = x.astype(floatx) if x.dtype == "float32" else x
            history = model.fit(data, Y, batch_size=16, epochs=3, verbose=0, shuffle=True)
        assert all(w.dtype == floatx for w in model.weights)
        curves[engine] = history.history["loss"]
    for engine, losses in curves.items():
        assert losses[-1] < losses[0]
        np.testing.assert_allclose(
            losses, next(iter(curves.values())), TOLERANCE[floatx], err_msg=engine
        )


@pytest.mark.parametrize("name", MODELS)
def test_a_trained_model_predicts_the_same_on_every_engine(trainer, name):
    make, x = MODELS[name]
    trainer.utils.set_random_seed(7)
    model = make(trainer)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, Y, batch_size=16, epochs=1, verbose=0)
    want = model.predict(x, verbose=0)
    for engine in ("numpy", "jax", "torch", "tensorflow"):
        moved = trainer.models.to_backend(model, engine)
        np.testing.assert_allclose(moved.predict(x, verbose=0), want, atol=1e-5)


def test_training_goes_on_where_it_was_after_a_move(trainer, engine):
    make, x = MODELS["convolutional"]
    other = {"jax": "torch", "torch": "tensorflow", "tensorflow": "jax"}[engine]
    trainer.utils.set_random_seed(7)
    model = make(trainer)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, Y, batch_size=16, epochs=1, verbose=0, shuffle=False)
    moved = trainer.models.to_backend(model, other)
    assert int(moved.optimizer.iterations.numpy()) == 3
    here, there = (
        m.fit(x, Y, batch_size=16, epochs=1, verbose=0, shuffle=False) for m in (model, moved)
    )
    np.testing.assert_allclose(here.history["loss"], there.history["loss"], rtol=1e-5)
