"""Linear algebra on TensorFlow."""

# ruff: noqa: I001 - the imports are a table of the contract

import tensorflow as tf
from tensorflow.linalg import eig, eigh, inv, cholesky as lower_factor

from .array import sizes
from .state import outside_xla

det, slogdet = outside_xla(tf.linalg.det), outside_xla(tf.linalg.slogdet)


def solved_matrix(a, b):
    if a.ndim == b.ndim == 2:
        return tf.linalg.solve(a, b)
    batch = tf.broadcast_dynamic_shape(tf.shape(a)[:-2], tf.shape(b)[:-2])
    a = tf.broadcast_to(a, tf.concat([batch, sizes(a)[-2:]], 0))
    return tf.linalg.solve(a, tf.broadcast_to(b, tf.concat([batch, sizes(b)[-2:]], 0)))


def qr(x, mode="reduced"):
    return tuple(tf.linalg.qr(x, full_matrices=mode == "complete"))


def svd(x, full_matrices=True, compute_uv=True):
    if not compute_uv:
        return tf.linalg.svd(x, compute_uv=False)
    s, u, v = tf.linalg.svd(x, full_matrices)
    return u, s, tf.linalg.adjoint(v)


def solved_triangle(a, b, lower):
    return tf.linalg.triangular_solve(a, b, lower)
