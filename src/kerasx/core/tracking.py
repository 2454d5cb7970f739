"""What an object owns: the variables and tracked objects among its attributes. Pure Python."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

from .variable import Variable


class Tracked:
    """Base of objects whose variables belong to whoever holds them as an attribute."""

    role: ClassVar[str] = "layer"  # layer, metric, seed or optimizer
    variables: Any


def owned(owner: Any, skip: frozenset[str] = frozenset()) -> list[Any]:
    """The Variable and Tracked objects among the attributes of `owner` and in the containers among
    them, in the order they were set."""
    out: list[Any] = []
    for name, value in vars(owner).items():
        if may_own(type(value)) and name not in skip:
            gather(value, out)
    return out


def gather(value: Any, out: list[Any]) -> None:
    """Add to `out` what is tracked in `value`: itself, or what its containers hold."""
    if isinstance(value, (Variable, Tracked)):
        out.append(value)
        return
    for v in value.values() if isinstance(value, dict) else value:
        if may_own(type(v)):
            gather(v, out)


@lru_cache(1024)
def may_own(kind: type) -> bool:
    """Whether a value of the type is tracked, or may hold what is: most attributes are neither."""
    return issubclass(kind, (Variable, Tracked, dict, list, tuple, set))


def found(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """As `gather`, with the dotted path of each."""
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
