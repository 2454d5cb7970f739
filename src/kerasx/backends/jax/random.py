"""Draws on JAX: a seed is the two words of a Threefry key."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import Tracer
from jax.extend.random import threefry2x32_p

from .state import DTYPES


def seed_words(seed, count):
    return jnp.asarray(np.array([seed, count], "uint32"))


def words(state, near=None):
    return lax.bitcast_convert_type(state, jnp.int32)


@jax.jit
def threefry(key, x0, x1):
    unsigned = (lax.bitcast_convert_type(x, jnp.uint32) for x in (key[0], key[1], x0, x1))
    return tuple(words(x) for x in threefry2x32_p.bind(*unsigned))


def advance(state):
    return state, state + jnp.array([0, 1], "uint32")


def beside(array, x):
    """An array as a tensor where `x` is."""
    return jnp.asarray(array)


def tracing():
    return isinstance(lax.full((), 0), Tracer)


def seed_engine(seed):
    """JAX has no generator of its own."""


def key(state):
    return jax.random.wrap_key_data(state, impl="threefry2x32")


def draw_uniform(state, shape, dtype):
    return jax.random.uniform(key(state), shape, DTYPES[dtype])


def draw_normal(state, shape, dtype):
    return jax.random.normal(key(state), shape, DTYPES[dtype])


def draw_truncated(state, shape, dtype):
    return jax.random.truncated_normal(key(state), -2.0, 2.0, shape, DTYPES[dtype])


def draw_integers(state, shape, low, high, dtype):
    return jax.random.randint(key(state), shape, low, high, DTYPES[dtype])


def draw_gamma(state, shape, alpha, dtype):
    return jax.random.gamma(key(state), alpha, shape, DTYPES[dtype])


def draw_binomial(state, shape, counts, probabilities, dtype):
    return jax.random.binomial(key(state), counts, probabilities, shape, DTYPES[dtype])


def drop(x, state, rate, noise_shape):
    kept = jax.random.bernoulli(key(state), 1 - rate, noise_shape)
    return jnp.where(kept, x / (1 - rate), jnp.zeros((), x.dtype))
