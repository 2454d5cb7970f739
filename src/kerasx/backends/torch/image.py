"""Images and windows on PyTorch."""

from torch.nn import functional as F


def stretched(x, axes, size, antialias):
    planes = (x if x.ndim == 4 else x[None]).movedim(axes[2] - x.ndim, 1)
    y = F.interpolate(planes, size, mode="bilinear", antialias=antialias)
    y = y.movedim(1, axes[2] - x.ndim)
    return y if x.ndim == 4 else y[0]


def windowed(x, axis, window, stride, dilation):
    span = dilation * (window - 1) + 1
    if span > x.shape[axis]:
        return x.new_zeros((*x.shape[:axis], 0, window, *x.shape[axis + 1 :]))
    return x.unfold(axis, span, stride)[..., ::dilation].movedim(-1, axis + 1)
