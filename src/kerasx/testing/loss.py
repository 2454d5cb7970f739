"""check_loss: what every loss must do, checked on the engine that the library is bound to."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..backends import current as backend
from ..core.masks import set_mask
from ..core.scope import quietly
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.symbolic import KerasTensor
from ..core.variable import Variable
from ..losses import Loss
from .run import expect_instance, run_checks


class LossSample:
    """A loss, and arrays of targets and predictions to call it on."""

    def __init__(self, loss: Loss, y_true: Any, y_pred: Any):
        self.loss, self.batch = loss, (np.asarray(y_true), np.asarray(y_pred))

    @property
    def tensors(self) -> list[Any]:
        """Targets and predictions as tensors, of which nobody else has a mask."""
        return [ops.convert_to_tensor(np.array(y)) for y in self.batch]

    def copy(self, **changes: Any) -> Loss:
        """A new loss of the same config."""
        return type(self.loss).from_config(self.loss.get_config() | changes)

    def value(self, reduction: str | None = None, weight: Any = None) -> np.ndarray:
        """The loss, with another reduction if one is given, as an array."""
        loss = self.loss if reduction is None else self.copy(reduction=reduction)
        y_true, y_pred = self.tensors
        return ops.convert_to_numpy(loss(y_true, y_pred, weight))


# -- Checks ---------------------------------------------------------------------------------------
def config_makes_an_equal_loss(sample: LossSample) -> None:
    """A loss from its config, and one from what a file holds, have its config and its value."""
    loss, text = sample.loss, json.dumps(sample.loss.get_config())
    again = type(loss).from_config(json.loads(text))
    filed = deserialize_keras_object(
        json.loads(json.dumps(serialize_keras_object(loss))), {type(loss).__name__: type(loss)}
    )
    for one in (again, filed):
        assert json.dumps(one.get_config()) == text, (
            f"from_config(get_config()) gives another config than {text}"
        )
    same(
        ops.convert_to_numpy(again(*sample.tensors)), sample.value(), "a loss made from the config"
    )


def reductions_are_those_of_the_samples(sample: LossSample) -> None:
    """'sum' is the sum of what 'none' gives; 'mean' and 'sum_over_batch_size' are one scalar."""
    values = sample.value("none")
    if np.ndim(values):
        same(sample.value("sum"), values.sum(), "the reduction 'sum'")
        same(sample.value("mean"), values.mean(), "the reduction 'mean'")
    assert sample.value("sum_over_batch_size").shape == (), "a reduced loss is no scalar"
    same(sample.value("mean"), sample.value("sum_over_batch_size"), "the reduction 'mean'")


def weights_count(sample: LossSample) -> None:
    """Weights of the samples multiply their losses."""
    values = sample.value("none")
    if not np.ndim(values):
        return
    weight = np.linspace(0.0, 2.0, len(values)).reshape(-1, *[1] * (values.ndim - 1))
    same(sample.value("none", weight), values * weight, "weighted values")
    same(sample.value("sum", weight), (values * weight).sum(), "the weighted sum")
    same(sample.value("sum", 2.0), 2 * values.sum(), "the sum with a scalar for weight")


def masked_samples_do_not_count(sample: LossSample) -> None:
    """Where the mask of the predictions is False, they do not count."""
    values = sample.value("none")
    if not np.ndim(values) or len(values) < 2:
        return
    seen = np.ones(values.shape, bool)
    seen[-1] = False
    for reduction, want in (("sum", values[:-1].sum()), ("mean", values[:-1].mean())):
        y_true, y_pred = sample.tensors
        set_mask(y_pred, ops.convert_to_tensor(seen))
        got = ops.convert_to_numpy(sample.copy(reduction=reduction)(y_true, y_pred))
        same(got, want, f"the {reduction} over what a mask leaves")


def the_dtype_is_kept(sample: LossSample) -> None:
    """The value has the dtype of the loss, whatever that of the batch."""
    for name in ("float16", "float32"):
        loss = type(sample.loss)(**constructed(sample.loss), dtype=name)
        assert ops.dtype(loss(*sample.tensors)) == name, f"dtype={name!r} gives another dtype"
    doubles = sample.loss(*(np.asarray(y, "float64") for y in sample.batch))
    assert ops.dtype(doubles) == sample.loss.dtype, "float64 inputs change the dtype"


def constructed(loss: Loss) -> dict[str, Any]:
    """The config of a loss, without its dtype."""
    return {k: v for k, v in loss.get_config().items() if k != "dtype"}


def compiled_gives_the_same(sample: LossSample) -> None:
    """Compiled and eager values are the same."""
    step = backend.compile_step(lambda a, b: sample.loss(a, b), [])
    same(ops.convert_to_numpy(step(*sample.tensors)), sample.value(), "a compiled call")


def symbols_foretell_the_shape(sample: LossSample) -> None:
    """KerasTensors, with a batch of unknown size, too, give the shape of the losses."""
    loss = sample.copy(reduction="none")
    shape = sample.value("none").shape
    for unknown in (False, True):
        symbols = [
            KerasTensor((None, *y.shape[1:]) if unknown else y.shape, ops.dtype(y))
            for y in sample.tensors
        ]
        with quietly():
            foretold = tuple(loss(*symbols).shape)
        fits = len(foretold) == len(shape) and all(a in (None, b) for a, b in zip(foretold, shape))
        assert fits and (unknown or foretold == shape), (
            f"KerasTensors foretell {foretold}; the losses have shape {shape}"
        )


def a_step_against_the_gradient_lowers_it(sample: LossSample) -> None:
    """Gradients with respect to predictions are finite, and lead downhill."""
    if not backend.TRAINS:
        return
    y_true, y_pred = sample.tensors
    prediction = Variable(y_pred, dtype="float32", name="y_pred")

    def step() -> Any:
        return backend.value_and_grad(
            lambda: (sample.loss(y_true, prediction.value), None), [prediction]
        )

    before, _, (gradient,) = backend.compile_step(step, [prediction], jit=backend.JIT)()
    assert gradient is not None, "no gradient reaches the predictions"
    slope = ops.convert_to_numpy(gradient)
    assert np.isfinite(slope).all(), "the gradient is not finite"
    assert slope.any(), "the gradient is zero everywhere"
    lower = sample.batch[1] - 1e-3 * slope / np.abs(slope).max()
    after = ops.convert_to_numpy(sample.loss(y_true, ops.convert_to_tensor(lower, "float32")))
    before = ops.convert_to_numpy(before)
    assert after.sum() < before.sum(), (
        f"a step against the gradient takes the loss from {before} to {after}"
    )


def same(got: Any, want: Any, what: str) -> None:
    """AssertionError where two arrays differ."""
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6, err_msg=what)


CHECKS: tuple[Callable[[LossSample], None], ...] = (
    config_makes_an_equal_loss,
    reductions_are_those_of_the_samples,
    weights_count,
    masked_samples_do_not_count,
    the_dtype_is_kept,
    compiled_gives_the_same,
    symbols_foretell_the_shape,
    a_step_against_the_gradient_lowers_it,
)


def check_loss(loss: Loss, y_true: Any, y_pred: Any, without: Any = ()) -> None:
    """Checks that a loss does what every loss must; AssertionError says what it does not.

        check_loss(MyLoss(), np.zeros((4, 3)), np.random.rand(4, 3))

    Args:
        loss: the loss; its config must make an equal one.
        y_true: targets of a batch.
        y_pred: predictions, at which the loss has a gradient.
        without: names of checks to leave out (see `CHECKS`).
    """
    expect_instance("check_loss", loss, Loss)
    run_checks("check_loss", CHECKS, LossSample(loss, y_true, y_pred), loss, without)
