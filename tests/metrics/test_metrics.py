"""Metrics: the generic suite on each, values worked by hand, masks, names, errors."""

from importlib import import_module

import numpy as np
import pytest

RNG = np.random.default_rng(0)
TRUE, PRED = RNG.random((6, 3)), RNG.random((6, 3)) + 0.1
YES = (RNG.random((6, 3)) > 0.5).astype("float32")
ONE_HOT = np.eye(3)[[0, 1, 2, 1, 0, 2]]
LABELS = ONE_HOT.argmax(-1)
SHARES = PRED / PRED.sum(-1, keepdims=True)
CLASSES = np.array([0, 1, 1, 2, 0, 2])

SAMPLES = [
    ("Mean", {}, TRUE),
    ("Sum", {}, TRUE),
    ("Accuracy", {}, LABELS, CLASSES),
    ("BinaryAccuracy", {"threshold": 0.3}, YES, SHARES),
    ("CategoricalAccuracy", {}, ONE_HOT, SHARES),
    ("SparseCategoricalAccuracy", {}, LABELS, SHARES),
    ("TopKCategoricalAccuracy", {"k": 2}, ONE_HOT, SHARES),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, LABELS, SHARES),
    ("MeanSquaredError", {}, TRUE, PRED),
    ("RootMeanSquaredError", {}, TRUE, PRED),
    ("CosineSimilarity", {}, TRUE, PRED),
    ("PearsonCorrelation", {}, TRUE, PRED),
    ("ConcordanceCorrelation", {}, TRUE, PRED),
    ("BinaryCrossentropy", {}, YES, SHARES),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, LABELS, SHARES),
    ("CategoricalHinge", {}, ONE_HOT, PRED),
    ("Hinge", {}, YES, PRED),
    ("SquaredHinge", {}, YES, PRED),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, SHARES),
    ("KLDivergence", {}, SHARES[::-1], SHARES),
    ("Poisson", {}, YES, PRED),
    ("LogCoshError", {}, TRUE, PRED),
    ("MeanAbsoluteError", {}, TRUE, PRED),
    ("MeanAbsolutePercentageError", {}, TRUE, PRED),
    ("MeanSquaredLogarithmicError", {}, TRUE, PRED),
    ("FalsePositives", {"thresholds": 0.3}, YES, SHARES),
    ("TrueNegatives", {}, YES, SHARES),
    ("RecallAtPrecision", {"precision": 0.5}, YES, SHARES),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5}, YES, SHARES),
    ("TruePositives", {}, YES, SHARES),
    ("FalseNegatives", {"thresholds": [0.2, 0.5]}, YES, SHARES),
    ("Precision", {"top_k": 2}, YES, SHARES),
    ("Recall", {"class_id": 1, "thresholds": 0.3}, YES, SHARES),
    ("AUC", {}, YES, SHARES),
    ("AUC", {"curve": "PR", "thresholds": [0.2, 0.4]}, YES, SHARES),
    ("AUC", {"multi_label": True, "curve": "PRGAIN", "summation_method": "minoring"}, YES, SHARES),
    ("PrecisionAtRecall", {"recall": 0.5}, YES, SHARES),
    ("SensitivityAtSpecificity", {"specificity": 0.5, "num_thresholds": 1}, YES, SHARES),
    ("FBetaScore", {"average": "weighted", "beta": 2.0}, ONE_HOT, SHARES),
    ("F1Score", {"threshold": 0.3}, ONE_HOT, SHARES),
    ("R2Score", {"class_aggregation": None}, TRUE, PRED),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, LABELS, CLASSES),
    ("MeanIoU", {"num_classes": 3, "ignore_class": 1}, LABELS, CLASSES),
    ("OneHotIoU", {"num_classes": 3, "target_class_ids": [1]}, ONE_HOT, SHARES),
    ("OneHotMeanIoU", {"num_classes": 3}, ONE_HOT, SHARES),
    ("BinaryIoU", {"threshold": 0.3}, YES, SHARES),
]


@pytest.fixture
def metrics(kx):
    return import_module(f"{kx.__name__}.metrics")


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{k}-{s[0]}" for k, s in enumerate(SAMPLES)])
def test_every_metric_passes_the_generic_suite(kx, metrics, sample):
    name, kwargs, *batch = sample
    check_metric = import_module(f"{kx.__name__}.testing.metric").check_metric
    check_metric(getattr(metrics, name)(**kwargs), *batch)


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{k}-{s[0]}" for k, s in enumerate(SAMPLES)])
def test_what_a_mask_hides_does_not_count(kx, metrics, sample):
    name, kwargs, *batch = sample
    metric, few = (getattr(metrics, name)(**kwargs) for _ in range(2))
    if len(batch) == 1:
        return  # it takes no predictions
    y_true, y_pred = (kx.ops.copy(kx.ops.convert_to_tensor(y)) for y in batch)
    seen = np.arange(len(batch[0])) < len(batch[0]) - 1
    import_module(f"{kx.__name__}.core.masks").set_mask(y_pred, kx.ops.convert_to_tensor(seen))
    metric.update_state(y_true, y_pred)
    few.update_state(*(y[:-1] for y in batch))
    got, want = (kx.ops.convert_to_numpy(m.result()) for m in (metric, few))
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_a_mean_counts_by_weight(metrics):
    mean = metrics.Mean()
    mean.update_state([1.0, 3.0], sample_weight=[1.0, 3.0])
    assert float(mean.result()) == pytest.approx(2.5)
    mean.update_state(5.0)
    assert float(mean.result()) == pytest.approx(3.0)
    assert float(metrics.Mean().result()) == 0.0


def test_precision_and_recall_by_hand(metrics):
    batch = [0, 1, 1, 1], [0.9, 0.8, 0.6, 0.1]
    assert float(metrics.Precision()(*batch)) == pytest.approx(2 / 3)
    assert float(metrics.Recall()(*batch)) == pytest.approx(2 / 3)
    assert float(metrics.Recall(thresholds=0.7)(*batch)) == pytest.approx(1 / 3)


def test_a_perfect_order_has_area_one(metrics):
    batch = [0, 0, 1, 1], [0.1, 0.4, 0.6, 0.9]
    for curve in ("ROC", "PR"):
        assert float(metrics.AUC(curve=curve)(*batch)) == pytest.approx(1.0, abs=1e-6)
    assert float(metrics.AUC()([1, 1, 0, 0], batch[1])) == pytest.approx(0.0, abs=1e-6)


def test_iou_by_hand(metrics):
    got = metrics.MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])
    assert float(got) == pytest.approx(1 / 3)


def test_r2_of_the_mean_is_zero(metrics):
    got = metrics.R2Score()(np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 2.0))
    assert float(got) == pytest.approx(0.0, abs=1e-6)


def test_masked_steps_do_not_count(kx, metrics):
    ops = import_module(f"{kx.__name__}.ops")
    set_mask = import_module(f"{kx.__name__}.core.masks").set_mask
    y_pred = ops.convert_to_tensor(np.array([[[1.0], [7.0]], [[3.0], [7.0]]], "float32"))
    set_mask(y_pred, ops.convert_to_tensor(np.array([[True, False], [True, False]])))
    for name, want in (("MeanSquaredError", 5.0), ("RootMeanSquaredError", 5.0**0.5)):
        metric = getattr(metrics, name)()
        metric.update_state(np.zeros((2, 2, 1)), y_pred)
        assert float(metric.result()) == pytest.approx(want)


def test_a_function_makes_a_metric(kx, metrics):
    losses = import_module(f"{kx.__name__}.losses")
    metric = metrics.MeanMetricWrapper(losses.huber, name="far", delta=0.5)
    again = metrics.get(metrics.serialize(metric))
    assert again.get_config() == metric.get_config()
    assert metric.get_config()["delta"] == 0.5
    import_module(f"{kx.__name__}.testing").check_metric(metric, TRUE, PRED)
    batch = np.zeros((2, 1)), np.array([[1.0], [3.0]])
    assert float(again(*batch)) == pytest.approx(float(losses.Huber(delta=0.5)(*batch)))


def test_a_metric_of_ones_own_keeps_state_in_order(metrics):
    class Count(metrics.Metric):
        def __init__(self, step=1, **kwargs):
            super().__init__(**kwargs)
            self.step = step
            self.seen = self.add_weight(name="seen")
            self.mean = metrics.Mean(name="inner")

        def update_state(self, values):
            self.seen.assign_add(self.step)
            self.mean.update_state(values)

        def result(self):
            return {"seen": self.seen.value, "mean": self.mean.result()}

    count = Count(step=2, name="count")
    count([4.0])
    assert [v.path for v in count.variables] == ["count/seen", "inner/total", "inner/count"]
    assert float(count.result()["seen"]) == 2.0 and float(count.result()["mean"]) == 4.0
    assert Count.from_config(count.get_config()).step == 2
    count.reset_state()
    assert float(count.result()["seen"]) == 0.0


def test_metrics_are_found_by_name(metrics):
    assert isinstance(metrics.get("mse"), metrics.MeanSquaredError)
    assert isinstance(metrics.get("f1_score"), metrics.F1Score)
    assert isinstance(metrics.get("BinaryAccuracy"), metrics.BinaryAccuracy)
    auc = metrics.AUC(num_thresholds=7)
    assert metrics.deserialize(metrics.serialize(auc)).get_config() == auc.get_config()


@pytest.mark.parametrize(
    "name, kwargs, message",
    [
        ("Precision", {"thresholds": [0.5, 1.5]}, r"got \[1.5\]"),
        ("AUC", {"curve": "x"}, "'PRGAIN'"),
        ("AUC", {"num_thresholds": 1}, "at least 2"),
        ("PrecisionAtRecall", {"recall": 2.0}, r"\[0, 1\]"),
        ("FBetaScore", {"beta": -1.0}, "positive"),
        ("F1Score", {"average": "mean"}, "'micro'"),
        ("R2Score", {"num_regressors": -1}, "0 or more"),
        ("IoU", {"num_classes": 2, "target_class_ids": [3]}, "from 0 to 1"),
    ],
)
def test_wrong_arguments_are_told_of(metrics, name, kwargs, message):
    with pytest.raises(ValueError, match=message):
        getattr(metrics, name)(**kwargs)


def test_wrong_names_and_batches_are_told_of(metrics):
    with pytest.raises(ValueError, match="'acurracy' is not a metric"):
        metrics.get("acurracy")
    with pytest.raises(ValueError, match="expected one shape"):
        metrics.Precision()([[1, 0]], [[0.1, 0.2, 0.3]])
    with pytest.raises(ValueError, match="class_id=5"):
        metrics.Recall(class_id=5)([[1, 0]], [[0.1, 0.2]])
    with pytest.raises(ValueError, match="2 variables"):
        metrics.Mean().stateless_update_state([0.0], 1.0)
