"""TensorFlow: tensors."""

# ruff: noqa: I001 - the imports are a table of the contract

from builtins import slice as Slice
from functools import cache
from itertools import pairwise
from math import log as ln, prod as count_of

import numpy as np
import tensorflow as tf
from tensorflow import (  # names and meanings that already match the contract
    acos as arccos, acosh as arccosh, asin as arcsin, asinh as arcsinh, atan as arctan,
    atan2 as arctan2, atanh as arctanh, broadcast_to, where as choose, identity as copy, cos, cosh,
    divide, equal, exp, floor, greater, greater_equal, less, less_equal, logical_and, logical_not,
    logical_or, reduce_mean as mean, not_equal, reduce_prod as product, repeat as repeated, reshape,
    reverse, roll as rotate, sin, sinh, sqrt, square, squeeze as squeezed, stack, stop_gradient,
    reduce_sum as sum, tan, tanh, tile as tiled, expand_dims as unsqueezed, where as either,
)  # fmt: skip
from tensorflow.math import (
    ceil, erf, erfc, expm1, is_finite as isfinite, imag as imaginary_part, is_inf as isinf,
    is_nan as isnan, log, log1p, logical_xor, conj as mirrored, real as real_part, reciprocal,
    rsqrt,
)  # fmt: skip

from .state import DTYPES, convert

FEW = 4096  # elements that are sooner handed to TensorFlow than made by it

EAGER = tf.__internal__.EagerTensor
INDICES = {id(tf.int32), id(tf.int64)}  # dtypes are singletons, and slow to hash


def sizes(x):
    """Ints where known, scalars of the graph elsewhere."""
    shape = x.shape.as_list()
    if None in shape:
        running = tf.shape(x)
        shape = [running[i] if n is None else n for i, n in enumerate(shape)]
    return tuple(shape)


def as_size(x):
    return int(x) if hasattr(x, "numpy") else x


def carried(fn, carrier, *without):
    """`fn` of tensors in a dtype that TensorFlow has it for, where it lacks it for their own."""
    missing = {id(DTYPES[n]) for n in without}  # they are singletons, and slow to hash
    carrier = DTYPES[carrier]

    def call(x, *args, **kwargs):
        dtype = x.dtype
        if id(dtype) not in missing:
            return fn(x, *args, **kwargs)
        args = [tf.cast(a, carrier) if tf.is_tensor(a) and a.dtype == dtype else a for a in args]
        return tf.cast(fn(tf.cast(x, carrier), *args, **kwargs), dtype)

    return call


def compared(fn):
    """A comparison, for booleans too."""

    def call(x1, x2):
        if x1.dtype == tf.bool:
            x1, x2 = tf.cast(x1, tf.int8), tf.cast(x2, tf.int8)
        return fn(x1, x2)

    return call


UNSIGNED = "uint8", "uint16", "uint32", "uint64"
greater, greater_equal, less, less_equal = map(compared, (greater, greater_equal, less, less_equal))
add = carried(tf.add, "int8", "bool")
subtract = difference = carried(tf.subtract, "int8", "bool")
multiply = carried(tf.multiply, "int8", "bool")
maximum = carried(tf.maximum, "int8", "bool")
minimum = carried(tf.minimum, "int8", "bool")
erfinv = carried(tf.math.erfinv, "float32", "float16", "bfloat16")
negative = carried(tf.negative, "int64", *UNSIGNED)
sign = carried(tf.sign, "int64", *UNSIGNED)
floor_divide = tf.math.floordiv
mod = tf.math.floormod
power = carried(tf.pow, "int32", "uint8", "uint16", "int8", "int16")
bitwise_and = carried(tf.bitwise.bitwise_and, "int8", "bool")
bitwise_or = carried(tf.bitwise.bitwise_or, "int8", "bool")
bitwise_xor = carried(tf.bitwise.bitwise_xor, "int8", "bool")
left_shift, right_shift = tf.bitwise.left_shift, tf.bitwise.right_shift


def bessel(x):
    """`tf.math.bessel_i0`, which XLA does not have, of the parts that it has."""
    return tf.math.bessel_i0e(x) * tf.exp(tf.abs(x))


i0 = carried(bessel, "float32", "bfloat16")
gammainc = carried(tf.math.igamma, "float32", "float16", "bfloat16")
complex_of = tf.complex


def gcd(x1, x2):
    x1, x2 = absolute(x1), absolute(tf.convert_to_tensor(x2, x1.dtype))
    shape = tf.broadcast_dynamic_shape(tf.shape(x1), tf.shape(x2))
    pair = tf.broadcast_to(x1, shape), tf.broadcast_to(x2, shape)

    def euclid(a, b):
        return tf.where(b == 0, a, b), tf.where(b == 0, b, a % tf.maximum(b, 1))

    return tf.while_loop(lambda a, b: tf.reduce_any(b != 0), euclid, pair)[0]


def bitwise_invert(x):
    return tf.logical_not(x) if x.dtype == tf.bool else tf.bitwise.invert(x)


def absolute(x):
    return x if x.dtype == tf.bool or x.dtype.is_unsigned else tf.abs(x)


def log2(x):
    return log(x) / ln(2)


def log10(x):
    return log(x) / ln(10)


def trunc(x):
    return tf.where(x < 0, tf.math.ceil(x), tf.floor(x)) if x.dtype.is_floating else x


def round(x, decimals=0):
    if decimals == 0:
        return tf.round(x)
    if x.dtype.is_floating:
        scale = tf.cast(10.0 ** abs(decimals), x.dtype)
        return tf.round(x * scale) / scale if decimals > 0 else tf.round(x / scale) * scale
    return x if decimals > 0 else tf.cast(round(tf.cast(x, tf.float64), decimals), x.dtype)


# -- Reductions ---------------------------------------------------------------------------------
amax = carried(tf.reduce_max, "int8", "bool")
amin = carried(tf.reduce_min, "int8", "bool")
all, any = tf.reduce_all, tf.reduce_any


def argmax(x, axis=None, keepdims=False):
    return extreme(tf.argmax, x, axis, keepdims)


def argmin(x, axis=None, keepdims=False):
    return extreme(tf.argmin, x, axis, keepdims)


def extreme(find, x, axis, keepdims):
    x = tf.cast(x, tf.int8) if x.dtype == tf.bool else x
    if axis is None:
        y = find(tf.reshape(x, [-1]), 0, tf.int32)
        return tf.reshape(y, [1] * x.ndim) if keepdims else y
    y = find(x, axis, tf.int32)
    return tf.expand_dims(y, axis) if keepdims else y


running_sum = carried(tf.cumsum, "int32", "uint8", "uint16", "int8", "int16")
running_product = carried(tf.math.cumprod, "int32", "uint8", "uint16", "int8", "int16")


# -- Creation -----------------------------------------------------------------------------------
def filled(shape, value, dtype):
    known = type(shape) in (list, tuple) and {int}.issuperset(map(type, shape))
    if known and type(value) in (int, float, bool) and value in (0, 1) and count_of(shape) <= FEW:
        return tf.constant(np.full(shape, value, DTYPES[dtype].as_numpy_dtype))
    return tf.fill(shape, convert(value, dtype))


def steps(start, stop, step, dtype):
    start, stop, step = (i if tf.is_tensor(i) else np.asarray(i) for i in (start, stop, step))
    wide = (
        tf.float64
        if np.any(
            [
                np.issubdtype(i.dtype.as_numpy_dtype if tf.is_tensor(i) else i.dtype, np.floating)
                for i in (start, stop, step)
            ]
        )
        else tf.int64
    )
    return tf.cast(tf.range(*(tf.cast(i, wide) for i in (start, stop, step))), DTYPES[dtype])


# -- Moving elements ----------------------------------------------------------------------------
def concatenate(xs, axis=0):
    return tf.concat(tf.unstack(xs) if tf.is_tensor(xs) else xs, axis)


def transpose(x, axes=None):
    return tf.transpose(x, None if axes is None else [a % x.ndim for a in axes])


def pieces(x, sections, axis):
    if isinstance(sections, int):
        return tf.raw_ops.Split(axis=axis, value=x, num_split=sections)  # 3 µs less than tf.split
    n = sizes(x)[axis]
    ends = [0, *(i if i >= 0 else n + i for i in sections), n]
    if isinstance(n, int):
        ends = [min(max(i, 0), n) for i in ends]
    lengths = [b - a for a, b in pairwise(ends)]
    return tf.split(x, [max(k, 0) if isinstance(k, int) else k for k in lengths], axis)


def padded(x, widths, value):
    return tf.pad(x, widths, constant_values=convert(value, x.dtype.name))


def taken(x, indices, axis):
    if strict(x, indices):
        try:
            return tf.gather(x, indices, axis=axis)
        except tf.errors.InvalidArgumentError:
            pass  # some are negative, or it is raised again
    return tf.gather(x, counted(indices, x, axis), axis=axis)


def strict(x, indices):
    """Whether indices that are out of range raise an error: GPUs and graphs leave them out."""
    return isinstance(x, EAGER) and id(indices.dtype) in INDICES and not has_gpu()


@cache
def has_gpu():
    return bool(tf.config.list_physical_devices("GPU"))


def counted(indices, x, axis):
    """`indices` counted from the front."""
    indices = indices if indices.dtype in (tf.int32, tf.int64) else tf.cast(indices, tf.int32)
    n = tf.cast(sizes(x)[axis], indices.dtype)
    return tf.where(indices < 0, indices + n, indices)


def met(a, b):
    """The size that two sizes broadcast to."""
    if isinstance(a, int) and a != 1:
        return a
    if isinstance(b, int):
        return a if b == 1 else b
    return b if isinstance(a, int) else tf.where(tf.equal(a, 1), b, a)


def taken_along(x, indices, axis):
    indices = counted(indices, x, axis)
    both = [met(a, b) for a, b in zip(sizes(x), sizes(indices))]
    x = filling(x, [*both[:axis], sizes(x)[axis], *both[axis + 1 :]])
    indices = filling(indices, [*both[:axis], sizes(indices)[axis], *both[axis + 1 :]])
    if axis == x.ndim - 1:
        return tf.gather(x, indices, batch_dims=axis)
    last = [a for a in range(x.ndim) if a != axis] + [axis]
    y = tf.gather(tf.transpose(x, last), tf.transpose(indices, last), batch_dims=x.ndim - 1)
    return tf.transpose(y, np.argsort(last))


def filling(x, shape):
    """`x`, broadcast to `shape`."""
    known = x.shape.is_fully_defined() and all_known(shape)
    return x if known and x.shape.as_list() == shape else tf.broadcast_to(x, shape)


def all_known(shape):
    """Whether `shape` holds no scalars of a graph."""
    return not [n for n in shape if not isinstance(n, int)]


def reinterpreted(x, dtype):
    own, to = x.dtype, DTYPES[dtype]
    if own == tf.bool:
        return reinterpreted(tf.cast(x, tf.uint8), dtype)
    if to == tf.bool:
        return tf.cast(reinterpreted(x, "uint8"), tf.bool)
    *rest, last = sizes(x) or [1]
    if own.size < to.size:
        return tf.bitcast(tf.reshape(x, [*rest, last * own.size // to.size, -1]), to)
    y = tf.bitcast(x, to)
    return y if own.size == to.size else tf.reshape(y, [*rest, last * own.size // to.size])


def get_item(x, key):
    keys = key if isinstance(key, tuple) else (key,)
    if not [k for k in keys if (hasattr(k, "ndim") and k.ndim) or isinstance(k, list)]:
        return x[key]
    return picked(x, keys)


def picked(x, keys):
    """`x[keys]` where arrays are among the keys, by NumPy's rules: TensorFlow has only slices."""
    arrays = {i: tf.convert_to_tensor(k) for i, k in enumerate(keys) if not basic(k)}
    masks = [k for k in arrays.values() if k.dtype == tf.bool]
    used = len([k for k in keys if k is not None and k is not Ellipsis]) + len(
        [0 for k in masks for _ in range(k.ndim - 1)]
    )
    out, axes, axis = [], [], 0
    for i, k in enumerate(keys):
        if i in arrays:
            rank = arrays[i].ndim if arrays[i].dtype == tf.bool else 1
            out += [Slice(None)] * rank
            axes.append(axis)
            axis += rank
        elif k is Ellipsis:
            out.append(k)
            axis += x.ndim - used
        else:
            out.append(k)
            axis += not isinstance(k, int)
    x = x[tuple(out)]
    if masks:
        return tf.boolean_mask(x, masks[0], axis=axes[0])
    if len(axes) == 1:
        return taken(x, next(iter(arrays.values())), axes[0])
    front = [*axes, *(a for a in range(x.ndim) if a not in axes)]
    places = [counted(k, x, a) for k, a in zip(arrays.values(), axes)]
    total = tf.zeros_like(places[0])
    for p in places[1:]:
        total = total + tf.zeros_like(p)
    y = tf.gather_nd(tf.transpose(x, front), tf.stack([p + total for p in places], -1))
    if axes != list(range(axes[0], axes[0] + len(axes))):
        return y
    inner = total.ndim
    order = [*range(inner, inner + axes[0]), *range(inner), *range(inner + axes[0], y.ndim)]
    return tf.transpose(y, order)


def basic(k):
    return (
        k is None
        or k is Ellipsis
        or isinstance(k, (int, Slice))
        or (hasattr(k, "ndim") and k.ndim == 0)
    )


def nonzero(x):
    return tuple(tf.unstack(tf.cast(tf.where(tf.cast(x, tf.bool)), tf.int32), x.ndim, 1))


def slice(inputs, start_indices, shape):
    return tf.slice(inputs, start_indices, shape)


def slice_update(inputs, start_indices, updates):
    grid = tf.meshgrid(
        *(tf.range(n) + tf.cast(a, tf.int32) for a, n in zip(start_indices, sizes(updates))),
        indexing="ij",
    )
    return tf.tensor_scatter_nd_update(inputs, tf.stack(grid, -1), tf.cast(updates, inputs.dtype))


def multiplied(inputs, indices, updates):
    """Products of what meets: TensorFlow scatters no products, but has those of segments."""
    lead, rest = sizes(inputs)[: indices.shape[-1]], sizes(inputs)[indices.shape[-1] :]
    rows = tf.reshape(tf.zeros_like(indices[..., 0]), [-1])
    for axis, n in enumerate(lead):
        rows = rows * n + tf.reshape(indices[..., axis], [-1])
    count = tf.size(rows)
    factors = tf.reshape(updates, [count, *rest])
    products = tf.math.unsorted_segment_prod(factors, rows, tf.reduce_prod(tf.stack(lead)))
    return inputs * tf.reshape(products, [*lead, *rest])


SCATTER = {
    None: tf.tensor_scatter_nd_update, "add": tf.tensor_scatter_nd_add,
    "max": tf.tensor_scatter_nd_max, "min": tf.tensor_scatter_nd_min, "mul": multiplied,
}  # fmt: skip


def scattered(inputs, indices, updates, reduction):
    if strict(inputs, indices) and reduction != "mul":
        try:
            return SCATTER[reduction](inputs, indices, updates)
        except tf.errors.InvalidArgumentError:
            pass  # some are negative, or it is raised again
    indices = tf.cast(indices, tf.int32)
    lead = tf.stack(sizes(inputs)[: indices.shape[-1]])
    indices = tf.where(indices < 0, indices + lead, indices)
    return SCATTER[reduction](inputs, indices, updates)


# -- Contractions -------------------------------------------------------------------------------
matmul_of = carried(tf.matmul, "int32", "bool", "uint8", "uint16", "int8", "int16", "uint32")


def matmul(x1, x2):
    if type(x1) is EAGER:
        try:  # to ask for ranks and dtypes first costs more than the product of small matrices
            return tf.matmul(x1, x2)
        except (ValueError, TypeError, tf.errors.OpError):
            pass
    elif (x1.shape.rank or 0) > 2 == x2.shape.rank:
        # one matrix for all: the gradient of a batched product would be one for each, and a sum
        flat = matmul_of(tf.reshape(x1, [-1, x1.shape[-1] or tf.shape(x1)[-1]]), x2)
        return tf.reshape(flat, (*sizes(x1)[:-1], sizes(x2)[-1]))
    if x1.shape.rank == 1 or x2.shape.rank == 1:
        return vector_matmul(x1, x2)
    return matmul_of(x1, x2)


def biased_matmul(x, kernel, bias):
    y = matmul(x, kernel)
    return tf.raw_ops.BiasAdd(value=y, bias=bias) if y.shape.rank in (2, 3, 4) else y + bias


def vector_matmul(x1, x2):
    a, b = x1.ndim == 1, x2.ndim == 1
    y = matmul_of(x1[None, :] if a else x1, x2[:, None] if b else x2)
    y = tf.squeeze(y, -1) if b else y
    return tf.squeeze(y, -1 if b else -2) if a else y


def contract(x1, x2, axes1, axes2):
    return tensordot_of(x1, x2, [list(axes1), list(axes2)])


tensordot_of = carried(tf.tensordot, "int32", "bool", "uint8", "uint16", "int8", "int16", "uint32")


def einsum(subscripts, *operands, **kwargs):
    if operands[0].dtype.is_integer or operands[0].dtype == tf.bool:
        wide = [tf.cast(x, tf.int32) for x in operands]
        return tf.cast(tf.einsum(subscripts, *wide, **kwargs), operands[0].dtype)
    return tf.einsum(subscripts, *operands, **kwargs)
