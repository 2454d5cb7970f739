"""Gradients brought within bounds: each element, each gradient, or all together."""

from typing import Any

from .. import ops
from ..backends import current as backend
from ..core import dtypes


def clipped(
    grads: list[Any], norm: float | None, value: float | None, total: float | None
) -> list[Any]:
    """Gradients no longer than `norm`, no element beyond `value`, or together within `total`."""
    if norm is not None:
        return [g * part_within(norm_of([g]), norm, g) for g in grads]
    if value is not None:
        return [ops.clip(g, -value, value) for g in grads]
    if total is not None:
        return scaled(grads, part_within(norm_of(grads), total, grads[0]))
    return grads


def part_within(length: Any, limit: float, like: Any) -> Any:
    """The factor that brings a norm of `length` down to `limit`; 1 where it is within."""
    return ops.cast(limit / ops.maximum(length, limit), dtypes.name_of(like))


def norm_of_each(tensors: list[Any]) -> Any:
    """The Euclidean norm of all elements of `tensors`, in float32 at least."""
    total = ops.sum(ops.square(widened(tensors[0])))
    for x in tensors[1:]:
        total = total + ops.sum(ops.square(widened(x)))
    return ops.sqrt(total)


def scale_each(tensors: list[Any], factor: Any) -> list[Any]:
    """`tensors`, each times `factor`, in its own dtype."""
    return [x * ops.cast(factor, dtypes.name_of(x)) for x in tensors]


def widened(x: Any) -> Any:
    return ops.cast(x, "float32") if dtypes.name_of(x) in ("float16", "bfloat16") else x


# An engine that takes lists of tensors in one call has forms of its own.
norm_of = getattr(backend, "norm_of", norm_of_each)
scaled = getattr(backend, "scaled", scale_each)
