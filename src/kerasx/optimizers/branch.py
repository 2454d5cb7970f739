"""A step that is taken or not, as a tensor says: in eager code and inside of compiled steps."""

from collections.abc import Callable
from typing import Any

from .. import ops
from ..backends import current as backend
from ..core.scope import LOCAL, Scope
from ..core.variable import Variable


def run_purely(condition: Any, fn: Callable[[], None], variables: list[Variable]) -> None:
    """Call `fn`, which writes `variables`, where `condition` holds, as a function of values."""

    def taken() -> list[Any]:
        with Scope() as scope:
            fn()
            return [scope.read(v) for v in variables]

    def left() -> list[Any]:
        return [v.value for v in variables]

    for variable, value in zip(variables, ops.cond(condition, taken, left)):
        variable.write(value)


def run_if(condition: Any, fn: Callable[[], None], variables: list[Variable]) -> None:
    """Call `fn`, which writes `variables` and nothing else, where `condition` holds."""
    run = getattr(backend, "run_if", None) if LOCAL.scope is None else None
    (run or run_purely)(condition, fn, variables)  # an engine that writes in place copies nothing
