"""Neural-network functions on TensorFlow."""

import math
from typing import Any

import tensorflow as tf
from tensorflow.math import log_sigmoid
from tensorflow.nn import relu, relu6, selu, sigmoid, silu, softplus, softsign

from ...core import shapes
from .array import sizes
from .state import GRADIENTS, outside_xla


def leaky_relu(x, negative_slope=0.2):
    if x.dtype == tf.float64:  # the kernel takes the slope in 32 bits
        return tf.where(x > 0, x, negative_slope * x)
    return tf.nn.leaky_relu(x, negative_slope)


def elu(x, alpha: Any = 1.0):
    y = tf.nn.elu(x)
    return y if isinstance(alpha, (int, float)) and alpha == 1 else tf.where(x > 0, y, alpha * y)


def softmax(x, axis=-1):
    return tf.nn.softmax(x, axis) if isinstance(axis, int) else tf.exp(log_softmax(x, axis))


def log_softmax(x, axis=-1):
    if isinstance(axis, int):
        return tf.nn.log_softmax(x, axis)
    return x - tf.reduce_logsumexp(x, axis, True)


def batch_normalization(x, mean, variance: Any, axis, offset=None, scale=None, epsilon=1e-3):
    axes = [a % x.ndim for a in ([axis] if isinstance(axis, int) else axis)]
    plain = x.dtype == tf.float32 and x.ndim == 4 and axes == [3] and mean.shape.rank == 1
    if plain and not GRADIENTS.wanted:
        # one pass over x; it has no gradients for mean and variance
        one = tf.ones_like(mean) if scale is None else scale
        zero = tf.zeros_like(mean) if offset is None else offset
        return tf.raw_ops.FusedBatchNormV3(
            x=x, scale=one, offset=zero, mean=mean, variance=variance, epsilon=epsilon,
            is_training=False,
        ).y  # fmt: skip
    if axes != [x.ndim - 1]:
        shape = [n if a in axes else 1 for a, n in enumerate(sizes(x))]
        mean, variance, offset, scale = (
            v if v is None else tf.reshape(v, shape) for v in (mean, variance, offset, scale)
        )
    factor: Any = tf.math.rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * scale
    shift = mean * factor
    return x * factor - shift if offset is None else x * factor + (offset - shift)


def normalize_batch(x, offset=None, scale=None, axis=-1, epsilon=1e-3):
    axis, n, dtype = axis % x.shape.rank, x.shape[axis], x.dtype
    if dtype == tf.float64 or n is None:
        around = [a for a in range(x.shape.rank) if a != axis]
        center, variance = tf.nn.moments(x, around)
        y = batch_normalization(x, center, variance, axis, offset, scale, epsilon)
        return y, tf.stop_gradient(center), tf.stop_gradient(variance)
    x = tf.cast(x, "float32")
    order = [*(a for a in range(x.shape.rank) if a != axis), axis]
    x = x if axis == order[axis] else tf.transpose(x, order)
    y, center, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=x if x.shape.rank == 4 else tf.reshape(x, [-1, 1, 1, n]),
        scale=tf.ones(n) if scale is None else tf.cast(scale, "float32"),
        offset=tf.zeros(n) if offset is None else tf.cast(offset, "float32"),
        mean=[],
        variance=[],
        epsilon=epsilon,
    )
    rows = tf.cast(tf.size(x) // n, "float32")
    variance *= (rows - 1.0) / rows  # the kernel divides by one less
    y = y if x.shape.rank == 4 else tf.reshape(y, sizes(x))
    y = y if axis == order[axis] else tf.transpose(y, [order.index(a) for a in range(len(order))])
    return tf.cast(y, dtype), tf.stop_gradient(center), tf.stop_gradient(variance)


def label_crossentropy(logits, labels):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def layout(x):
    """Where the channels stand: left unsaid, gradients in three dimensions fail (TF 2.21)."""
    return ("NWC", "NHWC", "NDHWC")[x.ndim - 3]


def convolve(x, kernel, strides, padding, dilation):
    channels, inner = x.shape[-1], kernel.shape[-2]
    if max(strides) > 1 and max(dilation) > 1:  # TensorFlow has one or the other
        if padding == "same":
            x = with_margins(x, kernel.shape, strides, dilation)
        y = convolve(x, kernel, (1,) * len(strides), "valid", dilation)
        return y[(slice(None), *(slice(None, None, s) for s in strides))]
    if channels == inner:
        return tf.nn.convolution(x, kernel, strides, padding.upper(), layout(x), dilation)
    if inner == 1 and (y := depthwise(x, kernel, strides, padding.upper(), dilation)):
        return y[0]
    groups, rest = divmod(channels, inner or 1)
    if rest or groups < 2 or kernel.shape[-1] % groups:
        raise ValueError(
            f"a kernel of shape {tuple(kernel.shape)} for {channels} channels: expected "
            "channels that are a multiple of the kernel's, and as many groups in its outputs."
        )
    # grouped kernels have no gradient on CPUs
    parts = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1))
    return tf.concat([convolve(a, k, strides, padding, dilation) for a, k in parts], -1)


def with_margins(x, window, strides, dilation):
    """`x` with the zeros around it that 'same' asks for."""
    sizes = (n or tf.shape(x)[i] for i, n in enumerate(x.shape[1:-1], 1))
    totals = [
        tf.maximum((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0)
        for n, k, s, d in zip(sizes, window, strides, dilation)
    ]
    return tf.pad(x, [(0, 0), *((t // 2, t - t // 2) for t in totals), (0, 0)])


def convolve_channels(x, kernel, strides, padding, dilation):
    if (
        x.ndim == 4
        and max(dilation) == 1
        and len(set(strides)) == 1
        and x.shape[-1] == kernel.shape[2]
    ):
        return tf.raw_ops.DepthwiseConv2dNative(
            input=x, filter=kernel, strides=(1, *strides, 1), padding=padding.upper()
        )
    *window, channels, multiplier = kernel.shape
    kernel = tf.reshape(kernel, (*window, 1, channels * multiplier))
    return convolve(x, kernel, strides, padding, dilation)


def depthwise(x, kernel, strides, padding, dilation):
    """One kernel for each channel, in a list; empty where TensorFlow has no function for it."""
    channels, window = x.shape[-1], kernel.shape[:-2]
    flat = len(window) == 1
    if flat:
        x, kernel, strides, dilation = (
            tf.expand_dims(x, 1),
            kernel[None],
            strides * 2,
            (1, *dilation),
        )
    square = len(window) < 3 and len(set(strides)) == 1
    if not square or (max(dilation) > 1 and max(strides) > 1):
        return []
    kernel = tf.reshape(kernel, (*kernel.shape[:-2], channels, -1))
    y = tf.nn.depthwise_conv2d(x, kernel, (1, *strides, 1), padding, dilations=dilation)
    return [tf.squeeze(y, 1) if flat else y]


def convolve_transposed(x, kernel, strides, crops, dilation):
    if x.shape.is_fully_defined() and max(dilation) == 1:
        sides = zip(x.shape[1:-1], kernel.shape, strides, crops)
        full = [(n - 1) * s + k - low - high for n, k, s, (low, high) in sides]
        if padding := margins_of(x.shape[1:-1], full, kernel.shape, strides, crops):
            sizes = (x.shape[0], *full, kernel.shape[-2])
            if x.ndim == 4:
                return tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=sizes, filter=kernel, out_backprop=x, strides=(1, *strides, 1),
                    padding=padding,
                )  # fmt: skip
            return tf.nn.conv_transpose(x, kernel, tf.constant(sizes), strides, padding)
    size, window = tf.shape(x), kernel.shape[:-2]
    if max(dilation) > 1:  # CPUs have no such kernel: spread the window itself
        kernel, window = (
            spread_window(kernel, dilation),
            [d * (k - 1) + 1 for k, d in zip(window, dilation)],
        )
    more = [min(max(-high, 0), s - 1) for (_, high), s in zip(crops, strides)]
    full = [(size[i + 1] - 1) * s + k + m for i, (k, s, m) in enumerate(zip(window, strides, more))]
    sizes = tf.stack([size[0], *full, kernel.shape[-2]])
    y = tf.nn.conv_transpose(x, kernel, sizes, strides, "VALID")
    kept = (slice(low, n - max(high, 0)) for n, (low, high) in zip(full, crops))
    y = y[(slice(None), *kept)]
    rest = [max(-high, 0) - m for (_, high), m in zip(crops, more)]
    if any(rest):
        y = tf.pad(y, [(0, 0), *((0, r) for r in rest), (0, 0)])
    shape = [
        n and (n - 1) * s + k - low - high
        for n, k, s, (low, high) in zip(x.shape[1:-1], window, strides, crops)
    ]
    return tf.ensure_shape(y, (x.shape[0], *shape, kernel.shape[-2]))


def margins_of(space, full, window, strides, crops):
    """The padding with which a convolution takes `full` to `space`, by `crops`; None of others."""
    if not any(map(any, crops)):
        return "VALID"
    same = [shapes.same_padding(*a, 1) for a in zip(full, window, strides)]
    fits = all(n == -(-m // s) for n, m, s in zip(space, full, strides))
    return "SAME" if fits and same == list(crops) else None


def spread_window(kernel, dilation):
    """`kernel` with zeros between its elements."""
    for axis, d in enumerate(dilation):
        if d > 1:
            size = kernel.shape[axis]
            between = [(0, d - 1) if a == axis + 1 else (0, 0) for a in range(kernel.ndim + 1)]
            shape = [size * d if a == axis else n for a, n in enumerate(kernel.shape)]
            kernel = tf.reshape(tf.pad(tf.expand_dims(kernel, axis + 1), between), shape)
            kernel = tf.gather(kernel, range(size * d - d + 1), axis=axis)
    return kernel


def pool_max(x, window, strides, padding):
    if x.ndim == 4:
        return tf.raw_ops.MaxPool(
            input=x, ksize=(1, *window, 1), strides=(1, *strides, 1), padding=padding.upper()
        )
    return pooled(tf.nn.max_pool, x, window, strides, padding)


def pool_mean(x, window, strides, padding):
    if x.ndim == 4:
        return tf.raw_ops.AvgPool(
            value=x, ksize=(1, *window, 1), strides=(1, *strides, 1), padding=padding.upper()
        )
    return pooled(tf.nn.avg_pool, x, window, strides, padding)


def pooled(pool, x, window, strides, padding):
    if x.ndim == 5 and x.dtype not in (tf.float32, tf.bfloat16):
        return by_axes(pool, x, window, strides, padding)  # CPUs have no such kernels
    return pool(x, window, strides, padding.upper(), layout(x))


def by_axes(pool, x, window, strides, padding):
    """A pool over three axes, as one over two and one over the first: maxima and means allow it."""
    batch, depth, *area = sizes(x)
    y = pooled(pool, tf.reshape(x, (-1, *area)), window[1:], strides[1:], padding)
    area = sizes(y)[1:]
    y = tf.reshape(y, (batch, depth, math.prod(area)))
    y = pooled(pool, y, window[:1], strides[:1], padding)
    return tf.reshape(y, (batch, sizes(y)[1], *area))


@outside_xla
def best_paths(log_probs, counts, width, paths, blank):
    batch, length, classes = sizes(log_probs)
    order = tf.concat([tf.range(blank), tf.range(blank + 1, classes), [blank]], 0)
    scores = tf.transpose(tf.gather(log_probs, order, axis=2), (1, 0, 2))  # the blank comes last
    found, total = tf.nn.ctc_beam_search_decoder(scores, counts, width, paths)
    shape = tf.cast(tf.stack([batch, length]), tf.int64)
    rows = [tf.sparse.to_dense(tf.sparse.reset_shape(s, shape), -1) for s in found]
    labels = tf.cast(tf.stack(rows), tf.int32)
    return tf.where(labels >= blank, labels + 1, labels), total
