"""Compilation of functions that read and write variables."""

from collections.abc import Callable, Sequence
from typing import Any

from ..backends import current as backend
from ..core import tree
from ..core.dtypes import name_of
from ..core.op import narrow
from ..core.scope import LOCAL, Scope
from ..core.variable import Variable, unwrap
from .frames import arrays_as_tensors, full_value, has_symbols, joined, split

__all__ = ["jit"]


class Reads(Scope):
    """While open, notes the variables that are read, and have no value of this scope."""

    def __init__(self) -> None:
        super().__init__()
        self.met: dict[Variable, None] = {}

    def read(self, variable: Any) -> Any:
        if variable not in self.written:
            self.met[variable] = None
        return super().read(variable)


class Program:
    """A function compiled for tensors of certain shapes, and for certain other arguments."""

    def __init__(self, fun: Callable, frame: Any, in_place: bool):
        self.fun, self.frame, self.in_place = fun, frame, in_place
        self.variables: list[Variable] = []
        self.compiled: Any = None

    def run(self, xs: Sequence[Any], values: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """(tensors of the outcome, values written), of tensors given and values of variables."""
        args, kwargs = joined(xs, self.frame)
        if self.in_place:
            ys, self.outcome = split(self.fun(*args, **kwargs))
            self.written: list[Variable] = []
            return ys, []
        with Scope(zip(self.variables, values)) as scope:
            ys, self.outcome = split(self.fun(*args, **kwargs))
        self.written = list(scope.written)
        return ys, list(scope.written.values())

    def __call__(self, xs: list[Any]) -> Any:
        if self.compiled is None:
            if not self.in_place:
                with Reads() as reads:
                    backend.traced(self.run, xs, [])
                self.variables = list(reads.met)
            self.compiled = backend.compiled(self.run)
        values = [full_value(v) for v in self.variables]
        ys, written = self.compiled(xs, values)
        held = {id(x) for x in (*xs, *values, *ys)}
        for variable, value in zip(self.written, written):
            if LOCAL.scope is None and id(value) not in held:
                variable.stored = value  # nobody else has it, so it need not be copied
            else:
                variable.write(value)
        return joined(ys, self.outcome)


def jit(fun: Callable) -> Callable:
    """`fun`, compiled when first called, and once more for other shapes, dtypes or other values of
    arguments that are no tensors.

    Variables that it reads and writes, seeds among them, are found: what they are at each call
    counts. On torch and numpy `fun` runs as it is.
    """
    if backend.compiled is None:

        def plain(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = arrays_as_tensors((args, kwargs))
            return tree.map_structure(unwrap, fun(*args, **kwargs))

        return plain
    programs: dict[Any, Program] = {}

    def call(*args: Any, **kwargs: Any) -> Any:
        given = arrays_as_tensors((args, kwargs))
        if has_symbols(given):
            return fun(*args, **kwargs)
        xs, frame = split(given)
        in_place = backend.IN_PLACE and LOCAL.scope is None
        kinds = tuple((tuple(x.shape), name_of(x)) for x in xs)
        key = frozen(frame), kinds, in_place, LOCAL.autocast, narrow("float64")
        if key not in programs:
            programs[key] = Program(fun, frame, in_place)
        return programs[key](xs)

    return call


def frozen(x: Any) -> Any:
    """A structure as a key of a dict; True, 1 and 1.0 differ."""
    if isinstance(x, dict):
        return (dict, *((k, frozen(v)) for k, v in tree.items(x)))
    if isinstance(x, (list, tuple)):
        return (type(x), *map(frozen, x))
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"jit: arguments that are no tensors must be hashable; got {type(x).__name__}."
        ) from None
    return type(x), x
