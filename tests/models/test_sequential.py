"""Sequential: what it knows of its input, and from where."""

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(2, 6)).astype("float32")


def chain(k):
    return k.Sequential([k.Input((6,)), k.layers.Dense(4)])


def graph(k):
    x = k.Input((6,), name="x")
    return k.Model(x, k.layers.Dense(4)(x))


def graph_of_a_dict(k):
    x = k.Input((6,), name="x")
    return k.Model({"x": x}, k.layers.Dense(4)(x))


@pytest.mark.parametrize("inner", [chain, graph, graph_of_a_dict])
def test_a_model_in_front_tells_of_the_input(kx, inner):
    model = kx.Sequential([inner(kx), kx.layers.Dense(1)])
    assert model.built and model.input_shape == (None, 6) and model.output_shape == (None, 1)
    kinds = [layer["class_name"] for layer in model.get_config()["layers"]]
    assert kinds[0] == "InputLayer" and len(kinds) == 3 and len(model.layers) == 2
    again = kx.models.clone_model(model)
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_the_input_has_the_dtype_of_the_model_in_front(kx):
    inner = kx.Sequential([kx.Input((3,), dtype="int32"), kx.layers.Embedding(5, 2)])
    assert kx.Sequential([inner, kx.layers.Flatten()]).inputs[0].dtype == "int32"


def test_what_is_not_known_is_built_by_the_first_call(kx):
    for front in (kx.layers.Dense(4), kx.Sequential([kx.layers.Dense(4)])):
        model = kx.Sequential([front, kx.layers.Dense(1)])
        assert not model.built
        assert model.predict(X, verbose=0).shape == (2, 1)


@pytest.mark.parametrize("given", [dict(input_shape=(6,)), dict(input_dim=6)])
def test_older_names_stand_for_an_input(kx, tmp_path, given):
    class Double(kx.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = kx.layers.Dense(2)

        def call(self, x):
            return 2 * self.inner(x)

    for make in (lambda **k: kx.layers.Dense(2, **k), Double):
        with pytest.warns(UserWarning, match=r"put Input\(\(6,\)\) in front") as told:
            front = make(**given)
        assert told[0].filename == __file__
        assert kx.Sequential([front]).input_shape == (None, 6)
    with pytest.warns(UserWarning, match="older names"):
        model = kx.Sequential([kx.layers.Dense(2, **given)])
    assert not given.keys() & model.layers[0].get_config().keys()
    model.save(tmp_path / "m.keras")
    assert kx.saving.load_model(tmp_path / "m.keras").input_shape == (None, 6)


def test_an_embedding_has_an_input_dim_of_its_own(kx):
    assert not kx.Sequential([kx.layers.Embedding(input_dim=6, output_dim=2)]).built


def test_unknown_arguments_are_still_refused(kx):
    with pytest.raises(TypeError, match="unknown arguments 'inputshape'"):
        kx.layers.Dense(2, inputshape=(3,))
