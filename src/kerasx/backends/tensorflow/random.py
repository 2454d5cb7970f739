"""Draws on TensorFlow: a seed is two words, (seed, count)."""

import numpy as np
import tensorflow as tf

from .state import DTYPES, outside_xla


def seed_words(seed, count):
    return tf.constant(np.array([seed, count], "uint32"))


def words(state, near=None):
    """As the signed integers that TensorFlow's functions take."""
    return tf.bitcast(state, tf.int32)


def advance(state):
    now = tf.convert_to_tensor(state)
    return now, tf.bitcast(words(now) + tf.constant([0, 1]), tf.uint32)


def beside(array, x):
    """An array as a tensor where `x` is."""
    return tf.constant(array)


def tracing():
    return False


def seed_engine(seed):
    tf.random.set_seed(seed)


def wide(x):
    """`x`, with 16-bit floats as 32-bit ones: some kernels have no others."""
    return tf.cast(x, tf.float32) if x.dtype.size == 2 else x


def draw_uniform(state, shape, dtype):
    return tf.random.stateless_uniform(shape, words(state), dtype=DTYPES[dtype])


def draw_normal(state, shape, dtype):
    return tf.random.stateless_normal(shape, words(state), dtype=DTYPES[dtype])


def draw_truncated(state, shape, dtype):
    return tf.random.stateless_truncated_normal(shape, words(state), dtype=DTYPES[dtype])


def draw_integers(state, shape, low, high, dtype):
    return tf.cast(
        tf.random.stateless_uniform(shape, words(state), low, high, tf.int64), DTYPES[dtype]
    )


@outside_xla
def draw_gamma(state, shape, alpha, dtype):
    alpha = wide(alpha)
    return tf.cast(
        tf.random.stateless_gamma(shape, words(state), alpha, dtype=alpha.dtype), DTYPES[dtype]
    )


@outside_xla
def draw_binomial(state, shape, counts, probabilities, dtype):
    counts, probabilities = wide(counts), wide(probabilities)
    draws = tf.random.stateless_binomial(shape, words(state), counts, probabilities, counts.dtype)
    return tf.cast(draws, DTYPES[dtype])


def drop(x, state, rate, noise_shape):
    return tf.nn.experimental.stateless_dropout(x, rate, words(state), noise_shape=noise_shape)
