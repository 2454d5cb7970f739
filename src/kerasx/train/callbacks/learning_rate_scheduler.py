"""LearningRateScheduler: sets the learning rate at the begin of each epoch."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .callback import Callback, Logs
from .say import say


class LearningRateScheduler(Callback):
    """Sets the learning rate to `schedule(epoch, lr)`, or `schedule(epoch)`, at each epoch.

    Args:
        schedule: a function of the epoch (from 0), and of the learning rate until then.
        verbose: 1: say what it is set to.
    """

    def __init__(self, schedule: Callable[..., Any], verbose: int = 0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose
        try:
            inspect.signature(schedule).bind(0, 0.0)
            self.takes_rate = True
        except TypeError:
            self.takes_rate = False

    def current(self) -> float:
        """The learning rate now."""
        return float(np.asarray(self.model.optimizer.learning_rate))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        rate = self.schedule(epoch, self.current()) if self.takes_rate else self.schedule(epoch)
        if not isinstance(rate, (float, int, np.number)) and getattr(rate, "ndim", None) != 0:
            raise ValueError(
                f"LearningRateScheduler: the schedule gave {rate!r}: expected a number."
            )
        self.model.optimizer.learning_rate = float(np.asarray(rate))
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: the learning rate is set to {float(np.asarray(rate))}.")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.current()
