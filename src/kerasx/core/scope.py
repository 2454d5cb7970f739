"""What the code of a layer runs in: values that stand in for variables, dtype, names. Pure
Python."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class Scope:
    """While open, reads and writes of variables go to this table, and losses are gathered here.

    It is how functions are made pure: for `jit`, for `stateless_call`, for gradients.
    """

    def __init__(self, values: Iterable[tuple[Any, Any]] = ()):
        self.values = dict(values)
        self.written: dict[Any, Any] = {}
        self.outer: Scope | None = None

    def __enter__(self):
        self.outer, LOCAL.scope = LOCAL.scope, self
        LOCAL.plain = False
        return self

    def __exit__(self, *_: Any):
        LOCAL.scope = self.outer
        LOCAL.plain = self.outer is None and LOCAL.autocast is None

    def read(self, variable: Any) -> Any:
        """The value that `variable` has here."""
        if variable in self.written:
            return self.written[variable]
        if variable in self.values:
            return self.values[variable]
        return self.outer.read(variable) if self.outer else variable.stored

    def write(self, variable: Any, value: Any) -> None:
        """Let `variable` have `value` from here on, inside of the scope."""
        self.written[variable] = value


class Local(threading.local):
    """The state of a thread: everything here is set by a context manager, and restored by it."""

    scope: Scope | None = None
    autocast: str | None = None  # float dtype that variables are read in
    plain = True  # neither of the two: variables are read as they are stored
    quiet = 0  # depth of symbolic calls that record no nodes
    call: Any = None  # the outermost layer call under way
    remat: Any = None  # the RematScope that layers are made in
    names: tuple[str, ...] = ()
    walk: dict[int, list[Any]] | None = None  # what layers hold, while a model is looked through
    awaiting: Any = None  # the Awaiting (see variable.py) that variables are made in
    present: Any = None  # which rows of the batch are samples (see present.py); None: all


LOCAL = Local()


class computing_in:
    """While open, float variables are read as `dtype`."""

    __slots__ = ("dtype", "outer")

    def __init__(self, dtype: str | None):
        self.dtype = dtype

    def __enter__(self):
        self.outer, LOCAL.autocast = LOCAL.autocast, self.dtype
        LOCAL.plain = LOCAL.scope is None and self.dtype is None

    def __exit__(self, *_: Any):
        LOCAL.autocast = self.outer
        LOCAL.plain = LOCAL.scope is None and self.outer is None


class for_good:
    """While open, variables are read and written themselves, outside of any scope."""

    __slots__ = ("outer",)

    def __enter__(self):
        self.outer, LOCAL.scope = LOCAL.scope, None
        LOCAL.plain = LOCAL.autocast is None

    def __exit__(self, *_: Any):
        LOCAL.scope = self.outer
        LOCAL.plain = self.outer is None and LOCAL.autocast is None


@contextmanager
def walking() -> Iterator[None]:
    """While open, each layer is asked once for what it holds: nothing may change meanwhile."""
    outer, LOCAL.walk = LOCAL.walk, {}
    try:
        yield
    finally:
        LOCAL.walk = outer


class quietly:
    """While open, symbolic calls infer shapes but record no nodes."""

    __slots__ = ()

    def __enter__(self):
        LOCAL.quiet += 1

    def __exit__(self, *_: Any):
        LOCAL.quiet -= 1


class aloud:
    """While open, symbolic calls record nodes: what is built inside of a quiet call may be a
    graph."""

    __slots__ = ("outer",)

    def __enter__(self):
        self.outer, LOCAL.quiet = LOCAL.quiet, 0

    def __exit__(self, *_: Any):
        LOCAL.quiet = self.outer


class name_scope:
    """While open, the paths of variables that are made begin with `name`."""

    def __init__(self, name: str, **_: Any):
        if not isinstance(name, str) or not name or "/" in name:
            raise ValueError(f"name={name!r}: expected a non-empty string without '/'.")
        self.name = name

    def __enter__(self):
        self.outer = LOCAL.names
        LOCAL.names = (*self.outer, self.name)
        return self

    def __exit__(self, *_: Any):
        LOCAL.names = self.outer


def current_path(name: str) -> str:
    """`name` behind the names of the scopes that are open."""
    return "/".join((*LOCAL.names, name))


class StatelessScope(Scope):
    """While open, variables have the values of `state_mapping`, and keep what is written to them
    here.

    Args:
        state_mapping: (variable, value) pairs.
        collect_losses: whether losses that layers add are gathered in `losses`.
        initialize_variables: whether variables made inside get their values at once (they always
            do).
    """

    def __init__(
        self,
        state_mapping: Any = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ):
        pairs: list[tuple[Any, Any]] = list(state_mapping or ())
        for variable, value in pairs:
            if tuple(value.shape) != tuple(variable.shape):
                raise ValueError(
                    f"StatelessScope: {variable.path} has shape {variable.shape}; got a value of "
                    "shape "
                    f"{tuple(value.shape)}."
                )
        super().__init__(pairs)
        self.collect_losses, self.losses = collect_losses, []

    def get_current_value(self, variable: Any) -> Any:
        """The value that `variable` was given or has written here, or None."""
        return self.written.get(variable, self.values.get(variable))

    def add_loss(self, loss: Any) -> None:
        """Gather a loss."""
        self.losses.append(loss)

    def add_update(self, update: tuple[Any, Any]) -> None:
        """Write (variable, value)."""
        self.write(*update)


class SymbolicScope:
    """While open, calls on KerasTensors leave no nodes behind."""

    def __enter__(self):
        LOCAL.quiet += 1
        return self

    def __exit__(self, *_: Any):
        LOCAL.quiet -= 1
