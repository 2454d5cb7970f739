"""Losses and metrics against genuine Keras: values, configs, names."""

import os
from importlib import import_module

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

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
    ("BinaryCrossentropy", {"axis": 0}, BINARY, PROBABILITIES),
    ("BinaryCrossentropy", {}, BINARY[:, 0], PROBABILITIES[:, :1]),
    ("BinaryCrossentropy", {}, BINARY, BINARY),
    ("BinaryFocalCrossentropy", {}, BINARY, PROBABILITIES),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.0}, BINARY, SCORES),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3}, BINARY, PROBABILITIES),
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
    ("Dice", {}, BINARY, PROBABILITIES),
    ("Dice", {"axis": (1,)}, BINARY, PROBABILITIES),
    ("Dice", {}, 0 * BINARY, 0 * PROBABILITIES),
    ("Tversky", {}, BINARY, PROBABILITIES),
    ("Tversky", {"alpha": 0.2, "beta": 0.7, "axis": (1,)}, BINARY, PROBABILITIES),
]
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none")
IDS = [f"{k}-{name}" for k, (name, *_) in enumerate(LOSSES)]


def area(lib, name):
    return import_module(f"{lib.__name__}.{name}")


def value_of(lib, name, kwargs, *args):
    loss = getattr(area(lib, "losses"), name)(**kwargs)
    return np.asarray(area(lib, "ops").convert_to_numpy(loss(*args)))


def close(got, want, rtol=2e-5, atol=2e-6):
    assert got.shape == want.shape and got.dtype == want.dtype
    half = got.dtype == np.float16
    np.testing.assert_allclose(got, want, rtol=2e-3 if half else rtol, atol=2e-3 if half else atol)


@pytest.mark.parametrize("case", LOSSES, ids=IDS)
def test_losses_have_the_same_values(lib, case):
    name, kwargs, y_true, y_pred = case
    samples = value_of(keras, name, kwargs | {"reduction": "none"}, y_true, y_pred)
    for reduction in REDUCTIONS:
        for weight in (None, 2.0, WEIGHTS[: len(y_true)], WEIGHTS[: len(y_true), None]):
            if weight is not None and samples.ndim > 1 and np.ndim(weight) == 1:
                continue
            if reduction == "none" and np.ndim(weight) == 2 and samples.ndim == 1:
                continue
            args = (y_true, y_pred, weight)
            given = kwargs | {"reduction": reduction}
            close(value_of(lib, name, given, *args), value_of(keras, name, given, *args))


@pytest.mark.parametrize("case", WHOLE)
def test_losses_of_whole_batches_have_the_same_values(lib, case):
    name, kwargs, *args = case
    close(value_of(lib, name, kwargs, *args), value_of(keras, name, kwargs, *args))
