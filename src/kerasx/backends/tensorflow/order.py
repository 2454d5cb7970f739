"""Sorting and searching on TensorFlow."""

from math import isfinite as is_number

import tensorflow as tf

from .array import EAGER, sizes


def floats_in_order(x, axis):
    if axis < x.ndim - 1 or x.shape[-1] is None:
        return tf.sort(x, axis)
    return -tf.math.top_k(-x, x.shape[-1])[0]


def ordered(x, axis):
    if x.dtype == tf.bool:
        return tf.cast(ordered(tf.cast(x, tf.int8), axis), tf.bool)
    if not x.dtype.is_floating:
        return tf.sort(x, axis)
    if isinstance(x, EAGER):
        y = floats_in_order(x, axis)
        if is_number(tf.reduce_sum(y)):
            return y
    # NaN comes last, as on other engines
    y = floats_in_order(tf.where(x == x, x, tf.cast(float("inf"), x.dtype)), axis)
    numbers = tf.reduce_sum(tf.cast(x == x, tf.int32), axis, keepdims=True)
    last = tf.reshape(tf.range(sizes(x)[axis]), [-1] + [1] * (x.ndim - 1 - axis)) >= numbers
    return tf.where(last, tf.cast(float("nan"), x.dtype), y)


def order(x, axis):
    if x.dtype == tf.bool:
        x = tf.cast(x, tf.int8)
    elif x.dtype.is_floating:  # NaN comes last, as on other engines
        x = tf.where(x == x, x, tf.cast(float("inf"), x.dtype))
    return tf.argsort(x, axis, stable=True)


def top_k(x, k, sorted=True):
    if x.dtype == tf.bool:
        values, indices = tf.math.top_k(tf.cast(x, tf.int8), k, sorted)
        return tf.cast(values, tf.bool), indices
    values, indices = tf.math.top_k(x, k, sorted)
    return values, indices


def places(sorted_sequence, values, side):
    flat = tf.searchsorted(sorted_sequence, tf.reshape(values, [-1]), side)
    return tf.reshape(flat, tf.shape(values))
