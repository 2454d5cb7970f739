"""Windows of signals: weights for the samples of a stretch, small towards its ends."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import current as backend
from ..core.op import Tensor
from ..core.symbolic import KerasTensor
from .tensors import convert_to_numpy, resolved

__all__ = ["bartlett", "blackman", "hamming", "hanning", "kaiser"]


def weights(window: Callable[..., Any], x: Any, *shape: float) -> Tensor:
    """The window of `x` samples, in floatx: it is a constant, and computed on the host."""
    if type(x) is KerasTensor:
        raise TypeError(f"{window.__name__}: expected a number of samples; got {x!r}.")
    return backend.convert(window(int(convert_to_numpy(x)), *shape), resolved(None))


def bartlett(x: Any) -> Tensor:
    """The triangle over `x` samples, 0 at both ends."""
    return weights(np.bartlett, x)


def blackman(x: Any) -> Tensor:
    """The Blackman window over `x` samples: a sum of three cosines, close to 0 at both ends."""
    return weights(np.blackman, x)


def hamming(x: Any) -> Tensor:
    """The Hamming window over `x` samples: a raised cosine, 0.08 at both ends."""
    return weights(np.hamming, x)


def hanning(x: Any) -> Tensor:
    """The Hann window over `x` samples: a raised cosine, 0 at both ends."""
    return weights(np.hanning, x)


def kaiser(x: Any, beta: Any) -> Tensor:
    """The Kaiser window over `x` samples: the larger `beta`, the narrower."""
    return weights(np.kaiser, x, float(convert_to_numpy(beta)))
