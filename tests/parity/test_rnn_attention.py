"""Recurrent, attention, embedding and wrapper layers against genuine Keras, with its weights."""

import os
import re
from functools import cache
from importlib import import_module

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")
jax = pytest.importorskip("jax")
if keras.backend.backend() != "jax":
    pytest.skip("genuine Keras is asked for gradients through JAX", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore")  # genuine Keras warns of its own code

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 4)).astype("float32")
Y = RNG.normal(size=(3, 6, 4)).astype("float32")
IMAGES = RNG.normal(size=(2, 3, 4, 5)).astype("float32")
STEP = X[:, 0]
IDS = np.array([[1, 2, 0, 0], [3, 0, 4, 1], [5, 5, 2, 0]], "int32")
GAPS = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
ENDS = np.array([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0]], bool)
SQUARE = RNG.random((3, 5, 5)) > 0.4
SQUARE[:, :, 0] = True
NOTHING = np.zeros((3, 5, 5), bool)
H, C = (RNG.normal(size=(3, 4)).astype("float32") for _ in range(2))


def rnn_cases():
    """(how to make it from `layers`, inputs, other arguments of the call)."""
    options = [
        ({}, {}),
        ({"return_sequences": True, "return_state": True}, {}),
        ({"go_backwards": True, "return_sequences": True}, {"mask": GAPS}),
        ({"return_state": True}, {"mask": GAPS}),
        ({"return_sequences": True, "zero_output_for_mask": True}, {"mask": GAPS}),
        ({"zero_output_for_mask": True}, {"mask": GAPS}),
        ({"unroll": True, "return_sequences": True}, {"mask": GAPS}),
        ({"use_bias": False, "activation": "relu"}, {}),
    ]
    for kind, states in (("LSTM", [H, C]), ("GRU", [H]), ("SimpleRNN", [H])):
        for arguments, call in options:
            yield lambda L, k=kind, a=arguments: getattr(L, k)(4, **a), X, call
        yield (
            lambda L, k=kind: getattr(L, k)(4, return_sequences=True),
            X,
            {"initial_state": states},
        )
        yield lambda L, k=kind: getattr(L, k)(4), X, {"initial_state": states, "mask": GAPS}
    yield lambda L: L.LSTM(4, recurrent_activation="hard_sigmoid", unit_forget_bias=False), X, {}
    for arguments, call in options:
        yield lambda L, a=arguments: L.GRU(4, reset_after=False, **a), X, call
    yield lambda L: L.RNN(L.LSTMCell(4), return_sequences=True), X, {"mask": GAPS}
    yield (
        lambda L: L.RNN([L.LSTMCell(4), L.GRUCell(3), L.SimpleRNNCell(2)], return_state=True),
        X,
        {"mask": GAPS},
    )
    yield (
        lambda L: L.RNN(L.StackedRNNCells([L.GRUCell(3), L.GRUCell(4)]), return_sequences=True),
        X,
        {},
    )
    yield lambda L: L.LSTMCell(4), STEP, {"states": [H, C]}
    yield lambda L: L.GRUCell(4), STEP, {"states": [H]}
    yield lambda L: L.SimpleRNNCell(4), STEP, {"states": [H]}


def wrapper_cases():
    for mode in ("concat", "sum", "ave", "mul", None):
        yield (
            lambda L, m=mode: L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode=m),
            X,
            {"mask": GAPS},
        )
    yield lambda L: L.Bidirectional(L.GRU(4, return_state=True)), X, {"mask": GAPS}
    yield lambda L: L.Bidirectional(L.GRU(4)), X, {"initial_state": [H, C]}
    yield lambda L: L.Bidirectional(L.LSTM(4), backward_layer=L.GRU(4, go_backwards=True)), X, {}
    yield lambda L: L.TimeDistributed(L.Dense(3, activation="tanh")), X, {}
    yield lambda L: L.TimeDistributed(L.Conv1D(3, 2)), IMAGES, {}
    yield lambda L: L.TimeDistributed(L.LSTM(3)), IMAGES, {}
    yield lambda L: L.TimeDistributed(L.BatchNormalization()), X, {}
    yield lambda L: L.TimeDistributed(L.BatchNormalization()), X, {"training": True}


def attention_cases():
    two = {"num_heads": 2, "key_dim": 3}
    scores = {"return_attention_scores": True}
    options = [
        ({}, {}),
        ({}, {"value": Y}),
        ({}, {"value": Y, "key": Y[::-1] * 1.0}),
        ({}, {"use_causal_mask": True}),
        ({}, {"use_causal_mask": True, "value": Y} | scores),
        ({}, {"attention_mask": SQUARE}),
        ({}, {"attention_mask": SQUARE, "use_causal_mask": True} | scores),
        ({}, {"attention_mask": NOTHING}),
        ({}, {"attention_mask": NOTHING} | scores),
        ({}, {"query_mask": GAPS, "value": Y, "value_mask": ENDS}),
        ({}, {"query_mask": GAPS, "value": Y, "key_mask": ENDS} | scores),
        ({"sliding_window": 2}, {}),
        ({"sliding_window": 2}, {"use_causal_mask": True} | scores),
        ({"use_gate": True}, scores),
        ({"use_gate": True, "use_bias": False}, {}),
        ({"dropout": 0.5}, {}),
    ]
    for arguments, call in options:
        # Keras's MultiHeadAttention heeds the query masks that tensors carry, not one that is given
        heard = {k: v for k, v in call.items() if k != "query_mask"}
        yield lambda L, a=arguments: L.MultiHeadAttention(**(two | a)), X, {"value": X} | heard
        yield lambda L, a=arguments: L.GroupQueryAttention(3, 4, 2, **a), X, {"value": X} | call
    yield lambda L: L.MultiHeadAttention(value_dim=5, **two), X, {"value": Y} | scores
    for arguments in ({"output_shape": 7}, {"output_shape": (2, 3)}, {"attention_axes": 1}):
        yield lambda L, a=arguments: L.MultiHeadAttention(**(two | a)), X, {"value": Y}
    yield (
        lambda L: L.MultiHeadAttention(attention_axes=(1, 2), **two),
        IMAGES,
        {"value": IMAGES} | scores,
    )
    yield lambda L: L.MultiHeadAttention(attention_axes=(2,), **two), IMAGES, {"value": IMAGES}
    yield lambda L: L.MultiHeadAttention(**two), IMAGES, {"value": IMAGES}
    for call in (
        {},
        {"mask": [GAPS, ENDS]},
        {"mask": [None, ENDS]},
        {"use_causal_mask": True},
        scores,
    ):
        yield lambda L: L.Attention(), [X, Y], call
        yield (
            lambda L: L.Attention(use_scale=True, score_mode="concat"),
            [X, Y, Y[::-1] * 1.0],
            call,
        )
        yield lambda L: L.AdditiveAttention(), [X, Y], call
    yield lambda L: L.AdditiveAttention(use_scale=False, dropout=0.5), [X, Y], {}


def embedding_cases():
    yield lambda L: L.Embedding(6, 4), IDS, {}
    yield lambda L: L.Embedding(6, 4, mask_zero=True), IDS, {}
    yield lambda L: L.Embedding(6, 4, lora_rank=2), IDS, {}
    yield (
        lambda L: L.Embedding(6, 4, embeddings_regularizer="l2", embeddings_constraint="max_norm"),
        IDS,
        {},
    )


CASES = [*rnn_cases(), *wrapper_cases(), *attention_cases(), *embedding_cases()]


def run(layer, inputs, call):
    return layer(inputs, **call)


def tensors(outputs):
    return jax.tree.leaves(outputs)


def weigh(outputs, tensor, total):
    """A scalar in which each element of the outputs counts differently."""
    counts = [
        (np.arange(np.prod(y.shape)).reshape(y.shape) % 7 + 1).astype("float32") for y in outputs
    ]
    return sum(total(y * tensor(c)) for y, c in zip(outputs, counts))


@cache
def genuine(index):
    """(layer, outputs, gradients of its weights) by genuine Keras."""
    make, inputs, call = CASES[index]
    layer = make(keras.layers)
    run(layer, inputs, call)
    rng = np.random.default_rng(index)
    layer.set_weights(
        [
            np.abs(w * 0 + rng.normal(size=w.shape) / 2)
            if "variance" in v.path
            else rng.normal(size=w.shape) / 2
            for v, w in zip(layer.weights, layer.get_weights())
        ]
    )
    rest = [v.value for v in layer.non_trainable_variables]
    values = [v.value for v in layer.trainable_variables]
    before = layer.get_weights()

    def loss(values):
        outputs = tensors(layer.stateless_call(values, rest, inputs, **call)[0])
        return weigh(outputs, jax.numpy.asarray, jax.numpy.sum), outputs

    grads, outputs = jax.grad(loss, has_aux=True)(values)
    return layer, before, [np.array(y) for y in outputs], [np.array(g) for g in grads]


def without_names(config):
    """A config without the names that objects get by counting."""
    if isinstance(config, dict):
        return {
            k: without_names(v) for k, v in config.items() if k != "name" or not isinstance(v, str)
        }
    return [without_names(x) for x in config] if isinstance(config, (list, tuple)) else config


def uncounted(variables):
    """The paths of variables without the numbers that names end in."""
    return [re.sub(r"_\d+(/|$)", r"\1", v.path) for v in variables]


def ours(kx, index):
    """The layer of this library, with the weights of the genuine one."""
    make, inputs, call = CASES[index]
    layer = make(import_module(f"{kx.__name__}.layers"))
    run(layer, inputs, call)
    layer.set_weights(genuine(index)[1])
    return layer, inputs, call


@pytest.mark.parametrize("index", range(len(CASES)))
def test_outputs_and_configs_are_those_of_keras(kx, index):
    layer, inputs, call = ours(kx, index)
    theirs, _, want, _ = genuine(index)
    tree = import_module(f"{kx.__name__}.core.tree")
    ops = import_module(f"{kx.__name__}.ops")
    got = [ops.convert_to_numpy(y) for y in tree.flatten(run(layer, inputs, call))]
    assert len(got) == len(want)
    for a, b in zip(got, want):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    assert without_names(layer.get_config()) == without_names(theirs.get_config())
    assert [v.name for v in layer.weights] == [v.name for v in theirs.weights]
    assert uncounted(layer.weights) == uncounted(theirs.weights)
    assert layer.get_build_config() == theirs.get_build_config()


def hides_rows(call):
    """Whether a query sees nothing, and the engine's kernel is used."""
    hidden = "query_mask" in call or call.get("attention_mask") is NOTHING
    return hidden and "return_attention_scores" not in call


@pytest.mark.parametrize("index", range(len(CASES)))
def test_gradients_are_those_of_keras(trainer, index):
    backend = import_module(f"{trainer.__name__}.backends").current
    layer, inputs, call = ours(trainer, index)
    if not layer.trainable_variables:
        pytest.skip("the layer has no variables")
    if backend.NAME == "torch" and hides_rows(call):
        pytest.skip(
            "torch's kernel adds masks to scores: where all is masked, gradients reach them"
        )
    tree = import_module(f"{trainer.__name__}.core.tree")
    ops = import_module(f"{trainer.__name__}.ops")

    def loss():
        outputs = tree.flatten(run(layer, inputs, call))
        return weigh(outputs, ops.convert_to_tensor, ops.sum), None

    _, _, grads = backend.value_and_grad(loss, layer.trainable_variables)
    for got, want in zip(grads, genuine(index)[3], strict=True):
        got = (
            np.zeros_like(want) if got is None else ops.convert_to_numpy(ops.convert_to_tensor(got))
        )
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4 * max(1, np.abs(want).max()))


def model(layers, models, dropout):
    """Sequences with padding, through layers that heed it."""
    ids = layers.Input((None,), dtype="int32", name="ids")
    x = layers.Embedding(6, 4, mask_zero=True)(ids)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    heads = layers.MultiHeadAttention(2, 3, dropout=dropout)(y, x)
    y = layers.Add()([heads, layers.TimeDistributed(layers.Dense(6))(y)])
    z = layers.GroupQueryAttention(3, 2, 1, dropout=dropout)(y, y, use_causal_mask=True)
    ends = [layers.GRU(3)(y), layers.SimpleRNN(2)(z), layers.Attention()([y, z])]
    return models.Model(ids, [heads, z, *ends])


@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_masks_pass_through_a_model_as_in_keras(kx, dropout):
    theirs = model(keras.layers, keras, dropout)
    layers, models = (import_module(f"{kx.__name__}.{part}") for part in ("layers", "models"))
    ours = model(layers, models, dropout)
    rng = np.random.default_rng(3)
    theirs.set_weights([rng.normal(size=w.shape) / 2 for w in theirs.weights])
    ours.set_weights([np.asarray(w.value) for w in theirs.weights])
    ops = import_module(f"{kx.__name__}.ops")
    for got, want in zip(ours(IDS), theirs(IDS), strict=True):
        np.testing.assert_allclose(ops.convert_to_numpy(got), np.asarray(want), atol=1e-5)
