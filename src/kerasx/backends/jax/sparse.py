"""Sparse tensors on JAX: BCOO, whose module takes most of a second to import."""

import math
import operator

import jax.numpy as jnp
import numpy as np

__all__ = ["SPARSE_OPS", "by_values", "densified", "is_sparse", "sparsified"]


def is_sparse(x):
    return type(x).__name__ == "BCOO"


def densified(x):
    if not is_sparse(x):
        return x
    if x.dtype == bool:  # JAX adds what is at one place, and adds no booleans
        return x.astype("int8").todense().astype(bool)
    return x.todense()


def sparsified(x):
    from jax.experimental.sparse import BCOO

    return x if is_sparse(x) else BCOO.fromdense(x)


def by_values(fn):
    """`fn` of the values, each of which stands for its place alone."""

    def call(x, *args, **kwargs):
        x = x if x.unique_indices else x.sum_duplicates()
        values = fn(x.data, *args, **kwargs)
        known = {"indices_sorted": x.indices_sorted, "unique_indices": True}
        return type(x)((values, x.indices), shape=x.shape, **known)

    return call


def total(x, axis, keepdims):
    axes = axis if isinstance(axis, tuple) else (axis,)
    out = x.sum(axes)
    if not keepdims:
        return out  # a dense one, of all axes
    if is_sparse(out):
        return unsqueezed(out, axes)
    return type(x).fromdense(jnp.expand_dims(out, axes), nse=1)


def mean(x, axis, keepdims):
    out = total(x, axis, keepdims)
    count = math.prod(x.shape) // max(math.prod(out.shape), 1)
    return divide(out, count) if is_sparse(out) else out / count


def divide(a, b):
    flat = a.update_layout(n_batch=0, n_dense=0)
    by = jnp.broadcast_to(b, a.shape)[tuple(flat.indices.T)]
    known = {"indices_sorted": flat.indices_sorted, "unique_indices": flat.unique_indices}
    return type(a)((flat.data / by, flat.indices), shape=a.shape, **known)


def unsqueezed(x, axis):
    return x.reshape(np.expand_dims(np.broadcast_to(0, x.shape), axis).shape)


def joined(xs, axis=0):
    from jax.experimental.sparse import bcoo_concatenate

    return bcoo_concatenate(xs, dimension=axis % xs[0].ndim)


def chosen(op):
    """`op`, which gives 0 for two zeros, of two sparse tensors."""

    def call(a, b):
        return type(a).fromdense(op(a.todense(), b.todense()), nse=a.nse + b.nse)

    return call


def squeezed(x, axis=None):
    return x.reshape(np.squeeze(np.broadcast_to(0, x.shape), axis).shape)


def matmul(a, b):
    out = a @ b
    return out if out.shape else densified(out)


def transpose(x, axes=None):
    return x.transpose(axes if axes is None else tuple(a % x.ndim for a in axes))


SPARSE_OPS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": divide,
    "maximum": chosen(jnp.maximum),
    "minimum": chosen(jnp.minimum),
    "matmul": matmul,
    "biased_matmul": lambda x, kernel, bias: x @ kernel + bias,
    "sum": total,
    "mean": mean,
    "concatenate": joined,
    "expand_dims": unsqueezed,
    "squeeze": squeezed,
    "transpose": transpose,
    "reshape": lambda x, newshape: x.reshape(tuple(newshape)),
}
