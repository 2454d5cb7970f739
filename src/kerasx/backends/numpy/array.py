"""NumPy: arrays, as reference and for inference."""

# ruff: noqa: I001 - the imports are a table of the contract

import numpy as np
from numpy import (  # names and meanings that already match the contract
    absolute, add, all, amax, amin, any, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh,
    bitwise_and, bitwise_invert, bitwise_or, bitwise_xor, broadcast_to, cbrt, ceil, where as choose,
    subtract as difference, where as either,
    concatenate, copy, cos, cosh, divide, equal, exp, expm1, floor, floor_divide, fmax, fmin, fmod,
    gcd, greater, greater_equal, hypot, imag as imaginary_part, isfinite, isinf, isnan, left_shift,
    less, less_equal, log, log10, log1p, log2, logaddexp2, logical_and, logical_not, logical_or,
    logical_xor, maximum, mean, minimum, conj as mirrored, mod, multiply, negative, not_equal,
    power, real as real_part, reciprocal, repeat as repeated, reshape, flip as reverse, right_shift,
    roll as rotate, sign, sin, sinh, sqrt, square, squeeze as squeezed, stack, subtract,
    take as taken, take_along_axis as taken_along, tan, tanh, tile as tiled, transpose, trunc,
    expand_dims as unsqueezed,
)  # fmt: skip

from .state import DTYPES


def sizes(x):
    return x.shape


def rsqrt(x):
    return reciprocal(sqrt(x))


def stop_gradient(x):
    return x


def as_size(x):
    return int(x)


def round(x, decimals=0):
    return x if x.dtype == "bool" else np.round(x, decimals)


# -- Reductions ---------------------------------------------------------------------------------
def sum(x, axis, keepdims):
    return np.sum(x, axis, x.dtype, keepdims=keepdims)


def product(x, axis, keepdims):
    return np.prod(x, axis, x.dtype, keepdims=keepdims)


def argmax(x, axis=None, keepdims=False):
    return np.asarray(np.argmax(x, axis, keepdims=keepdims), "int32")


def argmin(x, axis=None, keepdims=False):
    return np.asarray(np.argmin(x, axis, keepdims=keepdims), "int32")


def running_sum(x, axis):
    return np.cumsum(x, axis, x.dtype)


def running_product(x, axis):
    return np.cumprod(x, axis, x.dtype)


# -- Creation -----------------------------------------------------------------------------------
def filled(shape, value, dtype):
    return np.full(shape, value, DTYPES[dtype])


def steps(start, stop, step, dtype):
    return np.arange(start, stop, step).astype(DTYPES[dtype])


# -- Moving elements ----------------------------------------------------------------------------
def pieces(x, sections, axis):
    return np.split(x, sections, axis)


def padded(x, widths, value):
    return np.pad(x, widths, constant_values=value)


def reinterpreted(x, dtype):
    return (x if x.flags.c_contiguous else x.copy()).view(DTYPES[dtype])


def complex_of(x1, x2):
    return (x1 + 1j * x2).astype("complex128" if x1.dtype == "float64" else "complex64")


def get_item(x, key):
    return x[key]


def nonzero(x):
    return tuple(i.astype("int32") for i in np.nonzero(x))


def slice(inputs, start_indices, shape):
    return inputs[window(start_indices, shape)]


def slice_update(inputs, start_indices, updates):
    out = inputs.copy()
    out[window(start_indices, updates.shape)] = updates
    return out


def window(start, shape):
    return tuple(np.s_[int(a) : int(a) + n] for a, n in zip(start, shape))


MEET = {"add": np.add, "max": np.maximum, "min": np.minimum, "mul": np.multiply}


def scattered(inputs, indices, updates, reduction):
    out, at = inputs.copy(), tuple(indices[..., k] for k in range(indices.shape[-1]))
    if reduction is None:
        out[at] = updates
    else:
        MEET[reduction].at(out, at, updates)
    return out


# -- Order --------------------------------------------------------------------------------------
def ordered(x, axis):
    return np.sort(x, axis)


def order(x, axis):
    return np.argsort(x, axis, kind="stable").astype("int32")


def top_k(x, k, sorted=True):
    n = x.shape[-1]
    if n > 4 * k:  # then it is quicker to find them, if no two are equal
        some = np.argpartition(x, n - k - 1, -1)[..., n - k - 1 :]
        values = np.take_along_axis(x, some, -1)
        order = np.argsort(values, -1)[..., ::-1]
        values = np.take_along_axis(values, order, -1)
        if (values[..., :-1] > values[..., 1:]).all():
            return values[..., :k], np.take_along_axis(some, order, -1)[..., :k].astype("int32")
    # from the back, so that of equal elements the first comes first
    indices = (n - 1 - x[..., ::-1].argsort(-1, kind="stable")[..., ::-1][..., :k]).astype("int32")
    rows = np.arange(x.size // max(n, 1))[:, None]  # take_along_axis takes twice the time
    values = x.reshape(len(rows), n)[rows, indices.reshape(len(rows), k)]
    return values.reshape(indices.shape), indices


def places(sorted_sequence, values, side):
    return np.asarray(np.searchsorted(sorted_sequence, values, side), "int32")


# -- Contractions -------------------------------------------------------------------------------
def matmul(x1, x2):
    y = np.matmul(x1, x2)
    return y if y.dtype == x1.dtype else y.astype(x1.dtype)  # of bfloat16 it makes float32


def biased_matmul(x, kernel, bias):
    return matmul(x, kernel) + bias


def contract(x1, x2, axes1, axes2):
    return np.tensordot(x1, x2, (axes1, axes2)).astype(x1.dtype, copy=False)


def einsum(subscripts, *operands, **_):
    dtype = operands[0].dtype
    if dtype.name == "bfloat16":  # which it does not know
        operands = [x.astype("float32") for x in operands]
    return np.einsum(subscripts, *operands, optimize=True).astype(dtype, copy=False)
