"""JAX: arrays."""

# ruff: noqa: I001 - the imports are a table of the contract

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import Tracer
from jax.lax import complex as complex_of, erf_inv as erfinv, rsqrt, stop_gradient
from jax.numpy import (  # names and meanings that already match the contract
    absolute, add, all, amax, amin, any, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh,
    bitwise_and, bitwise_invert, bitwise_or, bitwise_xor, broadcast_to, cbrt, ceil, where as choose,
    subtract as difference, where as either,
    concatenate, copy, cos, cosh, divide, equal, exp, expm1, floor, floor_divide, fmax, fmin, fmod,
    gcd, greater, greater_equal, hypot, i0, imag as imaginary_part, isfinite, isinf, isnan,
    left_shift, less, less_equal, log, log10, log1p, log2, logaddexp2, logical_and, logical_not,
    logical_or, logical_xor, maximum, mean, minimum, conj as mirrored, mod, multiply,
    negative, not_equal, power, real as real_part, reciprocal, repeat as repeated, reshape,
    flip as reverse, right_shift, roll as rotate, sign, sin, sinh, sqrt, square,
    squeeze as squeezed, stack, subtract, take as taken, take_along_axis as taken_along, tan, tanh,
    tile as tiled, transpose, trunc, expand_dims as unsqueezed,
)  # fmt: skip
from jax.scipy.special import erf, erfc, gammainc

from .state import DTYPES, available

FEW = 4096  # elements that are sooner handed to JAX than made by it


def sizes(x):
    return x.shape


def concrete(fn):
    """`fn`, whose output has a size that hangs on values; it says so where they are not known."""

    def call(x):
        try:
            return fn(x)
        except jax.errors.ConcretizationTypeError as error:
            raise ValueError(
                "the size of an output hangs on values, which jit does not know: give the op a "
                "size, if it takes one, or call it outside of compiled code."
            ) from error

    return call


as_size = concrete(int)


def round(x, decimals=0):
    if decimals < 0 and jnp.issubdtype(x.dtype, jnp.integer):
        return jnp.round(x.astype("float32"), decimals).astype(x.dtype)
    return jnp.round(x, decimals)


# -- Reductions ---------------------------------------------------------------------------------
def sum(x, axis, keepdims):
    return jnp.sum(x, axis, x.dtype, keepdims=keepdims)


def product(x, axis, keepdims):
    return jnp.prod(x, axis, x.dtype, keepdims=keepdims)


def argmax(x, axis=None, keepdims=False):
    return short(jnp.argmax(x, axis, keepdims=keepdims))


def argmin(x, axis=None, keepdims=False):
    return short(jnp.argmin(x, axis, keepdims=keepdims))


def short(indices):
    """`indices` in int32: they may be of 64 bits."""
    return indices if indices.dtype == "int32" else indices.astype("int32")


def var(x, axis, keepdims):
    return jnp.var(x, axis, keepdims=keepdims)


def running_sum(x, axis):
    return jnp.cumsum(x, axis, x.dtype)


def running_product(x, axis):
    return jnp.cumprod(x, axis, x.dtype)


# -- Creation -----------------------------------------------------------------------------------
def filled(shape, value, dtype):
    few = type(value) in (int, float, bool) and value in (0, 1) and math.prod(shape) <= FEW
    if few:
        return jnp.asarray(np.full(shape, value, available(dtype)))
    return jnp.full(shape, value, DTYPES[dtype])


def steps(start, stop, step, dtype):
    return jnp.arange(start, stop, step, DTYPES[dtype])


# -- Moving elements ----------------------------------------------------------------------------
def pieces(x, sections, axis):
    return jnp.split(x, sections, axis)


def padded(x, widths, value):
    return jnp.pad(x, widths, constant_values=value)


def reinterpreted(x, dtype):
    return x.view(DTYPES[dtype])


def get_item(x, key):
    # lists are indices in NumPy, but JAX wants arrays
    key = tuple(map(listed, key)) if isinstance(key, tuple) else listed(key)
    return x[key]


def listed(k):
    return jnp.asarray(k) if isinstance(k, list) else k


@concrete
def nonzero(x):
    return tuple(i.astype("int32") for i in jnp.nonzero(x))


def slice(inputs, start_indices, shape):
    return lax.dynamic_slice(inputs, tuple(start_indices), shape)


def slice_update(inputs, start_indices, updates):
    return lax.dynamic_update_slice(inputs, updates.astype(inputs.dtype), tuple(start_indices))


METHODS = {None: "set", "add": "add", "max": "max", "min": "min", "mul": "multiply"}


def scattered(inputs, indices, updates, reduction):
    at = inputs.at[tuple(jnp.moveaxis(indices, -1, 0))]
    return getattr(at, METHODS[reduction])(updates)


# -- Order --------------------------------------------------------------------------------------
def ordered(x, axis):
    return jnp.sort(x, axis)


def order(x, axis):
    return short(jnp.argsort(x, axis))


def top_k(x, k, sorted=True):
    values, indices = lax.top_k(x, k)
    return values, short(indices)


def places(sorted_sequence, values, side):
    return short(jnp.searchsorted(sorted_sequence, values, side))


# -- Contractions -------------------------------------------------------------------------------
def matmul(x1, x2):
    if isinstance(x1, Tracer) and x2.ndim == 2 and x1.ndim > 2:
        rows = jnp.reshape(x1, (math.prod(x1.shape[:-1]), x1.shape[-1]))
        # XLA takes half as long again for the gradient of a stack of products as for that of one
        return jnp.reshape(jnp.matmul(rows, x2), (*x1.shape[:-1], x2.shape[-1]))
    return jnp.matmul(x1, x2)


def contract(x1, x2, axes1, axes2):
    return jnp.tensordot(x1, x2, (axes1, axes2))


def einsum(subscripts, *operands, **_):
    return jnp.einsum(subscripts, *operands)
