"""Callback: what is called at the begin and end of trainings, epochs and batches."""

from typing import Any

Logs = dict[str, Any] | None


class Callback:
    """Hooks into `fit`, `evaluate` and `predict`: subclasses define those that they want.

    `logs` holds the loss and the metrics by name: plain floats at the end of an epoch; at the end
    of a batch they are read off the device when they are looked at, so a hook that does not look
    does not wait.
    """

    params: dict[str, Any] | None = None  # verbose, epochs, steps
    batch_interval: float = 0.0  # seconds at least between two ends of batches that are of interest
    latest: int | None = None  # the last batch whose end came too early
    resumes_at: int | None = None  # the epoch that a training is to go on with
    _model: Any = None

    def __init__(self):
        self.params = None

    def set_params(self, params: dict[str, Any] | None) -> None:
        """Called with verbose, epochs and steps, before anything begins."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Called with the model, before anything begins."""
        self._model = model

    @property
    def model(self) -> Any:
        """The model that runs."""
        return self._model

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Another name for `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Another name for `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Called before the first batch of an epoch; epochs count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Called after an epoch and its validation. What is put into `logs` gets into History."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a step of training."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a step of training."""
        self.on_batch_end(batch, logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a step of evaluation, in `fit` as well."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a step of evaluation."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Called before a batch is predicted."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Called after a batch is predicted; `logs["outputs"]` are the predictions."""

    def on_train_begin(self, logs: Logs = None) -> None:
        """Called at the begin of `fit`."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Called at the end of `fit`."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Called at the begin of an evaluation, in `fit` as well."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Called at the end of an evaluation."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Called at the begin of `predict`."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Called at the end of `predict`."""


def overrides(callback: Callback, name: str) -> bool:
    """Whether a callback has a hook of its own."""
    hook = getattr(callback, name)
    return getattr(hook, "__func__", hook) is not getattr(Callback, name)
