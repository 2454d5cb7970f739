"""Losses and metrics against genuine Keras: values, configs, names."""

import numpy as np
import pytest

from .pairs import ENGINE, MARKS, genuine, gradients_of, keras, ours, trains, value, values

pytestmark = MARKS

RNG = np.random.default_rng(0)
ONE_HOT = np.eye(4)[RNG.integers(0, 4, 6)]
LABELS = ONE_HOT.argmax(-1)
SCORES = RNG.normal(size=(6, 4))
PROBABILITIES = np.exp(SCORES) / np.exp(SCORES).sum(-1, keepdims=True)
POSITIVE = RNG.random((6, 4)) + 0.1
BINARY = (RNG.random((6, 4)) > 0.5).astype(int)
EMBEDDINGS = RNG.normal(size=(6, 4))
GROUPS = np.array([0, 0, 1, 1, 1, 2])
STEPS = RNG.normal(size=(3, 7, 5))
WEIGHTS = np.array([1.0, 0.0, 2.0, 0.5, 3.0, 1.0])
SEQUENCE = RNG.random((3, 4, 5))

# class name, arguments, targets, predictions
LOSSES = [
    ("MeanSquaredError", {}, POSITIVE, SCORES),
    ("MeanSquaredError", {}, BINARY[:, 0], PROBABILITIES[:, :1]),
    ("MeanSquaredError", {}, BINARY[:, :1], PROBABILITIES[:, 0]),
    ("MeanSquaredError", {}, BINARY[:, :1], PROBABILITIES),
    ("MeanSquaredError", {}, SEQUENCE, SEQUENCE[::-1]),
    ("MeanSquaredError", {"dtype": "float16"}, POSITIVE, SCORES),
    ("MeanAbsoluteError", {}, POSITIVE, SCORES),
    ("MeanAbsolutePercentageError", {}, POSITIVE, SCORES),
    ("MeanAbsolutePercentageError", {}, BINARY, SCORES),
    ("MeanSquaredLogarithmicError", {}, POSITIVE, SCORES),
    ("Huber", {}, POSITIVE, 3 * SCORES),
    ("Huber", {"delta": 0.3}, POSITIVE, SCORES),
    ("LogCosh", {}, POSITIVE, 30 * SCORES),
    ("CosineSimilarity", {}, POSITIVE, SCORES),
    ("CosineSimilarity", {"axis": 1}, SEQUENCE, SEQUENCE[::-1]),
    ("CosineSimilarity", {}, 0 * POSITIVE, SCORES),
    ("BinaryCrossentropy", {}, BINARY, PROBABILITIES),
    ("BinaryCrossentropy", {"from_logits": True}, BINARY, 9 * SCORES),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, BINARY, PROBABILITIES),
    ("BinaryCrossentropy", {}, BINARY[:, 0], PROBABILITIES[:, :1]),
    ("BinaryCrossentropy", {}, BINARY, BINARY),
    ("BinaryFocalCrossentropy", {}, BINARY, PROBABILITIES),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.0}, BINARY, SCORES),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True}, BINARY, PROBABILITIES),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.1}, BINARY, PROBABILITIES),
    ("CategoricalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalCrossentropy", {}, ONE_HOT, POSITIVE),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, SCORES),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, ONE_HOT, PROBABILITIES),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 1.0}, ONE_HOT, SCORES),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "label_smoothing": 0.1}, ONE_HOT, POSITIVE),
    ("SparseCategoricalCrossentropy", {}, LABELS, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {}, LABELS[:, None], PROBABILITIES),
    ("SparseCategoricalCrossentropy", {}, LABELS.astype("float64"), POSITIVE),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, SCORES),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, LABELS, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, LABELS - 1, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {}, np.ones((3, 4), int), SEQUENCE),
    ("CategoricalGeneralizedCrossEntropy", {}, LABELS, PROBABILITIES),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, LABELS, PROBABILITIES),
    ("KLDivergence", {}, PROBABILITIES[::-1], PROBABILITIES),
    ("KLDivergence", {}, ONE_HOT, PROBABILITIES),
    ("Poisson", {}, BINARY, POSITIVE),
    ("Hinge", {}, BINARY, SCORES),
    ("Hinge", {}, 2 * BINARY - 1, SCORES),
    ("SquaredHinge", {}, BINARY, SCORES),
    ("CategoricalHinge", {}, ONE_HOT, SCORES),
    ("Circle", {"gamma": 2.0}, GROUPS, EMBEDDINGS),
    ("Circle", {"gamma": 2.0, "margin": 0.1, "remove_diagonal": False}, GROUPS, EMBEDDINGS),
    ("Circle", {}, GROUPS[:, None], EMBEDDINGS / np.linalg.norm(EMBEDDINGS, axis=1, keepdims=True)),
    ("CTC", {}, np.array([[1, 2, 2], [3, 0, 0], [1, 4, 0]]), STEPS),
]  # fmt: skip
WHOLE = [  # these give one value for the batch, or more than one for each sample
    ("BinaryCrossentropy", {"axis": 0}, BINARY, PROBABILITIES),
    ("Dice", {}, BINARY, PROBABILITIES),
    ("Dice", {"axis": (1,)}, BINARY, PROBABILITIES),
    ("Dice", {}, 0 * BINARY, 0 * PROBABILITIES),
    ("Tversky", {}, BINARY, PROBABILITIES),
    ("Tversky", {"alpha": 0.2, "beta": 0.7, "axis": (1,)}, BINARY, PROBABILITIES),
]
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none")
IDS = [f"{k}-{name}" for k, (name, *_) in enumerate(LOSSES)]


def skip_faults(name, y_pred, from_logits=False):
    if ENGINE == "tensorflow" and name.startswith("SparseCateg") and y_pred is POSITIVE:
        pytest.skip("Keras on TensorFlow cuts off scores above 1 before it divides by their sum")
    if ENGINE == "numpy" and (y_pred is BINARY or (from_logits and name == "BinaryCrossentropy")):
        pytest.skip("Keras on NumPy cuts off at 1 - 1e-7 in 64 bits, where the rest is in 32")


def value_of(k, name, kwargs, *args):
    return value(getattr(k.losses, name)(**kwargs)(*args))


def close(got, want, rtol=2e-5, atol=2e-6):
    assert got.shape == want.shape and got.dtype == want.dtype
    half = got.dtype == np.float16
    np.testing.assert_allclose(got, want, rtol=2e-3 if half else rtol, atol=2e-3 if half else atol)


@pytest.mark.parametrize("case", LOSSES, ids=IDS)
def test_losses_have_the_same_values(case):
    name, kwargs, y_true, y_pred = case
    skip_faults(name, y_pred, kwargs.get("from_logits"))
    samples = value_of(ours, name, kwargs | {"reduction": "none"}, y_true, y_pred)
    for reduction in REDUCTIONS:
        for weight in (None, 2.0, WEIGHTS[: len(y_true)], WEIGHTS[: len(y_true), None]):
            rank = 0 if weight is None else np.ndim(weight)
            if samples.ndim > 1 and rank == 1:
                continue
            if reduction == "none" and rank == 2 and samples.ndim == 1:
                continue
            args = (y_true, y_pred, weight)
            given = kwargs | {"reduction": reduction}
            got = value_of(ours, name, given, *args)
            with genuine():
                want = value_of(keras, name, given, *args)
            close(got, want)


@pytest.mark.parametrize("case", WHOLE)
def test_losses_of_whole_batches_have_the_same_values(case):
    name, kwargs, *args = case
    close(value_of(ours, name, kwargs, *args), value_of(keras, name, kwargs, *args))


@trains
@pytest.mark.parametrize("case", [*LOSSES, *WHOLE], ids=[*IDS, *(f"{c[0]}{c[1]}" for c in WHOLE)])
def test_losses_have_the_same_gradients(case):
    name, kwargs, y_true, y_pred = case
    skip_faults(name, y_pred)
    y_pred = y_pred.astype("float32")

    def gradient(k):
        loss = getattr(k.losses, name)(**kwargs)
        return gradients_of(lambda y: loss(y_true, y), y_pred)

    got = gradient(ours)
    with genuine():
        want = gradient(keras)
    tolerance = 2e-2 if kwargs.get("dtype") == "float16" else 1e-4
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


# -- Metrics ---------------------------------------------------------------------------------------
SCORED = RNG.random(40)
TRUTH = (SCORED + RNG.normal(size=40) / 3 > 0.5).astype(int)
SHARES = RNG.random(40)
PAIRS = (TRUTH.reshape(10, 4), SCORED.reshape(10, 4))
CLASSES = (RNG.integers(0, 4, 40), RNG.integers(0, 4, 40))
METRICS = [
    ("Accuracy", {}, LABELS, np.roll(LABELS, 1)),
    ("Accuracy", {}, LABELS[:, None], LABELS[:, None]),
    ("BinaryAccuracy", {}, BINARY, PROBABILITIES),
    ("BinaryAccuracy", {"threshold": 0.2}, BINARY[:, 0], PROBABILITIES[:, :1]),
    ("CategoricalAccuracy", {}, ONE_HOT, PROBABILITIES),
    ("CategoricalAccuracy", {}, SEQUENCE, SEQUENCE[::-1]),
    ("SparseCategoricalAccuracy", {}, LABELS, PROBABILITIES),
    ("SparseCategoricalAccuracy", {}, LABELS[:, None], PROBABILITIES),
    ("SparseCategoricalAccuracy", {}, np.ones((3, 4), int), SEQUENCE),
    ("TopKCategoricalAccuracy", {"k": 2}, ONE_HOT, PROBABILITIES),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, LABELS, PROBABILITIES),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, LABELS[:, None], PROBABILITIES),
    ("SparseTopKCategoricalAccuracy", {"from_sorted_ids": True}, LABELS, SCORES.argsort(-1)[:, :2]),
    ("MeanSquaredError", {}, POSITIVE, SCORES),
    ("MeanSquaredError", {}, SEQUENCE, SEQUENCE[::-1]),
    ("RootMeanSquaredError", {}, POSITIVE, SCORES),
    ("MeanAbsoluteError", {}, POSITIVE, SCORES),
    ("MeanAbsolutePercentageError", {}, POSITIVE, SCORES),
    ("MeanSquaredLogarithmicError", {}, POSITIVE, SCORES),
    ("LogCoshError", {}, POSITIVE, SCORES),
    ("CosineSimilarity", {}, POSITIVE, SCORES),
    ("CosineSimilarity", {"axis": 1}, SEQUENCE, SEQUENCE[::-1]),
    ("PearsonCorrelation", {}, POSITIVE, SCORES),
    ("PearsonCorrelation", {"axis": 1}, SEQUENCE, SEQUENCE[::-1]),
    ("ConcordanceCorrelation", {}, POSITIVE, SCORES),
    ("BinaryCrossentropy", {}, BINARY, PROBABILITIES),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, BINARY, SCORES),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, SCORES),
    ("SparseCategoricalCrossentropy", {}, LABELS, PROBABILITIES),
    ("SparseCategoricalCrossentropy", {"axis": -1}, LABELS, PROBABILITIES),
    ("KLDivergence", {}, ONE_HOT, PROBABILITIES),
    ("Poisson", {}, BINARY, POSITIVE),
    ("Hinge", {}, BINARY, SCORES),
    ("SquaredHinge", {}, BINARY, SCORES),
    ("CategoricalHinge", {}, ONE_HOT, SCORES),
    *[
        (name, kwargs, *data)
        for name in (
            "TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives",
            "Precision", "Recall",
        )
        for kwargs, data in (
            ({}, (TRUTH, SCORED)),
            ({}, (TRUTH, SCORED[:, None])),
            ({"thresholds": 0.3}, PAIRS),
            ({"thresholds": [0.8, 0.2, 0.5]}, (TRUTH, SCORED)),
        )
    ],
    *[
        (name, kwargs, *PAIRS)
        for name in ("Precision", "Recall")
        for kwargs in (
            {"top_k": 2}, {"class_id": 2}, {"top_k": 2, "class_id": 1},
            {"top_k": 2, "thresholds": 0.6},
        )
    ],
    *[
        ("AUC", {"curve": curve, "summation_method": method, "num_thresholds": n}, TRUTH, SCORED)
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
        for n in (200, 7)
    ],
    ("AUC", {"thresholds": [0.7, 0.3]}, TRUTH, SCORED),
    ("AUC", {"from_logits": True}, TRUTH, 4 * SCORED - 2),
    ("AUC", {}, *PAIRS),
    ("AUC", {"multi_label": True}, *PAIRS),
    ("AUC", {"multi_label": True, "curve": "PR", "label_weights": [0.1, 0.2, 0.3, 0.4]}, *PAIRS),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4]}, *PAIRS),
    *[
        (name, {argument: value} | more, *data)
        for name, argument in (
            ("PrecisionAtRecall", "recall"),
            ("RecallAtPrecision", "precision"),
            ("SensitivityAtSpecificity", "specificity"),
            ("SpecificityAtSensitivity", "sensitivity"),
        )
        for value in (0.3, 0.9)
        for more, data in (
            ({}, (TRUTH, SCORED)),
            ({"num_thresholds": 1}, (TRUTH, SCORED)),
            ({"num_thresholds": 11, "class_id": 1}, PAIRS),
        )
    ],
    *[
        (name, {"average": average, "threshold": threshold} | more, ONE_HOT, PROBABILITIES)
        for name, more in (("F1Score", {}), ("FBetaScore", {"beta": 2.0}))
        for average in (None, "micro", "macro", "weighted")
        for threshold in (None, 0.3)
    ],
    *[
        ("R2Score", {"class_aggregation": how, "num_regressors": n}, POSITIVE, SCORES)
        for how in (None, "uniform_average", "variance_weighted_average")
        for n in (0, 2)
    ],
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, *CLASSES),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2], "dtype": "float32"}, *CLASSES),
    ("MeanIoU", {"num_classes": 5}, *CLASSES),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 1}, *CLASSES),
    ("MeanIoU", {"num_classes": 4, "ignore_class": -1}, CLASSES[0] * 2 % 5 - 1, CLASSES[1]),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, ONE_HOT, PROBABILITIES),
    ("OneHotMeanIoU", {"num_classes": 4}, ONE_HOT, PROBABILITIES),
    ("BinaryIoU", {"dtype": "float32"}, TRUTH, SCORED),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, TRUTH, SCORED),
]  # fmt: skip
METRIC_IDS = [f"{k}-{name}" for k, (name, *_) in enumerate(METRICS)]


def states_of(k, name, kwargs, batches):
    """Results and state after each batch, and what the state is called."""
    metric = getattr(k.metrics, name)(**kwargs)
    out = []
    for batch in batches:
        metric.update_state(*batch)
        out += values([metric.result(), [v.value for v in metric.variables]])
    return out, [(v.name, tuple(v.shape), str(v.dtype)) for v in metric.variables]


def assert_same_states(name, kwargs, batches):
    got, got_state = states_of(ours, name, kwargs, batches)
    with genuine():
        want, want_state = states_of(keras, name, kwargs, batches)
    assert got_state == want_state
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=5e-5, atol=1e-5)


@pytest.mark.parametrize("case", METRICS, ids=METRIC_IDS)
def test_metrics_have_the_same_results_and_state(case):
    name, kwargs, y_true, y_pred = case
    for weight in (None, SHARES[: len(y_true)]):
        if weight is not None and name == "R2Score" and kwargs["num_regressors"]:
            continue
        weights = [] if weight is None else [weight]
        batches = [
            [x[part] for x in (y_true, y_pred, *weights)]
            for part in (slice(None), slice(1, None, 2))
        ]
        assert_same_states(name, kwargs, batches)


REDUCED = [
    ("Mean", {}, POSITIVE[:, 0]),
    ("Sum", {}, POSITIVE[:, 0]),
    ("MeanMetricWrapper", {"fn": lambda a, b: (a - b) ** 2}, POSITIVE[:, 0], SCORES[:, 0]),
]


@pytest.mark.parametrize("case", REDUCED, ids=lambda case: case[0])
@pytest.mark.parametrize("weight", [None, 2.0, WEIGHTS])
def test_reductions_have_the_same_results_and_state(case, weight):
    name, kwargs, *data = case
    assert_same_states(name, kwargs, [[*data, weight], [*data, weight]])


# bases, and one that genuine Keras itself cannot read back
SKIPPED = ("Loss", "Metric", "MeanMetricWrapper", "CategoricalGeneralizedCrossEntropy")


def classes_of(name):
    """The classes of an area of genuine Keras, each with arguments to make it with."""
    needed = {
        "num_classes": 3, "target_class_ids": [0], "recall": 0.5, "precision": 0.5,
        "specificity": 0.5, "sensitivity": 0.5,
    }  # fmt: skip
    for key in dir(getattr(keras, name)):
        kind = getattr(getattr(keras, name), key)
        if isinstance(kind, type) and key not in SKIPPED:
            code = kind.__init__.__code__
            names = code.co_varnames[1 : code.co_argcount]
            required = names[: len(names) - len(kind.__init__.__defaults__ or ())]
            yield key, {n: needed[n] for n in required}


CONFIGS = [(area, *each) for area in ("losses", "metrics") for each in classes_of(area)]


@pytest.mark.parametrize(("area", "key", "kwargs"), CONFIGS, ids=lambda x: str(x)[:20])
def test_configs_are_the_same_both_ways(area, key, kwargs):
    a, b = getattr(ours, area), getattr(keras, area)
    own, theirs = (getattr(m, key)(**kwargs, name="it") for m in (a, b))
    config = theirs.get_config()
    assert own.get_config() == config
    assert a.serialize(own) == b.serialize(theirs)
    assert a.deserialize(b.serialize(theirs)).get_config() == config
    assert b.deserialize(a.serialize(own)).get_config() == config
