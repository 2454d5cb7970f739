"""What a tensor is and what is known of it: conversion, dtype, shape."""

from typing import Any

import numpy as np

from ..backends import current as backend
from ..core import dtypes
from ..core.arguments import shape_of
from ..core.op import Tensor, op, unary
from ..core.refusal import REFUSALS, refusal
from ..core.rules import narrow
from ..core.symbolic import KerasTensor, recording
from ..core.variable import Variable, unwrap

__all__ = [
    "array", "cast", "convert_to_numpy", "convert_to_tensor", "copy", "dtype", "is_tensor",
    "ndim", "shape", "size", "stop_gradient",
]  # fmt: skip


def resolved(dtype: Any) -> str:
    """The dtype that the engine gives to one who asks for `dtype`."""
    return dtypes.engine_name(backend.DTYPES[dtypes.standardize(dtype)])


def cast_door(native, declaration):
    def call(x, dtype):
        if type(x) is KerasTensor:
            return declaration.infer((x, dtype), {})
        x = unwrap(x)
        name = dtypes.standardize(dtype)
        try:
            if not backend.is_tensor(x):
                return backend.convert(x, name)
            return x if x.dtype == backend.DTYPES[name] else native(x, name)
        except REFUSALS as error:
            raise refusal(declaration, error, x, dtype) from error

    return call


@op(spec=lambda x, dtype: KerasTensor(x.shape, resolved(dtype)), door=cast_door)
def cast(x: Tensor, dtype) -> Tensor:
    """`x` with its elements converted to `dtype`."""


def sparse_or_not(x: Any, sparse: bool) -> Tensor:
    """A tensor as a sparse or as a dense one; symbols in a graph stay what they are."""
    if type(x) is KerasTensor:
        if not recording():
            x = x.twin()
            x.sparse = sparse
        return x
    if backend.is_sparse is not None:
        return (backend.sparsified if sparse else backend.densified)(x)
    if sparse:
        raise ValueError(f"sparse=True: the {backend.NAME} backend has no sparse tensors.")
    return x


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Tensor:
    """`x` (an array, a number, nested lists, a Variable) as a tensor of the engine.

    sparse: True makes it a sparse one, False a dense one, None leaves it as it is.

    A KerasTensor passes, converted to `dtype`.
    """
    if sparse is not None:
        return sparse_or_not(convert_to_tensor(x, dtype), sparse)
    if ragged:
        raise NotImplementedError("convert_to_tensor: ragged tensors are not available.")
    if type(x) is KerasTensor:
        return x if dtype is None or resolved(dtype) == x.dtype else cast(x, dtype)
    x = unwrap(x)
    if dtype is not None:
        return backend.convert(x, dtypes.standardize(dtype))
    if backend.is_tensor(x):
        return x
    if type(x) in (list, tuple):
        x = stacked(x)
        if backend.is_tensor(x):
            return x
    return backend.convert(x, narrow(dtypes.strong(dtypes.name_of(x))))


def stacked(x: Any) -> Any:
    """Nested lists, as one array where they hold tensors or variables."""
    if type(x) not in (list, tuple):
        return convert_to_numpy(x) if type(x) is Variable or backend.is_tensor(x) else x
    items = [stacked(i) for i in x]
    return np.stack(items) if any(isinstance(i, np.ndarray) for i in items) else items


def array(x: Any, dtype: Any = None) -> Tensor:
    """`x` as a tensor of the engine."""
    return convert_to_tensor(x, dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """The value of `x` as a NumPy array."""
    return np.asarray(backend.to_numpy(unwrap(x)))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a tensor of the engine, or a KerasTensor."""
    return type(x) is KerasTensor or backend.is_tensor(x)


def dtype(x: Any) -> str:
    """Name of the dtype of `x`."""
    return dtypes.strong(dtypes.name_of(x))


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of `x`: ints; where the engine does not know one before it runs, its scalar.

    Of a KerasTensor, None stands for what is unknown.
    """
    if type(x) is KerasTensor or type(x) is Variable:
        return x.shape
    return backend.sizes(x) if backend.is_tensor(x) else tuple(np.shape(x))


def ndim(x: Any) -> int:
    """The number of axes of `x`."""
    return len(x.shape) if hasattr(x, "shape") else len(shape_of(x))


def size(x: Any) -> Any:
    """The number of elements of `x`; None where it is a KerasTensor with an unknown size."""
    total = 1
    for n in shape(x):
        total = None if n is None or total is None else total * n
    return total


def as_size(x: Tensor) -> Any:
    """The value of a scalar tensor, to be a size: an int, or the engine's scalar where it is to
    run later and knows how to."""
    return backend.as_size(x)


@unary(dtypes.keep)
def copy(x: Tensor) -> Tensor:
    """A copy of `x`."""


@op(shape=lambda variable: variable.shape, dtype=dtypes.keep)
def stop_gradient(variable: Tensor) -> Tensor:
    """`variable`, treated as a constant by differentiation."""
