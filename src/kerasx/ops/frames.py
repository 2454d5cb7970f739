"""Structures taken apart: the tensors in them, and what remains."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..backends import current as backend
from ..core import tree
from ..core.naming import auto_name
from ..core.operation import Operation
from ..core.scope import LOCAL, computing_in
from ..core.symbolic import KerasTensor
from ..core.variable import Variable, unwrap
from .tensors import convert_to_tensor

HOLE = type("HOLE", (), {"__doc__": "Stands for a tensor."})


def split(structure: Any) -> tuple[list[Any], Any]:
    """(the tensors in a structure, the structure with holes in their places)."""
    structure = tree.map_structure(unwrap, structure)
    tensors = [x for x in tree.flatten(structure) if backend.is_tensor(x)]
    return tensors, tree.map_structure(lambda x: HOLE if backend.is_tensor(x) else x, structure)


def joined(tensors: Iterable[Any], frame: Any) -> Any:
    """The structure that `split` took apart, with other tensors."""
    rest = iter(tensors)
    return tree.map_structure(lambda x: next(rest) if x is HOLE else x, frame)


def arrays_as_tensors(structure: Any) -> Any:
    """A structure with tensors for arrays; all else is as it was."""
    kinds = (np.ndarray, np.generic)
    return tree.map_structure(
        lambda x: convert_to_tensor(x) if isinstance(x, kinds) else x, structure
    )


def full_value(variable: Variable) -> Any:
    """The value of a variable in its own dtype, whatever is being computed in."""
    if LOCAL.autocast is None:
        return variable.value
    with computing_in(None):
        return variable.value


def operand(x: Any) -> Any:
    """An argument as a tensor, if it can be one."""
    return x if x is None or isinstance(x, KerasTensor) else convert_to_tensor(x)


def has_symbols(structure: Any) -> bool:
    """Whether there is a KerasTensor in a structure."""
    return any(isinstance(x, KerasTensor) for x in tree.flatten(structure))


class Opaque(Operation):
    """A function that only the engine can tell the shapes of, as it stands in a graph."""

    def __init__(self, fn: Callable, name: str):
        super().__init__(auto_name(name))
        self.fn = fn

    def get_config(self) -> dict[str, Any]:
        raise ValueError(
            f"{self.name}: what a transformation made of a function cannot be saved. Call it in a "
            "layer of your own, and register its class."
        )

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        given = args, kwargs
        symbols = [x for x in tree.flatten(given) if isinstance(x, KerasTensor)]
        frame = tree.map_structure(lambda x: HOLE if isinstance(x, KerasTensor) else x, given)

        def run(*tensors: Any) -> Any:
            args, kwargs = joined(tensors, frame)
            return self.fn(*args, **kwargs)

        return backend.infer(run, symbols)
