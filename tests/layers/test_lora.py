"""Low-rank adaptation: of each layer that can, by pattern, merged, in files."""

from importlib import import_module

import numpy as np
import pytest

RNG = np.random.default_rng(0)
IDS = np.array([[1, 0, 2, 3]])
CASES = [
    (lambda L, **k: L.Dense(5, **k), RNG.normal(size=(2, 3))),
    (lambda L, **k: L.EinsumDense("abc,cde->abde", (None, 2, 3), **k), RNG.normal(size=(2, 3, 4))),
    (lambda L, **k: L.Conv1D(6, 2, groups=2, **k), RNG.normal(size=(2, 5, 4))),
    (lambda L, **k: L.Conv2D(6, 2, **k), RNG.normal(size=(2, 5, 5, 2))),
    (lambda L, **k: L.Embedding(4, 3, **k), IDS),
    (lambda L, **k: L.ReversibleEmbedding(4, 3, **k), IDS),
]


@pytest.fixture
def L(kx):
    return import_module(f"{kx.__name__}.layers")


def numbers(kx, x):
    return kx.ops.convert_to_numpy(x)


def scatter(layer):
    """Other values in all variables."""
    rng = np.random.default_rng(1)
    for v in layer.variables:
        v.assign(rng.normal(size=v.shape))


@pytest.mark.parametrize("make, x", CASES)
def test_merging_keeps_the_function_and_ends_the_correction(kx, L, make, x):
    layer = make(L, lora_rank=2, lora_alpha=3.0)
    layer(x)
    before = len(layer.weights)
    scatter(layer)
    want = numbers(kx, layer(x))
    layer.merge_lora()
    np.testing.assert_allclose(numbers(kx, layer(x)), want, rtol=1e-4, atol=1e-4)
    assert len(layer.weights) == before - 2
    assert all(v.trainable for v in layer.weights)
    assert "lora_rank" not in layer.get_config()
    with pytest.raises(ValueError, match="has no correction"):
        layer.merge_lora()


@pytest.mark.parametrize("make, x", CASES)
def test_a_config_with_a_rank_makes_a_corrected_layer(L, make, x):
    layer = make(L)
    layer(x)
    layer.enable_lora(2)
    again = type(layer).from_config(layer.get_config())
    again(x)
    assert again.lora_enabled and again.lora_alpha == 2
    assert [v.path.split("/")[-1] for v in again.weights] == [
        v.path.split("/")[-1] for v in layer.weights
    ]


def test_the_fixed_weight_stays_fixed_when_the_layer_is_thawed(L):
    layer = L.Dense(2, lora_rank=1)
    layer.build((None, 3))
    layer.trainable = False
    layer.trainable = True
    assert [v.name for v in layer.trainable_weights] == ["bias", "lora_kernel_a", "lora_kernel_b"]


def model(kx, L):
    ids = kx.Input((4,), dtype="int32")
    x = L.Embedding(6, 4, name="embedding")(ids)
    x = L.MultiHeadAttention(2, 2, name="attention")(x, x)
    x = L.Conv1D(3, 2, name="conv")(x)
    return kx.Model(ids, L.Dense(2, name="dense")(L.Flatten()(x)))


def test_a_pattern_chooses_layers_by_path_or_name(kx, L):
    whole = model(kx, L)
    chosen = kx.utils.enable_lora(whole, 2, ".*/(query|value)")
    assert [layer.name for layer in chosen] == ["query", "value"]
    assert [layer.name for layer in kx.utils.enable_lora(whole, 2, "dense|conv")] == [
        "conv",
        "dense",
    ]
    with pytest.raises(ValueError, match="matches none of"):
        kx.utils.enable_lora(whole, 2, "nothing")
    assert len(kx.utils.merge_lora(whole)) == 4
    assert not kx.utils.merge_lora(whole)


def test_a_corrected_model_is_saved_whole(kx, L, tmp_path):
    whole = model(kx, L)
    kx.utils.enable_lora(whole, 2)
    scatter(whole)
    want = numbers(kx, whole(IDS))
    whole.save(tmp_path / "model.keras")
    again = kx.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(numbers(kx, again(IDS)), want, rtol=1e-3, atol=1e-3)


def test_a_correction_is_trained_and_nothing_it_holds(trainer):
    kx = trainer
    L = import_module(f"{kx.__name__}.layers")
    whole = model(kx, L)
    dense = whole.get_layer("dense")
    kx.utils.enable_lora(whole, 2, "dense")
    kernel = dense._kernel.numpy().copy()
    whole.compile("sgd", "mse")
    whole.fit(np.ones((8, 4), "int32"), np.ones((8, 2)), epochs=2, verbose=0)
    assert np.array_equal(dense._kernel.numpy(), kernel)
    assert np.any(dense.lora_kernel_b.numpy())


def test_factors_keep_the_digits_that_a_weight_of_16_bits_has_not(kx, L):
    layer = L.Dense(3, lora_rank=2, dtype="bfloat16")
    y = layer(np.ones((2, 4)))
    assert [v.dtype for v in layer.weights] == ["bfloat16"] * 2 + ["float32"] * 2
    assert kx.ops.dtype(y) == kx.ops.dtype(layer.kernel) == "bfloat16"
