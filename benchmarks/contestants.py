"""Who is measured: the engine's own loop, genuine Keras, kerasx, behind the same few methods."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from .workloads import LEARNING_RATE, WORKLOADS, Workload

NAMES = ("native", "tuned", "keras", "kerasx")  # tuned: native, with the engine's knobs turned
LIBRARIES = ("keras", "kerasx")


def runs(name: str, engine: str, workload: str) -> bool:
    """Whether the contestant takes part in a workload, or in "micro". XLA on a CPU is slow at
    convolutions (in a scan up to 25 times), so there is nothing to tune by it."""
    if name == "keras":
        return find_spec("keras") is not None
    images = workload in WORKLOADS and WORKLOADS[workload].images
    return name != "tuned" or (workload != "micro" and (engine == "torch" or not images))


def load(name: str, engine: str) -> Any:
    """Import what the contestant needs: the library, or the module with the native loop."""
    import_module(engine)
    return import_module(name if name in LIBRARIES else f"benchmarks.native.{engine}")


def make(name: str, module: Any, workload: Workload, weights: list, trains: list[bool]) -> Any:
    """The contestant, ready for its first step."""
    if name in LIBRARIES:
        return Library(module, workload, weights)
    return getattr(module, name.capitalize())(workload, weights, trains, workload.arrays())


class Library:
    """A model of Keras or kerasx, used as their documents say."""

    def __init__(self, keras: Any, workload: Workload, weights: list[np.ndarray]):
        self.keras, self.workload = keras, workload
        self.x, self.y = workload.arrays()
        keras.config.set_dtype_policy(workload.precision)
        self.model = workload.model(keras)
        self.model.set_weights(weights)
        self.parameters = self.model.count_params()
        integers = workload.loss == "crossentropy"
        losses = keras.losses
        self.model.compile(
            optimizer=keras.optimizers.Adam(LEARNING_RATE),
            loss=losses.SparseCategoricalCrossentropy(from_logits=True) if integers else "mse",
            metrics=["accuracy"] if integers else None,
        )

    def fit(self, samples: int | None = None, shuffle: bool = True, callbacks: Any = None) -> float:
        """Train for an epoch or as many as the workload says; the mean loss of the last one."""
        history = self.model.fit(
            self.x[:samples], self.y[:samples], batch_size=self.workload.batch,
            epochs=self.workload.epochs, shuffle=shuffle, callbacks=callbacks, verbose=0,
        )  # fmt: skip
        return history.history["loss"][-1]

    def callback(self) -> float:
        """`fit` with a callback that looks at each batch (but does not read its logs)."""

        class Counts(self.keras.callbacks.Callback):
            seen = 0

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                self.seen += 1

        counts = Counts()
        loss = self.fit(callbacks=[counts])
        expected = len(self.x) // self.workload.batch * self.workload.epochs
        assert counts.seen == expected, f"the callback saw {counts.seen} batches of {expected}"
        return loss

    def evaluate(self) -> float:
        """The loss over the data."""
        size = self.workload.batch
        found = self.model.evaluate(self.x, self.y, batch_size=size, verbose=0, return_dict=True)
        return found["loss"]

    def predict(self, samples: int | None = None) -> np.ndarray:
        """The outputs for the data."""
        return self.model.predict(self.x[:samples], batch_size=self.workload.batch, verbose=0)
