"""Draws on NumPy, by Philox: a seed is two words, (seed, count)."""

import numpy as np

from ..host import host_generator, truncated_normal


def seed_words(seed, count):
    return np.array([seed, count], "uint32")


def words(state, near=None):
    return state.view("int32")


def advance(state):
    return state, state + np.array([0, 1], "uint32")


def beside(array, x):
    """An array as a tensor where `x` is."""
    return array


def tracing():
    return False


def seed_engine(seed):
    """NumPy's own generator is seeded with the library's."""


def generator(state):
    return host_generator(*state)


def wide(dtype):
    """NumPy draws floats of 32 or 64 bits."""
    return "float64" if dtype == "float64" else "float32"


def draw_uniform(state, shape, dtype):
    draws = generator(state).random(shape, wide(dtype))
    if dtype in ("float16", "bfloat16"):  # as many bits as they hold: rounding could reach 1
        bits = 2**11 if dtype == "float16" else 2**8
        draws = np.floor(draws * bits) / bits
    return np.asarray(draws, dtype)


def draw_normal(state, shape, dtype):
    return np.asarray(generator(state).standard_normal(shape, wide(dtype)), dtype)


def draw_truncated(state, shape, dtype):
    return truncated_normal(generator(state), shape, wide(dtype)).astype(dtype)


def draw_integers(state, shape, low, high, dtype):
    return np.asarray(generator(state).integers(low, high, shape), dtype)


def draw_gamma(state, shape, alpha, dtype):
    return np.asarray(
        generator(state).standard_gamma(alpha.astype(wide(dtype)), shape, wide(dtype)), dtype
    )


def draw_binomial(state, shape, counts, probabilities, dtype):
    return np.asarray(
        generator(state).binomial(counts.astype("int64"), probabilities, shape), dtype
    )


def drop(x, state, rate, noise_shape):
    kept = generator(state).random(noise_shape, "float32") >= rate
    return np.where(kept, x * np.asarray(1 / (1 - rate), x.dtype), np.zeros((), x.dtype))
