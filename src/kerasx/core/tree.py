"""Nested structures of dicts, lists, tuples and named tuples. Pure Python.

Dicts are walked in the order of their sorted keys, so equal dicts give equal lists.
"""

from collections.abc import Callable, Iterator
from typing import Any


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a dict, list or tuple (an empty one too)."""
    return isinstance(structure, (list, tuple, dict))


def items(structure: Any) -> Iterator[tuple[Any, Any]]:
    """(key, child) of one level."""
    if isinstance(structure, dict):
        return ((k, structure[k]) for k in sorted(structure))
    return enumerate(structure)


def rebuilt(structure: Any, children: list[Any]) -> Any:
    """A container like `structure` with other children, given in the order of `items`."""
    if isinstance(structure, dict):
        new = dict(zip(sorted(structure), children))
        kind = type(structure)
        ordered = {k: new[k] for k in structure}
        return ordered if kind is dict else kind(ordered)
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*children)
    return tuple(children) if isinstance(structure, tuple) else list(children)


def flatten(structure: Any) -> list[Any]:
    """The leaves, in order."""
    out: list[Any] = []
    _collect(structure, out)
    return out


def _collect(structure: Any, out: list[Any]) -> None:
    kind = type(structure)
    if kind is list or kind is tuple:
        for child in structure:
            _collect(child, out)
    elif is_nested(structure):
        for _, child in items(structure):
            _collect(child, out)
    else:
        out.append(structure)


def map_structure(fn: Callable[..., Any], structure: Any, *others: Any) -> Any:
    """`fn` applied to each leaf (and the leaves at the same place of `others`)."""
    if not is_nested(structure):
        return fn(structure, *others)
    for other in others:
        if not is_nested(other) or len(other) != len(structure):
            raise ValueError(f"structures differ: {structure!r} and {other!r}.")
    pairs = [[child for _, child in items(other)] for other in others]
    children = [child for _, child in items(structure)]
    return rebuilt(structure, [map_structure(fn, *group) for group in zip(children, *pairs)])


def pack_sequence_as(structure: Any, flat: Any) -> Any:
    """`flat` put into the shape of `structure`."""
    flat = list(flat)
    if len(flat) != (wanted := len(flatten(structure))):
        raise ValueError(f"{structure!r} has {wanted} leaves; got {len(flat)}.")
    rest = iter(flat)
    return map_structure(lambda _: next(rest), structure)


def lists_to_tuples(structure: Any) -> Any:
    """`structure` with tuples in place of lists."""
    if isinstance(structure, dict):
        return {k: lists_to_tuples(v) for k, v in structure.items()}
    if isinstance(structure, (list, tuple)) and not hasattr(structure, "_fields"):
        return tuple(map(lists_to_tuples, structure))
    return structure


def is_shape(structure: Any) -> bool:
    """Whether `structure` is one shape: a list or tuple of ints and None."""
    return isinstance(structure, (list, tuple)) and all(d is None or isinstance(d, int) for d in structure)


def map_shape_structure(fn: Callable[..., Any], structure: Any) -> Any:
    """`fn` applied to each shape of a structure of shapes."""
    if is_shape(structure):
        return fn(tuple(structure))
    if isinstance(structure, dict):
        return {k: map_shape_structure(fn, v) for k, v in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(map_shape_structure(fn, v) for v in structure)
    raise ValueError(f"expected a shape or a structure of shapes; got {structure!r}.")
