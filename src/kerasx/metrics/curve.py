"""Metrics of yes-no predictions over all thresholds: AUC, and best rates at a given other."""

from typing import Annotated, Any, ClassVar

from .. import ops
from ..core import config
from ..core.fields import choice, field, fraction
from .counts import along_curve, at_thresholds, prepared, spaced, thresholds_of
from .metric import Metric

FOUR = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class Curve(Metric):
    """The four counts at many thresholds."""

    keras_module = "kerasx.metrics"  # no name for files
    true_positives: ClassVar[Any]
    false_positives: ClassVar[Any]
    true_negatives: ClassVar[Any]
    false_negatives: ClassVar[Any]

    def _make(self, shape: tuple[int, ...]) -> None:
        for name in FOUR:
            setattr(self, name, self.add_weight(shape, name=name))

    def _take(self, counts: tuple[Any, ...]) -> None:
        for name, count in zip(FOUR, counts):
            getattr(self, name).assign_add(count)

    def _four(self) -> list[Any]:
        return [getattr(self, name).value for name in FOUR]


# -- The best of one rate where another is good enough --------------------------------------------
def at_least_one(n: Any) -> Any:
    """`n`, if it is 1 or more."""
    if not n >= 1:
        raise ValueError("expected a positive integer")
    return n


class RateAtRate(Curve):
    """The best of one rate among the thresholds at which another is at least a given value."""

    _direction = "up"

    keras_module = "kerasx.metrics"
    num_thresholds: Annotated[int, at_least_one] = field(default=200, kw_only=True)
    class_id: int | None = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    dtype: Any = field(default=None, kw_only=True)

    def setup(self) -> None:
        super().setup()
        self.thresholds = spaced(self.num_thresholds)
        self._make((self.num_thresholds,))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and scores in [0, 1]."""
        batch = prepared(y_true, y_pred, sample_weight, self.dtype, class_id=self.class_id)
        count = at_thresholds if self.num_thresholds == 1 else along_curve
        self._take(count(self.thresholds, *batch))

    def result(self) -> Any:
        """The best so far; 0 where no threshold will do."""
        wanted, bound, least = self._rates(*self._four())
        return ops.max(ops.where(bound >= least, wanted, 0.0))

    def _rates(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any, float]:
        raise NotImplementedError


def rate(part: Any, rest: Any) -> Any:
    """The share of `part` in both, 0 where there is nothing."""
    return ops.divide_no_nan(part, part + rest)


class SensitivityAtSpecificity(RateAtRate):
    """The best sensitivity (recall) at which the specificity is at least `specificity`."""

    specificity: Annotated[float, fraction]

    def _rates(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any, float]:
        return rate(tp, fn), rate(tn, fp), self.specificity


class SpecificityAtSensitivity(RateAtRate):
    """The best specificity at which the sensitivity (recall) is at least `sensitivity`."""

    sensitivity: Annotated[float, fraction]

    def _rates(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any, float]:
        return rate(tn, fp), rate(tp, fn), self.sensitivity


class PrecisionAtRecall(RateAtRate):
    """The best precision at which the recall is at least `recall`."""

    recall: Annotated[float, fraction]

    def _rates(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any, float]:
        return rate(tp, fp), rate(tp, fn), self.recall


class RecallAtPrecision(RateAtRate):
    """The best recall at which the precision is at least `precision`."""

    precision: Annotated[float, fraction]

    def _rates(self, tp: Any, fp: Any, tn: Any, fn: Any) -> tuple[Any, Any, float]:
        return rate(tp, fn), rate(tp, fp), self.precision


# -- Area under a curve ----------------------------------------------------------------------------
def lower(x: Any) -> Any:
    """`x` in lower case, if it is a string."""
    return x.lower() if isinstance(x, str) else x


def upper(x: Any) -> Any:
    """`x` in upper case, if it is a string."""
    return x.upper() if isinstance(x, str) else x


class AUC(Curve):
    """The area under a curve that the thresholds draw.

    Args:
        num_thresholds: number of thresholds, spread evenly over [0, 1].
        curve: 'ROC' (true against false positive rate), 'PR' (precision against recall) or 'PRGAIN'
            (their gains over a classifier that always says yes, Flach and Kull 2015).
        summation_method: 'interpolation' (between the points; for 'PR' as Davis and Goadrich do,
            doi:10.1145/1143844.1143874), 'minoring' or 'majoring' (the lower or the higher).
        thresholds: numbers in [0, 1], in place of `num_thresholds`.
        multi_label: whether each label has a curve of its own, and the areas are averaged.
        num_labels: number of labels; None: as the first batch has it.
        label_weights: weights of the labels.
        from_logits: whether scores are log-odds, not probabilities.
    """

    _direction = "up"

    num_thresholds: int = 200
    curve: Annotated[str, upper, choice("ROC", "PR", "PRGAIN")] = "ROC"
    summation_method: Annotated[str, lower, choice("interpolation", "minoring", "majoring")] = (
        "interpolation"
    )
    name: str | None = None
    dtype: Any = None
    thresholds: Any = None
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: Any = None
    from_logits: bool = False

    def setup(self) -> None:
        super().setup()
        if self.num_labels is not None and not self.multi_label:
            raise ValueError(
                f"AUC: num_labels={self.num_labels}: expected multi_label=True with it."
            )
        self.init_thresholds = (
            None if self.thresholds is None else sorted(thresholds_of(list(self.thresholds)))
        )
        if self.init_thresholds is not None:
            self.thresholds = [-config.epsilon(), *self.init_thresholds, 1.0 + config.epsilon()]
            self.num_thresholds = len(self.thresholds)
        elif self.num_thresholds > 1:
            self.thresholds = spaced(self.num_thresholds, config.epsilon())
        else:
            raise ValueError(f"AUC: num_thresholds={self.num_thresholds}: expected at least 2.")
        self.built = False
        if not self.multi_label or self.num_labels:
            self.build((None, self.num_labels))

    def build(self, y_true_shape: Any, y_pred_shape: Any = None) -> None:
        """Make the variables, for targets of the given shape."""
        labels = (y_true_shape[-1],) if self.multi_label else ()
        self._make((self.num_thresholds, *labels))
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and scores in [0, 1]."""
        if not self.built:
            self.build(tuple(y_pred.shape))
        y_true, y_pred, weight = prepared(y_true, y_pred, sample_weight, self.dtype)
        y_pred = ops.sigmoid(y_pred) if self.from_logits else y_pred
        if self.label_weights is not None and not self.multi_label:
            weight = weight * ops.convert_to_tensor(self.label_weights, self.dtype)
        labels = y_pred.shape[-1] if self.multi_label else 1
        counts = along_curve(self.thresholds, y_true, y_pred, weight, labels)
        if self.multi_label and labels == 1:
            counts = tuple(ops.expand_dims(c, -1) for c in counts)
        self._take(counts)

    def result(self) -> Any:
        """The area so far."""
        tp, fp, tn, fn = self._four()
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolate_pr_auc()
        if self.curve == "ROC":
            x, y = rate(fp, tn), rate(tp, fn)
        elif self.curve == "PR":
            x, y = rate(tp, fn), rate(tp, fp)
        else:
            odds = ops.divide_no_nan(tp + fn, fp + tn)
            gains = (1.0 - odds * ops.divide_no_nan(wrong, tp) for wrong in (fn, fp))
            x, y = (ops.where(tp > 0, ops.maximum(gain, 0.0), 0.0) for gain in gains)
        heights = {
            "interpolation": lambda a, b: (a + b) / 2.0,
            "minoring": ops.minimum,
            "majoring": ops.maximum,
        }[self.summation_method]
        return self._averaged((x[:-1] - x[1:]) * heights(y[:-1], y[1:]))

    def interpolate_pr_auc(self) -> Any:
        """The area under the precision-recall curve, interpolated as Davis and Goadrich do.

        Between two points true positives are a line `slope * p + intercept` in the number `p` of
        calls; the integral of its share in `p` is a logarithm.
        """
        tp, fp, _, fn = self._four()
        p = tp + fp
        step = tp[:-1] - tp[1:]
        slope = ops.divide_no_nan(step, ops.maximum(p[:-1] - p[1:], 0.0))
        intercept = tp[1:] - slope * p[1:]
        both = ops.logical_and(p[:-1] > 0, p[1:] > 0)
        ratio = ops.where(both, ops.divide_no_nan(p[:-1], ops.maximum(p[1:], 0.0)), 1.0)
        area = slope * (step + intercept * ops.log(ratio))
        return self._averaged(ops.divide_no_nan(area, ops.maximum(tp[1:] + fn[1:], 0.0)))

    def _averaged(self, pieces: Any) -> Any:
        """The sum of the pieces of a curve, averaged over the labels."""
        areas = ops.sum(pieces, 0)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return ops.mean(areas)
        weights = ops.convert_to_tensor(self.label_weights, self.dtype)
        return ops.divide_no_nan(ops.sum(areas * weights), ops.sum(weights))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        config_ = super().get_config()
        del config_["thresholds"]
        return (
            config_
            if self.init_thresholds is None
            else config_ | {"thresholds": self.init_thresholds}
        )
