"""Dropout, noise and penalties: only in training, with the right mean, from the seed."""

import numpy as np
import pytest

X = np.ones((64, 32, 4), "float32")
NOISY = [
    ("Dropout", 0.3),
    ("SpatialDropout1D", 0.3),
    ("GaussianNoise", 0.3),
    ("GaussianDropout", 0.3),
]


@pytest.fixture
def L(kx):
    return kx.layers


@pytest.mark.parametrize("name, amount", [*NOISY, ("AlphaDropout", 0.3)])
def test_nothing_happens_in_inference(kx, L, name, amount):
    layer = getattr(L, name)(amount, seed=1)
    for more in ({}, {"training": False}):
        assert (kx.ops.convert_to_numpy(layer(X, **more)) == X).all()


@pytest.mark.parametrize("name, amount", NOISY)
def test_the_mean_is_kept(kx, L, name, amount):
    y = kx.ops.convert_to_numpy(getattr(L, name)(amount, seed=1)(X, training=True))
    assert abs(y.mean() - 1) < 0.15 and y.std() > 0.1


def test_alpha_dropout_keeps_mean_and_variance(kx, L):
    x = np.random.default_rng(0).normal(size=X.shape).astype("float32")
    y = kx.ops.convert_to_numpy(L.AlphaDropout(0.3, seed=1)(x, training=True))
    assert abs(y.mean()) < 0.05 and abs(y.std() - 1) < 0.05


def test_draws_differ_from_call_to_call_and_repeat_with_the_seed(kx, L):
    def draws():
        layer = L.Dropout(0.5, seed=3)
        return [kx.ops.convert_to_numpy(layer(X, training=True)) for _ in range(2)]

    first, second = draws(), draws()
    assert (first[0] != first[1]).any()
    assert (first[0] == second[0]).all() and (first[1] == second[1]).all()


def test_spatial_dropout_drops_whole_channels(kx, L):
    y = kx.ops.convert_to_numpy(L.SpatialDropout1D(0.5, seed=1)(X, training=True))
    assert (y == y[:, :1]).all() and {0.0, 2.0} == set(np.unique(y))


def test_a_noise_shape_says_what_is_dropped_together(kx, L):
    y = kx.ops.convert_to_numpy(L.Dropout(0.5, noise_shape=(None, 1, 4), seed=1)(X, training=True))
    assert (y == y[:, :1]).all() and (y != y[..., :1]).any()


@pytest.mark.parametrize(
    "name, amount", [("Dropout", 1.5), ("GaussianDropout", -0.1), ("GaussianNoise", -1)]
)
def test_amounts_out_of_range_are_refused(L, name, amount):
    with pytest.raises(ValueError, match=rf"{name}: \w+={amount}: expected"):
        getattr(L, name)(amount)


def test_without_noise_there_is_no_seed(L):
    assert not L.Dropout(0).variables and len(L.Dropout(0.1).variables) == 1


def test_a_penalty_is_a_mean_over_samples(kx, L):
    layer = L.ActivityRegularization(l1=0.5, l2=0.25)
    layer(2 * X)
    assert float(kx.ops.convert_to_numpy(layer.losses[0])) == pytest.approx(
        (0.5 * 2 + 0.25 * 4) * 32 * 4
    )
