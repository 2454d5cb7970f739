"""How often predictions are right."""

from typing import Any

from .. import ops
from ..core.fields import field
from ..core.op import Tensor
from ..losses.loss import labelled, measure
from .reduction import MeanMetricWrapper


@measure
def accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where both are equal, 0 elsewhere."""
    return ops.cast(ops.equal(y_true, y_pred), y_pred.dtype)


@measure
def binary_accuracy(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """1 where `y_pred > threshold` is what `y_true` says, 0 elsewhere."""
    return ops.cast(ops.equal(y_true, ops.cast(y_pred > threshold, y_pred.dtype)), y_pred.dtype)


@measure
def categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where both are largest at the same class of the last axis, 0 elsewhere."""
    return ops.cast(ops.equal(ops.argmax(y_true, -1), ops.argmax(y_pred, -1)), y_pred.dtype)


@labelled
def sparse_categorical_accuracy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where `y_pred` is largest at the class that `y_true` names, 0 elsewhere."""
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    return ops.cast(ops.equal(y_true, ops.argmax(y_pred, -1)), y_pred.dtype)


@measure
def top_k_categorical_accuracy(y_true: Tensor, y_pred: Tensor, k: int = 5) -> Tensor:
    """1 where the largest class of `y_true` is among the `k` best of `y_pred`, 0 elsewhere."""
    return ops.cast(ops.in_top_k(ops.argmax(y_true, -1), y_pred, k), y_pred.dtype)


@labelled
def sparse_top_k_categorical_accuracy(
    y_true: Tensor, y_pred: Tensor, k: int = 5, from_sorted_ids: bool = False
) -> Tensor:
    """1 where the class that `y_true` names is among the `k` best of `y_pred`, 0 elsewhere.

    from_sorted_ids: `y_pred` holds classes, the best first, not scores.
    """
    shape = ops.shape(y_true)
    if alike := len(y_true.shape) == len(y_pred.shape):
        y_true = ops.squeeze(y_true, -1)
    if from_sorted_ids:
        best = ops.cast(y_pred[..., :k], "int32")
        found = ops.any(ops.equal(best, ops.expand_dims(y_true, -1)), -1)
    else:
        found = ops.in_top_k(y_true, y_pred, k)
    found = ops.cast(found, y_pred.dtype)
    return ops.reshape(found, shape) if alike else found


class Accuracy(MeanMetricWrapper):
    """How often predictions equal targets."""

    _direction = "up"

    fn = accuracy
    name: str | None = "accuracy"
    dtype: Any = None


class BinaryAccuracy(MeanMetricWrapper):
    """How often `y_pred > threshold` is what the target of 0 or 1 says."""

    _direction = "up"

    fn = binary_accuracy
    name: str | None = "binary_accuracy"
    dtype: Any = None
    threshold: float = 0.5


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is at the class of the one-hot target."""

    _direction = "up"

    fn = categorical_accuracy
    name: str | None = "categorical_accuracy"
    dtype: Any = None


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is at the class that the integer target names."""

    _direction = "up"

    fn = sparse_categorical_accuracy
    name: str | None = "sparse_categorical_accuracy"
    dtype: Any = None


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of the one-hot target is among the `k` best predictions."""

    _direction = "up"

    fn = top_k_categorical_accuracy
    k: int = 5
    name: str | None = "top_k_categorical_accuracy"
    dtype: Any = None


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class that the integer target names is among the `k` best predictions.

    from_sorted_ids: predictions are classes, the best first, not scores.
    """

    _direction = "up"

    fn = sparse_top_k_categorical_accuracy
    k: int = 5
    name: str | None = "sparse_top_k_categorical_accuracy"
    dtype: Any = None
    from_sorted_ids: bool = field(default=False, saved="changed")  # Keras writes none
