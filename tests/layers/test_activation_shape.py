"""Activations with parameters, Reshape, Permute, Rescaling: values and errors."""

import numpy as np
import pytest


@pytest.fixture
def L(kx):
    return kx.layers


def test_relu_has_a_threshold_a_slope_and_a_ceiling(kx, L):
    x = np.array([-1.0, 0, 0.2, 0.5, 1, 2, 3], "float32")
    y = L.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5)(x)
    assert np.allclose(kx.ops.convert_to_numpy(y), [-0.15, -0.05, -0.03, 0, 1, 2, 2])


@pytest.mark.parametrize("field", ["max_value", "negative_slope", "threshold"])
def test_relu_takes_no_negative_numbers(L, field):
    with pytest.raises(
        ValueError, match=f"ReLU: {field}=-1: expected a number that is not negative"
    ):
        L.ReLU(**{field: -1})


def test_softmax_is_zero_where_a_mask_hides_it(kx, L):
    x, mask = np.array([[1.0, 2, 3]] * 2, "float32"), np.array([[1, 1, 0], [0, 0, 0]], bool)
    y = kx.ops.convert_to_numpy(L.Softmax()(x, mask=mask))
    assert np.allclose(y, [[0.26894143, 0.7310586, 0], [0, 0, 0]])


def test_prelu_must_know_the_sizes_that_it_does_not_share(L):
    assert L.PReLU(shared_axes=[1])(L.Input((None, 3))).shape == (None, None, 3)
    with pytest.raises(ValueError, match="shared_axes"):
        L.PReLU()(L.Input((None, 3)))


def test_reshape_foretells_what_it_can(L):
    assert L.Reshape((-1, 2))(L.Input((6,))).shape == (None, 3, 2)
    assert L.Reshape((-1, 2))(L.Input((None, 4))).shape == (None, None, 2)
    with pytest.raises(ValueError, match="cannot get the shape"):
        L.Reshape((4, 2))(L.Input((6,)))
    with pytest.raises(ValueError, match="one may be -1"):
        L.Reshape((-1, -1))


def test_permute_takes_a_permutation(L):
    with pytest.raises(ValueError, match="from 1 to the rank"):
        L.Permute((0, 1))


def test_flatten_makes_vectors_of_numbers_too(L):
    assert L.Flatten()(np.ones((3,), "float32")).shape == (3, 1)
    assert L.Flatten()(np.ones((0, 2, 3), "float32")).shape == (0, 6)


def test_rescaling_makes_floats_of_bytes(kx, L):
    y = L.Rescaling(1 / 255)(np.array([[0, 255]], "uint8"))
    assert kx.ops.dtype(y) == "float32" and np.allclose(kx.ops.convert_to_numpy(y), [[0, 1]])
