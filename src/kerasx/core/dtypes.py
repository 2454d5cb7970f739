"""Dtype names, the promotion lattice, and the rules that ops declare. Pure Python.

The lattice is that of JAX (jax.readthedocs.io, "Type promotion semantics"), which Keras
uses on every engine. Python scalars take part as the weak `int`, `float` and `complex`.
"""

from collections.abc import Callable
from functools import cache, reduce, wraps
from typing import Any

import ml_dtypes
import numpy as np

from . import config

# Each dtype points at the next wider ones.
WIDER = {
    "bool": ["int"],
    "int": ["uint8", "int8"],
    "uint8": ["uint16", "int16"], "uint16": ["uint32", "int32"], "uint32": ["uint64", "int64"],
    "uint64": ["float"],
    "int8": ["int16"], "int16": ["int32"], "int32": ["int64"], "int64": ["float"],
    "float": ["bfloat16", "float16", "complex"],
    "bfloat16": ["float32"], "float16": ["float32"], "float32": ["float64", "complex64"],
    "float64": ["complex128"],
    "complex": ["complex64"], "complex64": ["complex128"], "complex128": [],
}  # fmt: skip

# What engines without 64-bit dtypes compute in instead.
NARROW = {
    "int64": "int32", "uint64": "uint32", "float64": "float32", "complex128": "complex64",
}  # fmt: skip

FLOAT8 = ("float8_e4m3fn", "float8_e5m2")
ALLOWED = {n for n in WIDER if n not in ("int", "float", "complex")} | {"string", *FLOAT8, "int4"}
PYTHON = {bool: "bool", int: "int", float: "float", complex: "complex", str: "string"}

Rule = Callable[..., tuple[Any, Any]]


@cache
def above(name: str) -> frozenset[str]:
    """All dtypes that hold `name`, itself among them."""
    return frozenset({name}).union(*map(above, WIDER[name]))


@cache
def join(a: str, b: str) -> str:
    """The narrowest dtype that holds both `a` and `b`."""
    try:
        common = above(a) & above(b)
    except KeyError:
        raise ValueError(f"no implicit conversion between {a} and {b}: cast one of them.") from None
    return next(name for name in common if above(name) == common)


def strong(name: str) -> str:
    """The dtype that a weak `int`, `float` or `complex` has when it stands alone."""
    wide = config.floatx() == "float64"
    if name == "int":
        return "int64" if wide else "int32"
    if name == "float":
        return config.floatx()
    if name == "complex":
        return "complex128" if wide else "complex64"
    return name


def standardize(dtype: Any) -> str:
    """The name of `dtype` (a name, a Python type, an engine's dtype, or None for floatx)."""
    if dtype is None:
        return config.floatx()
    if isinstance(dtype, str):
        name = dtype
    elif dtype in PYTHON:
        name = strong(PYTHON[dtype])
    else:
        name = engine_name(dtype)
    if name not in ALLOWED:
        raise ValueError(f"dtype={dtype!r}: expected one of {sorted(ALLOWED)}.")
    return name


ENGINE_NAMES: dict[Any, str] = {}  # engine dtype -> name; a cache


def engine_name(dtype: Any) -> str:
    """The name of an engine's dtype: `torch.float32`, `np.dtype("float32")`, `tf.float32`."""
    name = ENGINE_NAMES.get(dtype)
    if name is None:
        name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None)
        name = ENGINE_NAMES[dtype] = name or str(dtype).rpartition(".")[2]
    return name


def name_of(x: Any) -> str:
    """Dtype name of a tensor-like; Python scalars give the weak `int` or `float`."""
    kind = type(x)
    if kind in PYTHON:
        return PYTHON[kind]
    if kind is list or kind is tuple:
        return strong(reduce(join, map(name_of, x))) if x else config.floatx()
    dtype = getattr(x, "dtype", None)
    if dtype is None:
        raise TypeError(f"expected a tensor, an array or a number; got {kind.__name__}: {x!r}.")
    return dtype if type(dtype) is str else engine_name(dtype)


@cache
def np_dtype(name: str) -> np.dtype:
    """The NumPy dtype called `name`; those of 8 and 16 bits that NumPy lacks are ml_dtypes's."""
    return np.dtype(getattr(ml_dtypes, name) if hasattr(ml_dtypes, name) else name)


def is_float(name: str) -> bool:
    """Whether `name` is a real floating dtype."""
    return "float" in name


def is_complex(name: str) -> bool:
    """Whether `name` is a complex dtype."""
    return "complex" in name


def is_int(name: str) -> bool:
    """Whether `name` is an integer dtype (bool is not)."""
    return "int" in name


def result_type(*dtypes: Any) -> str:
    """The dtype of a computation over `dtypes`, before the engine narrows it."""
    if not dtypes:
        return config.floatx()
    names = (
        PYTHON.get(d) or standardize(d) if isinstance(d, type) else standardize(d) for d in dtypes
    )
    return strong(reduce(join, names))


# -- Rules: dtype names of the tensors of a call -> (dtype to compute in, dtype of the output).
# None as a compute dtype leaves tensors as they are.
def promote(*names: str) -> tuple[str, str]:
    """All in the narrowest dtype that holds each."""
    out = strong(reduce(join, names))
    return out, out


def floating(*names: str) -> tuple[str, str]:
    """As `promote`, with integers and booleans computed in floatx."""
    out, _ = promote(*names)
    out = out if is_float(out) or is_complex(out) else config.floatx()
    return out, out


def floating_first(*names: str) -> tuple[str, str]:
    """As `floating`, of the first tensor alone; the others follow it."""
    return floating(names[0])


def predicate(*names: str) -> tuple[str, str]:
    """Compared in the promoted dtype, gives booleans."""
    return promote(*names)[0], "bool"


def logical(*names: str) -> tuple[str, str]:
    """Taken as booleans, gives booleans."""
    return "bool", "bool"


def index(*names: str) -> tuple[str | None, str]:
    """Gives positions."""
    return None, "int32"


def keep(*names: str) -> tuple[str | None, str]:
    """Gives the first tensor's dtype; converts nothing."""
    return None, strong(names[0])


def kept(rule: Rule) -> Rule:
    """`rule`, for functions that engines have in 64 bits, too: a dtype that it computes in and
    that a tensor has already is not narrowed."""

    @wraps(rule)
    def follow(*names):
        return rule(*names)

    follow.kept = True  # type: ignore[attr-defined]
    return follow


alike = kept(promote)


def real(*names: str) -> tuple[str, str]:
    """As `promote`, gives the real counterpart of complex dtypes."""
    out, _ = promote(*names)
    return out, {"complex64": "float32", "complex128": "float64"}.get(out, out)


SUMMED = {"bool": "int32", "int8": "int32", "int16": "int32", "uint8": "uint32", "uint16": "uint32"}


def accumulate(*names: str) -> tuple[str, str]:
    """As `promote`, with narrow integers widened to 32 bits (sum, prod)."""
    out, _ = promote(*names)
    out = SUMMED.get(out, out)
    return out, out
