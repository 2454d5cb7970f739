"""Masks of attention: True where a query may look at a key; None where all may."""

from typing import Any

from ... import ops


def both(a: Any, b: Any) -> Any:
    """What two masks allow together."""
    if a is None or b is None:
        return b if a is None else a
    return ops.logical_and(a, b)


def along(mask: Any, axis: int) -> Any:
    """The mask of a sequence, as booleans with a new axis for the other sequence."""
    return None if mask is None else ops.expand_dims(ops.cast(mask, "bool"), axis)


def band(queries: Any, keys: Any, causal: bool, window: int | None = None) -> Any:
    """(1, T, S): with `causal`, no key behind its query; with a `window`, only nearer keys."""
    if not causal and window is None:
        return None
    t = ops.expand_dims(ops.arange(ops.shape(queries)[1], dtype="int32"), 1)
    s = ops.expand_dims(ops.arange(ops.shape(keys)[1], dtype="int32"), 0)
    mask = ops.greater_equal(t, s) if causal else None
    if window is not None:
        mask = both(mask, ops.less(ops.subtract(t, s), window))
        mask = mask if causal else both(mask, ops.less(ops.subtract(s, t), window))
    return ops.expand_dims(mask, 0)


def masked_softmax(scores: Any, mask: Any, axis: Any = -1) -> Any:
    """Softmax of `scores`, zero where `mask` is False, even in rows that are False throughout."""
    if mask is None:
        return ops.softmax(scores, axis=axis)
    far = -3e4 if ops.dtype(scores) == "float16" else -1e9
    return ops.where(mask, ops.softmax(ops.where(mask, scores, far), axis=axis), 0.0)
