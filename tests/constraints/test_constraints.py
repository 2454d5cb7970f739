"""Constraints: values worked by hand, configs, names."""

from importlib import import_module

import numpy as np
import pytest

W = np.array([[3.0, 0.0, 0.1], [4.0, 0.0, 0.0]], "float32")


@pytest.fixture
def constraints(kx):
    return import_module(f"{kx.__name__}.constraints")


@pytest.mark.parametrize(
    ("name", "kwargs", "expected"),
    [
        ("MaxNorm", {"max_value": 2}, [[1.2, 0, 0.1], [1.6, 0, 0]]),
        ("MaxNorm", {"max_value": 1, "axis": (0, 1)}, W / np.sqrt(25.01)),
        ("NonNeg", {}, W),
        ("UnitNorm", {}, [[0.6, 0, 1], [0.8, 0, 0]]),
        ("MinMaxNorm", {"min_value": 1.0, "max_value": 2.0}, [[1.2, 0, 1], [1.6, 0, 0]]),
        (
            "MinMaxNorm",
            {"min_value": 0.0, "max_value": 2.0, "rate": 0.5},
            [[2.1, 0, 0.1], [2.8, 0, 0]],
        ),
    ],
)
def test_values_are_those_worked_by_hand(kx, constraints, name, kwargs, expected):
    got = getattr(constraints, name)(**kwargs)(kx.ops.convert_to_tensor(W))
    np.testing.assert_allclose(kx.ops.convert_to_numpy(got), expected, atol=2e-6)


def test_negative_weights_become_zero(kx, constraints):
    got = constraints.NonNeg()(kx.ops.convert_to_tensor([-1.0, 2.0]))
    assert kx.ops.convert_to_numpy(got).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("name", ["MaxNorm", "NonNeg", "UnitNorm", "MinMaxNorm"])
def test_configs_go_both_ways(constraints, name):
    constraint = getattr(constraints, name)()
    config = constraints.serialize(constraint)
    assert config["module"] == "keras.constraints" and config["class_name"] == name
    assert constraints.deserialize(config).get_config() == constraint.get_config()


def test_constraints_are_found_by_name(constraints):
    assert (
        type(constraints.get("max_norm")) is type(constraints.get("MaxNorm")) is constraints.MaxNorm
    )
    assert constraints.get(None) is None
    assert constraints.get(abs) is abs
    assert constraints.max_norm is constraints.MaxNorm
    with pytest.raises(ValueError, match="unit_norm"):
        constraints.get("nothing")
