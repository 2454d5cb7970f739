"""Models as modules of the engine: what its own tools make of them."""

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def chain(k):
    layers = k.layers
    return k.Sequential(
        [
            k.Input((4,)),
            layers.Dense(5, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(2),
        ]
    )


def graph(k):
    x = k.Input((4,))
    return k.Model(x, k.layers.Add()([k.layers.Dense(4)(x), x]))


@pytest.mark.parametrize("make", [chain, graph])
def test_whatever_there_is_can_be_asked_for(kx, make):
    """Tools that look at all members (debuggers, `inspect`, `torch.jit`) meet no errors."""
    model = make(kx)
    for obj in (model, *model.layers, kx.layers.Dense(2), kx.Sequential()):
        for name in dir(obj):
            hasattr(obj, name)  # which lets all errors through but AttributeError


def test_inputs_and_outputs_are_those_of_the_first_call(kx):
    x, other = kx.Input((3,)), kx.Input((3,))
    layer = kx.layers.Dense(2)
    with pytest.raises(AttributeError):
        _ = layer.input
    y = layer(x)
    layer(other)
    assert layer.input is x and layer.output is y
    start = kx.Model(x, y).layers[0]
    assert start.input == [] and start.output is x


def two_ways(k):
    """Bidirectional knows one layer by two names."""
    layers = k.layers
    return k.Sequential(
        [k.Input((4,)), layers.Reshape((2, 2)), layers.Bidirectional(layers.LSTM(2))]
    )


@pytest.fixture
def torch(kx):
    if kx.backend.backend() != "torch":
        pytest.skip("for torch")
    return pytest.importorskip("torch")


@pytest.mark.parametrize("make", [chain, graph, two_ways])
def test_torch_finds_each_variable_once(kx, torch, make):
    model = make(kx)
    names = list(model.state_dict())
    assert len(names) == len(model.weights)
    assert {n.split(".")[0] for n in names} <= {layer.name for layer in model.layers}


def test_torch_loses_a_layer_that_is_taken_away(kx, torch):
    model = kx.Sequential([kx.Input((4,)), kx.layers.Dense(3), kx.layers.Dense(2)])
    model.pop()
    assert len(list(model.parameters())) == 2
    model.add(kx.layers.Dense(1))
    assert len(list(model.parameters())) == 4


@pytest.mark.parametrize("make", [chain, two_ways])
def test_torch_func_calls_a_model_with_other_parameters(kx, torch, make):
    model, x = make(kx), torch.as_tensor(X)
    expected = model(x)
    parameters = dict(model.named_parameters())
    zeros = {name: torch.zeros_like(p) for name, p in parameters.items()}
    assert not torch.func.functional_call(model, zeros, (x,)).any()
    torch.testing.assert_close(model(x), expected)  # its own are back
    assert all(p is v.stored for p, v in zip(model.parameters(), model.weights, strict=True))


def test_torch_func_calls_a_model_with_several_parameters_at_once(kx, torch):
    model, x = chain(kx), torch.as_tensor(X)
    expected, parameters = model(x), dict(model.named_parameters())
    several = {n: torch.stack([p, p]) for n, p in parameters.items() if p.requires_grad}
    rest = {n: p for n, p in parameters.items() if not p.requires_grad}

    def called(given):
        return torch.func.functional_call(model, given | rest, (x,))

    torch.testing.assert_close(torch.func.vmap(called)(several), torch.stack([expected] * 2))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's own modules
@pytest.mark.filterwarnings("ignore:Converting a tensor")  # shapes, as they are traced
def test_torch_exports_and_traces_a_model(kx, torch):
    model, x = chain(kx), torch.as_tensor(X)
    with torch.no_grad():
        expected = model(x)
    program = torch.export.export(model, (x,))
    torch.testing.assert_close(program.module()(x), expected, check_stride=False)
    kinds = {spec.kind.name for spec in program.graph_signature.input_specs}
    assert kinds == {"PARAMETER", "USER_INPUT"}  # no weight is a constant
    torch.testing.assert_close(torch.jit.trace(model, x)(x), expected)
    assert all(p is v.stored for p, v in zip(model.parameters(), model.weights, strict=True))


def test_tensorflow_finds_the_layers_of_a_fitted_model(kx):
    if kx.backend.backend() != "tensorflow":
        pytest.skip("for TensorFlow")
    model = graph(kx)
    model.compile("sgd", "mse")
    model.fit(X, X, verbose=0)
    assert set(map(id, model.submodules)) == set(map(id, model.layers))
