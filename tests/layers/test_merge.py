"""Merges: shapes that fit, masks, errors."""

import numpy as np
import pytest

A, B = np.array([[1, 1, 0], [1, 0, 0]], bool), np.array([[1, 0, 0], [1, 1, 1]], bool)


@pytest.fixture
def L(kx):
    return kx.layers


def ones(*shape):
    return np.ones(shape, "float32")


def test_a_tensor_of_fewer_axes_gets_new_ones_behind_the_batch(kx, L):
    y = L.Add()([ones(2, 3, 4), np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]], "float32")])
    assert kx.ops.convert_to_numpy(y)[1, 2].tolist() == [6, 7, 8, 9]


@pytest.mark.parametrize(
    "name, inputs, problem",
    [
        ("Add", ones(2, 3), "expected a list of tensors"),
        ("Add", [ones(2, 3), ones(2, 4)], "do not fit together"),
        ("Add", [ones(2, 3), ones(3, 3)], "the batches differ"),
        ("Subtract", [ones(2, 3)] * 3, "expected two tensors; got 3"),
        ("Concatenate", [ones(2, 3, 4), ones(2, 5, 3)], "differ along other axes"),
        ("Concatenate", [ones(2, 3), ones(2, 3, 4)], "differ along other axes"),
        ("Dot", [ones(2, 3), ones(2, 4)], "sizes of inputs of shapes"),
    ],
)
def test_inputs_that_do_not_fit_are_named(L, name, inputs, problem):
    layer = getattr(L, name)(**({"axes": 1} if name == "Dot" else {}))
    with pytest.raises(ValueError, match=problem):
        layer(inputs)


def test_dot_never_sums_over_the_batch(L):
    with pytest.raises(ValueError, match="behind the batch"):
        L.Dot(axes=0)([ones(2, 3), ones(2, 3)])


def test_a_sum_hides_what_all_masks_hide(kx, L):
    masks = [kx.ops.convert_to_tensor(m) for m in (A, B)]
    got = L.Add().compute_mask([ones(2, 3, 1)] * 2, masks)
    assert (kx.ops.convert_to_numpy(got) == (A | B)).all()
    assert L.Add().compute_mask([ones(2, 3, 1)] * 2, [masks[0], None]) is None


def test_masks_are_joined_as_the_tensors_are(kx, L):
    x = [kx.ops.convert_to_tensor(ones(2, 3, 1))] * 2
    got = L.Concatenate(axis=1).compute_mask(x, [kx.ops.convert_to_tensor(A), None])
    assert (kx.ops.convert_to_numpy(got) == np.concatenate([A, np.ones_like(B)], 1)).all()


def test_functions_do_what_the_layers_do(kx, L):
    x, y = 3 * ones(2, 2), ones(2, 2)
    for name, want in dict(add=4, subtract=2, multiply=3, average=2, maximum=3, minimum=1).items():
        assert kx.ops.convert_to_numpy(getattr(L, name)([x, y])).tolist() == [[want] * 2] * 2
    assert L.concatenate([x, y], axis=0).shape == (4, 2)
    assert kx.ops.convert_to_numpy(L.dot([x, y], axes=1)).tolist() == [[6], [6]]
