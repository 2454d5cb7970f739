"""JAX's own calls, not jitted: as in eager code."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.numpy import add, matmul, where  # noqa: F401

tensor = jnp.asarray
KEY = [jax.random.key(0)]


def take(x, indices):
    return jnp.take(x, indices, 0)


def sum(x):
    return jnp.sum(x, -1)


def mean(x):
    return jnp.mean(x, -1)


def var(x):
    return jnp.var(x, -1)


def argmax(x):
    return jnp.argmax(x, -1)


def cumsum(x):
    return jnp.cumsum(x, -1)


def einsum(x, y):
    return jnp.einsum("bij,bkj->bik", x, y)


def take_along_axis(x, indices):
    return jnp.take_along_axis(x, indices, 1)


def scatter_update(x, indices, updates):
    return x.at[indices[:, 0]].set(updates)


def sort(x):
    return jnp.sort(x, -1)


def top_k(x):
    return lax.top_k(x, 8)


def reshape(x):
    return jnp.reshape(x, (8, -1))


def transpose(x):
    return jnp.transpose(x, (0, 2, 1))


def concatenate(x, y):
    return jnp.concatenate([x, y], -1)


def split(x):
    return jnp.split(x, 4, -1)


def pad(x):
    return jnp.pad(x, ((1, 1), (2, 2)))


def conv(x, kernel, groups=1):
    space = "DHW"[5 - x.ndim :]
    names = f"N{space}C", f"{space}IO", f"N{space}C"
    return lax.conv_general_dilated(
        x, kernel, (1,) * len(space), "SAME", dimension_numbers=names, feature_group_count=groups
    )


conv1d = conv2d = conv3d = conv


def depthwise_conv(x, kernel):
    channels = x.shape[-1]
    return conv(x, kernel.reshape(*kernel.shape[:2], 1, channels), channels)


def conv_transpose(x, kernel):
    return lax.conv_transpose(x, kernel, (2, 2), "SAME", transpose_kernel=True)


def max_pool(x):
    window = (1, 2, 2, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def average_pool(x):
    window = (1, 2, 2, 1)
    return lax.reduce_window(x, 0.0, lax.add, window, window, "VALID") / 4


def softmax(x):
    return jax.nn.softmax(x)


def gelu(x):
    return jax.nn.gelu(x)


def layer_normalization(x, gamma, beta):
    y = x - jnp.mean(x, -1, keepdims=True)
    return y * lax.rsqrt(jnp.mean(y * y, -1, keepdims=True) + 1e-3) * gamma + beta


def batch_normalization(x, mean, variance, offset, scale):
    factor = lax.rsqrt(variance + 1e-3) * scale
    return x * factor + (offset - mean * factor)


def sparse_categorical_crossentropy(labels, logits):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)[:, 0]


def binary_crossentropy(target, p):
    p = jnp.clip(p, 1e-7, 1 - 1e-7)
    return -(target * jnp.log(p) + (1 - target) * jnp.log(1 - p))


def dot_product_attention(q, k, v):
    return jax.nn.dot_product_attention(q, k, v)


def resized(x, method):
    batch, height, width, channels = x.shape
    shape = batch, 2 * height, 2 * width, channels
    return jax.image.resize(x, shape, method, antialias=False)


def resize_bilinear(x):
    return resized(x, "bilinear")


def resize_bicubic(x):
    return resized(x, "bicubic")


def affine_transform(x, transform):
    _, height, width, _ = x.shape
    i, j = jnp.meshgrid(jnp.arange(height), jnp.arange(width), indexing="ij")

    def image(x, t):
        at = [t[3] * j + t[4] * i + t[5], t[0] * j + t[1] * i + t[2]]
        return jax.vmap(lambda plane: jax.scipy.ndimage.map_coordinates(plane, at, 1), -1, -1)(x)

    return jax.vmap(image)(x, transform)


def gaussian_blur(x):
    line = jnp.exp(jnp.array([-0.5, 0.0, -0.5]))
    kernel = jnp.outer(line, line) / jnp.sum(line) ** 2
    channels = x.shape[-1]
    return conv(x, jnp.broadcast_to(kernel[:, :, None, None], (3, 3, 1, channels)), channels)


def rfft(x):
    y = jnp.fft.rfft(x)
    return y.real, y.imag


def solve(a, b):
    return jnp.linalg.solve(a, b)


def normal(x):
    KEY[0], key = jax.random.split(KEY[0])
    return jax.random.normal(key, x.shape)
