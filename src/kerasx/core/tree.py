"""Nested structures of dicts, lists, tuples and named tuples. Pure Python.

Dicts are walked in the order of their sorted keys, so equal dicts give equal lists.
"""

from collections.abc import Callable, Iterator
from typing import Any

NESTED = (list, tuple, dict)


def is_nested(structure: Any) -> bool:
    """Whether `structure` is a dict, list or tuple (an empty one too)."""
    return isinstance(structure, NESTED)


def items(structure: Any) -> Iterator[tuple[Any, Any]]:
    """(key, child) of one level."""
    if isinstance(structure, dict):
        return ((k, structure[k]) for k in sorted(structure))
    return enumerate(structure)


def rebuilt(structure: Any, children: list[Any]) -> Any:
    """A container like `structure` with other children, given in the order of `items`."""
    if isinstance(structure, dict):
        if type(structure) is dict and len(structure) < 2:
            return dict(zip(structure, children))
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
    elif isinstance(structure, NESTED):
        for _, child in items(structure):
            _collect(child, out)
    else:
        out.append(structure)


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """`func` applied to each leaf (and to the leaves at the same place of all `structures`).

    Raises ValueError where structures differ, in kind or in size.
    """
    if not structures:
        raise ValueError("map_structure(): at least one structure is required.")
    first, *others = structures
    if not others and none_is_leaf:
        return _map(func, first)
    if not is_nested(first):
        return None if first is None and not none_is_leaf else func(*structures)
    for other in others:
        check_level(first, other)
    pairs = [[child for _, child in items(s)] for s in structures]
    mapped = (map_structure(func, *group, none_is_leaf=none_is_leaf) for group in zip(*pairs))
    return rebuilt(first, list(mapped))


def _map(func: Callable[[Any], Any], structure: Any) -> Any:
    kind = type(structure)
    if kind is tuple or kind is list:
        return kind([_map(func, child) for child in structure])
    if isinstance(structure, NESTED):
        return rebuilt(structure, [_map(func, child) for _, child in items(structure)])
    return func(structure)


def check_level(a: Any, b: Any, kinds: bool = True) -> None:
    """Raise ValueError where two containers differ, their children apart."""
    if not is_nested(b) or (kinds and container(a) is not container(b)):
        raise ValueError(f"structures differ: {a!r} and {b!r}.")
    if len(a) != len(b) or (isinstance(a, dict) and a.keys() != b.keys()):
        raise ValueError(f"structures differ in their keys or lengths: {a!r} and {b!r}.")


def container(structure: Any) -> type:
    """What kind of container a structure is: dicts of all kinds are one."""
    if isinstance(structure, dict):
        return dict
    if isinstance(structure, tuple):
        return type(structure) if hasattr(structure, "_fields") else tuple
    return list


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raise ValueError where two structures differ, in kind or in size."""
    if is_nested(a) or is_nested(b):
        if not is_nested(a):
            raise ValueError(f"structures differ: {a!r} and {b!r}.")
        check_level(a, b)
        for (_, x), (_, y) in zip(items(a), items(b)):
            assert_same_structure(x, y)


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """(path, leaf) for each leaf; a path is the tuple of keys and indices that lead to it."""
    if not is_nested(structure):
        return [((), structure)]
    pairs = items(structure)
    return [((key, *path), leaf) for key, child in pairs for path, leaf in flatten_with_path(child)]


def assert_same_paths(a: Any, b: Any) -> None:
    """Raise ValueError where the leaves of two structures have other paths; lists and tuples are
    alike."""
    ours, theirs = ([path for path, _ in flatten_with_path(s)] for s in (a, b))
    if ours != theirs:
        raise ValueError(f"structures have leaves at other paths: {ours} and {theirs}.")


def map_structure_up_to(shallow_structure: Any, func: Callable[..., Any], *structures: Any) -> Any:
    """`func` applied to what `structures` hold at the leaves of `shallow_structure`."""
    if not is_nested(shallow_structure):
        return func(*structures)
    for s in structures:
        check_level(shallow_structure, s, kinds=False)
    levels = [[child for _, child in items(s)] for s in (shallow_structure, *structures)]
    mapped = [map_structure_up_to(shallow, func, *rest) for shallow, *rest in zip(*levels)]
    return rebuilt(shallow_structure, mapped)


MAP_TO_NONE = type("MAP_TO_NONE", (), {"__doc__": "What `traverse`'s function returns for None."})


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """The structure with each part, containers too, replaced by what `func` gives for it.

    None keeps a part (and, top down, goes on inside of it); MAP_TO_NONE stands for None.
    """
    if top_down and (found := func(structure)) is not None:
        return None if found is MAP_TO_NONE else found
    if is_nested(structure):
        structure = rebuilt(structure, [traverse(func, c, top_down) for _, c in items(structure)])
    if top_down or (found := func(structure)) is None:
        return structure
    return None if found is MAP_TO_NONE else found


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The leaves `flat_sequence` in a structure like `structure`."""
    flat = list(flat_sequence)
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
    return isinstance(structure, (list, tuple)) and all(
        d is None or isinstance(d, int) for d in structure
    )


def map_shape_structure(func: Callable[..., Any], structure: Any) -> Any:
    """`func` applied to each shape of a structure of shapes."""
    if is_shape(structure):
        return func(tuple(structure))
    if isinstance(structure, dict):
        return {k: map_shape_structure(func, v) for k, v in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(map_shape_structure(func, v) for v in structure)
    raise ValueError(f"expected a shape or a structure of shapes; got {structure!r}.")
