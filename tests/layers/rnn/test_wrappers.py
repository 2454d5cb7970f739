"""Bidirectional and TimeDistributed."""

from importlib import import_module

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
MASK = np.array([[True, True, False, False], [True, True, True, False]])


@pytest.fixture
def layers(kx):
    return import_module(f"{kx.__name__}.layers")


@pytest.fixture
def parts(kx):
    """ops, masks and testing."""
    return [import_module(f"{kx.__name__}.{name}") for name in ("ops", "core.masks", "testing")]


def makers():
    yield lambda L: L.Bidirectional(L.GRU(3, return_sequences=True))
    yield lambda L: L.Bidirectional(L.LSTM(3, return_state=True), merge_mode=None)
    yield lambda L: L.Bidirectional(
        L.SimpleRNN(3), merge_mode="sum", backward_layer=L.GRU(3, go_backwards=True)
    )
    yield lambda L: L.RNN(
        [L.LSTMCell(3), L.SimpleRNNCell(2)], return_sequences=True, return_state=True
    )
    yield lambda L: L.RNN(L.StackedRNNCells([L.GRUCell(3), L.LSTMCell(2)]))
    yield lambda L: L.Bidirectional(L.LSTM(3), merge_mode="ave")
    yield lambda L: L.SpectralNormalization(L.Dense(3, bias_initializer="ones"))
    yield lambda L: L.TimeDistributed(L.Dense(3))
    yield lambda L: L.TimeDistributed(L.BatchNormalization())


@pytest.mark.parametrize("make", list(makers()))
def test_layer_does_what_every_layer_must(layers, parts, make):
    parts[2].check_layer(make(layers), X.shape)


def test_bidirectional_is_both_directions(layers, parts):
    ops = parts[0]
    both = layers.Bidirectional(layers.GRU(3, return_sequences=True))
    got = ops.convert_to_numpy(both(X))
    forth = ops.convert_to_numpy(both.forward_layer(X))
    back = ops.convert_to_numpy(both.backward_layer(X))
    np.testing.assert_allclose(got, np.concatenate([forth, back[:, ::-1]], -1), atol=1e-6)
    assert both.forward_layer.name.startswith("forward_gru")
    assert both.backward_layer.go_backwards


def test_bidirectional_hands_on_masks(layers, parts):
    ops, masks, _ = parts
    x = ops.convert_to_tensor(X)
    masks.set_mask(x, ops.convert_to_tensor(MASK))
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True))(x)
    np.testing.assert_array_equal(ops.convert_to_numpy(masks.get_mask(y)), MASK)
    assert masks.get_mask(layers.Bidirectional(layers.GRU(3))(x)) is None


def test_bidirectional_refuses_layers_that_do_not_fit(layers):
    with pytest.raises(ValueError, match="go_backwards"):
        layers.Bidirectional(layers.GRU(3), backward_layer=layers.GRU(3))
    with pytest.raises(ValueError, match="return_sequences differs"):
        layers.Bidirectional(
            layers.GRU(3), backward_layer=layers.GRU(3, return_sequences=True, go_backwards=True)
        )
    with pytest.raises(ValueError, match="recurrent layer"):
        layers.Bidirectional(layers.Dense(3))
    with pytest.raises(ValueError, match="merge_mode"):
        layers.Bidirectional(layers.GRU(3), merge_mode="max")


def test_time_distributed_gives_each_step_to_the_layer(layers, parts):
    ops = parts[0]
    dense = layers.Dense(5)
    want = ops.convert_to_numpy(dense(X))
    np.testing.assert_allclose(
        ops.convert_to_numpy(layers.TimeDistributed(dense)(X)), want, atol=1e-6
    )
    assert layers.TimeDistributed(layers.LSTM(2))(layers.Input((None, 4, 3))).shape == (
        None,
        None,
        2,
    )


def test_time_distributed_gives_the_layer_its_part_of_the_mask(layers, parts):
    ops = parts[0]
    x = np.stack([X, X * 2], 1)
    mask = np.stack([MASK, ~MASK], 1)
    rnn = layers.LSTM(3)
    want = [ops.convert_to_numpy(rnn(x[:, t], mask=mask[:, t])) for t in range(2)]
    got = layers.TimeDistributed(rnn)(x, mask=mask)
    np.testing.assert_allclose(ops.convert_to_numpy(got), np.stack(want, 1), atol=1e-6)


def test_time_distributed_refuses_what_has_no_steps(layers):
    with pytest.raises(ValueError, match="batch, steps"):
        layers.TimeDistributed(layers.Dense(2))(X[:, 0])
    with pytest.raises(ValueError, match="expected a Layer"):
        layers.TimeDistributed(3)
