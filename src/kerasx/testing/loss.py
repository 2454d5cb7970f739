"""check_loss: what every loss must do, checked on the engine that the library is bound to."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..backends import current as backend
from ..core.scope import quietly
from ..core.symbolic import KerasTensor
from ..losses import Loss


class LossSample:
    """A loss, and arrays of targets and predictions to call it on."""

    def __init__(self, loss: Loss, y_true: Any, y_pred: Any):
        self.loss, self.batch = loss, (np.asarray(y_true), np.asarray(y_pred))

    @property
    def tensors(self) -> list[Any]:
        """Targets and predictions as tensors."""
        return [ops.convert_to_tensor(y) for y in self.batch]

    def copy(self, **changes: Any) -> Loss:
        """A new loss of the same config."""
        return type(self.loss).from_config(self.loss.get_config() | changes)

    def value(self, reduction: str | None = None, weight: Any = None) -> np.ndarray:
        """The loss with another reduction, as an array."""
        loss = self.loss if reduction is None else self.copy(reduction=reduction)
        y_true, y_pred = self.tensors
        return ops.convert_to_numpy(loss(y_true, y_pred, weight))


# -- Checks ---------------------------------------------------------------------------------------
def config_makes_an_equal_loss(sample: LossSample) -> None:
    text = json.dumps(sample.loss.get_config())
    again = type(sample.loss).from_config(json.loads(text))
    assert json.dumps(again.get_config()) == text, (
        f"from_config(get_config()) gives another config than {text}"
    )
    same(
        ops.convert_to_numpy(again(*sample.tensors)), sample.value(), "a loss made from the config"
    )


def reductions_are_those_of_the_samples(sample: LossSample) -> None:
    values = sample.value("none")
    if np.ndim(values):
        same(sample.value("sum"), values.sum(), "the reduction 'sum'")
    assert sample.value("sum_over_batch_size").shape == (), "a reduced loss is no scalar"
    same(sample.value("mean"), sample.value("sum_over_batch_size"), "the reduction 'mean'")


def weights_count(sample: LossSample) -> None:
    values = sample.value("none")
    if not np.ndim(values):
        return
    weight = np.linspace(0.0, 2.0, len(values)).reshape(-1, *[1] * (values.ndim - 1))
    same(sample.value("none", weight), values * weight, "weighted values")
    same(sample.value("sum", weight), (values * weight).sum(), "the weighted sum")
    same(sample.value("sum", 2.0), 2 * values.sum(), "the sum with a scalar for weight")


def the_dtype_is_kept(sample: LossSample) -> None:
    for name in ("float16", "float32"):
        loss = type(sample.loss)(**constructed(sample.loss), dtype=name)
        assert ops.dtype(loss(*sample.tensors)) == name, f"dtype={name!r} gives another dtype"
    doubles = sample.loss(*(np.asarray(y, "float64") for y in sample.batch))
    assert ops.dtype(doubles) == sample.loss.dtype, "float64 inputs change the dtype"


def constructed(loss: Loss) -> dict[str, Any]:
    """The config of a loss, without its dtype."""
    return {k: v for k, v in loss.get_config().items() if k != "dtype"}


def compiled_gives_the_same(sample: LossSample) -> None:
    step = backend.compile_step(lambda a, b: sample.loss(a, b), [])
    same(ops.convert_to_numpy(step(*sample.tensors)), sample.value(), "a compiled call")


def symbols_foretell_the_shape(sample: LossSample) -> None:
    loss = sample.copy(reduction="none")
    symbols = [KerasTensor(y.shape, ops.dtype(y)) for y in sample.tensors]
    with quietly():
        foretold = tuple(loss(*symbols).shape)
    assert foretold == sample.value("none").shape, "KerasTensors foretell another shape"


def same(got: Any, want: Any, what: str) -> None:
    """AssertionError where two arrays differ."""
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6, err_msg=what)


CHECKS: list[Callable[[LossSample], None]] = [
    config_makes_an_equal_loss, reductions_are_those_of_the_samples, weights_count,
    the_dtype_is_kept, compiled_gives_the_same, symbols_foretell_the_shape,
]  # fmt: skip


def check_loss(loss: Loss, y_true: Any, y_pred: Any, skip: tuple[str, ...] = ()) -> None:
    """Run all checks of a loss on a batch of targets and predictions.

    skip: names of checks that do not hold for it.
    Raises AssertionError that names the check.
    """
    sample = LossSample(loss, y_true, y_pred)
    for check in CHECKS:
        if check.__name__ in skip:
            continue
        try:
            check(sample)
        except AssertionError as e:
            raise AssertionError(f"{type(loss).__name__}: {check.__name__}: {e}") from e
