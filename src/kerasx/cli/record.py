"""Run by `kerasx compare` in a process of each engine: `record SCRIPT OUT [ARGS]`.

Runs the script, watches each `fit` in it, and writes what it saw to OUT, as JSON.
"""

import json
import runpy
import sys
import traceback
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from .. import train
from ..backends import ENGINE, current
from ..train.callbacks import Callback

try:
    import resource
except ImportError:  # Windows
    resource = None


class Record:
    """What is known of a run."""

    def __init__(self):
        self.steps: list[float] = []  # the loss after each step: a running mean over its epoch
        self.epochs: list[dict[str, float]] = []
        self.first_step: float | None = None  # seconds, with what is compiled for it
        self.paces: list[float] = []  # seconds a step, one number an epoch

    def summary(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        paces = self.paces[1:] or self.paces  # the first epoch is still warming up
        return {
            "engine": ENGINE,
            "trains": current.TRAINS,
            "steps": self.steps,
            "epochs": self.epochs,
            "first_step": self.first_step,
            "step": median(paces) if paces else None,
            "peak_memory": peak_memory(),
        }


class Recorder(Callback):
    """Writes the losses of one `fit` down; waits for the engine once an epoch."""

    def __init__(self, record: Record):
        super().__init__()
        self.record = record
        self.pending: list[Any] = []
        self.began = self.epoch_began = 0.0

    def on_train_begin(self, logs: Any = None) -> None:
        self.began = perf_counter()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.pending, self.epoch_began = [], perf_counter()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.pending.append(logs)  # to read them is to wait for the engine
        if self.record.first_step is None:
            float(logs["loss"])
            self.epoch_began = perf_counter()
            self.record.first_step = self.epoch_began - self.began

    def on_test_begin(self, logs: Any = None) -> None:
        self.settle()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.settle()
        self.record.epochs.append({name: float(value) for name, value in (logs or {}).items()})

    def settle(self) -> None:
        """Wait for the steps of this epoch, and take the time."""
        if not self.pending:
            return
        losses = [float(logs["loss"]) for logs in self.pending]
        timed = len(losses) - (not self.record.steps)  # without the first step of all
        if timed:
            self.record.paces.append((perf_counter() - self.epoch_began) / timed)
        self.record.steps += losses
        self.pending = []


def peak_memory() -> int | None:
    """The most memory that this process has held so far, in bytes; None where it is not told."""
    if resource is None:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main(script: str, out: str, *args: str) -> None:
    """Run `script` as Python would."""
    record, error = Record(), None
    train.default_callbacks.append(lambda: Recorder(record))
    sys.argv = [script, *args]
    sys.path[0] = str(Path(script).resolve().parent)
    try:
        if not current.TRAINS:
            sys.exit(f"{ENGINE} does not train: there is nothing to compare.")
        runpy.run_path(script, run_name="__main__")
    except BaseException as e:
        if not isinstance(e, SystemExit):
            error = traceback.format_exception_only(e)[-1].strip().splitlines()[-1]
        elif e.code:
            error = str(e.code)
        raise
    finally:
        Path(out).write_text(json.dumps({**record.summary(), "error": error}))


if __name__ == "__main__":
    main(*sys.argv[1:])
