"""Recurrent layers: values by hand, states, dropout, cells of users' own, errors."""

from importlib import import_module

import numpy as np
import pytest

X = np.arange(1, 9, dtype="float32").reshape(2, 4, 1)


@pytest.fixture
def layers(kx):
    return import_module(f"{kx.__name__}.layers")


@pytest.fixture
def ops(kx):
    return import_module(f"{kx.__name__}.ops")


def adder(layers, **arguments):
    """A recurrence that adds up its inputs."""
    return layers.SimpleRNN(
        1, activation=None, kernel_initializer="ones", recurrent_initializer="ones", **arguments
    )


def numbers(ops, x):
    return ops.convert_to_numpy(x)[..., 0].tolist()


def test_simple_rnn_adds_up(layers, ops):
    assert numbers(ops, adder(layers)(X)) == [10, 26]
    assert numbers(ops, adder(layers, return_sequences=True)(X)) == [[1, 3, 6, 10], [5, 11, 18, 26]]
    backwards = adder(layers, return_sequences=True, go_backwards=True)
    assert numbers(ops, backwards(X)) == [[4, 7, 9, 10], [8, 15, 21, 26]]


def test_masked_steps_leave_states_and_output_as_they_are(layers, ops):
    mask = np.array([[True, False, True, False], [False, False, True, True]])
    assert numbers(ops, adder(layers, return_sequences=True)(X, mask=mask)) == [
        [1, 1, 4, 4],
        [0, 0, 7, 15],
    ]
    zeros = adder(layers, return_sequences=True, zero_output_for_mask=True)
    assert numbers(ops, zeros(X, mask=mask)) == [[1, 0, 4, 0], [0, 0, 7, 15]]


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
def test_stateful_layer_goes_on_where_it_ended(layers, ops, kind):
    whole = getattr(layers, kind)(3, seed=1)
    want = ops.convert_to_numpy(whole(X))
    layer = getattr(layers, kind)(3, stateful=True)
    layer(X[:, :2])
    layer.set_weights(whole.get_weights())
    layer.reset_state()
    layer(X[:, :2])
    np.testing.assert_allclose(ops.convert_to_numpy(layer(X[:, 2:])), want, atol=1e-6)
    assert len(layer.weights) == 3
    layer.reset_states()
    first = layer.get_initial_state(2)[0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer.states[0].value), ops.convert_to_numpy(first)
    )


def test_stateful_layer_needs_the_size_of_the_batch(layers):
    with pytest.raises(ValueError, match="size of the batch"):
        layers.LSTM(3, stateful=True)(layers.Input((4, 1)))


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
def test_dropout_is_the_same_at_each_step(layers, ops, kind):
    x = np.ones((2, 5, 8), "float32")
    layer = getattr(layers, kind)(4, dropout=0.5, seed=3, return_sequences=True)
    cell = layer.cell
    layer(x)
    cell.set_weights(
        [w * 0 if "recurrent" in v.name else w for v, w in zip(cell.weights, cell.get_weights())]
    )
    plain, dropped = (ops.convert_to_numpy(layer(x, training=t)) for t in (False, True))
    assert np.abs(plain - dropped).max() > 1e-3
    if kind == "SimpleRNN":  # without a recurrent kernel, each step sees its input alone
        np.testing.assert_allclose(dropped, np.repeat(dropped[:, :1], 5, axis=1), rtol=1e-6)
    again = ops.convert_to_numpy(layer(x, training=True))
    assert np.abs(again - dropped).max() > 1e-3, "the next call must draw anew"


def test_recurrent_dropout_of_all_forgets_the_past(layers, ops):
    layer = adder(layers, recurrent_dropout=1.0, return_sequences=True)
    got = numbers(ops, layer(X, training=True))
    assert got == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_cells_of_ones_own_can_be_run(kx, layers, ops):
    class Mean(layers.Layer):
        """The mean so far, from a sum and a count."""

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.state_size = [1, 1]
            self.output_size = 1

        def call(self, x, states):
            total, count = states[0] + x, states[1] + 1.0
            return total / count, [total, count]

    layer = layers.RNN(Mean(), return_sequences=True, return_state=True)
    y, total, count = layer(X)
    assert numbers(ops, y) == [[1, 1.5, 2, 2.5], [5, 5.5, 6, 6.5]]
    assert numbers(ops, total) == [10, 26] and numbers(ops, count) == [4, 4]
    assert [t.shape for t in layer(layers.Input((None, 1)))] == [
        (None, None, 1),
        (None, 1),
        (None, 1),
    ]


def test_stacked_cells_are_layers_on_top_of_each_other(layers, ops):
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    one, two = layers.GRU(4, return_sequences=True), layers.LSTM(2)
    want = ops.convert_to_numpy(two(one(x)))
    stacked = layers.RNN([layers.GRUCell(4), layers.LSTMCell(2)])
    stacked(x)
    stacked.set_weights([*one.get_weights(), *two.get_weights()])
    np.testing.assert_allclose(ops.convert_to_numpy(stacked(x)), want, atol=1e-6)
    assert stacked.cell.state_size == [4, [2, 2]]


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
def test_a_subclass_of_a_cell_with_a_call_of_its_own_is_heard(layers, ops, kind):
    base = getattr(layers, f"{kind}Cell")

    class Silent(base):
        def call(self, inputs, states, training=False):
            y, states = super().call(inputs, states, training)
            return y * 0, states

    y, *_ = layers.RNN(Silent(3), return_state=True)(X)
    assert not ops.convert_to_numpy(y).any()


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_the_engines_kernel_and_the_loop_agree(layers, ops, kind):
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    one = getattr(layers, kind)(4, return_sequences=True, bias_initializer="random_normal")
    two = getattr(layers, kind)(4, return_sequences=True, use_cudnn=False, unroll=True)
    want = one(x), two(x)
    two.set_weights(one.get_weights())
    np.testing.assert_allclose(
        ops.convert_to_numpy(two(x)), ops.convert_to_numpy(want[0]), atol=1e-6
    )


def test_sequences_of_unknown_length_can_be_compiled(kx, layers, ops):
    backend = import_module(f"{kx.__name__}.backends").current
    layer = layers.Bidirectional(layers.LSTM(3, return_sequences=True))
    want = ops.convert_to_numpy(layer(X))
    step = backend.compile_step(lambda x: layer(x), layer.variables)
    for length in (4, 2):
        assert step(ops.convert_to_tensor(X[:, :length])).shape == (2, length, 6)
    np.testing.assert_allclose(
        ops.convert_to_numpy(step(ops.convert_to_tensor(X))), want, atol=1e-6
    )


def test_what_cannot_be_is_said(layers):
    with pytest.raises(ValueError, match="units=0"):
        layers.LSTM(0)
    with pytest.raises(ValueError, match="ndim=3"):
        layers.LSTM(3)(X[:, 0])
    with pytest.raises(ValueError, match="expected a cell"):
        layers.RNN(3)
    with pytest.raises(ValueError, match="2 initial states"):
        layers.LSTM(3)(X, initial_state=[np.ones((2, 3), "float32")])
    with pytest.raises(ValueError, match="number of steps"):
        layers.LSTM(3, unroll=True).call(layers.Input((None, 1)))
