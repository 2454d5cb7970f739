"""The arguments of an op: tensors, what stands for tensors, and lists of them."""

import inspect
from collections.abc import Iterator
from typing import Any

from ..backends import current as backend
from . import dtypes
from .rules import narrow
from .sparse import stays
from .symbolic import KerasTensor
from .variable import unwrap


class Positional(inspect.BoundArguments):
    """Arguments that all came by position: to be handed on just so."""

    args = property(lambda self: tuple(self.arguments.values()))
    kwargs = property(lambda self: {})


class Binder:
    """Binds arguments to a signature: those that come by position alone without looking twice."""

    def __init__(self, signature: inspect.Signature):
        self.signature = signature
        parameters = list(signature.parameters.values())
        self.names = [p.name for p in parameters]
        self.plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
        self.required = sum(p.default is p.empty for p in parameters)
        self.variadic = {p.name for p in parameters if p.kind is p.VAR_POSITIONAL}

    def __call__(self, args: tuple, kwargs: dict[str, Any]) -> inspect.BoundArguments:
        """The arguments by name. Raises TypeError where they do not fit."""
        if not kwargs and self.plain and self.required <= len(args) <= len(self.names):
            return Positional(self.signature, dict(zip(self.names, args)))  # type: ignore[arg-type]
        return self.signature.bind(*args, **kwargs)


def own_dtype(x: Any, name: str) -> str:
    """The dtype of `x` as a tensor: what an engine's tensor has; of all else, one of its dtypes."""
    return name if backend.is_tensor(x) else narrow(dtypes.strong(name))


def many(v: Any) -> bool:
    """Whether `v` is a list of tensors, rather than one tensor written as a list."""
    return type(v) in (list, tuple) and any(hasattr(i, "dtype") for i in v)


def each(v: Any) -> Any:
    """`v`, a list of tensors, of which those that are written as lists are made tensors."""
    if type(v) not in (list, tuple):
        return v
    written = (list, tuple)
    return [
        backend.convert(i, own_dtype(i, dtypes.name_of(i))) if type(i) in written else i for i in v
    ]


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
