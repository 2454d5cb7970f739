"""Initializers without chance."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from ..core.dtypes import standardize
from ..core.fields import choice, field
from ..core.serialization import deserialize_keras_object
from ..ops.creation import ones, zeros
from .initializer import Initializer, tensor


class Zeros(Initializer):
    """Zeros."""

    fresh = True

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return zeros(shape, standardize(dtype))


class Ones(Initializer):
    """Ones."""

    fresh = True

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return ones(shape, standardize(dtype))


class Constant(Initializer):
    """`value` (a number, or an array that broadcasts) everywhere."""

    value: Annotated[Any, deserialize_keras_object] = 0.0

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return tensor(np.broadcast_to(np.asarray(self.value), tuple(shape)), dtype)


class Identity(Initializer):
    """`gain` on the main diagonal of a matrix, zeros elsewhere."""

    gain: float = field(default=1.0, saved="changed")  # files of Keras do not have it

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if len(shape) != 2:
            raise ValueError(
                f"Identity: shape={tuple(shape)}: expected a matrix, which has two axes."
            )
        return tensor(self.gain * np.eye(*shape), dtype)


class STFT(Initializer):
    """The kernel of a short-time Fourier transform: (time, 1, frequencies).

    side: 'real' gives the cosines, 'imag' the sines (negated) of the frequencies
        `f / (2 * (frequencies - 1))`.
    window: name of the window over time, its values, or None.
    scaling: 'density' divides by the root of the window's energy, 'spectrum' by its sum;
        without a window, neither does.
    periodic: whether the window is a period of a longer one (for spectra), or symmetric.
    """

    side: Annotated[str, choice("real", "imag")] = "real"
    window: str | Sequence[float] | None = "hann"
    scaling: Annotated[str | None, choice(None, "density", "spectrum")] = "density"
    periodic: bool = False

    def setup(self) -> None:
        if isinstance(self.window, str):
            window_of(self.window, 8, self.periodic)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if len(shape) != 3 or shape[1] != 1 or shape[2] < 2:
            raise ValueError(
                f"STFT: shape={tuple(shape)}: expected (time, 1, frequencies), of 2 or more."
            )
        time, _, frequencies = shape
        angle = np.outer(np.arange(time), np.arange(frequencies)) * np.pi / (frequencies - 1)
        wave = np.cos(angle) if self.side == "real" else -np.sin(angle)
        window = window_of(self.window, time, self.periodic)
        if self.window is None:  # there is nothing to make up for
            return tensor(wave[:, None], dtype)
        if self.scaling == "density":
            window = window / np.sqrt(np.sum(window**2))
        elif self.scaling == "spectrum":
            window = window / np.sum(window)
        return tensor((wave * window[:, None])[:, None], dtype)


def window_of(window: Any, size: int, periodic: bool) -> np.ndarray:
    """The values of a window, given by its name or by themselves."""
    if window is None:
        return np.ones(size)
    if not isinstance(window, str):
        return np.asarray(window, "float64")
    if window in ("hann", "hamming"):
        offset = 0.5 if window == "hann" else 0.54
        return offset - (1 - offset) * np.cos(
            2 * np.pi * np.arange(size) / (size if periodic else size - 1)
        )
    try:
        from scipy.signal import get_window
    except ImportError:
        raise ValueError(
            f"window={window!r}: without SciPy there are 'hann' and 'hamming'."
        ) from None
    return np.asarray(get_window(window, size, fftbins=periodic))
