"""to_backend: the same model on another engine."""

from importlib import import_module
from importlib.util import find_spec
from itertools import permutations

import numpy as np
import pytest

from kerasx import with_backend

ENGINES = [e for e in ("numpy", "jax", "torch", "tensorflow") if find_spec(e)]
TRAINING = [e for e in ENGINES if e != "numpy"]
X = np.linspace(-1, 1, 24, dtype="float32").reshape(6, 4)


def part(kx, name):
    return import_module(f"{kx.__name__}.{name}")


def made(kx):
    layers, models = part(kx, "layers"), part(kx, "models")
    x = i = layers.Input((4,))
    x = layers.BatchNormalization()(layers.Dense(5, activation="relu")(x))
    return models.Model(i, layers.Dense(2)(x) * 2.0)


@pytest.mark.parametrize("one, other", list(permutations(ENGINES, 2)))
def test_predictions_are_the_same(one, other):
    kx = with_backend(one)
    model = made(kx)
    copy = part(kx, "models").to_backend(model, other)
    assert type(copy).__module__.split(".")[0] == with_backend(other).__name__
    np.testing.assert_allclose(
        model.predict(X, verbose=0), copy.predict(X, verbose=0), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("one, other", list(permutations(TRAINING, 2)))
def test_training_goes_on_where_it_was_left(one, other):
    kx = with_backend(one)
    model = made(kx)
    # not Adam: it makes much of the gradient of a bias before BatchNormalization, which is noise
    optimizer = part(kx, "optimizers").SGD(0.01, momentum=0.9)
    model.compile(optimizer, "mse", metrics=["mae"])
    model.fit(X, X[:, :2], epochs=2, batch_size=6, shuffle=False, verbose=0)
    copy = part(kx, "models").to_backend(model, other)
    assert int(copy.optimizer.iterations.numpy()) == 2
    for a, b in zip(model.optimizer.variables, copy.optimizer.variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-6)
    for m in (model, copy):
        m.fit(X, X[:, :2], epochs=3, batch_size=6, shuffle=False, verbose=0)
    np.testing.assert_allclose(
        model.predict(X, verbose=0), copy.predict(X, verbose=0), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("other", ENGINES)
def test_seeds_go_on_where_they_were_left(reference, other):
    layers, models = part(reference, "layers"), part(reference, "models")
    model = models.Sequential(
        [layers.Input((4,)), layers.Dropout(0.5), layers.Dropout(0.5, seed=1)]
    )
    libraries = reference, with_backend(other)
    for kx in libraries:
        part(kx, "config").set_portable_random(True)
    model(X, training=True)
    copy = models.to_backend(model, other)
    y, z = model(X, training=True), copy(X, training=True)
    np.testing.assert_array_equal(y, part(libraries[1], "backends").current.to_numpy(z))
    for kx in libraries:
        part(kx, "config").set_portable_random(False)


def test_a_copy_shares_nothing(reference):
    model = made(reference)
    copy = part(reference, "models").to_backend(model, "numpy")
    copy.set_weights([w + 1 for w in copy.get_weights()])
    assert not any((a == b).all() for a, b in zip(model.get_weights(), copy.get_weights()))


def test_a_class_that_the_other_engine_does_not_know_is_told_of(reference):
    layers, models = part(reference, "layers"), part(reference, "models")

    class Own(layers.Dense):
        pass

    model = models.Sequential([layers.Input((4,)), Own(2)])
    other = TRAINING[0]
    with pytest.raises(TypeError, match="Own is not known"):
        models.to_backend(model, other)
    with pytest.raises(ValueError, match="abacus"):
        models.to_backend(model, "abacus")
