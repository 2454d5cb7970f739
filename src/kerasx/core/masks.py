"""Masks that travel with tensors: booleans that say which steps of a sequence count. Pure
Python."""

import weakref
from typing import Any

from .symbolic import KerasTensor

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
