"""Fourier transforms on NumPy."""

import numpy as np

FOURIER = {(1, False): np.fft.fft, (1, True): np.fft.ifft}
FOURIER |= {(2, False): np.fft.fft2, (2, True): np.fft.ifft2}


def joined_parts(real, imag):
    return real + np.array(1j, "complex64" if real.dtype == "float32" else "complex128") * imag


def parts_of(y, dtype):
    return y.real.astype(dtype, copy=False), y.imag.astype(dtype, copy=False)


def fourier(real, imag, axes, inverse):
    return parts_of(FOURIER[axes, inverse](joined_parts(real, imag)), real.dtype)


def fourier_of_real(x, n):
    return parts_of(np.fft.rfft(x, n), x.dtype)


def real_from_fourier(real, imag, n):
    return np.fft.irfft(joined_parts(real, imag), n).astype(real.dtype)
