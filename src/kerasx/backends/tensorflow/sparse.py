"""Sparse tensors on TensorFlow: tf.SparseTensor."""

import tensorflow as tf

from . import array

__all__ = ["SPARSE_OPS", "by_values", "densified", "is_sparse", "sparsified"]


def is_sparse(x):
    return isinstance(x, tf.SparseTensor)


def densified(x):
    return tf.sparse.to_dense(tf.sparse.reorder(x)) if is_sparse(x) else x


def sparsified(x):
    return x if is_sparse(x) else tf.sparse.from_dense(x)


def by_values(fn):
    """`fn` of the values, each of which stands for its place alone."""

    def call(x, *args, **kwargs):
        return tf.sparse.map_values(lambda values: fn(values, *args, **kwargs), x)

    return call


def matmul(a, b):
    if a.shape.rank != 2 or b.shape.rank != 2:
        return array.matmul(densified(a), densified(b))
    return tf.sparse.sparse_dense_matmul(a, densified(b) if is_sparse(a) else b)


def multiply(a, b):
    if not is_sparse(a):
        a, b = b, a
    return a * densified(b)


SPARSE_OPS = {
    "add": tf.sparse.add,
    "subtract": lambda a, b: tf.sparse.add(a, tf.sparse.map_values(tf.negative, b)),
    "multiply": multiply,
    "matmul": matmul,
    "biased_matmul": lambda x, kernel, bias: matmul(x, kernel) + bias,
    "sum": lambda x, axis, keepdims: tf.sparse.reduce_sum(x, axis, keepdims),
    "transpose": lambda x, axes=None: tf.sparse.transpose(x, axes),
    "reshape": lambda x, newshape: tf.sparse.reshape(x, newshape),
}
