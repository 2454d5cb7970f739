"""Sparse tensors on JAX: BCOO, whose module takes most of a second to import."""

import operator

import jax.numpy as jnp

__all__ = ["SPARSE_OPS", "by_values", "densified", "is_sparse", "sparsified"]


def is_sparse(x):
    return type(x).__name__ == "BCOO"


def densified(x):
    return x.todense() if is_sparse(x) else x


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
    out = densified(x.sum(axis if isinstance(axis, tuple) else (axis,)))
    return jnp.expand_dims(out, axis) if keepdims else out


SPARSE_OPS = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "matmul": operator.matmul,
    "biased_matmul": lambda x, kernel, bias: x @ kernel + bias,
    "sum": total,
    "transpose": lambda x, axes=None: x.transpose(axes),
    "reshape": lambda x, newshape: x.reshape(tuple(newshape)),
}
