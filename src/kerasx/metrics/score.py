"""Scores that need sums for each class or output: F-scores and R²."""

from typing import Annotated, Any, ClassVar

from .. import ops
from ..core import config
from ..core.fields import choice, positive
from .metric import Metric
from .reduction import of_seen


def two_axes(owner: str, y_true: Any, y_pred: Any) -> None:
    """Raise ValueError unless both have two axes."""
    if len(y_true) != 2 or len(y_pred) != 2:
        raise ValueError(
            f"{owner}: y_true of shape {tuple(y_true)} and y_pred of shape {tuple(y_pred)}: "
            "expected (batch, outputs)."
        )


def inside(x: Any) -> Any:
    """`x`, if it lies in (0, 1]."""
    if not 0 < x <= 1:
        raise ValueError("expected a number in (0, 1]")
    return x


class FBetaScore(Metric):
    """`(1 + beta²) * precision * recall / (beta² * precision + recall)`, for each class.

    Args:
        average: how the classes' scores become one: 'micro' (counts of all classes together),
            'macro' (their mean), 'weighted' (their mean, weighted by the targets of each); None:
            they do not.
        beta: how many times more recall counts than precision.
        threshold: scores above it are taken as yes; None: the largest of a sample is.
    """

    _direction = "up"

    average: Annotated[str | None, choice(None, "micro", "macro", "weighted")] = None
    beta: Annotated[float, positive] = 1.0
    threshold: Annotated[float | None, inside] = None
    name: str | None = "fbeta_score"
    dtype: Any = None

    def setup(self) -> None:
        super().setup()
        self.built = False

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Make the variables, for targets and predictions of the given shapes."""
        two_axes(type(self).__name__, y_true_shape, y_pred_shape)
        shape = () if self.average == "micro" else (y_pred_shape[-1],)
        self.true_positives = self.add_weight(shape, name="true_positives")
        self.false_positives = self.add_weight(shape, name="false_positives")
        self.false_negatives = self.add_weight(shape, name="false_negatives")
        self.intermediate_weights = self.add_weight(shape, name="intermediate_weights")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and scores, both (batch, classes)."""
        sample_weight = of_seen(sample_weight, y_pred, self.dtype)
        y_true, y_pred = (ops.convert_to_tensor(y, self.dtype) for y in (y_true, y_pred))
        if not self.built:
            self.build(tuple(y_true.shape), tuple(y_pred.shape))
        if self.threshold is None:  # the largest, unless all are nothing
            said = ops.logical_and(
                y_pred >= ops.max(y_pred, -1, keepdims=True), ops.absolute(y_pred) > 1e-9
            )
        else:
            said = y_pred > self.threshold
        said, true = ops.cast(said, self.dtype), ops.cast(ops.not_equal(y_true, 0), self.dtype)
        weight: Any = 1.0
        if sample_weight is not None:
            weight = ops.reshape(ops.convert_to_tensor(sample_weight, self.dtype), (-1, 1))
        axis = None if self.average == "micro" else 0
        for variable, values in (
            (self.true_positives, said * true),
            (self.false_positives, said * (1.0 - true)),
            (self.false_negatives, (1.0 - said) * true),
            (self.intermediate_weights, true),
        ):
            variable.assign_add(ops.sum(values * weight, axis))

    def result(self) -> Any:
        """The score so far: a vector over the classes, or their average."""
        if not self.built:
            return ops.zeros((), self.dtype)
        tp = self.true_positives.value
        precision = ops.divide_no_nan(tp, tp + self.false_positives.value)
        recall = ops.divide_no_nan(tp, tp + self.false_negatives.value)
        square = self.beta**2
        scores = (
            (1.0 + square) * precision * recall / (square * precision + recall + config.epsilon())
        )
        if self.average == "weighted":
            weights = self.intermediate_weights.value
            return ops.sum(scores * ops.divide_no_nan(weights, ops.sum(weights)))
        return ops.mean(scores) if self.average == "macro" else scores


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, for each class; see `FBetaScore`."""

    name = "f1_score"
    beta: ClassVar[float] = 1.0


class R2Score(Metric):
    """The share of the variance of the targets that predictions explain, for each output.

    Args:
        class_aggregation: how the outputs' scores become one: 'uniform_average',
            'variance_weighted_average', or None (they do not).
        num_regressors: number of inputs of the model; the score is adjusted for them.
    """

    _direction = "up"

    class_aggregation: Annotated[
        str | None, choice(None, "uniform_average", "variance_weighted_average")
    ] = "uniform_average"
    num_regressors: int = 0
    name: str | None = "r2_score"
    dtype: Any = None

    def setup(self) -> None:
        super().setup()
        if self.num_regressors < 0:
            raise ValueError(f"R2Score: num_regressors={self.num_regressors}: expected 0 or more.")
        self.num_samples = self.add_weight(name="num_samples")
        self.built = False

    def build(self, y_true_shape: Any, y_pred_shape: Any) -> None:
        """Make the variables, for targets and predictions of the given shapes."""
        two_axes("R2Score", y_true_shape, y_pred_shape)
        shape = (y_pred_shape[-1],)
        self.squared_sum = self.add_weight(shape, name="squared_sum")
        self.sum = self.add_weight(shape, name="sum")
        self.total_mse = self.add_weight(shape, name="residual")
        self.count = self.add_weight(shape, name="count")
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions, both (batch, outputs)."""
        sample_weight = of_seen(sample_weight, y_pred, self.dtype)
        y_true, y_pred = (ops.convert_to_tensor(y, self.dtype) for y in (y_true, y_pred))
        if not self.built:
            self.build(tuple(y_true.shape), tuple(y_pred.shape))
        weight = ops.ones_like(y_true)
        if sample_weight is not None:
            sample_weight = ops.convert_to_tensor(sample_weight, self.dtype)
            weight = weight * (
                sample_weight
                if len(sample_weight.shape) != 1
                else ops.expand_dims(sample_weight, 1)
            )
        weighted = y_true * weight
        self.sum.assign_add(ops.sum(weighted, 0))
        self.squared_sum.assign_add(ops.sum(y_true * weighted, 0))
        self.total_mse.assign_add(ops.sum(ops.square(y_true - y_pred) * weight, 0))
        self.count.assign_add(ops.sum(weight, 0))
        self.num_samples.assign_add(ops.cast(ops.size(y_true), self.dtype))

    def result(self) -> Any:
        """The score so far."""
        if not self.built:
            return ops.zeros((), self.dtype)
        total = self.squared_sum.value - self.sum.value * ops.divide_no_nan(
            self.sum.value, self.count.value
        )
        # an output that never varies has no variance to explain: it counts as 0
        scores = ops.where(
            ops.equal(total, 0), 0.0, 1.0 - ops.divide_no_nan(self.total_mse.value, total)
        )
        if self.class_aggregation == "uniform_average":
            scores = ops.mean(scores)
        elif self.class_aggregation is not None:
            scores = ops.sum(scores * ops.divide_no_nan(total, ops.sum(total)))
        if not self.num_regressors:
            return scores
        spare = self.num_samples.value - self.num_regressors - 1.0
        adjusted = 1.0 - (1.0 - scores) * (self.num_samples.value - 1.0) / ops.where(
            spare > 0, spare, 1.0
        )
        return ops.where(spare > 0, adjusted, scores)
