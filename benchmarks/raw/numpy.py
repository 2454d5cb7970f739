"""NumPy's own calls. It has no convolutions, pools and images, so neither are they here."""

import numpy as np
from numpy import add, matmul, where  # noqa: F401

tensor = np.asarray
GENERATOR = np.random.default_rng(0)


def take(x, indices):
    return np.take(x, indices, 0)


def sum(x):
    return np.sum(x, -1)


def mean(x):
    return np.mean(x, -1)


def var(x):
    return np.var(x, -1)


def argmax(x):
    return np.argmax(x, -1)


def cumsum(x):
    return np.cumsum(x, -1)


def einsum(x, y):
    return np.einsum("bij,bkj->bik", x, y, optimize=True)


def take_along_axis(x, indices):
    return np.take_along_axis(x, indices, 1)


def scatter_update(x, indices, updates):
    y = x.copy()
    y[indices[:, 0]] = updates
    return y


def sort(x):
    return np.sort(x, -1)


def top_k(x):
    indices = np.argsort(-x, -1, kind="stable")[..., :8]
    return np.take_along_axis(x, indices, -1), indices


def reshape(x):
    return np.reshape(x, (8, -1))


def transpose(x):
    return np.transpose(x, (0, 2, 1))


def concatenate(x, y):
    return np.concatenate([x, y], -1)


def split(x):
    return np.split(x, 4, -1)


def pad(x):
    return np.pad(x, ((1, 1), (2, 2)))


def softmax(x):
    y = np.exp(x - x.max(-1, keepdims=True))
    return y / y.sum(-1, keepdims=True)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))


def layer_normalization(x, gamma, beta):
    y = x - x.mean(-1, keepdims=True)
    return y / np.sqrt(np.square(y).mean(-1, keepdims=True) + 1e-3) * gamma + beta


def batch_normalization(x, mean, variance, offset, scale):
    factor = scale / np.sqrt(variance + 1e-3)
    return x * factor + (offset - mean * factor)


def sparse_categorical_crossentropy(labels, logits):
    shifted = logits - logits.max(-1, keepdims=True)
    chosen = np.take_along_axis(shifted, labels[:, None], -1)[:, 0]
    return np.log(np.exp(shifted).sum(-1)) - chosen


def binary_crossentropy(target, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(target * np.log(p) + (1 - target) * np.log(1 - p))


def dot_product_attention(q, k, v):
    q, k, v = (t.swapaxes(1, 2) for t in (q, k, v))
    weights = softmax(q @ k.swapaxes(2, 3) * q.shape[-1] ** -0.5)
    return (weights @ v).swapaxes(1, 2)


def rfft(x):
    y = np.fft.rfft(x)
    return y.real, y.imag


def solve(a, b):
    return np.linalg.solve(a, b)


def normal(x):
    return GENERATOR.standard_normal(x.shape, "float32")
