"""Sparse tensors: kept sparse where the engine has the op for them, else dense, never wrong."""

from importlib import import_module

import numpy as np
import pytest

from .calls import value

A = np.array([[0, 1, 0], [2, 0, -3]], "float32")
K = np.arange(6, dtype="float32").reshape(3, 2)
ROW = np.array([1, 2, 3], "float32")

KEPT = {  # name -> (op, the same on NumPy)
    "absolute": (lambda o, s: o.abs(s), abs(A)),
    "relu": (lambda o, s: o.relu(s), np.maximum(A, 0)),
    "square": (lambda o, s: o.square(s), A * A),
    "round": (lambda o, s: o.round(s, 1), A),
    "cast": (lambda o, s: o.cast(s, "int32"), A.astype("int32")),
    "add": (lambda o, s: o.add(s, s), A + A),
    "subtract": (lambda o, s: o.subtract(s, o.square(s)), A - A * A),
    "multiply": (lambda o, s: o.multiply(s, 2), 2 * A),
    "multiply by a row": (lambda o, s: o.multiply(ROW, s), ROW * A),
    "multiply both": (lambda o, s: o.multiply(s, s), A * A),
    "transpose": (lambda o, s: o.transpose(s), A.T),
    "transpose axes": (lambda o, s: o.transpose(s, (1, 0)), A.T),
    "reshape": (lambda o, s: o.reshape(s, (3, -1)), A.reshape(3, 2)),
    "expand_dims": (lambda o, s: o.expand_dims(s, 1), A[:, None]),
    "expand_dims twice": (lambda o, s: o.expand_dims(s, (0, -1)), A[None, ..., None]),
    "squeeze": (lambda o, s: o.squeeze(o.reshape(s, (2, 1, 3)), 1), A),
    "concatenate": (lambda o, s: o.concatenate([s, o.abs(s)], -1), np.concatenate([A, abs(A)], 1)),
    "sum of rows": (lambda o, s: o.sum(s, -1, keepdims=True), A.sum(-1, keepdims=True)),
    "mean": (lambda o, s: o.mean(s, axis=0), A.mean(0)),
    "mean of all": (lambda o, s: o.mean(s, (0, 1), True), A.mean(keepdims=True)),
    "divide": (lambda o, s: o.divide(s, 2), A / 2),
    "divide by a row": (lambda o, s: o.divide(s, ROW), A / ROW),
    "maximum": (lambda o, s: o.maximum(s, o.negative(s)), abs(A)),
    "minimum": (lambda o, s: o.minimum(s, o.negative(s)), -abs(A)),
    "multiply by a sparse row": (
        lambda o, s: o.multiply(o.convert_to_tensor(ROW, sparse=True), s),
        ROW * A,
    ),
    "matmul of two": (lambda o, s: o.matmul(s, o.transpose(s)), A @ A.T),
    "signbit": (lambda o, s: o.signbit(s), np.signbit(A)),
    "copy": (lambda o, s: o.copy(s), A),
}
DENSE = {
    "matmul": (lambda o, s: o.matmul(s, K), A @ K),
    "matmul from the left": (lambda o, s: o.matmul(K, s), K @ A),
    "matmul of more axes": (lambda o, s: o.matmul(K[None], s), (K @ A)[None]),
    "matmul of integers": (lambda o, s: o.matmul(o.cast(s, "int32"), K), A @ K),
    "sum": (lambda o, s: o.sum(s), A.sum()),
    "mean": (lambda o, s: o.mean(s), A.mean()),
    "divide by a sparse one": (lambda o, s: o.divide(s, o.add(s, s)), np.where(A, 0.5, np.nan)),
    "divide and broadcast": (lambda o, s: o.divide(s, np.ones((2, 1, 1), "float32")), [A] * 2),
    "add and broadcast": (lambda o, s: o.add(s, o.reshape(s, (2, 1, 3))), A + A[:, None]),
    "max": (lambda o, s: o.max(s, axis=0), A.max(0)),
    "add a number": (lambda o, s: o.add(s, 1), A + 1),
    "multiply and broadcast": (lambda o, s: o.multiply(np.ones((4, 1, 1), "float32"), s), [A] * 4),
    "exp": (lambda o, s: o.exp(s), np.exp(A)),
    "concatenate": (lambda o, s: o.concatenate([s, A]), np.concatenate([A, A])),
    "get_item": (lambda o, s: o.get_item(s, 0), A[0]),
    "where": (lambda o, s: o.where(A > 0, s, 5.0), np.where(A > 0, A, 5)),
    "convert_to_tensor": (lambda o, s: o.convert_to_tensor(s, sparse=False), A),
}


@pytest.fixture
def sparse(kx, backend):
    """The library on an engine that has sparse tensors."""
    if backend.is_sparse is None:
        pytest.skip(f"{backend.NAME} has no sparse tensors")
    return kx


ROWS = {
    **{f"kept: {n}": (*row, True) for n, row in KEPT.items()},
    **{f"dense: {n}": (*row, False) for n, row in DENSE.items()},
}


@pytest.mark.parametrize("name", ROWS)
def test_ops_take_sparse_tensors(sparse, backend, name):
    op, wanted, kept = ROWS[name]
    s = sparse.ops.convert_to_tensor(A, sparse=True)
    assert backend.is_sparse(s) and sparse.ops.is_tensor(s)
    y = op(sparse.ops, s)
    assert backend.is_sparse(y) == kept
    np.testing.assert_allclose(value(sparse, y), wanted, 1e-6)


@pytest.mark.parametrize("name", [n for n in ROWS if "sparse row" not in n])
def test_symbols_say_what_will_be_sparse(sparse, name):
    op, wanted, kept = ROWS[name]
    if name == "dense: convert_to_tensor":  # no op: a symbol stays as it is
        return
    y = op(sparse.ops, sparse.KerasTensor(A.shape, sparse=True))
    assert y.sparse == kept and y.shape == np.shape(wanted)


@pytest.mark.parametrize("name", ["one_hot", "multi_hot", "bincount"])
def test_symbols_of_classes_say_it_too(sparse, name):
    args = (np.array([1, 2], "int32"),) + ((3,) if name != "bincount" else ())
    symbol = sparse.KerasTensor((2,), "int32")
    for flag in (False, True):
        assert getattr(sparse.ops, name)(symbol, *args[1:], sparse=flag).sparse == flag


def test_other_engines_have_no_sparse_symbols(reference):
    y = reference.ops.abs(reference.KerasTensor((2, 3), sparse=True))
    assert not y.sparse


def test_conversions_keep_what_they_are_given(sparse, backend):
    convert = sparse.ops.convert_to_tensor
    s = convert(A, sparse=True)
    assert backend.is_sparse(convert(s)) and backend.is_sparse(convert(s, "float16"))
    assert not backend.is_sparse(convert(A, sparse=False))
    np.testing.assert_array_equal(sparse.ops.convert_to_numpy(s), A)


def test_layers_and_gradients_take_sparse_inputs(sparse, backend):
    layers, models = (import_module(f"{sparse.__name__}.{n}") for n in ("layers", "models"))
    s, ops = sparse.ops.convert_to_tensor(A, sparse=True), sparse.ops
    inputs = layers.Input((3,), sparse=True)
    assert inputs.sparse and inputs.shape == (None, 3)
    dense = layers.Dense(2, activation="relu")
    model = models.Model(inputs, dense(inputs))
    np.testing.assert_allclose(value(sparse, model(s)), value(sparse, model(A)), 1e-6)
    gradients = [
        ops.grad(lambda x: ops.sum(model(x) ** 2), variables=model.weights)(x) for x in (s, A)
    ]
    for y, z in zip(*gradients, strict=True):
        np.testing.assert_allclose(value(sparse, y), value(sparse, z), 1e-6)


def test_compiled_functions_take_sparse_tensors(sparse):
    s = sparse.ops.convert_to_tensor(A, sparse=True)
    quick = sparse.ops.jit(lambda x: sparse.ops.matmul(sparse.ops.abs(x), K))
    np.testing.assert_allclose(value(sparse, quick(s)), abs(A) @ K, 1e-6)


def test_counts_and_classes_come_as_sparse_tensors(sparse, backend):
    ops, x = sparse.ops, np.array([[1, 2, 1]], "int32")
    for y, z in (
        (ops.one_hot(x, 4, sparse=True), ops.one_hot(x, 4)),
        (ops.multi_hot(x, 4, sparse=True), ops.multi_hot(x, 4)),
        (ops.bincount(x[0], sparse=True), ops.bincount(x[0])),
    ):
        assert backend.is_sparse(y) and not backend.is_sparse(z)
        np.testing.assert_array_equal(value(sparse, y), value(sparse, z))


def test_other_engines_say_that_they_have_none(reference):
    with pytest.raises(ValueError, match="numpy backend has no sparse tensors"):
        reference.ops.convert_to_tensor(A, sparse=True)
    with pytest.raises(ValueError, match="no sparse tensors"):
        reference.ops.one_hot(np.zeros(2, "int32"), 3, sparse=True)
    np.testing.assert_array_equal(reference.ops.convert_to_tensor(A, sparse=False), A)
