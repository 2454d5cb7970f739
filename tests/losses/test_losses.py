"""Losses: the generic suite on each, values worked by hand, masks, names, errors."""

import inspect
import math
from importlib import import_module

import numpy as np
import pytest

RNG = np.random.default_rng(0)
TRUE, PRED = RNG.random((5, 3)), RNG.random((5, 3)) + 0.1
YES = (TRUE > 0.5).astype("float32")
ONE_HOT = np.eye(3)[[0, 1, 2, 1, 0]]
LABELS = ONE_HOT.argmax(-1)
SHARES = PRED / PRED.sum(-1, keepdims=True)

SAMPLES = [
    ("MeanSquaredError", {}, TRUE, PRED),
    ("MeanAbsoluteError", {}, TRUE, PRED),
    ("MeanAbsolutePercentageError", {}, TRUE, PRED),
    ("MeanSquaredLogarithmicError", {}, TRUE, PRED),
    ("Huber", {"delta": 0.3}, TRUE, PRED),
    ("LogCosh", {}, TRUE, PRED),
    ("CosineSimilarity", {"axis": 1}, TRUE, PRED),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, YES, SHARES),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True}, YES, SHARES),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, PRED),
    ("CategoricalFocalCrossentropy", {"gamma": 1.0}, ONE_HOT, SHARES),
    ("SparseCategoricalCrossentropy", {}, LABELS, SHARES),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.3}, LABELS, SHARES),
    ("KLDivergence", {}, SHARES[::-1], SHARES),
    ("Poisson", {}, YES, PRED),
    ("Hinge", {}, YES, PRED),
    ("SquaredHinge", {}, 2 * YES - 1, PRED),
    ("CategoricalHinge", {}, ONE_HOT, PRED),
    ("Dice", {"axis": (1,)}, YES, SHARES),
    ("Tversky", {"alpha": 0.3, "beta": 0.7}, YES, SHARES),
    ("CTC", {}, np.array([[1, 2, 0], [2, 2, 1]]), RNG.normal(size=(2, 7, 4))),
    ("Circle", {"gamma": 2.0, "remove_diagonal": False}, LABELS, SHARES),
]


@pytest.fixture
def losses(kx):
    return import_module(f"{kx.__name__}.losses")


@pytest.fixture
def ops(kx):
    return import_module(f"{kx.__name__}.ops")


@pytest.mark.parametrize("sample", SAMPLES, ids=[s[0] for s in SAMPLES])
def test_every_loss_passes_the_generic_suite(kx, losses, sample):
    name, kwargs, y_true, y_pred = sample
    check_loss = import_module(f"{kx.__name__}.testing.loss").check_loss
    check_loss(getattr(losses, name)(**kwargs), y_true, y_pred)


def test_a_loss_has_the_defaults_of_its_function(losses):
    for name, *_ in SAMPLES:
        kind = getattr(losses, name)
        parameters = list(inspect.signature(kind.fn).parameters.values())[2:]
        wanted = {
            p.name: p.default
            for p in parameters
            if p.name in kind.FIELDS and p.default is not p.empty
        }
        assert {n: kind.FIELDS[n].default for n in wanted} == wanted, name


def test_mean_squared_error_by_hand(losses, ops):
    got = losses.mean_squared_error([[0.0, 2.0]], [[1.0, 4.0]])
    np.testing.assert_allclose(ops.convert_to_numpy(got), [2.5])


def test_cross_entropy_of_even_odds_is_log_two(losses):
    assert float(losses.BinaryCrossentropy()([[1.0]], [[0.5]])) == pytest.approx(math.log(2))
    assert float(losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])) == pytest.approx(
        math.log(2)
    )


def test_a_missing_last_axis_of_one_makes_no_difference(losses):
    column, row = np.array([[1.0], [0.0], [1.0]]), np.array([0.6, 0.3, 0.9])
    want = float(losses.MeanSquaredError()(column, row[:, None]))
    assert float(losses.MeanSquaredError()(column, row)) == pytest.approx(want)
    assert float(losses.MeanSquaredError()(column[:, 0], row[:, None])) == pytest.approx(want)
    assert float(losses.BinaryCrossentropy()(column[:, 0], row[:, None])) > 0


def test_masked_steps_do_not_count(kx, losses, ops):
    set_mask = import_module(f"{kx.__name__}.core.masks").set_mask
    y_pred = ops.convert_to_tensor(np.array([[[1.0], [7.0]], [[3.0], [7.0]]], "float32"))
    set_mask(y_pred, ops.convert_to_tensor(np.array([[True, False], [True, False]])))
    y_true = np.zeros((2, 2, 1))
    assert float(losses.MeanSquaredError()(y_true, y_pred)) == pytest.approx(5.0)
    assert float(losses.MeanSquaredError(reduction="sum")(y_true, y_pred)) == pytest.approx(10.0)
    weighted = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert float(weighted(y_true, y_pred, np.array([[3.0, 9.0], [1.0, 9.0]]))) == pytest.approx(3.0)


def test_ignored_classes_do_not_count(losses):
    loss = losses.SparseCategoricalCrossentropy(ignore_class=1)
    assert float(loss([0, 1], [[0.5, 0.5], [0.1, 0.9]])) == pytest.approx(math.log(2))


def test_losses_are_found_by_name(losses):
    assert (
        losses.get("mse")
        is losses.get("MSE")
        is losses.get("mean_squared_error")
        is losses.mean_squared_error
    )
    assert isinstance(losses.get("MeanSquaredError"), losses.MeanSquaredError)
    assert losses.get(None) is None
    huber = losses.Huber(delta=2.0)
    assert losses.get(losses.serialize(huber)).delta == 2.0
    assert losses.deserialize(losses.serialize(losses.huber)) is losses.huber


def test_a_loss_of_ones_own_reduces_as_others(losses, ops):
    class Gap(losses.Loss):
        def call(self, y_true, y_pred):
            return ops.mean(ops.absolute(y_true["a"] - y_pred["a"]), -1)

    y_true, y_pred = {"a": np.zeros((2, 1))}, {"a": np.array([[1.0], [3.0]])}
    assert float(Gap()(y_true, y_pred)) == pytest.approx(2.0)
    assert float(Gap(reduction="sum")(y_true, y_pred, np.array([1.0, 2.0]))) == pytest.approx(7.0)


@pytest.mark.parametrize(
    "name, kwargs, message",
    [
        ("MeanSquaredError", {"reduction": "total"}, "reduction='total'"),
        ("CategoricalGeneralizedCrossEntropy", {"q": 1.0}, "between 0 and 1"),
        ("Huber", {"detla": 1.0}, "Did you mean delta"),
    ],
)
def test_wrong_arguments_are_told_of(losses, name, kwargs, message):
    with pytest.raises((ValueError, TypeError), match=message):
        getattr(losses, name)(**kwargs)


def test_wrong_names_and_weights_are_told_of(losses):
    with pytest.raises(ValueError, match="'msd' is not a loss"):
        losses.get("msd")
    with pytest.raises(ValueError, match="does not fit losses of shape"):
        losses.MeanSquaredError()(np.zeros((4, 3, 1)), np.zeros((4, 3, 1)), np.ones(4))
