"""clone_model and model_from_json."""

from importlib import import_module

import numpy as np
import pytest

X = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)


@pytest.fixture(scope="module")
def layers(reference):
    return import_module(f"{reference.__name__}.layers")


@pytest.fixture(scope="module")
def models(reference):
    return import_module(f"{reference.__name__}.models")


def graph(layers, models):
    a, b = layers.Input((4,), name="a"), layers.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    x = layers.Add(name="both")([shared(a), shared(b)]) * 2.0
    return models.Model({"a": a, "b": b}, [layers.Dense(2, name="head")(x), x])


def shapes(model):
    return [w.shape for w in model.weights]


def test_a_clone_has_the_same_graph_and_its_own_weights(layers, models):
    model = graph(layers, models)
    clone = models.clone_model(model)
    assert shapes(clone) == shapes(model)
    assert not {id(w) for w in clone.weights} & {id(w) for w in model.weights}
    clone.set_weights(model.get_weights())
    for p, q in zip(clone({"a": X, "b": X}), model({"a": X, "b": X})):
        np.testing.assert_allclose(p, q)


def test_a_clone_of_a_sequential_model_is_built_as_that_was(layers, models):
    for front in ([layers.Input((4,))], []):
        model = models.Sequential([*front, layers.Dense(3), layers.Dense(2)])
        model.build((None, 4))
        clone = models.clone_model(model)
        assert shapes(clone) == shapes(model)
        assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]


def test_a_clone_may_begin_from_given_tensors(layers, models):
    tensors = {"a": layers.Input((4,), name="p"), "b": layers.Input((4,), name="q")}
    clone = models.clone_model(graph(layers, models), input_tensors=tensors)
    assert clone.input_names == ["p", "q"]
    sequential = models.Sequential([layers.Dense(2)])
    assert models.clone_model(sequential, input_tensors=layers.Input((4,))).built


def test_layers_may_be_changed_on_the_way(layers, models):
    def wider(layer):
        config = layer.get_config()
        if isinstance(layer, layers.Dense):
            config["units"] = 7
        return type(layer).from_config(config)

    inner = models.Sequential([layers.Input((4,)), layers.Dense(4)])
    i = layers.Input((4,))
    model = models.Model(i, layers.Dense(2)(inner(i)))
    assert shapes(models.clone_model(model, clone_function=wider))[-2:] == [(4, 7), (7,)]
    assert shapes(models.clone_model(model, clone_function=wider, recursive=True))[0] == (4, 7)


def test_calls_may_be_changed_on_the_way(layers, models):
    called = []

    def call(layer, *args, **kwargs):
        called.append(layer.name)
        return layer(*args, **kwargs)

    models.clone_model(graph(layers, models), call_function=call)
    assert called.count("shared") == 2


def test_arguments_that_do_not_go_with_the_model_are_refused(layers, models):
    class Own(models.Model):
        def call(self, x):
            return x

    assert isinstance(models.clone_model(Own()), Own)
    with pytest.raises(ValueError, match="functional and sequential"):
        models.clone_model(Own(), clone_function=lambda layer: layer)
    with pytest.raises(ValueError, match="call_function"):
        models.clone_model(models.Sequential([layers.Dense(2)]), call_function=lambda layer: layer)
    with pytest.raises(ValueError, match="expected 2 input_tensors"):
        models.clone_model(graph(layers, models), input_tensors=[layers.Input((4,))])
    with pytest.raises(ValueError, match="'deep'"):
        models.clone_model(graph(layers, models), deep=True)


def test_json_gives_the_same_model(layers, models):
    model = graph(layers, models)
    assert models.model_from_json(model.to_json()).to_json() == model.to_json()
    with pytest.raises(ValueError, match="no model"):
        models.model_from_json("[1, 2]")


def test_a_layer_that_hands_on_its_input_has_its_place(layers, models):
    i = layers.Input((4,))
    x = layers.Identity()(layers.Identity(dtype="float16")(i))
    model = models.Model(i, layers.Dense(2, dtype="mixed_float16")(x))
    assert len(model.layers) == 4
    assert models.model_from_json(model.to_json()).to_json() == model.to_json()


def test_two_calls_of_one_name_are_told_apart(layers, models):
    i = layers.Input((4,))
    x = i + 1.0
    x._keras_history[0].name = "same"
    y = x + 2.0
    y._keras_history[0].name = "same"
    model = models.Model(i, y)
    np.testing.assert_allclose(models.model_from_json(model.to_json())(X), X + 3)


def test_a_graph_that_does_not_hold_together_is_refused(layers, models):
    config = graph(layers, models).get_config()
    names = [layer["name"] for layer in config["layers"]]
    head = config["layers"][names.index("head")]
    tensor = head["inbound_nodes"][0]["args"][0]["config"]
    tensor["keras_history"] = ["head", 0, 0]
    with pytest.raises(ValueError, match="does not hold together"):
        models.Functional.from_config(config)
    head["inbound_nodes"] = [[["shared", 0, 0, {}]]]
    with pytest.raises(ValueError, match="Keras 2"):
        models.Functional.from_config(config)
    config["layers"].append(head)
    with pytest.raises(ValueError, match="called 'head'"):
        models.Functional.from_config(config)
