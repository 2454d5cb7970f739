"""One pass over the data: a step for each batch, or several steps in one call of the engine."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..backends import current as backend
from ..core import tree
from .callbacks import CallbackList
from .data import ArrayBatches, Batches
from .data.adapter import grouped
from .deferred import Deferred


class Passes:
    """How a model goes over its data once."""

    run_eagerly: bool
    jit_compile: bool
    stop_training: bool

    def _run(
        self, kind: str, stream: "Stream", hooks: CallbackList, weigh: Any = None
    ) -> dict[str, float]:
        """One pass: a step for each batch; the logs of the last, as numbers.

        Each way gives them as tensors, or as a function that does when they are wanted.
        """
        if self.run_eagerly or not self._splits(kind):  # type: ignore[attr-defined]
            logs = self._run_steps(kind, stream, hooks, weigh)
        elif backend.compile_loop and self.jit_compile == backend.JIT:  # type: ignore[attr-defined]
            logs = self._run_loops(kind, stream, hooks, weigh)
        elif backend.TRACES or self.jit_compile:  # type: ignore[attr-defined]
            logs = self._run_steps(kind, stream, hooks, weigh)
        else:
            logs = self._run_silently(kind, stream, hooks, weigh)
        return self._numbers(logs)

    def _run_steps(self, kind: str, stream: "Stream", hooks: CallbackList, weigh: Any) -> Any:
        """A step for each batch, that gives logs."""
        step = self._step(kind)  # type: ignore[attr-defined]
        return self._one_by_one(kind, stream, hooks, weigh, lambda batch: step(*batch))

    def _run_silently(self, kind: str, stream: "Stream", hooks: CallbackList, weigh: Any) -> Any:
        """A step for each batch; logs where some callback reads them."""
        defers = self._defers()  # type: ignore[attr-defined]
        advance = Deferred(self, kind) if defers else self._advance(kind)  # type: ignore[attr-defined]

        def logs_now() -> dict[str, Any]:
            if defers:
                advance.settle()
            return self._results()  # type: ignore[attr-defined]

        def run(batch: Any) -> Any:
            advance(batch)
            return logs_now

        return self._one_by_one(kind, stream, hooks, weigh, run)

    def _one_by_one(
        self, kind: str, stream: "Stream", hooks: CallbackList, weigh: Any, run: Any
    ) -> Any:
        """What `run` gives for the last batch; callbacks see every `steps_per_execution`-th."""
        begin, end = hooks.around_batches(kind)
        group = self._compiled.arguments["steps_per_execution"]  # type: ignore[attr-defined]
        k, logs = -1, {}
        for k, batch in enumerate(stream.epoch()):
            if k % group == 0:
                begin(k)
            logs = run(on_device(weigh(batch) if weigh else batch))
            if (k + 1) % group == 0:
                end(k, logs)
            if self.stop_training and kind == "train":
                break
        if k >= 0 and (k + 1) % group:
            end(k, logs)
        hooks.settle()
        return logs

    def _run_loops(self, kind: str, stream: "Stream", hooks: CallbackList, weigh: Any) -> Any:
        """Several steps in one call of the engine, as many as callbacks let pass unseen."""
        begin, end = hooks.around_batches(kind)
        unseen = self._compiled.arguments["steps_per_execution"]  # type: ignore[attr-defined]
        if unseen == 1 and not hooks.wants_batches(kind):
            unseen = None

        def loop_for(batch: Any, ragged: bool) -> Any:
            return self._loop(kind, batch, ragged, unseen, stream.steps)  # type: ignore[attr-defined]

        seen, done, logs = 0, 0, {}
        for loop, batches, rows in stream.groups(loop_for, weigh):
            if done == seen:
                begin(done)
            logs = loop(batches, rows)
            done += steps_in(batches)
            if unseen is None or done - seen >= unseen:
                end(done - 1, logs)
                seen = done
            if self.stop_training and kind == "train":
                break
        if seen < done:
            end(done - 1, logs)
        hooks.settle()
        return logs

    def _numbers(self, logs: Any) -> dict[str, Any]:
        """Logs as plain numbers, in the order in which the step gave them."""
        found: Any = logs() if callable(logs) else logs
        return {k: number(found[k]) for k in self.__dict__.get("_log_names", found) if k in found}


class Stream:
    """Batches in epochs of at most `limit` steps; an epoch goes on where the last one stopped, and
    ends where the data do."""

    def __init__(self, data: Batches, limit: int | None):
        self.data, self.limit = data, limit
        self.steps = least(limit, data.size) if data.size is not None else limit
        self.current: Iterator[Any] | None = None

    def epoch(self) -> Iterator[Any]:
        """The batches of the next epoch."""
        if self.limit is None:
            yield from self.data.epoch()
            self.data.end_epoch()
            return
        for k in range(self.limit):
            batch = next(self.current, None) if self.current else None
            if batch is None and not k:
                self.current = self.data.epoch()
                batch = next(self.current, None)
            if batch is None:
                self.current = None
                warnings.warn(
                    f"the data ended after {k} of {self.limit} steps: give fewer steps, or more "
                    "data.",
                    stacklevel=2,
                )
                break
            yield batch
        self.data.end_epoch()

    def groups(self, loop_for: Any, weigh: Any) -> Iterator[tuple[Any, Any, Any]]:
        """The batches of the next epoch, as many at a time as the loop for them takes."""
        if self.limit is None and isinstance(self.data, ArrayBatches):
            yield from self.data.groups(loop_for, weigh)
        else:
            yield from grouped(self.epoch(), loop_for, weigh)


def steps_in(batches: Any) -> int:
    """The number of batches in a group."""
    if type(batches[0]) is np.ndarray:
        return len(batches[0])
    return next(len(a) for a in tree.flatten(batches) if a is not None)


def on_device(structure: Any) -> Any:
    """A structure of arrays, ready for a step of the engine."""
    return tree.map_structure(lambda a: None if a is None else backend.feed(a), structure)


def number(v: Any) -> Any:
    """A scalar tensor as a float; anything else as an array."""
    array = backend.to_numpy(getattr(v, "value", v))
    return float(array) if array.ndim == 0 else array


def least(a: int | None, b: int | None) -> int | None:
    """The smaller of two limits, either of which may be None."""
    return min(n for n in (a, b) if n is not None) if (a, b) != (None, None) else None
