"""Normalizations: running averages, masks, inference, precision."""

import numpy as np
import pytest

X = np.random.default_rng(0).normal(2.0, 3.0, size=(8, 5, 3)).astype("float32")


@pytest.fixture
def L(kx):
    return kx.layers


def test_batch_normalization_follows_the_batches(kx, L):
    layer = L.BatchNormalization(momentum=0.8)
    y = kx.ops.convert_to_numpy(layer(X, training=True))
    assert np.allclose(y.mean((0, 1)), 0, atol=1e-5) and np.allclose(y.var((0, 1)), 1, atol=1e-2)
    assert np.allclose(layer.moving_mean.numpy(), 0.2 * X.mean((0, 1)), atol=1e-5)
    assert np.allclose(layer.moving_variance.numpy(), 0.8 + 0.2 * X.var((0, 1)), rtol=1e-4)


def test_batch_normalization_that_is_not_trainable_is_in_inference(kx, L):
    layer = L.BatchNormalization()
    layer.build(X.shape)
    layer.trainable = False
    assert np.allclose(
        kx.ops.convert_to_numpy(layer(X, training=True)), X / np.sqrt(1.001), rtol=1e-4
    )
    assert not layer.moving_mean.numpy().any() and not layer.trainable_variables


def test_batch_normalization_leaves_out_what_a_mask_hides(L):
    mask = np.zeros((8, 5), bool)
    mask[:4, :3] = True
    layer = L.BatchNormalization(momentum=0.0)
    layer(X, training=True, mask=mask)
    assert np.allclose(layer.moving_mean.numpy(), X[mask].mean(0), atol=1e-4)
    assert np.allclose(layer.moving_variance.numpy(), X[mask].var(0), rtol=1e-3)


def test_statistics_are_kept_in_32_bits(L):
    layer = L.BatchNormalization(momentum=0.0, dtype="mixed_float16")
    layer(300 * X, training=True)  # squares of that are infinite in 16 bits
    assert {v.dtype for v in layer.variables} == {"float32"}
    assert np.allclose(layer.moving_variance.numpy(), (300 * X).var((0, 1)), rtol=1e-2)


@pytest.mark.parametrize("name", ["LayerNormalization", "RMSNormalization", "GroupNormalization"])
def test_16_bits_do_not_overflow(kx, L, name):
    layer = getattr(L, name)(dtype="float16", **({"groups": 1} if name.startswith("Group") else {}))
    assert np.isfinite(kx.ops.convert_to_numpy(layer(300 * X))).all()


def test_rms_scaling_divides_by_the_deviation(kx, L):
    y = kx.ops.convert_to_numpy(L.LayerNormalization(rms_scaling=True)(X))
    assert np.allclose(y, X / np.sqrt(X.var(-1, keepdims=True) + 1e-3), rtol=1e-4)


def test_groups_must_divide_the_channels(L):
    with pytest.raises(ValueError, match="expected a multiple of the groups"):
        L.GroupNormalization(groups=2)(X)


def test_a_size_that_is_normalized_must_be_known(L):
    for layer in (L.BatchNormalization(), L.LayerNormalization()):
        with pytest.raises(ValueError, match="must be known"):
            layer(L.Input((4, None)))


def test_spectral_normalization_makes_the_largest_singular_value_one(kx, L):
    kx.utils.set_random_seed(2)  # it takes more iterations where two of the values are alike
    layer = L.SpectralNormalization(L.Conv2D(3, 2), power_iterations=30)
    x = np.ones((1, 4, 4, 2), "float32")
    layer(x)
    assert [v.path.split("/")[-1] for v in layer.weights] == ["kernel", "vector_u", "bias"]
    layer(x, training=True)
    matrix = layer.layer.kernel.numpy().reshape(-1, 3)
    largest, second, _ = np.linalg.svd(matrix)[1]
    assert largest == pytest.approx(1.0, abs=1e-5) and second < 0.9


def test_spectral_normalization_leaves_zeros_alone(L):
    layer = L.SpectralNormalization(L.Dense(2, kernel_initializer="zeros"))
    layer.build((None, 3))
    u = layer.vector_u.numpy().copy()
    layer(np.ones((1, 3), "float32"), training=True)
    assert not layer.layer.kernel.numpy().any() and np.array_equal(layer.vector_u.numpy(), u)
    with pytest.raises(ValueError, match="neither a `kernel` nor `embeddings`"):
        L.SpectralNormalization(L.ReLU())(np.ones((1, 3), "float32"))
