"""Embedding: rows, masks, corrections of low rank."""

from importlib import import_module

import numpy as np
import pytest

IDS = np.array([[1, 0, 2], [3, 3, 0]], "int32")
TABLE = np.arange(8, dtype="float32").reshape(4, 2)


@pytest.fixture
def layers(kx):
    return import_module(f"{kx.__name__}.layers")


@pytest.fixture
def ops(kx):
    return import_module(f"{kx.__name__}.ops")


@pytest.mark.parametrize(
    "ids", [IDS, IDS.astype("float32"), IDS.astype("int64"), IDS.astype("uint8")]
)
def test_gives_rows_of_its_table(layers, ops, ids):
    layer = layers.Embedding(4, 2, weights=[TABLE])
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(ids)), TABLE[IDS])


def test_zero_may_stand_for_padding(kx, layers, ops):
    masks = import_module(f"{kx.__name__}.core.masks")
    y = layers.Embedding(4, 2, mask_zero=True)(IDS)
    np.testing.assert_array_equal(ops.convert_to_numpy(masks.get_mask(y)), IDS != 0)
    assert masks.get_mask(layers.Embedding(4, 2)(IDS)) is None


def test_mixed_precision_casts_rows(layers, ops):
    layer = layers.Embedding(4, 2, dtype="mixed_float16")
    assert ops.dtype(layer(IDS)) == "float16"
    assert layer.embeddings.dtype == "float32"
    assert layer(layers.Input((3,), dtype="int32")).dtype == "float16"


def test_correction_of_low_rank(layers, ops):
    layer = layers.Embedding(4, 2, weights=TABLE)
    layer(IDS)
    layer.enable_lora(1, lora_alpha=2)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(IDS)), TABLE[IDS])
    assert [v.name for v in layer.trainable_variables] == ["lora_embeddings_a", "lora_embeddings_b"]
    layer.lora_embeddings_a.assign(np.ones((4, 1), "float32"))
    layer.lora_embeddings_b.assign(np.ones((1, 2), "float32"))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(IDS)), TABLE[IDS] + 2)
    store = {}
    layer.save_own_variables(store)
    np.testing.assert_allclose(store["0"], TABLE + 2)
    assert list(store) == ["0"]
    layer.load_own_variables(store)
    np.testing.assert_allclose(ops.convert_to_numpy(layer(IDS)), TABLE[IDS] + 2)


def test_what_cannot_be_is_said(layers):
    with pytest.raises(ValueError, match="input_dim=0"):
        layers.Embedding(0, 2)
    with pytest.raises(ValueError, match="not built"):
        layers.Embedding(3, 2).enable_lora(2)
    with pytest.raises(ValueError, match="constraint"):
        layers.Embedding(3, 2, embeddings_constraint="max_norm").enable_lora(2)


@pytest.mark.parametrize("reverse_dtype, want", [(None, "float32"), ("float16", "float16")])
def test_logits_have_the_dtype_of_inputs_and_compute_dtype_together(
    layers, ops, reverse_dtype, want
):
    layer = layers.ReversibleEmbedding(4, 2, reverse_dtype=reverse_dtype, dtype="mixed_bfloat16")
    layer(IDS)
    assert ops.dtype(layer(np.ones((3, 2), "float32"), reverse=True)) == want
    assert layer(layers.Input((2,)), reverse=True).dtype == want
