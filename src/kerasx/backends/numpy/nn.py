"""Neural-network functions on NumPy: written for clarity, as the reference."""

import functools
import itertools
import math
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...core import shapes

HALF = ("float16", "bfloat16")
SOME = 2**16  # elements: by 2**20, a convolution of 32 to 64 channels takes twice the time


def accumulator(dtype):
    """The dtype that sums of `dtype` are taken in."""
    return np.dtype("float32") if dtype.name in HALF else dtype


def affine(x, factor, shift):
    y = x * factor
    y += shift  # in place: to find room for another array takes longer than the sum
    return y


def softmax(x, axis=-1):
    axis = tuple(axis) if isinstance(axis, list) else axis
    y = np.exp(x - np.max(x, axis, keepdims=True))
    y /= np.sum(y, axis, keepdims=True)
    return y


def surprise(target, p):
    rest, y = np.log1p(-p), np.log(p)
    y -= rest
    y *= target
    y += rest
    return -y


def label_crossentropy(logits, labels):
    inside = (labels >= 0) & (labels < logits.shape[-1])
    shifted = logits - np.max(logits, -1, keepdims=True)
    own = np.take_along_axis(shifted, np.where(inside, labels, 0)[..., None], -1)[..., 0]
    return np.where(inside, np.log(np.sum(np.exp(shifted), -1)) - own, logits.dtype.type(0))


def in_frame(x, sizes, padding, fill=0):
    """`x` with its border, for windows of `sizes`: (length, window, stride, dilation) an axis."""
    if padding != "same":
        return x
    pads = [shapes.same_padding(*a) for a in sizes]
    return np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=fill)


def seen(x, window, strides, padding, dilation, fill=0):
    """(offset in the window, the part of `x` that meets it) for each place in a window."""
    sizes = list(zip(x.shape[1:-1], window, strides, dilation))
    x = in_frame(x, sizes, padding, fill)
    out = [shapes.conv_dim(n, k, s, padding, d) for n, k, s, d in sizes]
    for offset in itertools.product(*map(range, window)):
        steps = (
            slice(o * d, o * d + (m - 1) * s + 1, s)
            for o, d, m, s in zip(offset, dilation, out, strides)
        )
        yield offset, x[(slice(None), *steps)]


def windows(x, window, strides, padding, dilation):
    """(count, *places, *window, channels): a view of what each window sees of `x`."""
    sizes = list(zip(x.shape[1:-1], window, strides, dilation))
    x = in_frame(x, sizes, padding)
    out = [shapes.conv_dim(n, k, s, padding, d) for n, k, s, d in sizes]
    first, *space, last = x.strides
    steps = [n * s for n, s in zip(space, strides)] + [n * d for n, d in zip(space, dilation)]
    return as_strided(x, (len(x), *out, *window, x.shape[-1]), (first, *steps, last))


def convolve(x, kernel, strides, padding, dilation):
    wide, groups = accumulator(x.dtype), x.shape[-1] // kernel.shape[-2]
    run = by_windows if groups == 1 else by_offsets
    a, k = x.astype(wide, copy=False), kernel.astype(wide, copy=False)
    return run(a, k, groups, strides, padding, dilation).astype(x.dtype, copy=False)


def by_windows(x, kernel, _, strides, padding, dilation):
    """A convolution as matrix products, of so many samples at once as caches hold."""
    out = kernel.shape[-1]
    whole = windows(x, kernel.shape[:-2], strides, padding, dilation)
    kernel = kernel.reshape(-1, out)
    y = np.empty((*whole.shape[: x.ndim - 1], out), x.dtype)
    step = max(1, SOME // max(1, math.prod(whole.shape[1:])))
    for i in range(0, len(x), step):
        part = whole[i : i + step].reshape(-1, len(kernel))
        np.matmul(part, kernel, out=y[i : i + step].reshape(-1, out))
    return y


def by_offsets(x, kernel, groups, strides, padding, dilation):
    """A convolution in groups of channels, as a sum over the places in a window."""
    *window, inner, out = kernel.shape
    total: Any = 0
    for offset, part in seen(x, window, strides, padding, dilation):
        k = kernel[offset]
        if inner == 1:  # each channel by itself
            total += part[..., None] * k.reshape(groups, -1)
            continue
        k = k.reshape(inner, groups, out // groups).swapaxes(0, 1)
        total += part.reshape(*part.shape[:-1], groups, 1, inner) @ k
    return total.reshape(*total.shape[: len(window) + 1], out)


def convolve_transposed(x, kernel, strides, crops, dilation):
    wide = accumulator(x.dtype)
    *window, out, _ = kernel.shape
    space, dtype = x.shape[1:-1], x.dtype
    x, kernel = x.astype(wide, copy=False), kernel.astype(wide, copy=False)
    full = [(n - 1) * s + d * (k - 1) + 1 for n, k, s, d in zip(space, window, strides, dilation)]
    total = np.zeros((len(x), *(f + max(-high, 0) for f, (_, high) in zip(full, crops)), out), wide)
    for offset in itertools.product(*map(range, window)):
        steps = (
            slice(o * d, o * d + (n - 1) * s + 1, s)
            for o, d, n, s in zip(offset, dilation, space, strides)
        )
        total[(slice(None), *steps)] += x @ kernel[offset].T
    kept = (slice(low, n - max(high, 0)) for n, (low, high) in zip(total.shape[1:-1], crops))
    return total[(slice(None), *kept)].astype(dtype, copy=False)


def pool_max(x, window, strides, padding):
    if np.issubdtype(x.dtype, np.inexact) or x.dtype.name == "bfloat16":
        low: Any = np.array(-np.inf, x.dtype)
    else:
        low = np.array(False) if x.dtype == bool else np.iinfo(x.dtype).min
    parts = (part for _, part in seen(x, window, strides, padding, (1,) * len(window), low))
    top = next(parts)
    for part in parts:
        top = np.maximum(top, part)
    return top


def pool_mean(x, window, strides, padding):
    wide = accumulator(x.dtype)
    ones = np.ones((1, *x.shape[1:-1], 1), wide)

    def total(a):
        parts = seen(a, window, strides, padding, (1,) * len(window))
        return functools.reduce(np.add, (part for _, part in parts))

    count = total(ones) if padding == "same" else math.prod(window)
    return (total(x.astype(wide, copy=False)) / count).astype(x.dtype, copy=False)
