"""Dense, EinsumDense, Lambda, Masking: values, errors, corrections of low rank."""

import json
from importlib import import_module

import numpy as np
import pytest


@pytest.fixture
def L(kx):
    return kx.layers


def numbers(*shape):
    return np.arange(np.prod(shape), dtype="float32").reshape(shape)


def test_dense_is_a_matrix_product_and_a_bias(kx, L):
    layer = L.Dense(2)
    layer.build((None, 3))
    layer.set_weights([np.array([[1.0, 0], [0, 1], [2, 2]]), np.array([10.0, 20.0])])
    assert kx.ops.convert_to_numpy(layer(np.array([[1.0, 2, 3]]))).tolist() == [[17, 28]]


@pytest.mark.parametrize("units", [0, -1, 2.5, "3", None])
def test_dense_takes_a_positive_whole_number_of_units(L, units):
    with pytest.raises(ValueError, match=r"Dense: units=.*: expected a"):
        L.Dense(units)


def test_dense_refuses_other_features_than_it_was_built_for(L):
    layer = L.Dense(2)
    layer(numbers(4, 3))
    with pytest.raises(ValueError, match=r"axis -1 to have size 3"):
        layer(numbers(4, 5))
    with pytest.raises(ValueError, match="min_ndim=2"):
        layer(numbers(3))


def test_a_wrong_name_of_an_argument_is_met_with_the_right_one(L):
    with pytest.raises(TypeError, match="Did you mean activation"):
        L.Dense(2, activaton="relu")


def test_quantization_is_not_there(L):
    with pytest.raises(NotImplementedError, match="quantization"):
        L.Dense(2, quantization_config={"mode": "int8"})


@pytest.mark.parametrize(
    "make",
    [lambda L: L.Dense(5), lambda L: L.EinsumDense("ab,bc->ac", 5), lambda L: L.Conv1D(5, 2)],
)
def test_a_correction_of_low_rank_is_trained_and_saved_in_the_kernel(kx, L, make):
    layer = make(L)
    x = numbers(2, 3) if not isinstance(layer, L.Conv1D) else numbers(2, 4, 3)
    before = kx.ops.convert_to_numpy(layer(x))
    layer.enable_lora(2)
    assert [v.name for v in layer.trainable_weights if v.name != "bias"] == [
        "lora_kernel_a",
        "lora_kernel_b",
    ]
    assert np.allclose(kx.ops.convert_to_numpy(layer(x)), before)
    layer.lora_kernel_b.assign(np.ones(layer.lora_kernel_b.shape))
    after = kx.ops.convert_to_numpy(layer(x))
    assert not np.allclose(after, before)
    store, plain = {}, make(L)
    layer.save_own_variables(store)
    plain(x)
    plain.load_own_variables(store)
    assert np.allclose(kx.ops.convert_to_numpy(plain(x)), after, rtol=1e-4, atol=1e-4)
    layer.load_own_variables(store)
    assert np.allclose(kx.ops.convert_to_numpy(layer(x)), after, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="corrected already"):
        layer.enable_lora(2)


@pytest.mark.parametrize(
    "equation, output_shape, problem",
    [
        ("ab->ac", 3, "expected the form"),
        ("ab,bc", 3, "expected the form"),
        ("ab,bc->ac", (2, 3), "does not fit the output"),
        ("ab,cd->ad", 3, "size of 'c'"),
    ],
)
def test_einsum_dense_says_what_is_wrong_with_an_equation(L, equation, output_shape, problem):
    with pytest.raises(ValueError, match=problem):
        L.EinsumDense(equation, output_shape)(numbers(2, 4))


def test_einsum_dense_refuses_a_bias_along_what_is_not_in_the_output(L):
    with pytest.raises(ValueError, match="bias_axes='b'"):
        L.EinsumDense("ab,bc->ac", 3, bias_axes="b")(numbers(2, 4))


def test_masking_hides_steps_of_the_mask_value(kx, L):
    x = np.array([[[1.0, 2], [0, 0], [0, 3]]], "float32")
    y = L.Masking()(x)
    assert kx.ops.convert_to_numpy(kx.ops.cast(masks(kx).get_mask(y), "int32")).tolist() == [
        [1, 0, 1]
    ]


def masks(kx):
    return import_module(f"{kx.__name__}.core.masks")


# -- Lambda -------------------------------------------------------------------------------------
def doubled(x, factor=2.0):
    return x * factor


def test_lambda_calls_its_function(kx, L):
    layer = L.Lambda(doubled, arguments={"factor": 3.0})
    assert kx.ops.convert_to_numpy(layer(np.ones((2, 2), "float32"))).tolist() == [[3, 3], [3, 3]]
    assert layer.compute_output_shape((None, 4)) == (None, 4)


def test_lambda_is_told_of_training(L):
    seen = []

    def function(x, training=None):
        seen.append(training)
        return x

    L.Lambda(function)(np.ones((2, 2), "float32"), training=True)
    assert seen == [True]


def test_lambda_with_a_name_comes_back_from_its_config(kx, L):
    config = json.loads(json.dumps(L.Lambda(doubled, arguments={"factor": 3.0}).get_config()))
    again = L.Lambda.from_config(config, custom_objects={"doubled": doubled})
    assert again.function is doubled and again.arguments == {"factor": 3.0}
    assert L.Lambda.from_config(L.Lambda(kx.ops.relu).get_config()).function is kx.ops.relu
    with pytest.raises(ValueError, match="'doubled', which is not known"):
        L.Lambda.from_config(config)


def test_lambda_neither_writes_nor_runs_code(L):
    with pytest.raises(ValueError, match="files carry no code"):
        L.Lambda(lambda x: x).get_config()
    code = {
        "class_name": "__lambda__",
        "config": {"code": "4wEAAAA=", "defaults": None, "closure": None},
    }
    for safe_mode in (True, False, None):
        with pytest.raises(ValueError, match="is code, which is not run"):
            L.Lambda.from_config({"function": code}, safe_mode=safe_mode)


def test_activations_leave_what_others_hold(kx, L, backend):
    class Passing(L.Conv1D):  # what it gives before the activation is its input
        def convolution_op(self, inputs, kernel):
            return inputs

    x = kx.ops.convert_to_tensor(numbers(1, 3, 2) - 3)
    layers = [L.Activation("relu"), Passing(2, 1, activation="relu", use_bias=False)]
    layers += [L.ReLU(), Passing(2, 1, activation="relu")]
    with backend.without_gradients():
        outputs = [kx.ops.convert_to_numpy(layer(x)) for layer in layers]
    assert np.array_equal(kx.ops.convert_to_numpy(x), numbers(1, 3, 2) - 3)
    for y in outputs:
        assert np.array_equal(y, np.maximum(numbers(1, 3, 2) - 3, 0))


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "elu"])
def test_without_gradients_activations_give_the_same(kx, L, backend, name):
    make = (
        lambda: L.Dense(4, activation=name),
        lambda: L.EinsumDense("abc,cd->abd", (None, 4), activation=name),
        lambda: L.Conv1D(4, 2, activation=name, use_bias=False),
        lambda: L.SeparableConv1D(4, 2, activation=name),
    )
    x = kx.ops.convert_to_tensor(np.sin(numbers(2, 5, 3)))
    for layer in (m() for m in make):
        wanted = kx.ops.convert_to_numpy(layer(x))
        with backend.without_gradients():
            got = kx.ops.convert_to_numpy(layer(x))
        np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-7)
