"""Fourier transforms on JAX."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

FOURIER = {(1, False): jnp.fft.fft, (1, True): jnp.fft.ifft}
FOURIER |= {(2, False): jnp.fft.fft2, (2, True): jnp.fft.ifft2}


def fourier(real, imag, axes, inverse):
    y = FOURIER[axes, inverse](lax.complex(real, imag))
    return jnp.real(y), jnp.imag(y)


@partial(jax.jit, static_argnums=1, inline=True)  # three calls in one
def fourier_of_real(x, n):
    y = jnp.fft.rfft(x, n)
    return jnp.real(y), jnp.imag(y)


def real_from_fourier(real, imag, n):
    return jnp.fft.irfft(lax.complex(real, imag), n)
