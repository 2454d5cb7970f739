"""The arguments of an op: tensors, what stands for tensors, and lists of them."""

from collections.abc import Iterator
from typing import Any

from ..backends import current as backend
from . import dtypes
from .rules import narrow
from .sparse import stays
from .symbolic import KerasTensor
from .variable import unwrap


def own_dtype(x: Any, name: str) -> str:
    """The dtype of `x` as a tensor: what an engine's tensor has; of all else, one of its dtypes."""
    return name if backend.is_tensor(x) else narrow(dtypes.strong(name))


def many(v: Any) -> bool:
    """Whether `v` is a list of tensors, rather than one tensor written as a list."""
    return type(v) in (list, tuple) and any(hasattr(i, "dtype") for i in v)


def opened(v: Any) -> Any:
    """`v` with variables replaced by their values."""
    return [unwrap(i) for i in v] if many(v) else unwrap(v)


def shaped(v: Any, to: str | None = None) -> Any:
    """`v` as something that has a shape and, where it stands for no tensor yet, the dtype `to`."""
    if many(v):
        return [i if i is None else shaped(i, to) for i in v]
    if type(v) is KerasTensor and to not in (None, v.dtype):
        return v.twin(to)
    if v is None or hasattr(v, "shape"):
        return v
    return KerasTensor(shape_of(v), to or narrow(dtypes.strong(dtypes.name_of(v))))


def shape_of(v: Any) -> tuple[int, ...]:
    """The shape of nested lists of numbers."""
    return (len(v), *(shape_of(v[0]) if v else ())) if type(v) in (list, tuple) else ()


def leaves(arguments, names: list[str]) -> Iterator[Any]:
    """The tensors among `arguments`, with lists of tensors opened up."""
    for n in names:
        v = arguments.get(n)
        if many(v):
            yield from (i for i in v if i is not None)
        elif v is not None:
            yield v


def saying_sparse(name: str, given: list[Any], out: Any) -> Any:
    """`out`, the symbol that an op gives of `given`; it says whether its tensor will be sparse."""
    found = [getattr(x, "sparse", False) for x in given]
    if any(found) and type(out) is KerasTensor:
        kept = bool(out.shape) and stays(name, [shaped(x) for x in given], found)
        if out.sparse != kept:
            out = out.twin()
            out.sparse = kept
    return out
