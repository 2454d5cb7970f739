"""Images and windows on PyTorch."""

import torch
from torch.nn import functional as F

from .nn import convolve


def stretched(x, axes, size, method, antialias, otherwise):
    # torch's cubic kernel is another one where it does not smooth, which makes no difference to
    # images that become no smaller
    smooth = antialias or (method == "bicubic" and all(m >= x.shape[a] for a, m in zip(axes, size)))
    if method != "bilinear" and not (method == "bicubic" and smooth):
        return otherwise(x, axes, size, method, antialias)
    planes = (x if x.ndim == 4 else x[None]).movedim(axes[2] - x.ndim, 1)
    y = F.interpolate(planes, size, mode=method, antialias=smooth).movedim(1, axes[2] - x.ndim)
    return y if x.ndim == 4 else y[0]


def smoothed(x, axes, lines):
    down, across = (torch.as_tensor(line, dtype=x.dtype, device=x.device) for line in lines)
    kernel = torch.outer(down, across)[:, :, None, None].expand(-1, -1, 1, x.shape[axes[2]])
    images = (x if x.ndim == 4 else x[None]).movedim(axes[2] - x.ndim, -1)
    y = convolve(images, kernel, (1, 1), "same", (1, 1)).movedim(-1, axes[2] - x.ndim)
    return y if x.ndim == 4 else y[0]


def windowed(x, axis, window, stride, dilation):
    span = dilation * (window - 1) + 1
    if span > x.shape[axis]:
        return x.new_zeros((*x.shape[:axis], 0, window, *x.shape[axis + 1 :]))
    return x.unfold(axis, span, stride)[..., ::dilation].movedim(-1, axis + 1)
