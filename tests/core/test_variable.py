"""Variables: values, dtypes, scopes, and the engine's own functions."""

from importlib import import_module

import numpy as np
import pytest


@pytest.fixture
def scope(kx):
    return import_module(f"{kx.__name__}.core.scope")


@pytest.fixture
def Variable(kx):
    return import_module(f"{kx.__name__}.core.variable").Variable


def test_a_value_is_kept_and_assigned(Variable):
    v = Variable(np.array([1, 2, 3], "float32"), name="v")
    assert v.shape == (3,) and v.dtype == "float32" and v.name == "v" and v.ndim == 1
    v.assign([4, 5, 6])
    v.assign_add([1, 1, 1])
    v.assign_sub([0, 0, 2.0])
    np.testing.assert_array_equal(v.numpy(), [5, 6, 5])


def test_an_initializer_needs_a_shape_and_gets_the_dtype(Variable):
    made = Variable(lambda shape, dtype: np.full(shape, 7, dtype), shape=(2,), dtype="int32")
    assert made.dtype == "int32" and made.numpy().tolist() == [7, 7]
    with pytest.raises(ValueError, match="needs `shape`"):
        Variable(lambda shape, dtype: None)


def test_wrong_shapes_and_names_are_errors_that_say_so(Variable):
    v = Variable(np.zeros((2, 3), "float32"), name="w")
    with pytest.raises(ValueError, match=r"shape \(3,\).*\(2, 3\)"):
        v.assign(np.zeros(3))
    with pytest.raises(ValueError, match="without '/'"):
        Variable(0.0, name="a/b")
    with pytest.raises(ValueError, match="aggregation='median'"):
        Variable(0.0, aggregation="median")
    with pytest.raises(TypeError, match="unknown arguments"):
        Variable(0.0, colour=1)


def test_operators_give_tensors_by_the_ops(kx, backend, Variable):
    v = Variable(np.array([1.0, 4.0], "float32"))
    for got, want in [
        (v + 1, [2, 5]), (1 - v, [0, -3]), (v * v, [1, 16]), (2 / v, [2, 0.5]), (v**2, [1, 16]),
        (-v, [-1, -4]), (abs(-v), [1, 4]), (v[1:], [4]), (np.ones(2, "float32") + v, [2, 5]),
    ]:  # fmt: skip
        assert backend.is_tensor(got)
        np.testing.assert_allclose(backend.to_numpy(got), want)
    assert backend.to_numpy(v > 2).tolist() == [False, True]


def test_a_scope_stands_in_for_reads_and_keeps_writes(backend, scope, Variable):
    v = Variable(np.zeros(2, "float32"))
    with scope.Scope([(v, backend.convert(np.ones(2, "float32")))]) as inside:
        assert v.numpy().tolist() == [1, 1]
        v.assign_add([1.0, 1.0])
        assert backend.to_numpy(inside.read(v)).tolist() == [2, 2]
        with scope.Scope() as deeper:
            v.assign([9.0, 9.0])
        assert backend.to_numpy(deeper.written[v]).tolist() == [9, 9]
        assert v.numpy().tolist() == [2, 2]
    assert v.numpy().tolist() == [0, 0]


def test_autocast_changes_how_floats_are_read_not_how_they_are_kept(scope, Variable):
    v, n = Variable(np.ones(2, "float32")), Variable(np.ones(2, "int32"))
    kept = Variable(np.ones(2, "float32"), autocast=False)
    with scope.computing_in("float16"):
        assert v.dtype == "float16" and "float16" in str(v.value.dtype)
        assert "int32" in str(n.value.dtype) and "float32" in str(kept.value.dtype)
        v.assign_add([1e-4, 0.0])  # lost in float16, kept in float32
    assert "float32" in str(v.value.dtype) and v.numpy()[0] > 1


def test_the_engines_own_functions_take_variables(engine, backend, Variable):
    v = Variable(np.eye(2, dtype="float32"))
    own = {
        "numpy": lambda: np.matmul(v, v),
        "jax": lambda: import_module("jax.numpy").asarray(
            v
        ),  # JAX takes no more of foreign objects
        "torch": lambda: import_module("torch").matmul(v, v),
        "tensorflow": lambda: import_module("tensorflow").matmul(v, v),
    }[engine]
    result = own()
    np.testing.assert_array_equal(backend.to_numpy(result), np.eye(2))
