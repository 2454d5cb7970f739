"""PyTorch's own calls. Its images are channels-first, so tensors are seen that way and back."""

import torch
from torch import add, matmul, where  # noqa: F401
from torch.nn import functional as F


def tensor(array):
    return torch.as_tensor(array, device="cuda" if torch.cuda.is_available() else "cpu")


def take(x, indices):
    return x[indices]


def sum(x):
    return torch.sum(x, -1)


def mean(x):
    return torch.mean(x, -1)


def var(x):
    return torch.var(x, -1, correction=0)


def argmax(x):
    return torch.argmax(x, -1)


def cumsum(x):
    return torch.cumsum(x, -1)


def einsum(x, y):
    return torch.einsum("bij,bkj->bik", x, y)


def take_along_axis(x, indices):
    return torch.take_along_dim(x, indices.long(), 1)


def scatter_update(x, indices, updates):
    return x.index_put((indices[:, 0],), updates)


def sort(x):
    return torch.sort(x, -1).values


def top_k(x):
    return torch.topk(x, 8)


def reshape(x):
    return torch.reshape(x, (8, -1))


def transpose(x):
    return x.permute(0, 2, 1)


def concatenate(x, y):
    return torch.cat([x, y], -1)


def split(x):
    return torch.tensor_split(x, 4, -1)


def pad(x):
    return F.pad(x, (2, 2, 1, 1))


def conv1d(x, kernel):
    return F.conv1d(x.movedim(-1, 1), kernel.permute(2, 1, 0), padding=1).movedim(1, -1)


def conv2d(x, kernel, groups=1):
    y = F.conv2d(x.movedim(-1, 1), kernel.permute(3, 2, 0, 1), padding=1, groups=groups)
    return y.movedim(1, -1)


def conv3d(x, kernel):
    return F.conv3d(x.movedim(-1, 1), kernel.permute(4, 3, 0, 1, 2), padding=1).movedim(1, -1)


def depthwise_conv(x, kernel):
    return conv2d(x, kernel.movedim(2, 3), x.shape[-1])


def conv_transpose(x, kernel):
    y = F.conv_transpose2d(x.movedim(-1, 1), kernel.permute(3, 2, 0, 1), stride=2)
    return y[:, :, :-1, :-1].movedim(1, -1)


def max_pool(x):
    return F.max_pool2d(x.movedim(-1, 1), 2).movedim(1, -1)


def average_pool(x):
    return F.avg_pool2d(x.movedim(-1, 1), 2).movedim(1, -1)


def softmax(x):
    return torch.softmax(x, -1)


def gelu(x):
    return F.gelu(x, approximate="tanh")


def layer_normalization(x, gamma, beta):
    return F.layer_norm(x, x.shape[-1:], gamma, beta, 1e-3)


def batch_normalization(x, mean, variance, offset, scale):
    return F.batch_norm(x, mean, variance, scale, offset, eps=1e-3)


def sparse_categorical_crossentropy(labels, logits):
    return F.cross_entropy(logits, labels.long(), reduction="none")


def binary_crossentropy(target, p):
    return F.binary_cross_entropy(p, target, reduction="none")


def dot_product_attention(q, k, v):
    q, k, v = (t.transpose(1, 2) for t in (q, k, v))
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2)


def resize_bilinear(x):
    return F.interpolate(x.movedim(-1, 1), scale_factor=2, mode="bilinear").movedim(1, -1)


def resize_bicubic(x):
    return F.interpolate(x.movedim(-1, 1), scale_factor=2, mode="bicubic").movedim(1, -1)


def affine_transform(x, transform):
    _, height, width, _ = x.shape
    i = torch.arange(height, device=x.device)[:, None]
    j = torch.arange(width, device=x.device)
    a0, a1, a2, b0, b1, b2, _, _ = (k[:, None, None] for k in transform.unbind(1))
    # grid_sample counts from -1 to 1, edge to edge
    columns = (2 * (a0 * j + a1 * i + a2) + 1) / width - 1
    rows = (2 * (b0 * j + b1 * i + b2) + 1) / height - 1
    grid = torch.stack([columns, rows], -1)
    return F.grid_sample(x.movedim(-1, 1), grid, align_corners=False).movedim(1, -1)


def gaussian_blur(x):
    line = torch.exp(torch.tensor([-0.5, 0.0, -0.5], device=x.device))
    kernel = torch.outer(line, line) / line.sum() ** 2
    return conv2d(x, kernel[:, :, None, None].expand(3, 3, 1, x.shape[-1]), x.shape[-1])


def rfft(x):
    y = torch.fft.rfft(x)
    return y.real, y.imag


def solve(a, b):
    return torch.linalg.solve(a, b)


def normal(x):
    return torch.randn(x.shape, device=x.device)
