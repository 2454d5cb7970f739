"""CompileLoss and CompileMetrics: what users give to `compile`, by output, and its names."""

from importlib import import_module

import numpy as np
import pytest

ROWS = 6
YES = np.array([[0.0], [1.0], [1.0], [0.0], [1.0], [1.0]], "float32")
CLASSES = np.array([0, 1, 2, 1, 0, 2])
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
P_YES = np.full((ROWS, 1), 0.75, "float32")
P_CLASSES = np.tile(np.array([0.5, 0.3, 0.2], "float32"), (ROWS, 1))


@pytest.fixture
def compiled(kx):
    return import_module(f"{kx.__name__}.train.compiled")


@pytest.fixture
def batch(kx):
    """Targets and predictions of two outputs, as tensors."""
    to_tensor = import_module(f"{kx.__name__}.ops").convert_to_tensor
    return [to_tensor(y) for y in (YES, ONE_HOT)], [to_tensor(y) for y in (P_YES, P_CLASSES)]


def mse(a, b):
    return float(np.mean((a - b) ** 2))


def mae(a, b):
    return float(np.mean(np.abs(a - b)))


# -- Losses ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("given", ["mse", ["mse"], {"a": "mse"}, None])
def test_one_output_takes_a_loss_in_any_form(kx, compiled, batch, given):
    (y_true, _), (y_pred, _) = batch
    given = import_module(f"{kx.__name__}.losses").MeanSquaredError() if given is None else given
    loss = compiled.CompileLoss(given, output_names=["a"])
    assert float(loss(y_true, y_pred)) == pytest.approx(mse(YES, P_YES))
    assert float(loss([y_true], [y_pred])) == pytest.approx(mse(YES, P_YES))
    assert loss.metrics == [] and loss.variables == []


@pytest.mark.parametrize("given", [["mse", "mae"], {"a": "mse", "b": "mae"}, ("mse", "mae")])
@pytest.mark.parametrize("weights", [None, [2.0, 3.0], {"b": 3.0, "a": 2.0}])
def test_several_outputs_take_a_loss_each(compiled, batch, given, weights):
    loss = compiled.CompileLoss(given, weights, output_names=["a", "b"])
    terms = mse(YES, P_YES), mae(ONE_HOT, P_CLASSES)
    w = (1.0, 1.0) if weights is None else (2.0, 3.0)
    assert float(loss(*batch)) == pytest.approx(w[0] * terms[0] + w[1] * terms[1])
    assert [m.name for m in loss.metrics] == ["a_loss", "b_loss"]
    assert [float(m.result()) for m in loss.metrics] == pytest.approx(
        terms
    )  # without their factors


def test_outputs_in_a_dict_go_by_their_keys(compiled, batch):
    y_true, y_pred = ({"x": pair[0], "y": pair[1]} for pair in batch)
    loss = compiled.CompileLoss({"x": "mse", "y": "mae"})
    assert float(loss(y_true, y_pred)) == pytest.approx(mse(YES, P_YES) + mae(ONE_HOT, P_CLASSES))
    assert [m.name for m in loss.metrics] == ["x_loss", "y_loss"]


def test_an_output_without_a_loss_needs_no_targets(compiled, batch):
    y_true, y_pred = batch
    for given, targets in ((["mse", None], [y_true[0], None]), ({"a": "mse"}, {"a": y_true[0]})):
        loss = compiled.CompileLoss(given, output_names=["a", "b"])
        assert float(loss(targets, y_pred)) == pytest.approx(mse(YES, P_YES))
        assert loss.metrics == []


def test_sample_weights_go_to_all_outputs_or_to_each(compiled, batch):
    first = np.zeros(ROWS, "float32")
    first[0] = ROWS
    loss = compiled.CompileLoss("mse", output_names=["a", "b"])
    a, b = mse(YES[:1], P_YES[:1]), mse(ONE_HOT[:1], P_CLASSES[:1])
    assert float(loss(*batch, first)) == pytest.approx(a + b)
    assert float(loss(*batch, [first, None])) == pytest.approx(a + mse(ONE_HOT, P_CLASSES))


def test_functions_are_losses_too(kx, compiled, batch):
    ops = import_module(f"{kx.__name__}.ops")
    (y_true, _), (y_pred, _) = batch
    loss = compiled.CompileLoss(lambda a, b: ops.mean(a - b, -1))
    assert float(loss(y_true, y_pred)) == pytest.approx(float(np.mean(YES - P_YES)), abs=1e-6)


@pytest.mark.parametrize(
    "given, message",
    [
        ({"zz": "mse"}, r"loss has the keys \['zz'\], but the outputs are 'a', 'b'"),
        (["mse"], "loss has 1 entries, but the outputs are 'a', 'b'"),
        (["mse"] * 3, "loss has 3 entries"),
        ("mse_", "'mse_' is not a loss"),
    ],
)
def test_losses_that_fit_no_output_are_told_of(compiled, batch, given, message):
    with pytest.raises(ValueError, match=message):
        compiled.CompileLoss(given, output_names=["a", "b"])(*batch)


def test_data_that_fits_no_output_is_told_of(compiled, batch):
    (y_true, _), y_pred = batch
    loss = compiled.CompileLoss("mse", output_names=["a", "b"])
    with pytest.raises(ValueError, match="y has 1 entries, but the outputs are 'a', 'b'"):
        loss([y_true], y_pred)
    with pytest.raises(ValueError, match="output 'b' has a loss, but no targets"):
        loss([y_true, None], y_pred)


# -- Metrics --------------------------------------------------------------------------------------
def results(metrics):
    return {name: pytest.approx(float(value), rel=1e-5) for name, value in metrics.result().items()}


def test_metrics_of_one_output_have_their_own_names(kx, compiled, batch):
    kinds = import_module(f"{kx.__name__}.metrics")
    huber = import_module(f"{kx.__name__}.losses").huber
    given = ["mse", "mse", kinds.MeanAbsoluteError(name="far"), huber]
    metrics = compiled.CompileMetrics(given, output_names=["a"])
    metrics.update_state(batch[0][0], batch[1][0])
    assert list(metrics.result()) == ["mse", "mse_1", "far", "huber"]
    assert results(metrics)["far"] == mae(YES, P_YES)


@pytest.mark.parametrize(
    "given", [[["mae"], ["mse", "acc"]], ["mae", ["mse", "acc"]], {"a": "mae", "b": ["mse", "acc"]}]
)
def test_metrics_of_several_outputs_are_named_after_them(compiled, batch, given):
    metrics = compiled.CompileMetrics(given, output_names=["a", "b"])
    metrics.update_state(*batch)
    want = {"a_mae": mae(YES, P_YES), "b_mse": mse(ONE_HOT, P_CLASSES), "b_acc": 2 / 6}
    assert results(metrics) == want
    assert list(metrics.result()) == list(want)


def test_weighted_metrics_count_by_weight(compiled, batch):
    first = np.zeros(ROWS, "float32")
    first[0] = 1.0
    metrics = compiled.CompileMetrics(["mae"], ["mae", "mse"], output_names=["a"])
    metrics.update_state(batch[0][0], batch[1][0], first)
    want = {
        "mae": mae(YES, P_YES),
        "weighted_mae": mae(YES[:1], P_YES[:1]),
        "mse": mse(YES[:1], P_YES[:1]),
    }
    assert results(metrics) == want
    metrics.reset_state()
    assert results(metrics) == dict.fromkeys(want, 0.0)


@pytest.mark.parametrize(
    "y_true, y_pred, kind",
    [
        (YES, P_YES, "Binary"),
        (YES[:, 0], P_YES, "Binary"),
        (ONE_HOT, P_CLASSES, "Categorical"),
        (CLASSES, P_CLASSES, "SparseCategorical"),
        (CLASSES[:, None], P_CLASSES, "SparseCategorical"),
    ],
)
@pytest.mark.parametrize(
    "name, what", [("acc", "Accuracy"), ("Accuracy", "Accuracy"), ("ce", "Crossentropy")]
)
def test_short_names_go_by_the_shapes(compiled, y_true, y_pred, kind, name, what):
    metrics = compiled.CompileMetrics([name])
    metrics.update_state(y_true, y_pred)
    assert type(metrics.metrics[0]).__name__ == kind + what
    assert list(metrics.result()) == [name]


def test_symbols_are_enough_to_make_all_variables(kx, compiled):
    kinds = import_module(f"{kx.__name__}.metrics")
    symbol = import_module(f"{kx.__name__}.core.symbolic").KerasTensor

    class Late(kinds.Metric):
        """Makes its variable when it sees data."""

        def update_state(self, y_true, y_pred, sample_weight=None):
            if not self.variables:
                self.seen = self.add_weight(shape=(y_pred.shape[-1],), name="seen")
            self.seen.assign(self.seen.value + 1.0)

        def result(self):
            return self.seen.value

    metrics = compiled.CompileMetrics(
        ["acc", kinds.F1Score(), kinds.AUC(multi_label=True), Late(name="late")]
    )
    metrics.build(symbol((None, 3)), symbol((None, 3)))
    assert metrics.built
    assert len(metrics.variables) == 2 + 4 + 4 + 1
    assert all(not v.numpy().any() for v in metrics.variables)
    metrics.update_state(ONE_HOT, P_CLASSES)
    assert metrics.result()["late"].shape == (3,)


def test_metrics_that_fit_no_output_are_told_of(compiled, batch):
    for given, message in (
        (["mae"], "metrics has 1 entries, but the outputs are 'a', 'b'"),
        ("mae", "metrics has one entry"),
        ({"zz": "mae"}, r"the keys \['zz'\]"),
        (["accuracyy", None], "'accuracyy' is not a metric"),
    ):
        with pytest.raises(ValueError, match=message):
            compiled.CompileMetrics(given, output_names=["a", "b"]).update_state(*batch)
