"""Fourier transforms on PyTorch."""

import torch

FOURIER = {(1, False): torch.fft.fft, (1, True): torch.fft.ifft}
FOURIER |= {(2, False): torch.fft.fft2, (2, True): torch.fft.ifft2}


def fourier(real, imag, axes, inverse):
    if not real.numel():  # torch transforms nothing that is empty
        return real, imag
    y = FOURIER[axes, inverse](torch.complex(real, imag))
    return y.real, y.imag


def fourier_of_real(x, n):
    if not x.numel():
        n = x.shape[-1] if n is None else n
        return (x.new_zeros((*x.shape[:-1], n // 2 + 1)),) * 2
    y = torch.fft.rfft(x, n)
    return y.real, y.imag


def real_from_fourier(real, imag, n):
    if not real.numel():
        return real.new_zeros((*real.shape[:-1], n))
    return torch.fft.irfft(torch.complex(real, imag), n)
