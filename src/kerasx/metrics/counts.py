"""True and false positives and negatives: what yes-no predictions are judged by."""

from typing import Any

from .. import ops
from ..losses.loss import same_rank
from .reduction import of_seen

NEVER = float("-inf")  # less than any score


def thresholds_of(given: Any, default: float = 0.5) -> list[float]:
    """Thresholds (None, one or several) as a list of numbers in [0, 1]."""
    values = (
        list(given) if isinstance(given, (list, tuple)) else [default if given is None else given]
    )
    if wrong := [t for t in values if t is None or not (0 <= t <= 1 or t == NEVER)]:
        raise ValueError(f"thresholds={given!r}: expected numbers in [0, 1]; got {wrong}.")
    return values


def spaced(count: int, beyond: float = 0.0) -> list[float]:
    """`count` thresholds at equal distances from 0 to 1, the outer ones `beyond` further out."""
    if count == 1:
        return [0.5]
    return [-beyond, *(k / (count - 1) for k in range(1, count - 1)), 1.0 + beyond]


def prepared(
    y_true: Any,
    y_pred: Any,
    weight: Any,
    dtype: str,
    top_k: int | None = None,
    class_id: int | None = None,
) -> tuple[Any, Any, Any]:
    """Targets (0 or 1), scores and weights as tensors of one shape.

    top_k: all but the `top_k` best scores of the last axis are taken as no.
    class_id: only this class of the last axis counts.
    """
    weight = of_seen(weight, y_pred, dtype)
    y_true, y_pred = same_rank(
        ops.convert_to_tensor(y_true, dtype), ops.convert_to_tensor(y_pred, dtype)
    )
    if tuple(y_true.shape) != tuple(y_pred.shape) and None not in (*y_true.shape, *y_pred.shape):
        raise ValueError(
            f"y_true of shape {tuple(y_true.shape)} and y_pred of shape {tuple(y_pred.shape)}: "
            "expected one shape."
        )
    if top_k is not None:
        best = ops.one_hot(ops.top_k(y_pred, top_k)[1], y_pred.shape[-1], dtype=dtype)
        y_pred = ops.where(ops.sum(best, -2) > 0, y_pred, NEVER)
    if class_id is not None:
        if not 0 <= class_id < y_pred.shape[-1]:
            raise ValueError(
                f"class_id={class_id}: expected one of the {y_pred.shape[-1]} classes of y_pred."
            )
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
    y_true = ops.cast(ops.not_equal(y_true, 0), dtype)
    weight = ops.ones_like(y_pred) if weight is None else widened(weight, y_pred, dtype)
    return y_true, y_pred, weight


def widened(weight: Any, values: Any, dtype: str) -> Any:
    """Weights of the shape of the values: trailing axes that they lack are shared."""
    weight = same_rank(values, ops.convert_to_tensor(weight, dtype))[1]
    while len(weight.shape) < len(values.shape):
        weight = ops.expand_dims(weight, -1)
    return ops.broadcast_to(weight, ops.shape(values))


def at_thresholds(
    thresholds: list[float], y_true: Any, y_pred: Any, weight: Any
) -> tuple[Any, ...]:
    """True and false positives, true and false negatives, at each of a few thresholds."""
    limits = ops.convert_to_tensor(thresholds, y_pred.dtype)
    said = ops.cast(ops.reshape(y_pred, (1, -1)) > ops.expand_dims(limits, -1), y_pred.dtype)
    yes, all_ = ops.reshape(y_true * weight, (-1, 1)), ops.reshape(weight, (-1, 1))
    no = all_ - yes
    tp, fp = (ops.squeeze(ops.matmul(said, w), -1) for w in (yes, no))
    return tp, fp, ops.sum(no) - fp, ops.sum(yes) - tp


def along_curve(
    thresholds: list[float], y_true: Any, y_pred: Any, weight: Any, labels: int = 1
) -> tuple[Any, ...]:
    """The same four at each of many ascending thresholds, the first of which all scores pass.

    Every score is sorted in between two thresholds, and the sums are cumulated: the cost does not
    grow with the number of thresholds. With `labels` > 1 the last axis is counted apart.
    """
    size = len(thresholds)
    limits = ops.convert_to_tensor(thresholds, y_pred.dtype)
    passed = ops.maximum(ops.searchsorted(limits, ops.reshape(y_pred, (-1,))), 1) - 1
    if labels > 1:
        label = ops.broadcast_to(ops.arange(labels), ops.shape(y_pred))
        passed = passed * labels + ops.reshape(label, (-1,))

    def cumulated(values: Any) -> Any:
        sums = ops.segment_sum(ops.reshape(values, (-1,)), passed, size * labels)
        sums = ops.reshape(sums, (size, labels) if labels > 1 else (size,))
        return ops.flip(ops.cumsum(ops.flip(sums, 0), 0), 0)

    tp, fp = cumulated(y_true * weight), cumulated((1.0 - y_true) * weight)
    return tp, fp, fp[:1] - fp, tp[:1] - tp
