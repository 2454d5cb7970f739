"""Distances between numbers, means over the last axis."""

import math

from .. import ops
from ..core import config
from ..core.fields import field
from ..core.op import Tensor
from .loss import Measured, measure


@measure
def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `(y_true - y_pred)**2` over the last axis."""
    return ops.mean(ops.square(y_true - y_pred), -1)


@measure
def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `|y_true - y_pred|` over the last axis."""
    return ops.mean(ops.absolute(y_true - y_pred), -1)


@measure
def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `100 * |y_true - y_pred| / |y_true|` over the last axis."""
    scale = ops.maximum(ops.absolute(y_true), config.epsilon())
    return 100.0 * ops.mean(ops.absolute(y_true - y_pred) / scale, -1)


@measure
def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `(log(1 + y_true) - log(1 + y_pred))**2` over the last axis; negatives count as 0."""
    a, b = (ops.log1p(ops.maximum(y, config.epsilon())) for y in (y_true, y_pred))
    return ops.mean(ops.square(a - b), -1)


@measure
def huber(y_true: Tensor, y_pred: Tensor, delta=1.0) -> Tensor:
    """Mean over the last axis of `e**2 / 2`, or `delta * (|e| - delta / 2)` where `|e| > delta`.

    Source: doi:10.1214/aoms/1177703732.
    """
    error = ops.absolute(y_true - y_pred)
    linear = delta * error - 0.5 * delta**2
    return ops.mean(ops.where(error <= delta, 0.5 * ops.square(error), linear), -1)


@measure
def log_cosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `log(cosh(y_pred - y_true))` over the last axis."""
    error = ops.absolute(y_pred - y_true)
    return ops.mean(error + ops.softplus(-2.0 * error) - math.log(2.0), -1)


@measure
def cosine_similarity(y_true: Tensor, y_pred: Tensor, axis=-1) -> Tensor:
    """Minus the cosine of the angle between vectors along `axis`: -1 where they are parallel."""
    return -ops.sum(ops.normalize(y_true, axis) * ops.normalize(y_pred, axis), axis)


class MeanSquaredError(Measured):
    """Mean of `(y_true - y_pred)**2`."""

    fn = mean_squared_error
    name = "mean_squared_error"


class MeanAbsoluteError(Measured):
    """Mean of `|y_true - y_pred|`."""

    fn = mean_absolute_error
    name = "mean_absolute_error"


class MeanAbsolutePercentageError(Measured):
    """Mean of `100 * |y_true - y_pred| / |y_true|`."""

    fn = mean_absolute_percentage_error
    name = "mean_absolute_percentage_error"


class MeanSquaredLogarithmicError(Measured):
    """Mean of `(log(1 + y_true) - log(1 + y_pred))**2`."""

    fn = mean_squared_logarithmic_error
    name = "mean_squared_logarithmic_error"


class Huber(Measured):
    """Squared error near zero, absolute error from `delta` on."""

    fn = huber
    name = "huber_loss"
    # Keras writes no delta, and so forgets it
    delta: float = field(default=1.0, saved="changed")


class LogCosh(Measured):
    """Mean of `log(cosh(y_pred - y_true))`: half the squared error near 0, absolute far off."""

    fn = log_cosh
    name = "log_cosh"


class CosineSimilarity(Measured):
    """Minus the cosine of the angle between vectors along `axis`."""

    fn = cosine_similarity
    axis: int = field(default=-1, saved="changed")  # Keras writes none
    name = "cosine_similarity"
