"""Callbacks that watch one number at the end of each epoch: EarlyStopping, ReduceLROnPlateau."""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from .callback import Callback, Logs
from .say import say

INFINITY = float("inf")


class Monitor(Callback):
    """Base of callbacks that ask whether a number has become better.

    Args:
        monitor: the name of the number in the logs.
        mode: 'min' or 'max': what is better; 'auto': as the loss or the metric of that name has it.
        min_delta: how much better a number must be to count.
    """

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0):
        super().__init__()
        self.monitor, self.min_delta = monitor, abs(min_delta)
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__}: mode={mode!r}: expected 'auto', 'min' or 'max'; "
                "'auto' is taken.",
                stacklevel=3,
            )
            mode = "auto"
        self.mode = mode
        self.sign: int | None = None if mode == "auto" else 1 if mode == "max" else -1

    def set_direction(self) -> None:
        """Find out, of `mode='auto'`, whether more or less is better."""
        if self.sign is not None:
            return
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            self.sign = -1
            return
        for metric in metrics_of(self.model):
            if getattr(metric, "name", None) == name and getattr(metric, "_direction", None):
                self.sign = 1 if metric._direction == "up" else -1
                return
        raise ValueError(
            f"{type(self).__name__}: monitor={self.monitor!r}: whether more of it is better is not "
            "known. Give mode='max' or mode='min'."
        )

    @property
    def worst(self) -> float:
        """What every number is better than."""
        self.set_direction()
        return -INFINITY if self.sign == 1 else INFINITY

    def is_better(self, value: Any, best: Any) -> bool:
        """Whether `value` is better than `best`, by more than `min_delta`."""
        self.set_direction()
        assert self.sign is not None
        return bool(self.sign * (value - best) > self.min_delta)

    def find(self, logs: Logs) -> Any:
        """The number in `logs`, or None, with a warning."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__}: there is no {self.monitor!r} in the logs, which have "
                f"{', '.join(logs or {}) or 'nothing'}.",
                stacklevel=3,
            )
        return value


def metrics_of(model: Any) -> Iterator[Any]:
    """The metrics of a model, and those that these hold."""
    for metric in getattr(model, "metrics", None) or ():
        yield metric
        yield from metrics_of(metric)


class EarlyStopping(Monitor):
    """Ends the training when a number has not become better for some epochs.

    Args:
        monitor: the name of the number in the logs.
        min_delta: how much better it must be to count.
        patience: epochs without a better number after which the training ends.
        verbose: 1: say so.
        mode: 'min' or 'max': what is better; 'auto': as the loss or the metric has it.
        baseline: what the first numbers must be better than.
        restore_best_weights: whether the weights of the best epoch are put back at the end.
        start_from_epoch: epochs that are not looked at.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: Any = None
        self.best_weights: Any = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.set_direction()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.best is None or self.is_better(current, self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_better(current, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        if self.stopped_epoch and self.verbose:
            say(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose:
                say(f"Restoring the weights of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs: Logs) -> Any:
        """The number that is watched, or None."""
        return self.find(logs)


class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate when a number has not become better for some epochs.

    Args:
        monitor: the name of the number in the logs.
        factor: what the learning rate is multiplied by.
        patience: epochs without a better number after which it is.
        verbose: 1: say so.
        mode: 'min' or 'max': what is better; 'auto': as the loss or the metric has it.
        min_delta: how much better it must be to count.
        cooldown: epochs after a change that are not counted.
        min_lr: the lowest learning rate.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ):
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau: unknown arguments {', '.join(map(repr, kwargs))}.")
        super().__init__(monitor, mode, min_delta)
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau: factor={factor}: expected less than 1.")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.wait = self.cooldown_counter = 0
        self.best: Any = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self.wait = self.cooldown_counter = 0
        self.best = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.set_direction()
        lr = float(np.asarray(self.model.optimizer.learning_rate))
        if logs is not None:
            logs["learning_rate"] = lr
        current = self.find(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.best is None or self.is_better(current, self.best):
            self.best, self.wait = current, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self.reduce(epoch, lr)

    def reduce(self, epoch: int, lr: float) -> None:
        """Lower the learning rate from `lr`."""
        if lr <= np.float32(self.min_lr):
            return
        lower = self.model.optimizer.learning_rate = max(lr * self.factor, self.min_lr)
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: the learning rate is lowered to {lower}.")
        self.cooldown_counter, self.wait = self.cooldown, 0

    def in_cooldown(self) -> bool:
        """Whether the latest change is too fresh to judge."""
        return self.cooldown_counter > 0
