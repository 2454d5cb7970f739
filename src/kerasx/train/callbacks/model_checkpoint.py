"""ModelCheckpoint: saves the model, or its weights, as the training goes on."""

import os
import warnings
from pathlib import Path
from typing import Any

from .callback import Logs
from .monitor import Monitor
from .say import say


class ModelCheckpoint(Monitor):
    """Saves the model, or its weights, at the end of each epoch or after each so many batches.

    Args:
        filepath: where: `{epoch}`, `{batch}` and the names in the logs are filled in, as in
            'runs/{epoch:02d}-{val_loss:.2f}.keras'. It ends with '.keras', or, for weights,
            '.weights.h5'.
        monitor: the number that says what is best.
        verbose: 1: say what is saved.
        save_best_only: whether only what is better than all before is saved.
        save_weights_only: whether weights are saved rather than models.
        mode: 'min' or 'max': what is better; 'auto': as the loss or the metric has it.
        save_freq: 'epoch', or a number of batches.
        initial_value_threshold: what the first number must be better than.
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__(monitor, mode)
        self.filepath, self.verbose, self.save_freq = os.fspath(filepath), verbose, save_freq
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.best = initial_value_threshold
        self.epoch, self.batches, self.latest_batch = 0, 0, 0
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ValueError(
                f"ModelCheckpoint: save_freq={save_freq!r}: expected 'epoch' or a number of "
                "batches."
            )
        endings = (".weights.h5",) if save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(endings):
            raise ValueError(
                f"ModelCheckpoint: filepath={self.filepath!r}: expected it to end with "
                f"{' or '.join(map(repr, endings))}, for save_weights_only={save_weights_only}."
            )
        self.batch_interval = 0.0 if isinstance(save_freq, int) else float("inf")

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if not isinstance(self.save_freq, int):
            return
        if self.epoch == 0 or batch > self.latest_batch or self.batches == 0:
            self.batches += batch - self.latest_batch if batch > self.latest_batch else 1
        else:
            self.batches += batch + 1  # the first seen of a new epoch
        self.latest_batch = batch
        if self.batches >= self.save_freq:
            self.batches = 0
            self.save(self.epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            self.save(epoch, None, logs)

    def save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        """Save, if there is reason to."""
        logs = logs or {}
        if self.save_best_only:
            value = self.find(logs)
            if value is None:
                return
            if getattr(value, "ndim", 0):
                warnings.warn(
                    f"ModelCheckpoint: {self.monitor!r} is an array, so none is best: the model is "
                    "saved.",
                    stacklevel=2,
                )
            elif self.best is not None and not self.is_better(value, self.best):
                self.tell(epoch, f"{self.monitor} is no better than {self.best:.5f}")
                return
            else:
                was = "None" if self.best is None else f"{self.best:.5f}"
                self.tell(epoch, f"{self.monitor} went from {was} to {value:.5f}")
                self.best = value
        path = self.path(epoch, batch, logs)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write = self.model.save_weights if self.save_weights_only else self.model.save
        write(path, overwrite=True)
        self.tell(epoch, f"saved to {path}")

    def path(self, epoch: int, batch: int | None, logs: dict[str, Any]) -> str:
        """The name of the file."""
        numbers = {"epoch": epoch + 1} | ({} if batch is None else {"batch": batch + 1})
        try:
            return self.filepath.format(**numbers, **logs)
        except KeyError as e:
            raise KeyError(
                f"ModelCheckpoint: filepath={self.filepath!r}: {e} is not known here; there is "
                f"{', '.join([*numbers, *logs])}."
            ) from None

    def tell(self, epoch: int, message: str) -> None:
        """Say something about an epoch, if that is asked for."""
        if self.verbose:
            say(f"\nEpoch {epoch + 1}: {message}.")
