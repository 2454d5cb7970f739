"""ConvLSTM: with windows of one element it is an LSTM at each place; states, masks, shapes."""

from importlib import import_module

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype("float32")


@pytest.fixture
def L(kx):
    return import_module(f"{kx.__name__}.layers")


def test_windows_of_one_make_an_lstm_at_each_place(kx, L):
    layer, lstm = L.ConvLSTM1D(2, 1, return_sequences=True), L.LSTM(2, return_sequences=True)
    got = kx.ops.convert_to_numpy(layer(X))
    places = X.swapaxes(1, 2).reshape(10, 4, 3)
    lstm(places)
    lstm.set_weights([w[0] if w.ndim > 1 else w for w in layer.get_weights()])
    want = kx.ops.convert_to_numpy(lstm(places)).reshape(2, 5, 4, 2).swapaxes(1, 2)
    np.testing.assert_allclose(got, want, atol=1e-6)


def test_masked_steps_change_nothing(kx, L):
    layer = L.ConvLSTM1D(2, 3, padding="same")
    short = kx.ops.convert_to_numpy(layer(X[:, :2]))
    mask = np.array([[True, True, False, False]] * 2)
    got = kx.ops.convert_to_numpy(layer(X, mask=kx.ops.convert_to_tensor(mask)))
    np.testing.assert_allclose(got, short, atol=1e-6)


def test_a_stateful_layer_goes_on_where_it_ended(kx, L):
    whole = L.ConvLSTM1D(2, 2)
    want = kx.ops.convert_to_numpy(whole(X))
    layer = L.ConvLSTM1D(2, 2, stateful=True)
    layer(X[:, :2])
    layer.set_weights(whole.get_weights())
    layer.reset_state()
    layer(X[:, :2])
    np.testing.assert_allclose(kx.ops.convert_to_numpy(layer(X[:, 2:])), want, atol=1e-6)


def test_sizes_may_be_unknown(kx, L):
    inputs = kx.Input((None, None, 3))
    outputs = L.Bidirectional(L.ConvLSTM1D(2, 2))(inputs)
    assert outputs.shape == (None, None, 4)
    assert tuple(kx.Model(inputs, outputs)(X).shape) == (2, 4, 4)


def test_what_does_not_go_together_is_said(L):
    with pytest.raises(ValueError, match="one of the two must be 1"):
        L.ConvLSTM2D(2, 2, strides=2, dilation_rate=2)
    with pytest.raises(ValueError, match="padding='causal'"):
        L.ConvLSTM1D(2, 2, padding="causal")
