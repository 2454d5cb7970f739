"""Images on TensorFlow."""

import math
from functools import cache

import numpy as np
import tensorflow as tf

from .array import sizes
from .state import outside_xla

KERNELS = {
    "bilinear": "triangle",
    "bicubic": "keyscubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


def of_batches(fn, x, axes, *rest):
    """`fn` of a batch of images with the channels last, for images of `axes`."""
    batch = x if x.ndim == 4 else x[None]
    if axes[2] == x.ndim - 1:
        y = fn(batch, *rest)
    else:
        y = tf.transpose(fn(tf.transpose(batch, (0, 2, 3, 1)), *rest), (0, 3, 1, 2))
    return y if x.ndim == 4 else y[0]


@outside_xla
def stretched(x, axes, size, method, antialias, _):
    return of_batches(enlarged, x, axes, size, method, antialias)


def enlarged(x, size, method, antialias):
    old = sizes(x)[1:3]
    known = all(isinstance(n, int) for n in (*old, *size))
    if method == "bilinear" and not antialias:
        return tf.raw_ops.ResizeBilinear(images=x, size=size, half_pixel_centers=True)
    if method == "bicubic" and known and not antialias and in_table(old, size):
        return tf.raw_ops.ResizeBicubic(images=x, size=size, half_pixel_centers=True)
    if known:
        scale = np.divide(size, old).astype("float32")
    else:
        scale = tf.cast(tf.stack(size), "float32") / tf.cast(tf.stack(old), "float32")
    return tf.raw_ops.ScaleAndTranslate(
        images=x, size=size, scale=scale, translation=(0.0, 0.0), kernel_type=KERNELS[method],
        antialias=antialias,
    )  # fmt: skip


def in_table(old, size):
    """Whether places between pixels are multiples of 1/1024, for which TensorFlow's quick kernel
    has its weights; others it rounds."""
    return all(512 % (m // math.gcd(n, m)) == 0 for n, m in zip(old, size))


def space(x):
    """The height and the width of a batch of images."""
    return x.shape[1:3] if x.shape[1:3].is_fully_defined() else tf.shape(x)[1:3]


@outside_xla
def projected(images, transform, axes, order, mode, fill, otherwise):
    plain = images.dtype == transform.dtype == tf.float32 and isinstance(fill, (int, float))
    if not (plain and order == 1 and mode in ("constant", "nearest")):
        return otherwise(images, transform, axes, order, mode, fill)

    return projection(axes, order, mode, fill, otherwise)(images, transform)


@cache
def projection(axes, order, mode, fill, otherwise):
    """TensorFlow's kernel, with the gradients of `otherwise`."""

    def drawn(x, transform):
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=x, transforms=transform, output_shape=space(x), fill_value=fill,
            interpolation="BILINEAR", fill_mode=mode.upper(),
        )  # fmt: skip

    @tf.custom_gradient  # its own is an estimate, and it has none for the transform
    def run(images, transform):
        def gradient(upstream):
            with tf.GradientTape() as tape:
                tape.watch([images, transform])
                y = otherwise(images, transform, axes, order, mode, fill)
            return tape.gradient(y, [images, transform], upstream)

        return of_batches(drawn, images, axes, transform), gradient

    return run


def smoothed(x, axes, lines):
    return of_batches(swept_by, x, axes, lines)


def swept_by(x, lines):
    down, across = (tf.convert_to_tensor(line, x.dtype) for line in lines)
    kernel = tf.reshape(down, (-1, 1, 1, 1)) * tf.reshape(across, (1, -1, 1, 1))
    kernel = tf.broadcast_to(kernel, (*kernel.shape[:2], x.shape[-1], 1))
    return tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "SAME")
