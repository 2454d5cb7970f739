"""Images on TensorFlow."""

import tensorflow as tf


def stretched(x, axes, size, antialias):
    batch = x if x.ndim == 4 else x[None]
    if axes[2] == x.ndim - 1:
        y = tf.image.resize(batch, size, antialias=antialias)
    else:
        last = tf.transpose(batch, (0, 2, 3, 1))
        y = tf.transpose(tf.image.resize(last, size, antialias=antialias), (0, 3, 1, 2))
    return y if x.ndim == 4 else y[0]
