"""What an object owns: the variables and tracked objects among its attributes. Pure Python."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

from .variable import Variable


class Tracked:
    """Base of objects whose variables belong to whoever holds them as an attribute."""

    role: ClassVar[str] = "layer"  # layer, metric, seed or optimizer
    variables: Any


def children(owner: Any, skip: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """(dotted path, Variable or Tracked) for the attributes of `owner`, in the order they were
    set."""
    for name, value in list(vars(owner).items()):
        if may_own(type(value)) and name not in skip:
            yield from found(name, value)


@lru_cache(1024)
def may_own(kind: type) -> bool:
    """Whether a value of the type is tracked, or may hold what is: most attributes are neither."""
    return issubclass(kind, (Variable, Tracked, dict, list, tuple, set))


def found(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What is tracked in `value`: itself, or what its containers hold."""
    if isinstance(value, (Variable, Tracked)):
        yield path, value
    elif isinstance(value, dict):
        for k, v in value.items():
            yield from found(f"{path}.{k}", v)
    elif isinstance(value, (list, tuple, set)):
        for k, v in enumerate(value):
            yield from found(f"{path}.{k}", v)


def distinct(items: Any) -> list[Any]:
    """`items` without repetitions, by identity."""
    return list({id(x): x for x in items}.values())
