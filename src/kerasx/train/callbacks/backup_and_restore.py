"""BackupAndRestore: lets a training that was cut off go on where it stopped."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from .callback import Callback, Logs


class BackupAndRestore(Callback):
    """Keeps weights and the optimizer's state in a folder, and begins a `fit` with what is there.

    Args:
        backup_dir: the folder; it must belong to this training alone.
        save_freq: 'epoch', or a number of batches.
        double_checkpoint: whether the backup before the last is kept, in case the last is damaged.
        delete_checkpoint: whether the backup is deleted when the training ends.
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        super().__init__()
        if not os.fspath(backup_dir):
            raise ValueError("BackupAndRestore: backup_dir='': expected the name of a folder.")
        if save_freq != "epoch" and not (isinstance(save_freq, int) and save_freq > 0):
            raise ValueError(
                f"BackupAndRestore: save_freq={save_freq!r}: expected 'epoch' or a number of "
                "batches."
            )
        self.backup_dir, self.save_freq = os.fspath(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self.batch_interval = 0.0 if isinstance(save_freq, int) else float("inf")
        self.epoch = self.batches = 0

    def files(self, name: str = "latest") -> tuple[Path, Path]:
        """The weights, and what is known of the training."""
        folder = Path(self.backup_dir)
        return folder / f"{name}.weights.h5", folder / f"{name}.json"

    def on_train_begin(self, logs: Logs = None) -> None:
        self.resumes_at = None
        for name in ("latest", "previous"):
            weights, facts = self.files(name)
            if not (weights.exists() and facts.exists()):
                continue
            try:
                known = json.loads(facts.read_text())
                self.model.load_weights(str(weights))
            except (OSError, ValueError):
                if not self.double_checkpoint or name == "previous":
                    raise
                continue
            self.resumes_at = int(known["epoch"])
            return

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if isinstance(self.save_freq, int):
            self.batches += 1
            if self.batches % self.save_freq == 0:
                self.save(self.epoch)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            self.save(epoch + 1)

    def save(self, next_epoch: int) -> None:
        """Write a backup: weights first, so that what is known never runs ahead of them."""
        weights, facts = self.files()
        weights.parent.mkdir(parents=True, exist_ok=True)
        if self.double_checkpoint and weights.exists():
            for new, old in zip(self.files("previous"), (weights, facts)):
                if old.exists():
                    os.replace(old, new)
        self.model.save_weights(str(weights), overwrite=True)
        partial = facts.with_suffix(".tmp")
        partial.write_text(json.dumps({"epoch": next_epoch}))
        os.replace(partial, facts)

    def on_train_end(self, logs: Logs = None) -> None:
        if self.delete_checkpoint and os.path.isdir(self.backup_dir):
            for path in (*self.files(), *self.files("previous")):
                path.unlink(missing_ok=True)
            if not os.listdir(self.backup_dir):
                shutil.rmtree(self.backup_dir)
