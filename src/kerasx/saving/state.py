"""The variables of a model, between its objects and a file or another model."""

import warnings
from collections.abc import Iterator, MutableMapping
from typing import Any, Protocol

import numpy as np

from .walk import walk


class Sink(Protocol):
    """Where variables are written to."""

    def group(self, path: str, name: str) -> MutableMapping[str, Any]:
        """A new group, for the object at `path` that is called `name`."""
        ...


class Source(Protocol):
    """Where variables are read from."""

    def group(self, path: str) -> MutableMapping[str, Any]:
        """The group of the object at `path`; empty where there is none."""
        ...


class Copies(dict[str, Any]):
    """A group in memory: what is put in is copied, so that it shares nothing with its variable."""

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, np.array(value))


class Memory(dict[str, Copies]):
    """A sink and source that stays in memory."""

    def group(self, path: str, name: str = "") -> Copies:
        return self.setdefault(path, Copies())


class Arrays(MutableMapping[str, Any]):
    """A group: arrays by name, written or read one at a time."""

    def __init__(self, read: Any, write: Any, names: Any):
        self._read, self._write, self._names = read, write, names

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names():
            raise KeyError(
                f"the file has no {name!r} here, but {', '.join(self._names()) or 'nothing'}"
            )
        return self._read(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._write(name, np.asarray(value))

    def __delitem__(self, name: str) -> None:
        raise TypeError("what is in a file of weights cannot be deleted.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())


def save_state(root: Any, sink: Sink) -> None:
    """Write the variables of `root` and of all that it holds."""
    for path, obj in walk(root):
        obj.save_own_variables(sink.group(path, obj.name))


def load_state(root: Any, source: Source, skip_mismatch: bool = False) -> None:
    """Read the variables of `root` and of all that it holds.

    Raises ValueError where some do not fit, after all others are read; with `skip_mismatch` it
    warns.
    """
    failed: list[tuple[str, Any, Exception]] = []
    for path, obj in walk(root):
        store = source.group(path)
        try:
            load_own(obj, store)
        except (ValueError, KeyError, TypeError) as e:
            failed.append((path, obj, e))
    if not failed:
        return
    path, obj, error = failed[0]
    rest = f" The others: {', '.join(p for p, _, _ in failed[1:])}." if failed[1:] else ""
    first = f"The first, {obj.name} at {path!r}: {error}{rest}"
    message = f"{len(failed)} objects could not be loaded. {first}"
    if not skip_mismatch:
        raise ValueError(message) from error
    warnings.warn(message, stacklevel=4)


def load_own(obj: Any, store: MutableMapping[str, Any]) -> None:
    """Read the variables that `obj` holds itself."""
    if obj.role != "optimizer":
        obj.load_own_variables(store)
        return
    if not store:  # a file of weights alone
        return
    unbuilt = [v for v in obj.variables if v.name in ("iteration", "learning_rate")]
    if len(store) == len(unbuilt) and obj.variables[: len(store)] == unbuilt:
        # saved before the first step: there were no slots yet, and those of `obj` are zeros still
        for k, variable in enumerate(unbuilt):
            variable.assign(store[str(k)])
        return
    obj.load_own_variables(store)
