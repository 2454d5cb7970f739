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
    """Of two sparse tensors a sparse one."""
    if is_sparse(a) and is_sparse(b):
        return sparsified(array.matmul(densified(a), densified(b)))
    if a.shape.rank != 2 or b.shape.rank != 2:
        return array.matmul(densified(a), densified(b))
    return tf.sparse.sparse_dense_matmul(a, b)


def multiply(a, b):
    if not is_sparse(a):
        a, b = b, a
    return a * densified(b)


def reduced(total):
    """A sum, as a sparse tensor if it has axes: TensorFlow's sparse sum has no gradients."""
    return sparsified(total) if total.shape.rank else total


def mean(x, axis, keepdims):
    total = tf.sparse.reduce_sum(x, axis, keepdims)
    shape = tf.shape(x, tf.int64)
    count = tf.reduce_prod(shape if axis is None else tf.gather(shape, axis))
    return reduced(total / tf.cast(count, total.dtype))


def expand_dims(x, axis):
    axes = (axis,) if isinstance(axis, int) else axis
    for a in sorted(a % (x.shape.rank + len(axes)) for a in axes):
        x = tf.sparse.expand_dims(x, a)
    return x


def squeeze(x, axis=None):
    return sparsified(tf.squeeze(densified(x), axis))


SPARSE_OPS = {
    "add": tf.sparse.add,
    "subtract": lambda a, b: tf.sparse.add(a, tf.sparse.map_values(tf.negative, b)),
    "multiply": multiply,
    "divide": lambda a, b: a / b,
    "maximum": tf.sparse.maximum,
    "minimum": tf.sparse.minimum,
    "matmul": matmul,
    "biased_matmul": lambda x, kernel, bias: matmul(x, kernel) + bias,
    "sum": lambda x, axis, keepdims: reduced(tf.sparse.reduce_sum(x, axis, keepdims)),
    "mean": mean,
    "concatenate": lambda xs, axis=0: tf.sparse.concat(axis, xs),
    "expand_dims": expand_dims,
    "squeeze": squeeze,
    "transpose": lambda x, axes=None: tf.sparse.transpose(x, axes),
    "reshape": lambda x, newshape: tf.sparse.reshape(x, newshape),
}
