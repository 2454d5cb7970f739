"""The optimizers of Keras 2, by name only: as in Keras 3, making one is an error that says so."""

from typing import Any


class Removed:
    """Raises ImportError: there are no optimizers of Keras 2."""

    def __init__(self, *args: Any, **kwargs: Any):
        raise ImportError(
            "optimizers.legacy: the optimizers of Keras 2 are not there. Use the class of the same "
            "name in `optimizers`; a `decay` becomes a schedule, `schedules.InverseTimeDecay`."
        )


Adagrad = Adam = Ftrl = Optimizer = RMSprop = SGD = Removed
