"""check_metric: what every metric must do, checked on the engine that the library is bound to."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..backends import current as backend
from ..metrics import Metric


class MetricSample:
    """A metric, and the arrays of a batch to update it with."""

    def __init__(self, metric: Metric, batch: tuple[Any, ...]):
        self.metric, self.batch = metric, tuple(np.asarray(x) for x in batch)

    @property
    def tensors(self) -> list[Any]:
        """The batch as tensors."""
        return [ops.convert_to_tensor(x) for x in self.batch]

    def copy(self) -> Metric:
        """A new metric of the same config."""
        return type(self.metric).from_config(self.metric.get_config())

    def result(self, metric: Metric) -> np.ndarray:
        """The result of a metric, as an array."""
        return ops.convert_to_numpy(metric.result())

    def expected(self) -> np.ndarray:
        """The result after one batch."""
        metric = self.copy()
        metric.update_state(*self.tensors)
        return self.result(metric)


def state(metric: Metric) -> list[np.ndarray]:
    """The values of the variables."""
    return [v.numpy() for v in metric.variables]


def same(got: Any, want: Any, what: str) -> None:
    """AssertionError where two structures of arrays differ."""
    for a, b in zip(got, want, strict=True) if isinstance(got, list) else [(got, want)]:
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=what)


# -- Checks ---------------------------------------------------------------------------------------
def config_makes_an_equal_metric(sample: MetricSample) -> None:
    text = json.dumps(sample.metric.get_config())
    again = type(sample.metric).from_config(json.loads(text))
    assert json.dumps(again.get_config()) == text, (
        f"from_config(get_config()) gives another config than {text}"
    )


def a_batch_changes_the_state(sample: MetricSample) -> None:
    metric = sample.copy()
    got = metric(*sample.tensors)
    same(
        ops.convert_to_numpy(got), sample.expected(), "a call, against update_state() and result()"
    )
    assert metric.variables, "there is no state"
    assert all(not v.trainable for v in metric.variables), "a variable is trainable"
    assert len({v.path for v in metric.variables}) == len(metric.variables), (
        "two variables have one path"
    )


def reset_forgets(sample: MetricSample) -> None:
    metric = sample.copy()
    metric.update_state(*sample.tensors)
    once = state(metric)
    metric.reset_state()
    assert all(not x.any() for x in state(metric)), "reset_state() leaves something"
    metric.update_state(*sample.tensors)
    same(state(metric), once, "the state after a reset and the same batch")


def stateless_calls_change_nothing(sample: MetricSample) -> None:
    metric = sample.copy()
    metric.update_state(*sample.tensors)
    once = state(metric)
    zeros = metric.stateless_reset_state()
    values = metric.stateless_update_state(zeros, *sample.tensors)
    same(state(metric), once, "the state after stateless calls")
    same([ops.convert_to_numpy(v) for v in values], once, "stateless_update_state() on zeros")
    same(
        ops.convert_to_numpy(metric.stateless_result(values)),
        sample.result(metric),
        "stateless_result()",
    )


def compiled_gives_the_same(sample: MetricSample) -> None:
    metric = sample.copy()
    metric.update_state(*sample.tensors)  # some make their variables only now
    metric.reset_state()

    def update(*batch: Any) -> Any:
        metric.update_state(*batch)
        return metric.result()

    got = backend.compile_step(update, metric.variables)(*sample.tensors)
    same(ops.convert_to_numpy(got), sample.expected(), "a compiled update")


def equal_weights_count_as_none(sample: MetricSample) -> None:
    if len(sample.batch) != 2:
        return
    metric = sample.copy()
    try:
        metric.update_state(*sample.tensors, sample_weight=ops.ones((len(sample.batch[0]),)))
    except TypeError:  # it takes no weights
        return
    same(sample.result(metric), sample.expected(), "weights of one")


CHECKS: list[Callable[[MetricSample], None]] = [
    config_makes_an_equal_metric, a_batch_changes_the_state, reset_forgets,
    stateless_calls_change_nothing, compiled_gives_the_same, equal_weights_count_as_none,
]  # fmt: skip


def check_metric(metric: Metric, *batch: Any, skip: tuple[str, ...] = ()) -> None:
    """Run all checks of a metric on a batch, the positional arguments of `update_state`.

    skip: names of checks that do not hold for it.
    Raises AssertionError that names the check.
    """
    sample = MetricSample(metric, batch)
    for check in CHECKS:
        if check.__name__ in skip:
            continue
        try:
            check(sample)
        except AssertionError as e:
            raise AssertionError(f"{type(metric).__name__}: {check.__name__}: {e}") from e
