"""Metrics of yes-no predictions at given thresholds."""

from typing import Any, ClassVar

from .. import ops
from ..core.serialization import serialize_keras_object
from .counts import NEVER, at_thresholds, prepared, thresholds_of
from .metric import Metric

TP, FP, TN, FN = range(4)  # places in what `at_thresholds` gives


class Thresholded(Metric):
    """A metric of counts at one threshold or several; `thresholds` is then a list."""

    keras_module = "kerasx.metrics"  # no name for files
    thresholds: Any = None
    name: str | None = None
    dtype: Any = None

    def setup(self) -> None:
        super().setup()
        self.init_thresholds = self.thresholds
        never = getattr(self, "top_k", None) is not None
        self.thresholds = thresholds_of(self.init_thresholds, NEVER if never else 0.5)

    def _counts(self, y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, ...]:
        which = getattr(self, "top_k", None), getattr(self, "class_id", None)
        batch = prepared(y_true, y_pred, sample_weight, self.dtype, *which)
        return at_thresholds(self.thresholds, *batch)

    def _one_or_many(self, values: Any) -> Any:
        """The value at the only threshold, or the values at each."""
        return values[0] if len(self.thresholds) == 1 else values

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        return super().get_config() | {"thresholds": serialize_keras_object(self.init_thresholds)}


class Counted(Thresholded):
    """One of the four counts at each threshold."""

    keras_module = "kerasx.metrics"
    which: ClassVar[int]

    def setup(self) -> None:
        super().setup()
        self.accumulator = self.add_weight((len(self.thresholds),), name="accumulator")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and scores."""
        self.accumulator.assign_add(self._counts(y_true, y_pred, sample_weight)[self.which])

    def result(self) -> Any:
        """The count so far: a scalar for one threshold, a vector for several."""
        return self._one_or_many(self.accumulator.value)


class TruePositives(Counted):
    """Weight of the ones that scored above the threshold (0.5, or each of `thresholds`)."""

    which = TP


class FalsePositives(Counted):
    """Weight of the zeros that scored above the threshold (0.5, or each of `thresholds`)."""

    which = FP


class TrueNegatives(Counted):
    """Weight of the zeros that scored no more than the threshold (0.5, or each of `thresholds`)."""

    which = TN


class FalseNegatives(Counted):
    """Weight of the ones that scored no more than the threshold (0.5, or each of `thresholds`)."""

    which = FN


class Precision(Thresholded):
    """The share of ones among what scored above the threshold.

    Args:
        thresholds: one or several numbers in [0, 1]; None: 0.5, or none where `top_k` is given.
        top_k: only the `top_k` best scores of a sample are taken as yes.
        class_id: the only class that counts; None: all.
    """

    _direction = "up"

    thresholds: Any = None
    top_k: int | None = None
    class_id: int | None = None
    name: str | None = None
    dtype: Any = None

    def setup(self) -> None:
        super().setup()
        self.true_positives = self.add_weight((len(self.thresholds),), name="true_positives")
        self.false_positives = self.add_weight((len(self.thresholds),), name="false_positives")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and scores."""
        counts = self._counts(y_true, y_pred, sample_weight)
        self.true_positives.assign_add(counts[TP])
        self.false_positives.assign_add(counts[FP])

    def result(self) -> Any:
        """The precision so far; 0 where nothing scored above the threshold."""
        hits = self.true_positives.value
        return self._one_or_many(ops.divide_no_nan(hits, hits + self.false_positives.value))


class Recall(Thresholded):
    """The share of what scored above the threshold among the ones.

    Args:
        thresholds: one or several numbers in [0, 1]; None: 0.5, or none where `top_k` is given.
        top_k: only the `top_k` best scores of a sample are taken as yes.
        class_id: the only class that counts; None: all.
    """

    _direction = "up"

    thresholds: Any = None
    top_k: int | None = None
    class_id: int | None = None
    name: str | None = None
    dtype: Any = None

    def setup(self) -> None:
        super().setup()
        self.true_positives = self.add_weight((len(self.thresholds),), name="true_positives")
        self.false_negatives = self.add_weight((len(self.thresholds),), name="false_negatives")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and scores."""
        counts = self._counts(y_true, y_pred, sample_weight)
        self.true_positives.assign_add(counts[TP])
        self.false_negatives.assign_add(counts[FN])

    def result(self) -> Any:
        """The recall so far; 0 where there were no ones."""
        hits = self.true_positives.value
        return self._one_or_many(ops.divide_no_nan(hits, hits + self.false_negatives.value))
