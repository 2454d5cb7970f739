"""The objects in a model that have a place in files, and the paths of their places.

Files of genuine Keras name a layer by the attribute that holds it, and inside of a container by its
class: `layers/dense_1`, `encoder/blocks/dense`. An object that can be reached in several ways
stands where it is met first, so the order is part of the format: in functional and sequential
models the layers first; then public attributes by name, then private ones.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ..core.naming import snake_case
from ..core.registry import is_own
from ..core.tracking import Tracked, may_own
from ..core.variable import Variable
from ..layers.state import IN_ORDER, UNTRACKED

ROLES = ("layer", "optimizer")
SKIPPED = UNTRACKED | IN_ORDER  # of engines' modules; what `layers` gives already


def walk(root: Any) -> Iterator[tuple[str, Any]]:
    """(path, object) of `root` itself, with the path '', and of all that it holds."""
    return visit("", root, set())


def visit(path: str, obj: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(obj) in seen:
        return
    seen.add(id(obj))
    yield path, obj
    for name, value in attributes(obj):
        yield from enter(f"{path}/{name}".lstrip("/"), value, seen)


def enter(path: str, value: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """What an attribute or an item of a container leads to."""
    if is_saveable(value):
        yield from visit(path, value, seen)
    elif isinstance(value, (list, tuple, dict)):
        used: Counter[str] = Counter()
        for item in value.values() if isinstance(value, dict) else value:
            if is_saveable(item):
                name = snake_case(type(item).__name__)
            elif isinstance(item, (list, tuple, dict)):
                name = "container"
            else:
                continue
            count = used[name]
            used[name] += 1
            yield from enter(f"{path}/{name}_{count}" if count else f"{path}/{name}", item, seen)


def is_saveable(value: Any) -> bool:
    """Whether files have a place for `value`: layers and optimizers, not metrics or seeds."""
    return isinstance(value, Tracked) and value.role in ROLES


def attributes(obj: Any) -> Iterator[tuple[str, Any]]:
    """(name, value) of the attributes of an object, in the order of files."""
    if getattr(obj, "layers_come_first", False):
        yield "layers", obj.layers
    held = vars(obj)
    leading = {n for n, value in held.items() if may_lead(type(value))}  # few of all that it holds
    names = (leading - SKIPPED) | properties(type(obj))
    for name in sorted(names, key=lambda n: (n.startswith("_"), n)):
        if name in held:
            yield name, held[name]
            continue
        try:
            value = getattr(obj, name)
        except Exception:  # a property that has nothing to give yet
            continue
        yield name, value


@lru_cache(1024)
def may_lead(kind: type) -> bool:
    """Whether a value of the type is, or may hold, an object with a place in files."""
    return may_own(kind) and not issubclass(kind, Variable)


@lru_cache
def properties(cls: type) -> frozenset[str]:
    """The properties that may lead to sublayers: `layers`, and those of users' classes."""
    return frozenset(
        name
        for klass in cls.__mro__
        if issubclass(klass, Tracked)
        for name, value in vars(klass).items()
        if isinstance(value, property) and (name == "layers" or not is_own(klass))
    )
