"""The loops over batches: fit, evaluate, predict, and their single-batch forms."""

from typing import Any

import numpy as np

from ..backends import current as backend
from ..core import config, dtypes, heap, tree
from ..core.scope import quietly
from ..core.symbolic import KerasTensor
from .callbacks import CallbackList, History, default_callbacks
from .data import ArrayBatches, Batches, batches_of, unpack_x_y_sample_weight
from .data.adapter import as_array
from .passes import Passes, Stream, least, on_device
from .weights import class_weights_to_sample_weights

NO_TRAINING = (
    "{what}: the {engine} backend does not differentiate, so it cannot train: it predicts and "
    "evaluates. "
    "Choose jax, torch or tensorflow: set KERASX_BACKEND, or use kerasx.models.to_backend(model, "
    "'jax')."
)


class Loops(Passes):
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
            batch_size: samples a step, where x is arrays; None: as many as make the steps that are
                given, else 32.
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
        self._look_again()  # type: ignore[attr-defined]
        if validation_split and validation_data is None:
            whole = batches_of(x, y, sample_weight, batch_size, shuffle)
            if not isinstance(whole, ArrayBatches):
                raise ValueError("fit(): validation_split needs arrays: give validation_data.")
            part, held_out = whole.split(validation_split)
            data: Batches = part.cut(batch_size, steps_per_epoch)
            validation: Batches | None = held_out.cut(
                validation_batch_size or batch_size, validation_steps
            )
        else:
            data = batches_of(x, y, sample_weight, batch_size, shuffle, steps_per_epoch)
            validation = None
            if validation_data is not None:
                parts = (validation_data, None, None)
                if isinstance(validation_data, (tuple, list)):
                    parts = unpack_x_y_sample_weight(validation_data)
                arrays = validation_batch_size or batch_size if is_tuple(validation_data) else None
                validation = batches_of(*parts, arrays, steps=validation_steps)
        self._prepare(data, train=True)
        if not class_weight:  # they are looked up on the host
            data = data.resident()
        if validation is not None and epochs > 1:
            validation = validation.resident()
        limit = least(steps_per_epoch, config.SETTINGS.max_steps_per_epoch)
        total = least(limit, data.size) if data.size is not None else limit
        epochs = least(epochs, config.SETTINGS.max_epochs) or 0
        hooks = self._hooks(callbacks, verbose, epochs=epochs, steps=total, history=True)
        self.stop_training = False
        logs: dict[str, Any] = {}
        stream = Stream(data, limit)
        hooks.on_train_begin()
        first = hooks.resumes_at or initial_epoch
        for epoch in range(first, epochs):
            self.reset_metrics()  # type: ignore[attr-defined]
            hooks.on_epoch_begin(epoch)
            weigh = class_weight and (lambda b: class_weights_to_sample_weights(b, class_weight))
            logs = self._run("train", stream, hooks, weigh)
            if not logs and epoch > first:
                break  # it was told that the data have ended
            if not logs:
                raise ValueError("fit(): the data gave no batches.")
            if validation is not None and validates(epoch, validation_freq):
                found = self._evaluate(validation, validation_steps, hooks, 0)
                logs |= {f"val_{k}": v for k, v in found.items()}
            hooks.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        if self.optimizer is not None and epochs > 0:  # type: ignore[attr-defined]
            self.optimizer.finalize_variable_values(self.trainable_variables)  # type: ignore[attr-defined]
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
            batch_size: samples a step, where x is arrays; None: as many as make the steps that are
                given, else 32.
            verbose: 0 silent, 1 a progress bar, 2 a line; 'auto': 1.
            sample_weight: weight of each sample.
            steps: number of steps; None: until the data ends.
            callbacks: Callback objects.
            return_dict: whether a dict by name is returned.
        """
        if kwargs:
            raise ValueError(f"evaluate(): unknown arguments {sorted(kwargs)}.")
        self._need_compiled("evaluate()")  # type: ignore[attr-defined]
        self._look_again()  # type: ignore[attr-defined]
        data = batches_of(x, y, sample_weight, batch_size, steps=steps)
        self._prepare(data, train=False)
        logs = self._evaluate(data, steps, callbacks, verbose)
        return logs if return_dict else self._flat(logs)

    def _evaluate(
        self, data: Batches, steps: int | None, callbacks: Any, verbose: int | str
    ) -> dict[str, float]:
        hooks = self._hooks(callbacks, verbose, epochs=1, steps=least(steps, data.size))
        self.reset_metrics()  # type: ignore[attr-defined]
        hooks.on_test_begin()
        if steps is None and not hooks.wants_batches("test"):
            data = self._widened("test", data)
        logs = self._run("test", Stream(data, steps), hooks)
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
            batch_size: samples a step, where x is arrays; None: as many as make the steps that are
                given, else 32.
            verbose: 0 silent, 1 a progress bar, 2 a line; 'auto': 1.
            steps: number of steps; None: until the data ends.
            callbacks: Callback objects.
        """
        nobody_looks = not (verbose or callbacks or default_callbacks)
        if nobody_looks and type(x) is np.ndarray and x.ndim and 0 < len(x) <= (batch_size or 32):
            return tree.map_structure(np.array, self.predict_on_batch(x))  # one batch: no loop
        data = batches_of(x, batch_size=batch_size, steps=steps)
        self._prepare(data, train=False, targets=False)
        step = self.make_predict_function()  # type: ignore[attr-defined]
        hooks = self._hooks(callbacks, verbose, epochs=1, steps=least(steps, data.size))
        hooks.on_predict_begin()
        if steps is None and not hooks.wants_batches("predict"):
            data = self._widened("predict", data)
        fill_up = backend.RECOMPILES and data.is_ragged and self._fills_up("predict")  # type: ignore[attr-defined]
        outputs: list[Any] = []
        for k, (inputs, _, _) in enumerate(Stream(data, steps).epoch()):
            hooks.on_predict_batch_begin(k)
            full = data.batch_size or 0
            if fill_up and outputs and rows_of(inputs) != {full} == rows_of(outputs[0]):
                y = step(on_device(filled(inputs, full)), None, None)
                outputs.append(cut(y, *rows_of(inputs)))
            else:
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

    def _widened(self, kind: str, data: Batches) -> Batches:
        """`data`, in larger batches where nothing but the time tells them apart."""
        size = data.batch_size
        if not isinstance(data, ArrayBatches) or not size or data.length <= size:
            return data
        times = self._at_once(kind, size)  # type: ignore[attr-defined]
        if backend.RECOMPILES and data.length < size * times:
            return data  # its own length would be one more size to compile for
        return data.cut(size * times, None)

    def _prepare(self, data: Batches, train: bool, targets: bool = True) -> None:
        heap.keep()
        if not self._is_ready(train, targets):
            self._ensure_built(data.first(), train, targets)

    def _is_ready(self, train: bool, targets: bool) -> bool:
        """Whether model, metrics and optimizer have their variables."""
        known = self._parts()  # type: ignore[attr-defined]
        if (train, targets) not in known.ready:
            compiled = self._compiled  # type: ignore[attr-defined]
            found = [layer.built for layer in known.layers]
            if targets and compiled:
                found += [p.built for p in (compiled.metrics, compiled.loss) if p is not None]
            if train and self.optimizer is not None:  # type: ignore[attr-defined]
                found.append(self.optimizer.built)  # type: ignore[attr-defined]
            if all(found):
                known.ready.add((train, targets))
        return (train, targets) in known.ready

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


def symbol(a: Any) -> KerasTensor | None:
    """The KerasTensor that stands for an array."""
    return None if a is None else KerasTensor(a.shape, dtypes.name_of(a))


def rows_of(structure: Any) -> set[int]:
    """The lengths of the arrays in a structure."""
    return {len(a) for a in tree.flatten(structure) if a is not None}


def filled(structure: Any, rows: int) -> Any:
    """A batch with its first sample behind the others, up to `rows` of them."""
    return tree.map_structure(
        lambda a: None if a is None else np.concatenate([a, np.repeat(a[:1], rows - len(a), 0)]),
        structure,
    )


def cut(structure: Any, rows: int) -> Any:
    """The first `rows` rows of all arrays in a structure."""
    return tree.map_structure(lambda a: a[:rows], structure)


def is_tuple(data: Any) -> bool:
    """Whether validation data are arrays to be cut into batches."""
    return isinstance(data, (tuple, list))


def validates(epoch: int, frequency: int | list[int]) -> bool:
    """Whether there is a validation after epoch `epoch` (from 0)."""
    return (epoch + 1) % frequency == 0 if isinstance(frequency, int) else epoch + 1 in frequency
