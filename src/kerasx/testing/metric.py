"""check_metric: what every metric must do, checked on the engine that the library is bound to."""

import json
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from .. import ops
from ..backends import current as backend
from ..core import dtypes, tree
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..metrics import Metric
from .run import expect_instance, run_checks
from .sample import at_once


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

    def fed(self, *parts: Any, **more: Any) -> Metric:
        """A metric after some parts of the batch."""
        metric = self.updated()  # some make their variables only now
        metric.reset_state()
        update = at_once(lambda *xs: metric.update_state(*xs, **more), metric.variables)
        for part in parts:
            update(*(ops.convert_to_tensor(x[part]) for x in self.batch))
        return metric

    def updated(self, metric: Metric | None = None) -> Metric:
        """A metric, by default a new one, after the batch."""
        metric = metric or self.copy()
        metric.update_state(*self.tensors)
        return metric


def state(metric: Metric) -> list[np.ndarray]:
    """The values of the variables, as arrays of their own."""
    return [np.array(v.numpy()) for v in metric.variables]


def arrays_of(result: Any) -> Any:
    """A result as arrays: its tensors may be the variables themselves."""
    return tree.map_structure(lambda x: np.array(ops.convert_to_numpy(x)), result)


def same(got: Any, want: Any, what: str) -> None:
    """AssertionError where two structures of tensors differ."""
    arrays = [[ops.convert_to_numpy(x) for x in tree.flatten(y)] for y in (got, want)]
    for a, b in zip(*arrays, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=what)


# -- Checks ---------------------------------------------------------------------------------------
def config_makes_an_equal_metric(sample: MetricSample) -> None:
    """A metric from its config, and one from what a file holds, have its config and result."""
    metric, text = sample.metric, json.dumps(sample.metric.get_config())
    again = type(metric).from_config(json.loads(text))
    filed = deserialize_keras_object(
        json.loads(json.dumps(serialize_keras_object(metric))),
        {type(metric).__name__: type(metric)},
    )
    for one in (again, filed):
        assert json.dumps(one.get_config()) == text, (
            f"from_config(get_config()) gives another config than {text}"
        )
    want = sample.updated(metric).result()
    same(sample.updated().result(), want, "the result of a metric made from the config")
    metric.reset_state()


def a_batch_changes_the_state(sample: MetricSample) -> None:
    """A call updates, and gives the result; state is in variables that do not train."""
    metric = sample.copy()
    got = metric(*sample.tensors)
    same(got, sample.updated().result(), "a call, against update_state() and result()")
    assert metric.variables, "there is no state"
    assert all(not v.trainable for v in metric.variables), "a variable is trainable"
    assert len({v.path for v in metric.variables}) == len(metric.variables), (
        "two variables have one path"
    )


def batches_add_up(sample: MetricSample) -> None:
    """Two halves of a batch, one after the other, give the result of the whole."""
    if n := len(sample.batch[0]) // 2:
        parts, whole = sample.fed(slice(None, n), slice(n, None)), sample.updated()
        same(parts.result(), whole.result(), "the result after two halves of the batch")


def reset_forgets(sample: MetricSample) -> None:
    """After reset_state(), all is as with a new metric."""
    metric = sample.copy()
    new = state(metric)
    once = state(sample.updated(metric))
    metric.reset_state()
    blank = new if len(new) == len(once) else [np.zeros_like(x) for x in once]
    same(state(metric), blank, "the state after reset_state(), against that of a new metric")
    same(state(sample.updated(metric)), once, "the state after a reset and the same batch")


def stateless_calls_change_nothing(sample: MetricSample) -> None:
    """The stateless methods give what the others do, and leave the variables as they are."""
    metric = sample.updated()
    once, want = state(metric), arrays_of(metric.result())
    metric.reset_state()
    blank = state(metric)
    values = metric.stateless_update_state(metric.stateless_reset_state(), *sample.tensors)
    got = metric.stateless_result(values)
    same(state(metric), blank, "the state after stateless calls")
    same(list(values), once, "stateless_update_state() on a new state")
    same(got, want, "stateless_result()")


def compiled_gives_the_same(sample: MetricSample) -> None:
    """Compiled and eager results are the same."""
    metric = sample.updated()  # some make their variables only now
    want = arrays_of(metric.result())
    metric.reset_state()

    def update(*batch: Any) -> Any:
        metric.update_state(*batch)
        return metric.result()

    step = backend.compile_step(update, metric.variables)
    same(step(*sample.tensors), want, "a compiled update")


def weights_count(sample: MetricSample) -> None:
    """Where it takes weights: 0 leaves a sample out, and 1 makes no difference."""
    if "sample_weight" not in signature(sample.metric.update_state).parameters:
        return
    n = len(sample.batch[0])
    weight = ops.convert_to_tensor(np.arange(n) < n - 1, "float32")
    weighted, without = sample.fed(slice(None), sample_weight=weight), sample.fed(slice(n - 1))
    same(weighted.result(), without.result(), "with weights of 1, but 0 for the last sample")


def narrow_batches_leave_the_state_wide(sample: MetricSample) -> None:
    """Predictions in float16 change no dtype of the state."""
    metric = sample.updated()
    before = [v.dtype for v in metric.variables]
    narrow = [
        ops.cast(x, "float16") if dtypes.is_float(ops.dtype(x)) else x for x in sample.tensors
    ]
    at_once(lambda *xs: metric.update_state(*xs), metric.variables)(*narrow)
    after = [ops.dtype(v.value) for v in metric.variables]
    assert after == before, f"a batch in float16 makes variables of {before} into {after}"
    assert all(np.isfinite(x).all() for x in state(metric)), "a batch in float16 is too much for it"


CHECKS: tuple[Callable[[MetricSample], None], ...] = (
    config_makes_an_equal_metric,
    a_batch_changes_the_state,
    batches_add_up,
    reset_forgets,
    stateless_calls_change_nothing,
    compiled_gives_the_same,
    weights_count,
    narrow_batches_leave_the_state_wide,
)


def check_metric(metric: Metric, *batch: Any, without: Any = ()) -> None:
    """Checks that a metric does what every metric must; AssertionError says what it does not.

        check_metric(MyMetric(), np.zeros((4, 1)), np.random.rand(4, 1))

    Args:
        metric: the metric; its config must make an equal one.
        batch: the positional arguments of its `update_state`.
        without: names of checks to leave out (see `CHECKS`).
    """
    expect_instance("check_metric", metric, Metric)
    run_checks("check_metric", CHECKS, MetricSample(metric, batch), metric, without)
