"""The engine and its settings, and questions about dtypes and names."""

from typing import Any

from .config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)  # fmt: skip
from .core import dtypes
from .core.naming import USED, reset
from .core.op import narrow
from .core.symbolic import KerasTensor
from .core.variable import Variable


def standardize_dtype(dtype: Any) -> str:
    """The name of a dtype, given in any form; None stands for floatx."""
    return dtypes.standardize(dtype)


def result_type(*dtypes_: Any) -> str:
    """The dtype that ops on tensors of these dtypes compute in.

    Python's `int`, `float` and `complex` stand for numbers, which follow the tensors.
    """
    return narrow(dtypes.result_type(*dtypes_))


def is_float_dtype(dtype: Any) -> bool:
    """Whether `dtype` is a floating dtype."""
    return dtypes.is_float(dtypes.standardize(dtype))


def is_int_dtype(dtype: Any) -> bool:
    """Whether `dtype` is an integer dtype."""
    return dtypes.is_int(dtypes.standardize(dtype))


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a KerasTensor."""
    return isinstance(x, KerasTensor)


def get_uid(prefix: str = "") -> int:
    """A number that counts how often it was asked for `prefix`, from 1."""
    USED[prefix] += 1
    return USED[prefix]


def clear_session(free_memory: bool = True) -> None:
    """Begin anew to number the names of layers."""
    reset()
