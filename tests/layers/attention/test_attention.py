"""Attention: values by hand, masks, agreement of the ways to compute it, errors."""

from importlib import import_module

import numpy as np
import pytest

RNG = np.random.default_rng(0)
Q, V = (RNG.normal(size=(2, n, 4)).astype("float32") for n in (3, 5))
MASK = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0]], bool)


@pytest.fixture
def layers(kx):
    return import_module(f"{kx.__name__}.layers")


@pytest.fixture
def ops(kx):
    return import_module(f"{kx.__name__}.ops")


def heads(layers):
    yield layers.MultiHeadAttention(2, 3)
    yield layers.GroupQueryAttention(3, 4, 2)


def test_attention_is_the_softmax_of_products(layers, ops):
    scores = Q @ V.swapaxes(1, 2)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    got, seen = layers.Attention()([Q, V], return_attention_scores=True)
    np.testing.assert_allclose(ops.convert_to_numpy(seen), weights, atol=1e-6)
    np.testing.assert_allclose(ops.convert_to_numpy(got), weights @ V, atol=1e-5)


def test_padding_takes_no_part(layers, ops):
    other = np.where(MASK[..., None], V, 100.0).astype("float32")
    for layer in heads(layers):
        one, two = (layer(Q, x, value_mask=MASK) for x in (V, other))
        np.testing.assert_allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(two), atol=1e-6)
    for layer in (layers.Attention(), layers.AdditiveAttention()):
        one, two = (layer([Q, x], mask=[None, MASK]) for x in (V, other))
        np.testing.assert_allclose(ops.convert_to_numpy(one), ops.convert_to_numpy(two), atol=1e-6)


def test_causal_attention_sees_no_future(layers, ops):
    later = V.copy()
    later[:, 3:] = 7
    for layer in heads(layers):
        one, two = (ops.convert_to_numpy(layer(x, x, use_causal_mask=True)) for x in (V, later))
        np.testing.assert_allclose(one[:, :3], two[:, :3], atol=1e-6)
        assert np.abs(one[:, 3:] - two[:, 3:]).max() > 1e-3


@pytest.mark.parametrize("call", [{}, {"use_causal_mask": True}, {"value_mask": MASK}])
def test_outputs_are_the_same_whether_or_not_weights_are_asked_for(layers, ops, call):
    for layer in heads(layers):
        alone = layer(Q, V, **call)
        beside, weights = layer(Q, V, return_attention_scores=True, **call)
        np.testing.assert_allclose(
            ops.convert_to_numpy(alone), ops.convert_to_numpy(beside), atol=1e-5
        )
        np.testing.assert_allclose(ops.convert_to_numpy(weights).sum(-1), 1, atol=1e-5)
        assert weights.shape == (2, layer.heads, 3, 5)


def test_window_hides_what_is_far(layers, ops):
    layer = layers.MultiHeadAttention(1, 2, sliding_window=2)
    weights = ops.convert_to_numpy(layer(V, V, return_attention_scores=True)[1])[0, 0]
    near = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) < 2
    np.testing.assert_array_equal(weights > 0, near)


def test_dropout_acts_in_training_alone(layers, ops):
    layer = layers.MultiHeadAttention(2, 3, dropout=0.5, seed=1)
    plain = ops.convert_to_numpy(layer(Q, V))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(Q, V, training=False)), plain)
    assert np.abs(ops.convert_to_numpy(layer(Q, V, training=True)) - plain).max() > 1e-3


def test_symbols_foretell_the_weights(layers):
    for layer in heads(layers):
        q, v = layers.Input((None, 4)), layers.Input((5, 4))
        y, weights = layer(q, v, return_attention_scores=True)
        assert y.shape == (None, None, 4) and weights.shape == (None, layer.heads, None, 5)


def test_what_cannot_be_is_said(layers):
    with pytest.raises(ValueError, match="num_heads=0"):
        layers.MultiHeadAttention(0, 2)
    with pytest.raises(ValueError, match="sliding_window=0"):
        layers.MultiHeadAttention(1, 2, sliding_window=0)
    with pytest.raises(ValueError, match="multiple"):
        layers.GroupQueryAttention(2, 3, 2)
    with pytest.raises(ValueError, match="flash"):
        layers.MultiHeadAttention(1, 2, dropout=0.1, flash_attention=True)
    with pytest.raises(ValueError, match=r"expected \[query, value\]"):
        layers.Attention()([Q])
    with pytest.raises(ValueError, match="score_mode"):
        layers.Attention(score_mode="product")
