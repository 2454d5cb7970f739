"""Fourier transforms. Complex numbers are pairs of tensors: the real and the imaginary parts."""

from typing import Any

import numpy as np

from ..core.dtypes import floating, is_float, keep, name_of
from ..core.op import Tensor, op
from ..core.symbolic import KerasTensor
from .creation import ones, steps, zeros
from .elementwise import square, where
from .indexing import scattered
from .normalization import widened
from .patches import count_of, places, returned, windowed
from .shaping import broadcast_to, moveaxis, pad, position, reshape, taken
from .tensors import cast, convert_to_tensor, shape

__all__ = [
    "extract_sequences", "fft", "fft2", "ifft", "ifft2", "irfft", "istft", "rfft", "stft",
]  # fmt: skip


def twice(shape, name):
    """The symbols of a real and an imaginary part."""
    return KerasTensor(shape, name), KerasTensor(shape, name)


# -- What the engines have ----------------------------------------------------------------------
@op(spec=lambda real, imag, axes, inverse: twice(real.shape, name_of(real)), dtype=floating)
def fourier(real: Tensor, imag: Tensor, axes, inverse) -> Tensor:
    """The discrete Fourier transform over the last `axes` axes (1 or 2), or its inverse."""


def half(x, n):
    n = x.shape[-1] if n is None else n
    return twice((*x.shape[:-1], None if n is None else n // 2 + 1), name_of(x))


@op(spec=half, dtype=floating)
def fourier_of_real(x: Tensor, n) -> Tensor:
    """The first `n // 2 + 1` terms of the transform of the last axis, which has `n` elements; None:
    all that there are."""


@op(shape=lambda real, imag, n: (*real.shape[:-1], n), dtype=floating)
def real_from_fourier(real: Tensor, imag: Tensor, n) -> Tensor:
    """The `n` real numbers whose transform begins with the `n // 2 + 1` terms of the last axis."""


# -- Transforms ---------------------------------------------------------------------------------
def parts(name: str, x: Any, rank: int = 1) -> tuple[Any, Any]:
    """The real and the imaginary part of `x`, if they are two floating tensors of one shape."""
    if not isinstance(x, (tuple, list)) or len(x) != 2:
        raise ValueError(f"{name}: x: expected a pair, the real and the imaginary part.")
    real, imag = (convert_to_tensor(i) for i in x)
    shapes = tuple(real.shape), tuple(imag.shape)
    if len(shapes[0]) != len(shapes[1]) or any(
        m != n for m, n in zip(*shapes) if None not in (m, n)
    ):
        raise ValueError(f"{name}: x of shapes {shapes}: expected the same shape for both parts.")
    if not (is_float(name_of(real)) and is_float(name_of(imag))):
        raise ValueError(f"{name}: x of {name_of(real)}, {name_of(imag)}: expected floats.")
    if len(shapes[0]) < rank:
        raise ValueError(f"{name}: x of shape {shapes[0]}: expected at least {rank} axes.")
    return real, imag


def transformed(name: str, x: Any, axes: int, inverse: bool) -> tuple[Any, Any]:
    """A transform computed in at least 32 bits, in the dtype of `x`."""
    real, imag = parts(name, x, axes)
    wide = widened(real)
    pair = fourier(wide, widened(imag), axes, inverse)
    return pair if wide is real else narrowed(pair, real)


def narrowed(pair: Any, x: Tensor) -> tuple[Any, Any]:
    """`pair` in the dtype of `x`, which was too narrow to compute in."""
    return tuple(cast(i, name_of(x)) for i in pair)  # type: ignore[return-value]


@op()
def fft(x: Tensor) -> Tensor:
    """The Fourier transform of the last axis of `x`; both are pairs (real, imaginary)."""
    return transformed("fft", x, 1, False)


@op()
def ifft(x: Tensor) -> Tensor:
    """What `fft` takes to `x`; both are pairs (real, imaginary)."""
    return transformed("ifft", x, 1, True)


@op()
def fft2(x: Tensor) -> Tensor:
    """The Fourier transform of the last two axes of `x`; both are pairs (real, imaginary)."""
    return transformed("fft2", x, 2, False)


@op()
def ifft2(x: Tensor) -> Tensor:
    """What `fft2` takes to `x`; both are pairs (real, imaginary)."""
    return transformed("ifft2", x, 2, True)


def check_length(name: str, n: Any) -> None:
    if isinstance(n, int) and n < 1:
        raise ValueError(f"{name}: fft_length={n}: expected a positive number.")


@op()
def rfft(x: Tensor, fft_length=None) -> Tensor:
    """The first `fft_length // 2 + 1` terms of the transform of real numbers, as a pair.

    The last axis of `x` is cut off at `fft_length`, or filled up with zeros.
    """
    x = convert_to_tensor(x)
    if fft_length is not None or not x.ndim:
        check_length("rfft", shape(x)[-1] if fft_length is None else fft_length)
    wide = widened(x)
    pair = fourier_of_real(wide, fft_length)
    return pair if wide is x else narrowed(pair, x)


@op()
def irfft(x: Tensor, fft_length=None) -> Tensor:
    """`fft_length` real numbers whose transform begins with the pair `x`; an even count by default.

    The last axis of `x` is cut off at `fft_length // 2 + 1`, or filled up with zeros.
    """
    real, imag = parts("irfft", x)
    terms = shape(real)[-1]
    n = fft_length
    if n is None:
        n = None if terms is None else 2 * (terms - 1)
    check_length("irfft", n)
    return cast(real_from_fourier(widened(real), widened(imag), n), name_of(real))


# -- Short times --------------------------------------------------------------------------------
@op()
def extract_sequences(x: Tensor, sequence_length, sequence_stride) -> Tensor:
    """(..., sequences, sequence_length): the parts of the last axis, `sequence_stride` apart."""
    if sequence_length < 1 or sequence_stride < 1:
        raise ValueError(
            f"extract_sequences: sequence_length={sequence_length}, sequence_stride="
            f"{sequence_stride}: expected positive numbers."
        )
    x = convert_to_tensor(x)
    return windowed(x, position(-1, x.ndim), sequence_length, sequence_stride, 1)


COSINES = {"hann": 0.5, "hamming": 0.54}  # the mean of each window, a raised cosine


def check_window(window: Any, sequence_length: int) -> None:
    if isinstance(window, str):
        if window not in COSINES:
            raise ValueError(f"window={window!r}: expected 'hann', 'hamming', a tensor or None.")
    elif window is not None and tuple(window.shape) not in ((sequence_length,), (None,)):
        raise ValueError(
            f"window of shape {tuple(window.shape)}: expected ({sequence_length},), which is "
            "sequence_length."
        )


def window_of(window: Any, sequence_length: int, fft_length: int, name: str) -> Any:
    """The factors for `fft_length` samples, those of the window in the middle; or None."""
    if window is None:
        return None
    if isinstance(window, str):
        turn = np.cos(2 * np.pi * np.arange(sequence_length) / sequence_length)
        window = COSINES[window] - (1 - COSINES[window]) * turn
    low = (fft_length - sequence_length) // 2
    return pad(cast(window, name), (low, fft_length - sequence_length - low))


def check_frames(name, dtype, sequence_length, sequence_stride, fft_length, window) -> None:
    check_window(window, sequence_length)
    if not is_float(dtype):
        raise TypeError(f"{name}: x of {dtype}: expected floats.")
    if not 0 < sequence_length <= fft_length or sequence_stride < 1:
        raise ValueError(
            f"{name}: sequence_length={sequence_length}, sequence_stride={sequence_stride}, "
            f"fft_length={fft_length}: expected positive numbers, and fft_length no less than "
            "sequence_length."
        )


def frames_of(x, sequence_length, sequence_stride, fft_length, window="hann", center=True):
    check_frames("stft", name_of(x), sequence_length, sequence_stride, fft_length, window)
    n, margin = x.shape[-1], fft_length // 2 if center else 0
    count = None if n is None else count_of(n + 2 * margin, fft_length, sequence_stride, 1)
    return twice((*x.shape[:-1], count, fft_length // 2 + 1), name_of(x))


@op(spec=frames_of, dtype=keep)
def stft(
    x: Tensor, sequence_length, sequence_stride, fft_length, window="hann", center=True
) -> Tensor:
    """(..., frames, fft_length // 2 + 1): the transforms of the parts of the last axis, as a pair.

    window: factors for the `sequence_length` samples in the middle of each part: 'hann', 'hamming'
        or a tensor; None takes all `fft_length` samples as they are.
    center: whether `t * sequence_stride` is the middle of the t-th part, rather than its beginning;
        then `x` is mirrored at its ends.
    """
    name = name_of(x)
    check_frames("stft", name, sequence_length, sequence_stride, fft_length, window)
    x = widened(x)
    if center:
        n, margin = shape(x)[-1], fft_length // 2
        seen = returned(steps(-margin, n + margin, 1, "int32"), n, "mirror")
        x = taken(x, seen, x.ndim - 1)
    cuts = extract_sequences(x, fft_length, sequence_stride)
    factors = window_of(window, sequence_length, fft_length, name_of(x))
    cuts = cuts if factors is None else cuts * factors
    return tuple(cast(i, name) for i in fourier_of_real(cuts, fft_length))


def overlapped(parts: Tensor, stride: int) -> Tensor:
    """(..., samples): the sums of parts (..., count, length) that begin `stride` apart."""
    *batch, count, length = shape(parts)
    total = (count - 1) * stride + length
    at = reshape(convert_to_tensor(places(total, length, stride, 1)), (-1, 1))
    rows = moveaxis(reshape(parts, (*batch, count * length)), -1, 0)
    return moveaxis(scattered(zeros((total, *batch), parts.dtype), at, rows, "add"), 0, -1)


def samples_of(
    x, sequence_length, sequence_stride, fft_length, length=None, window="hann", center=True
):
    real, _ = parts("istft", x, 2)
    check_frames("istft", name_of(real), sequence_length, sequence_stride, fft_length, window)
    frames, margin = real.shape[-2], fft_length // 2 if center else 0
    if frames is None:
        return KerasTensor((*real.shape[:-2], None), name_of(real))
    n = (frames - 1) * sequence_stride + fft_length - margin
    n = n - margin if length is None else min(n, length)
    return KerasTensor((*real.shape[:-2], n), name_of(real))


@op(spec=samples_of)
def istft(
    x: Tensor,
    sequence_length,
    sequence_stride,
    fft_length,
    length=None,
    window="hann",
    center=True,
) -> Tensor:
    """The signal that `stft` takes to the pair `x`, given the same arguments; 0 where none saw it.

    length: how many samples to give, at most.
    """
    real, imag = parts("istft", x, 2)
    name = name_of(real)
    check_frames("istft", name, sequence_length, sequence_stride, fft_length, window)
    y = irfft((widened(real), widened(imag)), fft_length)
    factors = window_of(window, sequence_length, fft_length, name_of(y))
    factors = ones((fft_length,), y.dtype) if factors is None else factors
    weight = broadcast_to(square(factors), (shape(y)[-2], fft_length))
    signal, weight = (overlapped(i, sequence_stride) for i in (y * factors, weight))
    seen = weight > 1e-10
    signal = where(seen, signal / where(seen, weight, 1.0), 0.0)
    first = fft_length // 2 if center else 0
    last = first + length if length is not None else -first or None
    return cast(signal[..., first:last], name)
