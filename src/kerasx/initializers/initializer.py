"""Initializer: the base of all, and of those that users write."""

from typing import Any

import numpy as np

from ..backends import current as backend
from ..core.dtypes import standardize
from ..core.fields import Configurable


class Initializer(Configurable):
    """What makes the first value of a weight: `initializer(shape, dtype)` gives a tensor."""

    fresh = False  # whether each tensor that it gives is one that nobody else holds

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """A tensor of that shape, and of `dtype` or floatx."""
        raise NotImplementedError(
            f"{type(self).__name__} does not define __call__(shape, dtype=None)."
        )

    def clone(self):
        """Another initializer with the same config."""
        return self.from_config(self.get_config())


def tensor(values: np.ndarray, dtype: Any) -> Any:
    """What NumPy holds, as a tensor of the engine."""
    return backend.convert(values, standardize(dtype))
