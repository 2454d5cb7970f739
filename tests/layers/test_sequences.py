"""Recurrent, attention and embedding layers do what every layer must, on every engine."""

from importlib import import_module

import numpy as np
import pytest

from .samples import S1, Row, V

NUMBERS = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
ITSELF = {"value": np.linspace(-1, 1, 48, dtype="float32").reshape(S1)}
BACK = {"reverse": True}
WIDE = {"mixed_precision_keeps_its_dtypes": "logits of float32 vectors are float32"}
OWN = WIDE | {"gradients_flow": "the way back does not see the embeddings"}
STEPS1, STEPS2 = (2, 3, 5, 4), (2, 3, 5, 4, 2)
IDS = np.array([[1, 0, 2], [3, 3, 0]], "int32")


def row(layer, inputs=S1, call=None, without=None, **arguments):
    return Row(layer, arguments, inputs, call or {}, without=without or {})


def heads(layer, **arguments):
    """Without biases: those of keys have no effect, and so no gradient."""
    return row(layer, S1, ITSELF, use_bias=False, **arguments)


ROWS = [
    row("Embedding", IDS, input_dim=4, output_dim=3, mask_zero=True),
    row("Embedding", IDS[0], input_dim=4, output_dim=3, lora_rank=2, embeddings_regularizer="l2"),
    row("ReversibleEmbedding", IDS, input_dim=4, output_dim=3, mask_zero=True),
    row("ReversibleEmbedding", V, BACK, WIDE, input_dim=5, output_dim=6, logit_soft_cap=2.0),
    row("ReversibleEmbedding", S1, BACK, OWN, input_dim=5, output_dim=4, tie_weights=False),
    row("ConvLSTM1D", STEPS1, filters=3, kernel_size=3, padding="same", return_sequences=True),
    row("ConvLSTM1D", (2, 3, 4, 5), filters=2, kernel_size=2, data_format="channels_first"),
    row(
        "ConvLSTM2D",
        STEPS2,
        filters=2,
        kernel_size=(2, 3),
        strides=(2, 1),
        return_state=True,
    ),
    row("ConvLSTM3D", (2, 3, 3, 4, 3, 2), filters=2, kernel_size=2, dropout=0.3, seed=1),
    row("SimpleRNN", units=3, return_sequences=True, activation="relu"),
    row("GRU", units=3, return_state=True),
    row("GRU", units=3, reset_after=False, go_backwards=True),
    row("LSTM", units=3, zero_output_for_mask=True),
    row("LSTM", units=3, return_sequences=True, return_state=True, use_bias=False),
    row("LSTM", units=3, dropout=0.3, recurrent_dropout=0.3, seed=1),
    row("SimpleRNNCell", V, {"states": [NUMBERS]}, units=3),
    row("GRUCell", V, {"states": [NUMBERS]}, units=3),
    row("LSTMCell", V, {"states": [NUMBERS, NUMBERS]}, units=3),
    heads("MultiHeadAttention", num_heads=2, key_dim=3),
    heads(
        "MultiHeadAttention",
        num_heads=2,
        key_dim=3,
        value_dim=2,
        output_shape=(2, 5),
        use_gate=True,
    ),
    heads("MultiHeadAttention", num_heads=1, key_dim=3, dropout=0.3, sliding_window=2),
    heads("GroupQueryAttention", head_dim=3, num_query_heads=4, num_key_value_heads=2),
    row("Attention", [S1, (2, 3, 4)]),
    row("Attention", [S1, (2, 3, 2), (2, 3, 4)], use_scale=True, score_mode="concat"),
    row("AdditiveAttention", [S1, (2, 3, 4)]),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_layer_does_what_every_layer_must(kx, row):
    layers, testing = (import_module(f"{kx.__name__}.{part}") for part in ("layers", "testing"))
    layer = getattr(layers, row.layer)(**row.arguments)
    testing.check_layer(layer, row.inputs, row.call, without=row.without)


def test_stacked_cells_do_what_every_layer_must(kx):
    layers, testing = (import_module(f"{kx.__name__}.{part}") for part in ("layers", "testing"))
    cells = layers.StackedRNNCells([layers.LSTMCell(3), layers.SimpleRNNCell(2)])
    states = [[NUMBERS, NUMBERS], [NUMBERS[:, :2]]]
    testing.check_layer(cells, V, {"states": states})
