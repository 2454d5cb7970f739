"""Recurrent, attention and embedding layers and wrappers against genuine Keras, in detail."""

import numpy as np
import pytest

from .pairs import (
    ENGINE,
    MARKS,
    close,
    drawn,
    genuine,
    gradients,
    keras,
    ours,
    plain,
    trains,
    value,
    values,
)

pytestmark = MARKS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 4)).astype("float32")
Y = RNG.normal(size=(3, 6, 4)).astype("float32")
IMAGES = RNG.normal(size=(2, 3, 4, 5)).astype("float32")
STEP = X[:, 0]
FILMS = RNG.normal(size=(2, 3, 4, 5, 2)).astype("float32")
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


def other_cases():
    yield lambda L: L.SpectralNormalization(L.Dense(3)), X, {}
    yield lambda L: L.SpectralNormalization(L.Dense(3), power_iterations=3), X, {"training": True}
    yield lambda L: L.SpectralNormalization(L.Conv1D(3, 2)), X, {"training": True}
    yield lambda L: L.Wrapper(L.Dense(3)), None, {}
    yield (
        lambda L: L.StackedRNNCells([L.GRUCell(4), L.LSTMCell(4)]),
        STEP,
        {"states": [[H], [H, C]]},
    )
    for arguments in ({}, {"return_sequences": True, "return_state": True, "go_backwards": True}):
        for call in ({}, {"mask": GAPS[:2, :3]}):
            yield lambda L, a=arguments: L.ConvLSTM1D(3, 2, **a), IMAGES, call
    yield lambda L: L.ConvLSTM1D(3, 2, strides=2, padding="same", use_bias=False), IMAGES, {}
    yield lambda L: L.ConvLSTM2D(2, 2, dilation_rate=2, padding="same"), FILMS, {}
    yield lambda L: L.ConvLSTM2D(2, 2, unroll=True, return_sequences=True), FILMS, {}
    yield lambda L: L.Bidirectional(L.ConvLSTM2D(2, 2)), FILMS, {}
    yield lambda L: L.TimeDistributed(L.Conv2D(2, 2)), FILMS, {}
    yield lambda L: L.Lambda(abs), X, {}


CASES = [*rnn_cases(), *wrapper_cases(), *attention_cases(), *embedding_cases(), *other_cases()]


def made(index):
    """(the layer of genuine Keras, ours, inputs, arguments of the call), weights being equal."""
    make, inputs, call = CASES[index]
    layer, theirs = make(ours.layers), make(keras.layers)
    if inputs is None:
        return theirs, layer, inputs, call
    layer(inputs, **call)
    with genuine():
        theirs(inputs, **call)
    for each in (layer, theirs):
        each.set_weights(drawn(theirs, index))
    return theirs, layer, inputs, call


@pytest.mark.parametrize("index", range(len(CASES)))
def test_outputs_and_configs_are_those_of_keras(index):
    theirs, layer, inputs, call = made(index)
    if inputs is not None:
        for got, want in zip(
            values(layer(inputs, **call)), values(theirs(inputs, **call)), strict=True
        ):
            close(got, want, 1e-5)
    if not isinstance(theirs, keras.layers.Lambda):  # functions have no config that is portable
        assert plain(layer.get_config()) == plain(theirs.get_config())
    assert [v.name for v in layer.weights] == [v.name for v in theirs.weights]
    assert plain([v.path.split("/") for v in layer.weights]) == plain(
        [v.path.split("/") for v in theirs.weights]
    )
    assert layer.get_build_config() == theirs.get_build_config()
    for a, b in zip(layer.weights, theirs.weights):
        close(value(a), value(b), 1e-5, a.name)


@trains
@pytest.mark.parametrize("index", range(len(CASES)))
def test_gradients_are_those_of_keras(index):
    theirs, layer, inputs, call = made(index)
    if inputs is None:
        pytest.skip("it cannot be called")
    if ENGINE == "jax" and isinstance(layer, ours.layers.SpectralNormalization) and call:
        pytest.skip("on JAX, Keras's gradients go through the division (docs/differences.md)")
    both = (gradients(k, inputs, call) for k in (layer, theirs))
    for got, want in zip(*both, strict=True):
        close(got, want, 1e-4)


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
def test_masks_pass_through_a_model_as_in_keras(dropout):
    theirs, mine = (model(k.layers, k, dropout) for k in (keras, ours))
    for each in (theirs, mine):
        each.set_weights(drawn(theirs))
    for got, want in zip(values(mine(IDS)), values(theirs(IDS)), strict=True):
        close(got, want, 1e-5)
