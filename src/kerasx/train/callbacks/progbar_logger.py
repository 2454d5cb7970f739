"""ProgbarLogger: shows the progress of fit, evaluate and predict."""

from typing import Any

from .callback import Callback, Logs
from .progbar import Progbar, is_dynamic
from .say import say


class ProgbarLogger(Callback):
    """Shows a progress bar (verbose=1) or a line an epoch (verbose=2).

    It looks at a batch ten times a second at most, and not at all where only the end is shown.
    """

    def __init__(self):
        super().__init__()
        self.progbar: Progbar | None = None
        self.verbose: int = 1
        self.epochs = 1
        self.target: int | None = None
        self.seen = 0
        self.training = self.settled = False

    @property
    def batch_interval(self) -> float:  # type: ignore[override]
        return 0.1 if self.verbose == 1 and is_dynamic() else float("inf")

    def set_params(self, params: dict[str, Any] | None) -> None:
        self.params = params
        params = params or {}
        verbose = params.get("verbose", 1)
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.epochs, self.target = params.get("epochs") or 1, params.get("steps")

    # -- fit --------------------------------------------------------------------------------------
    def on_train_begin(self, logs: Logs = None) -> None:
        self.training = True

    def on_train_end(self, logs: Logs = None) -> None:
        self.training = False

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self.begin()
        if self.verbose and self.epochs > 1:
            say(f"Epoch {epoch + 1}/{self.epochs}")

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.show(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.finish(logs)

    # -- evaluate and predict, where they are not a part of fit -----------------------------------
    def on_test_begin(self, logs: Logs = None) -> None:
        if self.training:
            self.settle()
        else:
            self.begin()

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        if not self.training:
            self.show(batch, logs)

    def on_test_end(self, logs: Logs = None) -> None:
        if not self.training:
            self.finish(logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self.begin()

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self.show(batch, {})  # the predictions are no news

    def on_predict_end(self, logs: Logs = None) -> None:
        self.finish({})

    # -- The line ---------------------------------------------------------------------------------
    def begin(self) -> None:
        """Begin a new line."""
        self.seen, self.latest, self.settled = 0, None, False
        self.progbar = Progbar(self.target, verbose=self.verbose)

    def show(self, batch: int, logs: Logs) -> None:
        """Show the state after a batch; the last one waits for the values of the whole epoch."""
        self.seen = batch + 1
        if self.progbar is not None and self.progbar.dynamic:
            self.progbar.update(self.seen, list((logs or {}).items()), finalize=False)

    def settle(self) -> None:
        """Count the batches that came too early to be shown; those of a validation come later."""
        if self.latest is not None and not self.settled:
            self.seen = max(self.seen, self.latest + 1)
        self.settled = True

    def finish(self, logs: Logs) -> None:
        """Show the values of the whole epoch, and end the line."""
        if self.progbar is None:
            return
        self.settle()
        done = self.seen or self.target or 0
        self.progbar.target = self.progbar.target or done
        self.progbar.update(done, list((logs or {}).items()), finalize=True)
        self.progbar = None
