"""The calls that `ops.py` measures: of kerasx or Keras, and with which tensors."""

from collections.abc import Callable

import numpy as np

SIZES = ("small", "large")
RNG = np.random.default_rng(0)


def floats(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype("float32")


def shares(*shape: int) -> np.ndarray:
    return RNG.uniform(0.01, 0.99, shape).astype("float32")


def indices(below: int, *shape: int) -> np.ndarray:
    return RNG.integers(0, below, shape).astype("int32")


def rows(below: int, count: int) -> np.ndarray:
    """(count, 1): distinct rows to scatter to."""
    return RNG.permutation(below)[:count, None].astype("int32")


def matrix(n: int) -> np.ndarray:
    """One that can be inverted."""
    return floats(n, n) + n * np.eye(n, dtype="float32")


def turned(count: int) -> np.ndarray:
    """(count, 8): the transforms of rotations."""
    a = np.deg2rad(np.linspace(5, 20, count))
    one = np.ones(count)
    rows = [np.cos(a), -np.sin(a), one, np.sin(a), np.cos(a), -one, 0 * one, 0 * one]
    return np.stack(rows, -1).astype("float32")


def pairs(make: Callable, small: tuple, large: tuple | None = None) -> tuple:
    """Two operands of each size."""
    return [make(*small), make(*small)], large and [make(*large), make(*large)]


def one(small: tuple, large: tuple | None = None) -> tuple:
    """An operand of each size."""
    return [floats(*small)], large and [floats(*large)]


def normalized(shape: tuple, *, statistics: int) -> list[np.ndarray]:
    """A tensor, and so many vectors along its last axis."""
    return [floats(*shape), *(shares(shape[-1]) for _ in range(statistics))]


def convolution(shape: tuple, kernel: tuple, large: tuple, wide: tuple) -> tuple:
    return [floats(*shape), floats(*kernel)], [floats(*large), floats(*wide)]


# What is called of `kerasx` or `keras`, here `k`, and with what: a few elements, and many.
SQUARE, BIG, IMAGES, PHOTOS = (16, 16), (1024, 1024), (2, 8, 8, 3), (8, 128, 128, 3)
MAPS, WIDE = (2, 8, 8, 4), (16, 32, 32, 32)
CASES: dict[str, tuple[Callable, tuple]] = {
    "add": (lambda k, x, y: k.ops.add(x, y), pairs(floats, SQUARE, BIG)),
    "where": (
        lambda k, c, x, y: k.ops.where(c, x, y),
        tuple([floats(*n) > 0, floats(*n), floats(*n)] for n in (SQUARE, BIG)),
    ),
    "sum": (lambda k, x: k.ops.sum(x, -1), one(SQUARE, BIG)),
    "mean": (lambda k, x: k.ops.mean(x, -1), one(SQUARE, BIG)),
    "var": (lambda k, x: k.ops.var(x, -1), one(SQUARE, BIG)),
    "argmax": (lambda k, x: k.ops.argmax(x, -1), one(SQUARE, BIG)),
    "cumsum": (lambda k, x: k.ops.cumsum(x, -1), one(SQUARE, BIG)),
    "matmul": (lambda k, x, y: k.ops.matmul(x, y), pairs(floats, SQUARE, (256, 256))),
    "einsum": (
        lambda k, x, y: k.ops.einsum("bij,bkj->bik", x, y),
        pairs(floats, (2, 8, 8), (16, 128, 64)),
    ),
    "take": (
        lambda k, x, i: k.ops.take(x, i, axis=0),
        ([floats(*SQUARE), indices(16, 8)], [floats(10000, 64), indices(10000, 4096)]),
    ),
    "take_along_axis": (
        lambda k, x, i: k.ops.take_along_axis(x, i, axis=1),
        ([floats(*SQUARE), indices(16, 16, 4)], [floats(*BIG), indices(1024, 1024, 64)]),
    ),
    "scatter_update": (
        lambda k, x, i, y: k.ops.scatter_update(x, i, y),
        ([floats(*SQUARE), rows(16, 4), floats(4, 16)],
         [floats(*BIG), rows(1024, 512), floats(512, 1024)]),
    ),
    "sort": (lambda k, x: k.ops.sort(x, -1), one(SQUARE, (256, 1024))),
    "top_k": (lambda k, x: k.ops.top_k(x, 8), one(SQUARE, (256, 1024))),
    "reshape": (lambda k, x: k.ops.reshape(x, (8, -1)), one(SQUARE)),
    "transpose": (lambda k, x: k.ops.transpose(x, (0, 2, 1)), one((2, 8, 8))),
    "concatenate": (lambda k, x, y: k.ops.concatenate([x, y], -1), pairs(floats, SQUARE, BIG)),
    "split": (lambda k, x: k.ops.split(x, 4, -1), one(SQUARE)),
    "pad": (lambda k, x: k.ops.pad(x, ((1, 1), (2, 2))), one(SQUARE, BIG)),
    "conv1d": (
        lambda k, x, w: k.ops.conv(x, w, padding="same"),
        convolution((2, 16, 4), (3, 4, 8), (16, 256, 32), (3, 32, 64)),
    ),
    "conv2d": (
        lambda k, x, w: k.ops.conv(x, w, padding="same"),
        convolution(MAPS, (3, 3, 4, 8), WIDE, (3, 3, 32, 64)),
    ),
    "conv3d": (
        lambda k, x, w: k.ops.conv(x, w, padding="same"),
        convolution((1, 4, 4, 4, 2), (3, 3, 3, 2, 4), (2, 16, 16, 16, 8), (3, 3, 3, 8, 16)),
    ),
    "depthwise_conv": (
        lambda k, x, w: k.ops.depthwise_conv(x, w, padding="same"),
        convolution(MAPS, (3, 3, 4, 1), WIDE, (3, 3, 32, 1)),
    ),
    "conv_transpose": (
        lambda k, x, w: k.ops.conv_transpose(x, w, 2, "same"),
        convolution(MAPS, (3, 3, 8, 4), (16, 16, 16, 32), (3, 3, 16, 32)),
    ),
    "max_pool": (lambda k, x: k.ops.max_pool(x, (2, 2), (2, 2)), one(MAPS, WIDE)),
    "average_pool": (lambda k, x: k.ops.average_pool(x, (2, 2), (2, 2)), one(MAPS, WIDE)),
    "softmax": (lambda k, x: k.ops.softmax(x), one(SQUARE, BIG)),
    "gelu": (lambda k, x: k.ops.gelu(x), one(SQUARE, BIG)),
    "layer_normalization": (
        lambda k, x, g, b: k.ops.layer_normalization(x, g, b, epsilon=1e-3),
        (normalized(SQUARE, statistics=2), normalized(BIG, statistics=2)),
    ),
    "batch_normalization": (
        lambda k, x, m, v, b, g: k.ops.batch_normalization(x, m, v, -1, b, g),
        (normalized(SQUARE, statistics=4), normalized(BIG, statistics=4)),
    ),
    "sparse_categorical_crossentropy": (
        lambda k, y, x: k.ops.sparse_categorical_crossentropy(y, x, from_logits=True),
        ([indices(10, 32), floats(32, 10)], [indices(1000, 1024), floats(1024, 1000)]),
    ),
    "binary_crossentropy": (
        lambda k, y, p: k.ops.binary_crossentropy(y, p),
        ([shares(*SQUARE), shares(*SQUARE)], [shares(*BIG), shares(*BIG)]),
    ),
    "dot_product_attention": (
        lambda k, q, x, v: k.ops.dot_product_attention(q, x, v),
        ([floats(2, 8, 2, 8) for _ in range(3)], [floats(4, 128, 8, 32) for _ in range(3)]),
    ),
    "resize_bilinear": (
        lambda k, x: k.ops.image.resize(x, (2 * x.shape[1], 2 * x.shape[2])),
        one(IMAGES, PHOTOS),
    ),
    "resize_bicubic": (
        lambda k, x: k.ops.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]), "bicubic"),
        one(IMAGES, PHOTOS),
    ),
    "affine_transform": (
        lambda k, x, t: k.ops.image.affine_transform(x, t),
        ([floats(*IMAGES), turned(IMAGES[0])], [floats(*PHOTOS), turned(PHOTOS[0])]),
    ),
    "gaussian_blur": (lambda k, x: k.ops.image.gaussian_blur(x), one(IMAGES, PHOTOS)),
    "rfft": (lambda k, x: k.ops.rfft(x), one(SQUARE, (256, 1024))),
    "solve": (
        lambda k, a, b: k.ops.solve(a, b),
        ([matrix(8), floats(8, 2)], [matrix(256), floats(256, 16)]),
    ),
    "normal": (lambda k, x: k.random.normal(x.shape), one(SQUARE, BIG)),
}  # fmt: skip
