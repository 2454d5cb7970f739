"""TensorFlow's own calls, eager."""

import tensorflow as tf
from tensorflow import add, matmul, where  # noqa: F401

tensor = tf.convert_to_tensor


def take(x, indices):
    return tf.gather(x, indices)


def sum(x):
    return tf.reduce_sum(x, -1)


def mean(x):
    return tf.reduce_mean(x, -1)


def var(x):
    return tf.math.reduce_variance(x, -1)


def argmax(x):
    return tf.argmax(x, -1, tf.int32)


def cumsum(x):
    return tf.cumsum(x, -1)


def einsum(x, y):
    return tf.einsum("bij,bkj->bik", x, y)


def take_along_axis(x, indices):
    return tf.gather(x, indices, axis=1, batch_dims=1)


def scatter_update(x, indices, updates):
    return tf.tensor_scatter_nd_update(x, indices, updates)


def sort(x):
    return tf.sort(x, -1)


def top_k(x):
    return tf.math.top_k(x, 8)


def reshape(x):
    return tf.reshape(x, (8, -1))


def transpose(x):
    return tf.transpose(x, (0, 2, 1))


def concatenate(x, y):
    return tf.concat([x, y], -1)


def split(x):
    return tf.split(x, 4, -1)


def pad(x):
    return tf.pad(x, ((1, 1), (2, 2)))


def conv1d(x, kernel):
    return tf.nn.conv1d(x, kernel, 1, "SAME")


def conv2d(x, kernel):
    return tf.nn.conv2d(x, kernel, 1, "SAME")


def conv3d(x, kernel):
    return tf.nn.conv3d(x, kernel, (1, 1, 1, 1, 1), "SAME")


def depthwise_conv(x, kernel):
    return tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "SAME")


def conv_transpose(x, kernel):
    count, height, width, _ = x.shape
    shape = tf.constant([count, 2 * height, 2 * width, kernel.shape[2]])
    return tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME")


def max_pool(x):
    return tf.nn.max_pool2d(x, 2, 2, "VALID")


def average_pool(x):
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")


def softmax(x):
    return tf.nn.softmax(x)


def gelu(x):
    return tf.nn.gelu(x, approximate=True)


def layer_normalization(x, gamma, beta):
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)


def batch_normalization(x, mean, variance, offset, scale):
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)


def sparse_categorical_crossentropy(labels, logits):
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def binary_crossentropy(target, p):
    p = tf.clip_by_value(p, 1e-7, 1 - 1e-7)
    return -(target * tf.math.log(p) + (1 - target) * tf.math.log(1 - p))


def dot_product_attention(q, k, v):
    weights = tf.nn.softmax(tf.einsum("btnh,bsnh->bnts", q, k) * q.shape[-1] ** -0.5)
    return tf.einsum("bnts,bsnh->btnh", weights, v)


def resize_bilinear(x):
    return tf.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]))


def resize_bicubic(x):
    return tf.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]), "bicubic")


def affine_transform(x, transform):
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x, transforms=transform, output_shape=x.shape[1:3], fill_value=0.0,
        interpolation="BILINEAR", fill_mode="CONSTANT",
    )  # fmt: skip


def gaussian_blur(x):
    line = tf.exp([-0.5, 0.0, -0.5])
    kernel = line[:, None] * line / tf.reduce_sum(line) ** 2
    kernel = tf.broadcast_to(kernel[:, :, None, None], (3, 3, x.shape[-1], 1))
    return tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "SAME")


def rfft(x):
    y = tf.signal.rfft(x)
    return tf.math.real(y), tf.math.imag(y)


def solve(a, b):
    return tf.linalg.solve(a, b)


def normal(x):
    return tf.random.normal(x.shape)
