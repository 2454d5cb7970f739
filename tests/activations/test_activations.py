"""Activations: names, defaults of their own, and the way into configs and back."""

import numpy as np
import pytest

from ..ops.calls import value

X = np.array([-2, -1, 0, 1, 2, 3], "float32")


def test_relu_has_a_slope_a_top_and_a_threshold(kx):
    y = value(kx, kx.activations.relu(X, 0.1, 2.0, 0.5))
    np.testing.assert_allclose(y, [-0.25, -0.15, -0.05, 1, 2, 2], rtol=1e-6)
    np.testing.assert_allclose(value(kx, kx.activations.relu(X, max_value=2)), [0, 0, 0, 1, 2, 2])


def test_gelu_is_exact_by_default(reference):
    exact = reference.ops.gelu(X, approximate=False)
    np.testing.assert_array_equal(reference.activations.gelu(X), exact)
    assert (exact != reference.ops.gelu(X)).any()


def test_every_name_goes_into_a_config_and_comes_back(reference):
    make = reference.activations
    for name in make.NAMES:
        assert make.get(make.serialize(make.get(name))) is make.get(name)


def test_get_takes_none_callables_and_other_names(reference):
    make = reference.activations
    assert make.get(None) is make.linear and make.get(abs) is abs
    assert make.get("swish") is make.silu is make.swish and make.serialize(make.swish) == "silu"


@pytest.mark.parametrize("wrong", ["foo", 3])
def test_what_is_no_activation_is_an_error(reference, wrong):
    with pytest.raises(ValueError, match="activation"):
        reference.activations.get(wrong)


def test_a_lambda_has_no_config(reference):
    with pytest.raises(ValueError, match="lambda"):
        reference.activations.serialize(lambda x: x)


def test_symbols_pass_through(reference):
    symbol = reference.KerasTensor((None, 4))
    for name, fn in reference.activations.FUNCTIONS.items():
        if name != "threshold":
            assert fn(symbol).shape == ((None, 2) if name == "glu" else (None, 4))
