"""Masks in graphs of layers and ops: handed on, or said to be lost."""

from importlib import import_module

import numpy as np
import pytest

IDS = np.array([[1, 2, 0], [3, 0, 0]], "int32")
SEEN = (IDS != 0).tolist()


@pytest.fixture
def L(kx):
    return import_module(f"{kx.__name__}.layers")


@pytest.fixture
def get_mask(kx):
    return import_module(f"{kx.__name__}.core.masks").get_mask


def start(kx, L):
    ids = kx.Input((3,), dtype="int32")
    return ids, L.Embedding(5, 4, mask_zero=True)(ids)


HANDED_ON = {
    "a number": lambda ops, x: x * 2,
    "itself": lambda ops, x: x + x,
    "one function": lambda ops, x: ops.tanh(x),
    "an activation": lambda ops, x: ops.gelu(x),
    "a dtype": lambda ops, x: ops.cast(x, "float16"),
    "a smaller tensor": lambda ops, x: x - ops.convert_to_tensor(np.ones((4,), "float32")),
}


@pytest.mark.parametrize("how", HANDED_ON)
def test_ops_that_leave_steps_in_place_hand_masks_on(kx, L, get_mask, how):
    ids, x = start(kx, L)
    y = HANDED_ON[how](kx.ops, x)
    assert get_mask(y) is not None
    mask = get_mask(kx.Model(ids, y)(IDS))
    assert kx.ops.convert_to_numpy(mask).tolist() == SEEN


LOST = {
    "ops.reshape": lambda kx, L, x: kx.ops.reshape(x, (-1, 12)),
    "ops.sum": lambda kx, L, x: kx.ops.sum(x, axis=1),
    "ops.get_item": lambda kx, L, x: x[:, 1:],
    "Conv1D": lambda kx, L, x: L.Conv1D(3, 2)(x),
    "Flatten": lambda kx, L, x: L.Flatten()(x),
    "Lambda": lambda kx, L, x: L.Lambda(lambda v: v * 2)(x),
    "Dot": lambda kx, L, x: L.Dot(axes=1)([x, x]),
    "Add": lambda kx, L, x: L.Add()([x, kx.Input((3, 4))]),
}


@pytest.mark.parametrize("what", LOST)
def test_where_a_mask_is_lost_it_is_said(kx, L, what):
    _, x = start(kx, L)
    with pytest.warns(UserWarning, match=rf"{what}.*its output has none"):
        LOST[what](kx, L, x)


def test_layers_that_heed_a_mask_say_nothing(kx, L):
    _, x = start(kx, L)
    L.GlobalAveragePooling1D()(x)
    L.LSTM(2)(x)
    L.MultiHeadAttention(2, 2)(x, x)
    L.Bidirectional(L.GRU(2))(x)


def test_a_mask_of_several_is_made_without_a_word(kx, L, get_mask):
    _, x = start(kx, L)
    joined = L.Concatenate()([x, kx.Input((3, 2))])
    assert get_mask(joined) is not None


def test_logits_have_the_mask_of_their_vectors(kx, L, get_mask):
    for table in (L.ReversibleEmbedding(5, 4, mask_zero=True), L.ReversibleEmbedding(5, 4)):
        _, x = start(kx, L)
        assert get_mask(table(x, reverse=True)) is not None


def test_a_users_layer_may_end_a_mask(kx, L):
    class Last(L.Layer):
        supports_masking = True

        def call(self, x):
            return x[:, -1]

        def compute_mask(self, inputs, mask):
            return None

    _, x = start(kx, L)
    Last()(x)


def test_a_layer_behind_an_op_sees_the_mask(kx, L):
    ids, x = start(kx, L)
    lstm, embedding = L.LSTM(2), kx.Model(ids, x).layers[1]
    got = kx.Model(ids, lstm(x * 2))(IDS)
    want = lstm(embedding(IDS) * 2, mask=kx.ops.convert_to_tensor(IDS != 0))
    np.testing.assert_allclose(
        kx.ops.convert_to_numpy(got), kx.ops.convert_to_numpy(want), atol=1e-6
    )


def test_a_layer_inside_of_another_is_not_blamed(kx, L):
    class Block(L.Layer):
        def __init__(self):
            super().__init__()
            self.flat = L.Flatten()

        def call(self, x):
            return self.flat(x)

    _, x = start(kx, L)
    with pytest.warns(UserWarning, match="Block") as said:
        Block()(x)
    assert len(said) == 1
