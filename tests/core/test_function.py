"""Graphs of KerasTensors and the plans that replay them."""

from importlib import import_module

import numpy as np
import pytest


@pytest.fixture
def symbolic(kx):
    return import_module(f"{kx.__name__}.core.symbolic")


@pytest.fixture
def Function(kx):
    return import_module(f"{kx.__name__}.core.function").Function


def test_a_graph_is_replayed_on_tensors(kx, backend, symbolic, Function):
    a, b = symbolic.KerasTensor((None, 3)), symbolic.KerasTensor((None, 3))
    function = Function([a, b], {"sum": a + b, "top": kx.ops.max(a * 2.0, axis=-1)})
    x = backend.convert(np.arange(6, dtype="float32").reshape(2, 3))
    out = function.call([x, x])
    np.testing.assert_allclose(backend.to_numpy(out["sum"]), 2 * backend.to_numpy(x))
    np.testing.assert_allclose(backend.to_numpy(out["top"]), [4, 10])


def test_a_tensor_used_twice_is_computed_once(kx, symbolic, Function):
    calls = []

    class Counted(kx.core.operation.Operation):
        def call(self, x):
            calls.append(x)
            return x + 1

    a = symbolic.KerasTensor((2,))
    b = Counted()(a)
    function = Function(a, b * b)
    calls.clear()
    function.call(np.ones(2, "float32"))
    assert len(calls) == 1


def test_an_output_that_needs_another_input_is_an_error(symbolic, Function):
    a, b = symbolic.KerasTensor((2,)), symbolic.KerasTensor((2,))
    with pytest.raises(ValueError, match="does not come from the given inputs"):
        Function(a, a + b)
    with pytest.raises(ValueError, match="must be KerasTensors"):
        Function(3, a)


def test_shapes_follow_from_the_inputs_shapes(kx, symbolic, Function):
    a = symbolic.KerasTensor((None, 3))
    function = Function(a, kx.ops.concatenate([a, a], axis=1))
    assert function.compute_output_shape((5, 3)) == (5, 6)


def test_symbols_refuse_what_needs_a_value(symbolic):
    a = symbolic.KerasTensor((2,))
    for attempt in (bool, float, list, np.asarray, len):
        with pytest.raises(TypeError, match="has no value"):
            attempt(a)


def test_unknown_dimensions_stay_unknown(kx, symbolic):
    a = symbolic.KerasTensor((None, 3), "int32")
    assert (a + 1.5).shape == (None, 3) and (a + 1.5).dtype == "float32"
    assert kx.ops.reshape(a, (-1,)).shape == (None,)
    assert a[:, 0].shape == (None,)
