"""Errors of numbers, and how they go together."""

from typing import Any

from .. import ops
from ..core import masks
from ..core.fields import field
from ..core.op import Tensor
from ..losses import regression as losses
from ..losses.loss import measure, same_rank
from .reduction import Mean, MeanMetricWrapper, of_seen


@measure
def cosine(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """The cosine of the angle between vectors along `axis`."""
    return -losses.cosine_similarity(y_true, y_pred, axis)


@measure
def pearson_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Pearson's correlation over `axis`, from -1 to 1; NaN where one of both is constant."""
    a, b = (y - ops.mean(y, axis, keepdims=True) for y in (y_true, y_pred))
    scale = ops.sqrt(ops.mean(ops.square(a), axis)) * ops.sqrt(ops.mean(ops.square(b), axis))
    return ops.mean(a * b, axis) / scale


@measure
def concordance_correlation(y_true: Tensor, y_pred: Tensor, axis: int = -1) -> Tensor:
    """Lin's concordance over `axis`, from -1 to 1: how near the pairs lie to the line of equals."""
    means = [ops.mean(y, axis, keepdims=True) for y in (y_true, y_pred)]
    a, b = y_true - means[0], y_pred - means[1]
    spread = ops.mean(ops.square(a) + ops.square(b), axis)
    apart = ops.square(ops.squeeze(means[0] - means[1], axis))
    return 2.0 * ops.mean(a * b, axis) / (spread + apart)


class MeanSquaredError(MeanMetricWrapper):
    """Mean of `(y_true - y_pred)**2`."""

    _direction = "down"

    fn = losses.mean_squared_error
    name: str | None = "mean_squared_error"
    dtype: Any = None


class MeanAbsoluteError(MeanMetricWrapper):
    """Mean of `|y_true - y_pred|`."""

    _direction = "down"

    fn = losses.mean_absolute_error
    name: str | None = "mean_absolute_error"
    dtype: Any = None


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """Mean of `100 * |y_true - y_pred| / |y_true|`."""

    _direction = "down"

    fn = losses.mean_absolute_percentage_error
    name: str | None = "mean_absolute_percentage_error"
    dtype: Any = None


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """Mean of `(log(1 + y_true) - log(1 + y_pred))**2`."""

    _direction = "down"

    fn = losses.mean_squared_logarithmic_error
    name: str | None = "mean_squared_logarithmic_error"
    dtype: Any = None


class LogCoshError(MeanMetricWrapper):
    """Mean of `log(cosh(y_pred - y_true))`."""

    _direction = "down"

    fn = losses.log_cosh
    name: str | None = "logcosh"
    dtype: Any = None


class RootMeanSquaredError(Mean):
    """Square root of the mean of `(y_true - y_pred)**2`."""

    _direction = "down"

    name = "root_mean_squared_error"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions; the mask of `y_pred` says what counts."""
        sample_weight = of_seen(sample_weight, y_pred, self.dtype)
        y_true, y_pred = same_rank(
            *(ops.convert_to_tensor(y, self.dtype) for y in (y_true, y_pred))
        )
        super().update_state(ops.square(y_true - y_pred), sample_weight)

    def result(self) -> Any:
        """The root of the mean so far."""
        return ops.sqrt(super().result())


class CosineSimilarity(MeanMetricWrapper):
    """Mean cosine of the angle between targets and predictions along `axis`."""

    _direction = "up"

    fn = cosine
    name: str | None = "cosine_similarity"
    dtype: Any = None
    axis: int = field(default=-1, saved="changed")  # Keras writes none


class PearsonCorrelation(MeanMetricWrapper):
    """Mean of Pearson's correlation over `axis`."""

    _direction = "up"

    fn = pearson_correlation
    name: str | None = "pearson_correlation"
    dtype: Any = None
    axis: Any = -1


class ConcordanceCorrelation(MeanMetricWrapper):
    """Mean of Lin's concordance over `axis`."""

    _direction = "up"

    fn = concordance_correlation
    name: str | None = "concordance_correlation"
    dtype: Any = None
    axis: Any = -1
