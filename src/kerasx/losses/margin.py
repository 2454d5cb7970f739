"""Losses that ask for a margin between right and wrong: hinges, and circle loss."""

from typing import Any

from .. import ops
from ..core import masks
from ..core.op import Tensor
from .loss import Measured, floats, labelled, measure


def signs(y_true: Any) -> Any:
    """Targets of -1 and 1, from these or from zeros and ones."""
    binary = ops.all(ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1)))
    return ops.where(binary, 2.0 * y_true - 1.0, y_true)


@measure
def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `max(1 - y_true * y_pred, 0)` over the last axis; targets: -1 or 1, or 0 or 1."""
    return ops.mean(ops.maximum(1.0 - signs(y_true) * y_pred, 0.0), -1)


@measure
def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of `max(1 - y_true * y_pred, 0)**2` over the last axis; targets: -1 or 1, or 0 or 1."""
    return ops.mean(ops.square(ops.maximum(1.0 - signs(y_true) * y_pred, 0.0)), -1)


@measure
def categorical_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """`max(wrong - right + 1, 0)`: the best score of a wrong class against the right one's."""
    right = ops.sum(y_true * y_pred, -1)
    wrong = ops.max((1.0 - y_true) * y_pred, -1)
    return ops.maximum(wrong - right + 1.0, 0.0)


@labelled
def circle(
    y_true: Tensor,
    y_pred: Tensor,
    ref_labels=None,
    ref_embeddings=None,
    remove_diagonal=True,
    gamma=80,
    margin=0.4,
) -> Tensor:
    """For each sample, how ill its similarities to its own class and to the others are kept apart.

    Args:
        y_true: (batch,) or (batch, 1) labels.
        y_pred: (batch, features) embeddings of length one.
        ref_labels, ref_embeddings: what samples are compared with; None: with each other.
        remove_diagonal: whether a sample is not compared with the reference of the same index.
        gamma: scale of the similarities.
        margin: how far they may be from the best, 1 and 0.

    Samples that have no other of their class give 0, and do not count in means.
    Source: arXiv:2002.10857.
    """
    others = y_pred if ref_embeddings is None else floats(ref_embeddings)
    labels = ops.reshape(y_true, (-1, 1))
    refs = y_true if ref_labels is None else ops.convert_to_tensor(ref_labels, "int32")
    positive = ops.equal(labels, ops.reshape(refs, (1, -1)))
    negative = ops.logical_not(positive)
    if remove_diagonal:
        rows, columns = ops.shape(y_pred)[0], ops.shape(others)[0]
        diagonal = ops.equal(
            ops.expand_dims(ops.arange(rows), 1), ops.expand_dims(ops.arange(columns), 0)
        )
        positive = ops.logical_and(positive, ops.logical_not(diagonal))
    s = ops.minimum(ops.matmul(y_pred, ops.transpose(others)), 1.0)
    pull = ops.relu(1.0 + margin - s) * (1.0 - margin - s)
    push = ops.relu(s + margin) * (s - margin)
    counts = ops.any(positive, -1)
    total = log_total(gamma * pull, positive) + log_total(gamma * push, negative)
    values = ops.where(counts, ops.softplus(total), 0.0)
    masks.set_mask(values, counts)
    return values


def log_total(x: Any, among: Any) -> Any:
    """The logarithm of the sum of `exp(x)` over those columns that are `among`."""
    least = -3e4  # float16 holds it, and its exponential is 0
    return ops.logsumexp(ops.where(among, x, least), -1)


class Hinge(Measured):
    """Mean of `max(1 - y_true * y_pred, 0)`."""

    fn = hinge
    name = "hinge"


class SquaredHinge(Measured):
    """Mean of `max(1 - y_true * y_pred, 0)**2`."""

    fn = squared_hinge
    name = "squared_hinge"


class CategoricalHinge(Measured):
    """The best score of a wrong class against that of the right one, with a margin of 1."""

    fn = categorical_hinge
    name = "categorical_hinge"


class Circle(Measured):
    """Circle loss of embeddings and their labels, each compared with all others of the batch.

    Args:
        gamma: scale of the similarities.
        margin: how far they may be from the best, 1 and 0.
        remove_diagonal: whether a sample is not compared with itself.
    """

    fn = circle
    gamma: float = 80.0
    margin: float = 0.4
    remove_diagonal: bool = True
    name = "circle"
