"""Copies by `copy.deepcopy`, and pickles."""

import copy
import pickle

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
Y = X[:, :1] - X[:, 1:2]

WAYS = [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]


def chain(k):
    return k.Sequential(
        [
            k.Input((4,)),
            k.layers.Dense(5, activation="relu"),
            k.layers.BatchNormalization(),
            k.layers.Dropout(0.2),
            k.layers.Dense(1),
        ]
    )


def graph(k):
    x = k.Input((4,))
    y = k.layers.Dense(4)(x)
    return k.Model(x, k.layers.Dense(1)(k.ops.relu(y) + x))


def fitted(model, epochs=1):
    history = model.fit(X, Y, batch_size=8, epochs=epochs, shuffle=False, verbose=0).history
    return history["loss"]


@pytest.mark.parametrize("way", WAYS, ids=["copy", "pickle"])
@pytest.mark.parametrize("make", [chain, graph])
def test_a_copy_goes_on_as_the_model_would_and_leaves_it_alone(trainer, make, way):
    trainer.utils.set_random_seed(5)
    model = make(trainer)
    model.compile(trainer.optimizers.Adam(0.01), "mse", metrics=["mae"])
    fitted(model)
    before = model.get_weights()
    other = way(model)
    assert other.name == model.name and type(other) is type(model)
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    losses = fitted(other, 2)
    for mine, was in zip(model.get_weights(), before):  # what was compiled is not shared
        np.testing.assert_array_equal(mine, was)
    assert losses == fitted(model, 2)  # the optimizer's state and the seeds were the same


@pytest.mark.parametrize("way", WAYS, ids=["copy", "pickle"])
def test_a_model_that_was_only_made_can_be_copied(kx, way):
    model = graph(kx)
    other = way(model)
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    assert all(a is not b for a, b in zip(model.weights, other.weights, strict=True))


def test_nothing_needs_to_be_registered_to_be_copied(kx):
    class Double(kx.layers.Layer):
        def call(self, x):
            return 2 * x

    def first(x):
        return x[:, :1]

    layers = [Double(), kx.layers.Lambda(lambda x: x + 1), kx.layers.Dense(3, activation=first)]
    model = kx.Sequential([kx.Input((4,)), *layers])
    other = copy.deepcopy(model)
    assert type(other.layers[0]) is Double and other.layers[2].activation is first
    np.testing.assert_array_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    with pytest.raises((AttributeError, pickle.PicklingError), match=r"local object|lambda"):
        pickle.dumps(model)


def test_files_know_nothing_of_such_names(kx, tmp_path):
    class Double(kx.layers.Layer):
        def call(self, x):
            return 2 * x

    model = kx.Sequential([kx.Input((4,)), Double()])
    copy.deepcopy(model)
    model.save(tmp_path / "m.keras")
    assert "#" not in model.to_json()
    with pytest.raises(TypeError, match="Double is not known"):
        kx.saving.load_model(tmp_path / "m.keras")


def test_a_model_of_many_layers_can_be_copied(kx):
    layers = [kx.layers.Dense(2) for _ in range(300)]  # more than Python lets functions nest
    assert len(copy.deepcopy(kx.Sequential([kx.Input((2,)), *layers])).layers) == 300
