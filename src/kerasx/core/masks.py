"""Masks that travel with tensors: booleans that say which steps of a sequence count. Pure
Python."""

import warnings
import weakref
from typing import Any

from . import tree
from .scope import quietly
from .symbolic import REGISTRY, KerasTensor

# ops that leave each step where it is, beside those of one or two tensors, element by element
IN_PLACE = frozenset(
    "cast celu clip elu gelu hard_shrink layer_normalization leaky_relu log_softmax nan_to_num "
    "rms_normalization round soft_shrink softmax softplus squareplus stop_gradient threshold "
    "where".split()
)

# id of a tensor -> (weak reference to it, its mask); empty, and so free, where nobody masks
TABLE: dict[int, tuple[Any, Any]] = {}


def get_mask(x: Any) -> Any:
    """The mask of a tensor, or None."""
    if type(x) is KerasTensor:
        return x.__dict__.get("_keras_mask")
    if not TABLE:
        return None
    entry = TABLE.get(id(x))
    return entry[1] if entry and entry[0]() is x else None


def set_mask(x: Any, mask: Any) -> None:
    """Let `x` have the mask `mask` (None: no mask)."""
    if type(x) is KerasTensor:
        x._keras_mask = mask
        return
    key = id(x)
    if mask is None:
        TABLE.pop(key, None)
        return

    def forget(reference: Any) -> None:
        if (entry := TABLE.get(key)) and entry[0] is reference:
            del TABLE[key]

    TABLE[key] = (weakref.ref(x, forget), mask)


def pass_on(arguments: Any, output: Any, in_place: bool) -> None:
    """Let the output of an op `in_place` have the masks of its arguments, one or the other."""
    if not in_place or not hasattr(output, "shape"):
        return
    joined = None
    for x in tree.flatten(arguments):
        mask = get_mask(x) if hasattr(x, "shape") else None
        if mask is None or mask is joined or not lies_in(mask.shape, x.shape, output.shape):
            continue
        with quietly():
            joined = mask if joined is None else REGISTRY["logical_or"](joined, mask)
    if joined is not None:
        set_mask(output, joined)


def lies_in(mask: Any, shape: Any, output: Any) -> bool:
    """Whether the axes of a mask are the same in a tensor and in what became of it."""
    n = len(mask)
    return len(shape) == len(output) and all(a == b for a, b in zip(shape[:n], output[:n]))


def say_lost(what: str, arguments: Any, outputs: Any) -> None:
    """Warn where an argument has a mask, and no output has; booleans need none."""

    def masked(structure: Any) -> bool:
        return any(get_mask(x) is not None for x in tree.flatten(structure) if x is not None)

    data = [y for y in tree.flatten(outputs) if getattr(y, "dtype", "bool") != "bool"]
    if data and masked(arguments) and not masked(data):
        warnings.warn(
            f"{what}: its input has a mask, and its output has none: layers behind it will see all "
            "steps. Give them `mask=` where they should not.",
            stacklevel=2,
        )


def masks_in(tensors: list[Any]) -> list[Any]:
    """The masks of tensors, or [] where no tensor has one."""
    found = [get_mask(x) for x in tensors] if TABLE else []
    return found if any(m is not None for m in found) else []


def set_masks(tensors: list[Any], found: list[Any]) -> None:
    """Let tensors have the masks that `masks_in` gave for others."""
    for x, mask in zip(tensors, found):
        set_mask(x, mask)
