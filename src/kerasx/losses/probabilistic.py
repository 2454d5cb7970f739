"""Distances between distributions: cross-entropies and their kin."""

from typing import Annotated, Any

from .. import ops
from ..core import config, masks
from ..core.fields import field
from ..core.op import Tensor
from .loss import Measured, Reduction, labelled, measure


def smoothed(y_true: Any, label_smoothing: float, classes: Any) -> Any:
    """Targets with the share `label_smoothing` spread over all classes."""
    if not label_smoothing:
        return y_true
    return y_true * (1.0 - label_smoothing) + label_smoothing / classes


def between(p: Any) -> Any:
    """`p` held in [epsilon, 1 - epsilon]: its logarithm is finite."""
    return ops.clip(p, config.epsilon(), 1.0 - config.epsilon())


@measure
def binary_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits=False, label_smoothing=0.0, axis=-1
) -> Tensor:
    """Mean over `axis` of `-y_true * log(p) - (1 - y_true) * log(1 - p)`.

    `p` is `y_pred`, or its sigmoid.
    """
    y_true = smoothed(y_true, label_smoothing, 2)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits), axis)


@measure
def binary_focal_crossentropy(
    y_true: Tensor, y_pred: Tensor, apply_class_balancing=False, alpha=0.25, gamma=2.0,
    from_logits=False, label_smoothing=0.0, axis=-1,
) -> Tensor:  # fmt: skip
    """Mean over `axis` of the binary cross-entropy, scaled by `(1 - p_t)**gamma`.

    `p_t` is the probability given to the target. With `apply_class_balancing`, ones count `alpha`
    times and zeros `1 - alpha` times. Source: arXiv:1708.02002.
    """
    y_true = smoothed(y_true, label_smoothing, 2)
    p = ops.sigmoid(y_pred) if from_logits else y_pred
    values = ops.binary_crossentropy(y_true, y_pred, from_logits)
    values = values * ops.power(1.0 - (y_true * p + (1.0 - y_true) * (1.0 - p)), gamma)
    if apply_class_balancing:
        values = values * (y_true * alpha + (1.0 - y_true) * (1.0 - alpha))
    return ops.mean(values, axis)


@measure
def categorical_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits=False, label_smoothing=0.0, axis=-1
) -> Tensor:
    """`-sum(y_true * log(p))` over `axis`; `p` is `y_pred` scaled to sum to one, or its softmax."""
    y_true = smoothed(y_true, label_smoothing, y_pred.shape[axis])
    return ops.categorical_crossentropy(y_true, y_pred, from_logits, axis)


@measure
def categorical_focal_crossentropy(
    y_true: Tensor,
    y_pred: Tensor,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
) -> Tensor:
    """`-sum(alpha * (1 - p)**gamma * y_true * log(p))` over `axis`. Source: arXiv:1708.02002."""
    y_true = smoothed(y_true, label_smoothing, y_pred.shape[axis])
    p = ops.softmax(y_pred, axis) if from_logits else y_pred / ops.sum(y_pred, axis, keepdims=True)
    p = between(p)
    return -ops.sum(alpha * ops.power(1.0 - p, gamma) * y_true * ops.log(p), axis)


@labelled
def sparse_categorical_crossentropy(
    y_true: Tensor, y_pred: Tensor, from_logits=False, ignore_class=None, axis=-1
) -> Tensor:
    """`-log(p[y_true])` along `axis`; `p` is `y_pred` scaled to sum to one, or its softmax.

    Labels equal to `ignore_class` give 0, and do not count in means.
    """
    if len(y_true.shape) == len(y_pred.shape) and y_true.shape[axis] == 1:
        y_true = ops.squeeze(y_true, axis)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits, axis)
    counts = y_true != ignore_class
    values = ops.sparse_categorical_crossentropy(
        ops.where(counts, y_true, 0), y_pred, from_logits, axis
    )
    values = ops.where(counts, values, 0.0)
    masks.set_mask(values, counts)
    return values


@labelled
def categorical_generalized_cross_entropy(y_true: Tensor, y_pred: Tensor, q) -> Tensor:
    """`(1 - p[y_true]**q) / q` along the last axis. Source: arXiv:1805.07836."""
    if len(y_true.shape) == len(y_pred.shape):
        y_true = ops.squeeze(y_true, -1)
    p = ops.take_along_axis(y_pred, ops.expand_dims(y_true, -1), -1)
    return (1.0 - ops.power(ops.squeeze(p, -1), q)) / q


@measure
def kl_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`sum(y_true * log(y_true / y_pred))` over the last axis."""
    a, b = (ops.clip(y, config.epsilon(), 1.0) for y in (y_true, y_pred))
    return ops.sum(a * ops.log(a / b), -1)


@measure
def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `y_pred - y_true * log(y_pred)` over the last axis."""
    return ops.mean(y_pred - y_true * ops.log(y_pred + config.epsilon()), -1)


@labelled
def ctc(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Connectionist temporal classification: minus the log-probability of the labels.

    Args:
        y_true: (batch, length) integers; 0 fills up, and is the blank.
        y_pred: (batch, steps, classes) logits.
    """
    if len(y_true.shape) != 2 or len(y_pred.shape) != 3:
        raise ValueError(
            f"ctc: y_true of shape {tuple(y_true.shape)}, y_pred of shape {tuple(y_pred.shape)}: "
            "expected (batch, length) and (batch, steps, classes)."
        )
    counts = ops.sum(ops.cast(ops.not_equal(y_true, 0), "int32"), 1)
    times = ops.sum(ops.ones_like(y_pred[:, :, 0], "int32"), 1)
    return ops.ctc_loss(y_true, y_pred, counts, times)


# -- Classes --------------------------------------------------------------------------------------
class BinaryCrossentropy(Measured):
    """Cross-entropy of independent yes-no targets.

    Args:
        from_logits: whether predictions are log-odds, not probabilities.
        label_smoothing: the share of each target that is spread evenly over both answers.
        axis: axis that the mean is taken over.
    """

    fn = binary_crossentropy
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    name = "binary_crossentropy"


class BinaryFocalCrossentropy(Measured):
    """Binary cross-entropy in which what is already right counts less.

    Args:
        apply_class_balancing: whether ones count `alpha` times and zeros `1 - alpha` times.
        alpha: see above.
        gamma: how much less; 0 gives the cross-entropy itself.
        from_logits, label_smoothing, axis: as in `BinaryCrossentropy`.
    """

    fn = binary_focal_crossentropy
    apply_class_balancing: bool = False
    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    name = "binary_focal_crossentropy"


class CategoricalCrossentropy(Measured):
    """Cross-entropy of one-hot targets or distributions.

    Args:
        from_logits: whether predictions are unscaled log-probabilities.
        label_smoothing: the share of each target that is spread evenly over all classes.
        axis: axis of the classes.
    """

    fn = categorical_crossentropy
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    name = "categorical_crossentropy"


class CategoricalFocalCrossentropy(Measured):
    """Categorical cross-entropy in which what is already right counts less.

    Args:
        alpha: factor of the whole.
        gamma: how much less; 0 gives the cross-entropy itself.
        from_logits, label_smoothing, axis: as in `CategoricalCrossentropy`.
    """

    fn = categorical_focal_crossentropy
    alpha: float = 0.25
    gamma: float = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: int = -1
    name = "categorical_focal_crossentropy"


class SparseCategoricalCrossentropy(Measured):
    """Cross-entropy of integer labels.

    Args:
        from_logits: whether predictions are unscaled log-probabilities.
        ignore_class: a label that does not count.
        axis: axis of the classes.
    """

    fn = sparse_categorical_crossentropy
    from_logits: bool = False
    ignore_class: int | None = None
    reduction: Reduction = "sum_over_batch_size"
    axis: int = field(default=-1, saved="changed")  # Keras writes none
    name = "sparse_categorical_crossentropy"


def inside(q: Any) -> Any:
    """`q`, if it lies between 0 and 1."""
    if not 0 < q < 1:
        raise ValueError("expected a number between 0 and 1")
    return q


class CategoricalGeneralizedCrossEntropy(Measured):
    """`(1 - p**q) / q` for integer labels: from cross-entropy (q: 0) to absolute error (q: 1)."""

    fn = categorical_generalized_cross_entropy
    q: Annotated[float, inside] = 0.5
    name = "categorical_generalized_cross_entropy"


class KLDivergence(Measured):
    """`sum(y_true * log(y_true / y_pred))`: what is lost where predictions stand for targets."""

    fn = kl_divergence
    name = "kl_divergence"


class Poisson(Measured):
    """Mean of `y_pred - y_true * log(y_pred)`: up to a constant, counts' minus log-likelihood."""

    fn = poisson
    name = "poisson"


class CTC(Measured):
    """Connectionist temporal classification, for labels that are not aligned with the steps."""

    fn = ctc
    name = "ctc"
