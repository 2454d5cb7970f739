"""Losses of classifiers and distributions, as metrics: their means over all batches."""

from typing import Any

from ..losses import margin
from ..losses import probabilistic as losses
from .reduction import MeanMetricWrapper


class BinaryCrossentropy(MeanMetricWrapper):
    """Cross-entropy of independent yes-no targets."""

    _direction = "down"

    fn = losses.binary_crossentropy
    name: str | None = "binary_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    label_smoothing: float = 0


class CategoricalCrossentropy(MeanMetricWrapper):
    """Cross-entropy of one-hot targets or distributions along `axis`."""

    _direction = "down"

    fn = losses.categorical_crossentropy
    name: str | None = "categorical_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    label_smoothing: float = 0
    axis: int = -1


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """Cross-entropy of integer labels along `axis`."""

    _direction = "down"

    fn = losses.sparse_categorical_crossentropy
    name: str | None = "sparse_categorical_crossentropy"
    dtype: Any = None
    from_logits: bool = False
    ignore_class: int | None = None
    axis: int = -1


class KLDivergence(MeanMetricWrapper):
    """`sum(y_true * log(y_true / y_pred))`."""

    _direction = "down"

    fn = losses.kl_divergence
    name: str | None = "kl_divergence"
    dtype: Any = None


class Poisson(MeanMetricWrapper):
    """Mean of `y_pred - y_true * log(y_pred)`."""

    _direction = "down"

    fn = losses.poisson
    name: str | None = "poisson"
    dtype: Any = None


class Hinge(MeanMetricWrapper):
    """Mean of `max(1 - y_true * y_pred, 0)`."""

    _direction = "down"

    fn = margin.hinge
    name: str | None = "hinge"
    dtype: Any = None


class SquaredHinge(MeanMetricWrapper):
    """Mean of `max(1 - y_true * y_pred, 0)**2`."""

    _direction = "down"

    fn = margin.squared_hinge
    name: str | None = "squared_hinge"
    dtype: Any = None


class CategoricalHinge(MeanMetricWrapper):
    """The best score of a wrong class against that of the right one, with a margin of 1."""

    _direction = "down"

    fn = margin.categorical_hinge
    name: str | None = "categorical_hinge"
    dtype: Any = None
