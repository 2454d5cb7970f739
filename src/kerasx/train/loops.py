"""The loops over batches: fit, evaluate, predict, and their single-batch forms."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..backends import current as backend
from ..core import config, dtypes, tree
from ..core.scope import quietly
from ..core.symbolic import KerasTensor
from .callbacks import CallbackList, History
from .data import ArrayBatches, Batches, batches_of, unpack_x_y_sample_weight
from .data.adapter import as_array
from .weights import class_weights_to_sample_weights

NO_TRAINING = (
    "{what}: the {engine} backend does not differentiate, so it cannot train: it predicts and "
    "evaluates. "
    "Choose jax, torch or tensorflow: set KERASX_BACKEND, or use kerasx.models.to_backend(model, "
    "'jax')."
)


class Loops:
    """fit, evaluate, predict over any kind of data."""

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | list[int] = 1,
    ) -> History:
        """Train for `epochs` passes over the data; the History of losses and metrics.

        Args:
            x: inputs: an array or a structure of arrays, a PyDataset, or an iterable of batches.
            y: targets, where x is arrays.
            batch_size: samples a step, where x is arrays; None: 32.
            epochs: the epoch to stop before (counted from 0, so the number of epochs from scratch).
            verbose: 0 silent, 1 a progress bar, 2 a line an epoch; 'auto': 1.
            callbacks: Callback objects.
            validation_split: fraction of the samples, taken from the end, to validate on.
            validation_data: (x, y), (x, y, sample_weight), or a data set, to validate on.
            shuffle: whether samples are drawn in a new order each epoch; 'batch': whole batches
                are.
            class_weight: factor of the loss of each class, {class: factor}.
            sample_weight: factor of the loss of each sample.
            initial_epoch: the epoch to begin with.
            steps_per_epoch: steps that make an epoch; None: until the data ends.
            validation_steps: steps that make a validation; None: until the data ends.
            validation_batch_size: samples a validation step; None: `batch_size`.
            validation_freq: epochs between two validations, or the list of epochs (from 1) with
                one.
        """
        self._need_compiled("fit()")  # type: ignore[attr-defined]
        self._need_training("fit()")
        if validation_split and validation_data is None:
            whole = batches_of(x, y, sample_weight, batch_size, shuffle)
            if not isinstance(whole, ArrayBatches):
                raise ValueError("fit(): validation_split needs arrays: give validation_data.")
            data, held_out = whole.split(validation_split)
            validation: Batches | None = held_out
            held_out.batch_size = validation_batch_size or held_out.batch_size
        else:
            data = batches_of(x, y, sample_weight, batch_size, shuffle)
            validation = None
            if validation_data is not None:
                parts = (validation_data, None, None)
                if isinstance(validation_data, (tuple, list)):
                    parts = unpack_x_y_sample_weight(validation_data)
                arrays = validation_batch_size or batch_size if is_tuple(validation_data) else None
                validation = batches_of(*parts, arrays)
        self._prepare(data, train=True)
        step = self.make_train_function()  # type: ignore[attr-defined]
        limit = least(steps_per_epoch, config.SETTINGS.max_steps_per_epoch)
        total = least(limit, data.size) if data.size is not None else limit
        epochs = least(epochs, config.SETTINGS.max_epochs) or 0
        hooks = self._hooks(callbacks, verbose, epochs=epochs, steps=total, history=True)
        self.stop_training = False
        logs: dict[str, Any] = {}
        stream = Stream(data, limit)
        hooks.on_train_begin()
        for epoch in range(hooks.resumes_at or initial_epoch, epochs):
            self.reset_metrics()  # type: ignore[attr-defined]
            hooks.on_epoch_begin(epoch)
            weigh = class_weight and (lambda b: class_weights_to_sample_weights(b, class_weight))
            logs = self._run(step, stream.epoch(), hooks, "train", weigh)
            if not logs:
                raise ValueError("fit(): the data gave no batches.")
            if validation is not None and validates(epoch, validation_freq):
                found = self._evaluate(validation, validation_steps, hooks, 0)
                logs |= {f"val_{k}": v for k, v in found.items()}
            hooks.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        hooks.on_train_end(logs)
        return self.history  # type: ignore[attr-defined]

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        """The loss and the metrics over the data: a list in the order of `metrics_names`, or a
        dict.

        Args:
            x: inputs, as in `fit`.
            y: targets, where x is arrays.
            batch_size: samples a step, where x is arrays; None: 32.
            verbose: 0 silent, 1 a progress bar, 2 a line; 'auto': 1.
            sample_weight: weight of each sample.
            steps: number of steps; None: until the data ends.
            callbacks: Callback objects.
            return_dict: whether a dict by name is returned.
        """
        if kwargs:
            raise ValueError(f"evaluate(): unknown arguments {sorted(kwargs)}.")
        self._need_compiled("evaluate()")  # type: ignore[attr-defined]
        data = batches_of(x, y, sample_weight, batch_size)
        self._prepare(data, train=False)
        logs = self._evaluate(data, steps, callbacks, verbose)
        return logs if return_dict else self._flat(logs)

    def _evaluate(
        self, data: Batches, steps: int | None, callbacks: Any, verbose: int | str
    ) -> dict[str, float]:
        step = self.make_test_function()  # type: ignore[attr-defined]
        hooks = self._hooks(callbacks, verbose, epochs=1, steps=least(steps, data.size))
        self.reset_metrics()  # type: ignore[attr-defined]
        hooks.on_test_begin()
        logs = self._run(step, Stream(data, steps).epoch(), hooks, "test")
        if not logs:
            raise ValueError("evaluate(): the data gave no batches.")
        hooks.on_test_end(logs)
        return logs

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for the data, as NumPy arrays.

        Args:
            x: inputs, as in `fit`; targets that a data set gives are passed over.
            batch_size: samples a step, where x is arrays; None: 32.
            verbose: 0 silent, 1 a progress bar, 2 a line; 'auto': 1.
            steps: number of steps; None: until the data ends.
            callbacks: Callback objects.
        """
        data = batches_of(x, batch_size=batch_size)
        self._prepare(data, train=False, targets=False)
        step = self.make_predict_function()  # type: ignore[attr-defined]
        hooks = self._hooks(callbacks, verbose, epochs=1, steps=least(steps, data.size))
        hooks.on_predict_begin()
        outputs: list[Any] = []
        for k, (inputs, _, _) in enumerate(Stream(data, steps).epoch()):
            hooks.on_predict_batch_begin(k)
            outputs.append(step(on_device(inputs), None, None))
            hooks.on_predict_batch_end(k, {"outputs": outputs[-1]})
        hooks.on_predict_end()
        if not outputs:
            raise ValueError("predict(): the data gave no batches.")
        return tree.map_structure(
            lambda *parts: np.concatenate([backend.to_numpy(p) for p in parts]), *outputs
        )

    # -- Single batches ---------------------------------------------------------------------------
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step of training; the loss and metrics so far, as a list or a dict."""
        self._need_compiled("train_on_batch()")  # type: ignore[attr-defined]
        self._need_training("train_on_batch()")
        batch = tree.map_structure(as_array, (x, y, sample_weight))
        if class_weight:
            if sample_weight is not None:
                raise ValueError("train_on_batch(): give either sample_weight or class_weight.")
            batch = class_weights_to_sample_weights(batch, class_weight)
        self._ensure_built(batch, train=True)
        logs = self._numbers(self.make_train_function()(*on_device(batch)))  # type: ignore[attr-defined]
        return logs if return_dict else self._flat(logs)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step of evaluation; the loss and metrics so far, as a list or a dict."""
        self._need_compiled("test_on_batch()")  # type: ignore[attr-defined]
        batch = tree.map_structure(as_array, (x, y, sample_weight))
        self._ensure_built(batch, train=False)
        logs = self._numbers(self.make_test_function()(*on_device(batch)))  # type: ignore[attr-defined]
        return logs if return_dict else self._flat(logs)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch, as NumPy arrays."""
        x = tree.map_structure(as_array, x)
        self._ensure_built((x, None, None), train=False, targets=False)
        outputs = self.make_predict_function()(on_device(x), None, None)  # type: ignore[attr-defined]
        return tree.map_structure(backend.to_numpy, outputs)

    # -- Parts of the loops -----------------------------------------------------------------------
    def _run(
        self, step: Any, batches: Any, hooks: CallbackList, kind: str, weigh: Any = None
    ) -> dict[str, float]:
        """One pass: a step for each batch; the logs of the last, as numbers."""
        begin, end = (
            getattr(hooks, f"on_{kind}_batch_begin"),
            getattr(hooks, f"on_{kind}_batch_end"),
        )
        group = self._compiled.arguments["steps_per_execution"]  # type: ignore[attr-defined]
        logs: dict[str, Any] = {}
        k = -1
        for k, batch in enumerate(batches):
            if k % group == 0:
                begin(k)
            logs = step(*on_device(weigh(batch) if weigh else batch))
            if (k + 1) % group == 0:
                end(k, logs)
            if self.stop_training and kind == "train":
                break
        if k >= 0 and (k + 1) % group:
            end(k, logs)
        return self._numbers(logs)

    def _hooks(
        self,
        callbacks: Any,
        verbose: int | str,
        epochs: int,
        steps: int | None,
        history: bool = False,
    ) -> CallbackList:
        shown = 1 if verbose == "auto" else int(verbose)
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks, add_history=history, add_progbar=shown != 0, model=self,
            verbose=shown, epochs=epochs, steps=steps,
        )  # fmt: skip

    def _need_training(self, what: str) -> None:
        if not backend.TRAINS:
            raise NotImplementedError(NO_TRAINING.format(what=what, engine=backend.NAME))

    def _flat(self, logs: dict[str, float]) -> Any:
        """The values of logs; alone where there is but one."""
        values = list(logs.values())
        return values[0] if len(values) == 1 else values

    def _numbers(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Logs as plain numbers, in the order in which the step gave them."""
        return {k: number(logs[k]) for k in self.__dict__.get("_log_names", logs) if k in logs}

    def _prepare(self, data: Batches, train: bool, targets: bool = True) -> None:
        if not self._is_ready(train, targets):
            self._ensure_built(data.first(), train, targets)

    def _is_ready(self, train: bool, targets: bool) -> bool:
        """Whether model, metrics and optimizer have their variables."""
        compiled = self._compiled  # type: ignore[attr-defined]
        parts = [layer.built for layer in self._flatten_layers()]  # type: ignore[attr-defined]
        if targets and compiled:
            parts += [p.built for p in (compiled.metrics, compiled.loss) if p is not None]
        if train and self.optimizer is not None:  # type: ignore[attr-defined]
            parts.append(self.optimizer.built)  # type: ignore[attr-defined]
        return all(parts)

    def _ensure_built(self, batch: Any, train: bool, targets: bool = True) -> None:
        """Make all variables there are to be, for data like `batch`, without computing anything."""
        if self._is_ready(train, targets):
            return
        x, y, _ = tree.map_structure(symbol, batch)
        compiled = self._compiled  # type: ignore[attr-defined]
        unbuilt = (
            [p for p in (compiled.metrics, compiled.loss) if p and not p.built] if compiled else []
        )
        unbuilt_layers = not all(layer.built for layer in self._flatten_layers())  # type: ignore[attr-defined]
        if unbuilt_layers or (unbuilt and targets):
            with quietly():
                y_pred = self(x, training=False)  # type: ignore[operator]
                for part in unbuilt if targets else ():
                    part.build(y, y_pred)
        if train and self.optimizer is not None and not self.optimizer.built:  # type: ignore[attr-defined]
            self.optimizer.build(self.trainable_variables)  # type: ignore[attr-defined]


class Stream:
    """Batches in epochs of at most `limit` steps; an epoch goes on where the data stopped."""

    def __init__(self, data: Batches, limit: int | None):
        self.data, self.limit = data, limit
        self.current: Iterator[Any] | None = None

    def epoch(self) -> Iterator[Any]:
        """The batches of the next epoch."""
        if self.limit is None:
            yield from self.data.epoch()
            self.data.end_epoch()
            return
        for _ in range(self.limit):
            batch = next(self.current, None) if self.current else None
            if batch is None:
                self.current = self.data.epoch()
                batch = next(self.current, None)
                if batch is None:
                    return
            yield batch
        self.data.end_epoch()


def symbol(a: Any) -> KerasTensor | None:
    """The KerasTensor that stands for an array."""
    return None if a is None else KerasTensor(a.shape, dtypes.name_of(a))


def on_device(structure: Any) -> Any:
    """A structure of arrays as the engine's tensors."""
    return tree.map_structure(lambda a: None if a is None else backend.convert(a), structure)


def number(v: Any) -> Any:
    """A scalar tensor as a float; anything else as an array."""
    array = backend.to_numpy(getattr(v, "value", v))
    return float(array) if array.ndim == 0 else array


def is_tuple(data: Any) -> bool:
    """Whether validation data are arrays to be cut into batches."""
    return isinstance(data, (tuple, list))


def least(a: int | None, b: int | None) -> int | None:
    """The smaller of two limits, either of which may be None."""
    return min(n for n in (a, b) if n is not None) if (a, b) != (None, None) else None


def validates(epoch: int, frequency: int | list[int]) -> bool:
    """Whether there is a validation after epoch `epoch` (from 0)."""
    return (epoch + 1) % frequency == 0 if isinstance(frequency, int) else epoch + 1 in frequency
