"""Callbacks of a few lines: functions, NaNs, CSV files, averages of weights, a server."""

import csv
import json
import math
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .callback import Callback, Logs
from .say import say


class LambdaCallback(Callback):
    """A Callback made of functions, each in place of the hook of its name.

    Functions of epochs and batches take (number, logs), the others (logs).
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        self.__dict__.update(kwargs)
        self.__dict__.update({name: hook for name, hook in hooks.items() if hook is not None})


class TerminateOnNaN(Callback):
    """Ends the training when the loss is no longer a finite number. It reads every loss.

    Args:
        raise_error: whether RuntimeError is raised.
    """

    def __init__(self, raise_error: bool = False):
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"TerminateOnNaN: the loss at batch {batch} is {loss}.")
        say(f"Batch {batch}: the loss is {loss}: the training ends.")
        self.model.stop_training = True


class CSVLogger(Callback):
    """Writes the logs of each epoch as a row of a CSV file.

    Args:
        filename: the file.
        separator: what stands between two values.
        append: whether an existing file is continued.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self.keys: list[str] | None = None
        self.file: Any = None
        self.writer: Any = None
        self.needs_header = True

    def on_train_begin(self, logs: Logs = None) -> None:
        if self.append and os.path.exists(self.filename):
            self.needs_header = not os.path.getsize(self.filename)
        self.file = open(self.filename, "a" if self.append else "w", newline="")  # noqa: SIM115
        self.writer = self.keys = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            known = {k.removeprefix("val_") for k in self.keys}
            validates = any(k.startswith("val_") for k in self.keys)
            if not validates and self.params and self.params.get("do_validation"):
                self.keys += [f"val_{k}" for k in sorted(known)]
        if self.writer is None:
            self.writer = csv.DictWriter(self.file, ["epoch", *self.keys], delimiter=self.separator)
            if self.needs_header:
                self.writer.writeheader()
        values = {k: cell(logs[k]) if k in logs else "NA" for k in self.keys}
        self.writer.writerow({"epoch": epoch, **values})
        self.file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        if self.file is not None:
            self.file.close()
        self.file = self.writer = None
        self.append, self.needs_header = True, False  # another `fit` goes on with the file


def cell(value: Any) -> Any:
    """A value as CSV shows it: an array as a list in quotes."""
    return f'"[{", ".join(map(str, np.ravel(value)))}]"' if getattr(value, "ndim", 0) else value


class SwapEMAWeights(Callback):
    """Puts the averages of the weights in their place for evaluation, prediction and the end.

    The optimizer keeps them where it was made with `use_ema=True`.

    Args:
        swap_on_epoch: whether they are there at the end of epochs too, for callbacks that save.
    """

    def __init__(self, swap_on_epoch: bool = False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch

    @property
    def optimizer(self) -> Any:
        """The optimizer that keeps the averages."""
        optimizer = getattr(self.model, "optimizer", None)
        return getattr(optimizer, "inner_optimizer", optimizer)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        if self.optimizer is not None and not self.optimizer.use_ema:
            raise ValueError(
                "SwapEMAWeights: the optimizer keeps no averages: make it with use_ema=True."
            )

    def put(self, averages: bool) -> None:
        """See to it that the averages, or the weights themselves, are in the model."""
        optimizer = self.optimizer
        if optimizer is not None and optimizer.built and averages != optimizer.swapped:
            optimizer.swap_averages()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self.put(False)

    def on_test_begin(self, logs: Logs = None) -> None:
        self.put(True)

    def on_test_end(self, logs: Logs = None) -> None:
        self.put(False)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self.put(True)

    def on_predict_end(self, logs: Logs = None) -> None:
        self.put(False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.swap_on_epoch:
            self.put(True)

    def on_train_end(self, logs: Logs = None) -> None:
        self.put(False)
        self.optimizer.finalize_variable_values(self.model.trainable_variables)


class RemoteMonitor(Callback):
    """Sends the logs of each epoch to a server, as JSON; one that is away only earns a warning.

    Args:
        root: address of the server, http or https.
        path: path on it.
        field: name of the field of the form that the JSON stands in.
        headers: headers of the request.
        send_as_json: whether the JSON is the body of the request, rather than a field of a form.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ):
        super().__init__()
        if not root.startswith(("http://", "https://")):
            raise ValueError(
                f"RemoteMonitor: root={root!r}: expected an address that begins with http."
            )
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        import urllib.parse
        import urllib.request  # brings in ssl and email, 50 ms, for a callback that few use

        sent = {"epoch": epoch} | {k: np.asarray(v).tolist() for k, v in (logs or {}).items()}
        text, headers = json.dumps(sent), dict(self.headers or {})
        if self.send_as_json:
            headers, body = {"Content-Type": "application/json"} | headers, text
        else:
            body = urllib.parse.urlencode({self.field: text})
        request = urllib.request.Request(self.root + self.path, body.encode(), headers)
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except OSError as e:
            warnings.warn(f"RemoteMonitor: {self.root} cannot be reached: {e}.", stacklevel=2)
