"""Losses of overlap between a region and its prediction, for segmentation."""

from typing import Any

from .. import ops
from ..core import config
from ..core.fields import field
from ..core.op import Tensor
from .loss import Measured, Reduction, measure


@measure
def dice(y_true: Tensor, y_pred: Tensor, axis=None) -> Tensor:
    """`1 - 2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))` over `axis`."""
    shared = ops.sum(y_true * y_pred, axis)
    return 1.0 - 2.0 * shared / (ops.sum(y_true, axis) + ops.sum(y_pred, axis) + config.epsilon())


@measure
def tversky(y_true: Tensor, y_pred: Tensor, alpha=0.5, beta=0.5, axis=None) -> Tensor:
    """`1 - shared / (shared + alpha * missing + beta * surplus)` over `axis`.

    missing: what is there and not predicted; surplus: what is predicted and not there.
    Source: arXiv:1706.05721.
    """
    shared = ops.sum(y_true * y_pred, axis)
    surplus = ops.sum((1.0 - y_true) * y_pred, axis)
    missing = ops.sum(y_true * (1.0 - y_pred), axis)
    return 1.0 - shared / (shared + alpha * missing + beta * surplus + config.epsilon())


class Dice(Measured):
    """One minus the Dice coefficient of targets and predictions, over `axis` (None: all)."""

    fn = dice
    reduction: Reduction = "sum_over_batch_size"
    name: str | None = "dice"
    axis: Any = None
    dtype: Any = field(default=None, saved=False)


class Tversky(Measured):
    """One minus the Tversky index of targets and predictions, over `axis` (None: all).

    Args:
        alpha: weight of what is there and not predicted.
        beta: weight of what is predicted and not there.
    """

    fn = tversky
    alpha: float = 0.5
    beta: float = 0.5
    reduction: Reduction = "sum_over_batch_size"
    name: str | None = "tversky"
    axis: Any = None
    dtype: Any = field(default=None, saved=False)
