"""Neural-network functions on PyTorch. Channels stand last outside; inside, views with the channels
moved in front are what torch calls `channels_last`, so nothing is copied.
"""

from contextlib import nullcontext

import torch
from torch import relu, selu, sigmoid
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import (
    hardsigmoid as hard_sigmoid,
)  # fmt: skip
from torch.nn.functional import (
    hardswish as hard_silu,
)
from torch.nn.functional import (
    logsigmoid as log_sigmoid,
)
from torch.nn.functional import (
    silu,
    softplus,
    softsign,
)
from torch.nn.functional import (
    tanhshrink as tanh_shrink,
)

from ...core import shapes
from .control import transformed
from .state import DEVICE, TRACING

CONVS = (F.conv1d, F.conv2d, F.conv3d)
TRANSPOSED = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)
MAXES = (F.max_pool1d, F.max_pool2d, F.max_pool3d)
MEANS = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)


OVERWRITING = {"relu": torch.relu_, "sigmoid": torch.sigmoid_, "tanh": torch.tanh_}


def overwriting(name, x):
    """The form of an activation that writes over `x`: half as much memory to go through. None where
    a gradient may need `x`."""
    by_torch = torch.jit.is_tracing()  # pyright: ignore[reportPrivateImportUsage]
    if torch.is_grad_enabled() or TRACING.on or transformed() or by_torch:
        return None
    return OVERWRITING.get(name) if type(x) is torch.Tensor and x.is_floating_point() else None


def relu6(x):
    return torch.clamp(x, 0, 6)


def leaky_relu(x, negative_slope=0.2):
    return F.leaky_relu(x, negative_slope)


def elu(x, alpha=1.0):
    return F.elu(x, alpha)


def celu(x, alpha=1.0):
    return F.celu(x, alpha)


def gelu(x, approximate=True):
    return F.gelu(x, approximate="tanh" if approximate else "none")


def threshold(x, threshold, default_value):
    return F.threshold(x, threshold, default_value)


def hard_shrink(x, threshold=0.5):
    return F.hardshrink(x, threshold)


def soft_shrink(x, threshold=0.5):
    return F.softshrink(x, threshold)


def softmax(x, axis=-1):
    return torch.softmax(x, axis) if isinstance(axis, int) else log_softmax(x, axis).exp()


def log_softmax(x, axis=-1):
    if isinstance(axis, int):
        return torch.log_softmax(x, axis)
    return x - torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else tuple(axis), True)


def label_crossentropy(logits, labels):
    if logits.ndim == 2:
        return F.cross_entropy(logits, labels.long(), reduction="none")
    flat = logits.reshape(-1, logits.shape[-1])
    return F.cross_entropy(flat, labels.reshape(-1).long(), reduction="none").reshape(labels.shape)


def surprise(target, p):
    return torch.lerp(torch.log1p(-p), torch.log(p), target).neg()


def affine(x, factor, shift):
    return torch.addcmul(shift, x, factor)


def both(scale, offset):
    """Scale and offset, or neither: torch has no gradient for one without the other."""
    if scale is None and offset is not None:
        return torch.ones_like(offset), offset
    if offset is None and scale is not None:
        return scale, torch.zeros_like(scale)
    return scale, offset


def normalize_batch(x, offset=None, scale=None, axis=-1, epsilon=1e-3):
    if x.element_size() == 2:  # weights of 32 bits make torch compute in 32 bits
        scale = x.new_ones(x.shape[axis], dtype=torch.float32) if scale is None else scale.float()
        offset = torch.zeros_like(scale) if offset is None else offset.float()
    scale, offset = both(scale, offset)
    y, center, inverse = torch.native_batch_norm(
        x.movedim(axis, 1), scale, offset, None, None, True, 0.0, epsilon
    )
    return y.movedim(1, axis), center.detach(), inverse.detach() ** -2 - epsilon


def center_last(x, gamma, beta, n, epsilon):
    return F.layer_norm(x, x.shape[-n:], gamma, beta, epsilon)


def normalize_groups(x, scale, offset, axis, groups, epsilon):
    scale, offset = both(scale, offset)
    return F.group_norm(x.movedim(axis, 1), groups, scale, offset, epsilon).movedim(1, axis)


def scale_last(x, scale, n, epsilon):
    return F.rms_norm(x, x.shape[-n:], scale, epsilon)


def margins(x, window, strides, padding, dilation, fill=0.0, whole=False):
    """(`x`, channels first, padded where its borders differ, or if `whole`; the padding left to
    torch)."""
    if padding == "valid":
        return x, 0
    pads = [shapes.same_padding(*a) for a in zip(x.shape[2:], window, strides, dilation)]
    if all(low == high for low, high in pads) and not whole:
        return x, [low for low, _ in pads]
    return F.pad(x, [p for pair in reversed(pads) for p in pair], value=fill), 0


def convolve(x, kernel, strides, padding, dilation):
    return convolve_onto(x, kernel, None, strides, padding, dilation)


def convolve_onto(x, kernel, bias, strides, padding, dilation):
    n = x.ndim - 2
    x, groups = x.movedim(-1, 1), x.shape[-1] // kernel.shape[-2]
    kernel = kernel.permute(n + 1, n, *range(n))
    x, pads = margins(x, kernel.shape[2:], strides, padding, dilation)
    if DEVICE == "cuda" and not x.is_floating_point():  # cuDNN convolves floats alone
        y = CONVS[n - 1](x.double(), kernel.double(), None, strides, pads, dilation, groups)
        y = y.round().to(x.dtype).movedim(1, -1)
        return y if bias is None else y + bias
    return CONVS[n - 1](x, kernel, bias, strides, pads, dilation, groups).movedim(1, -1)


def convolve_transposed(x, kernel, strides, crops, dilation):
    n = x.ndim - 2
    x, kernel = x.movedim(-1, 1), kernel.permute(n + 1, n, *range(n))
    common = [max(min(pair), 0) for pair in crops]
    y = TRANSPOSED[n - 1](x, kernel, None, strides, common, 0, 1, dilation)
    rest = [(c - low, c - high) for c, (low, high) in zip(common, crops)]
    if any(map(any, rest)):
        y = F.pad(y, [p for pair in reversed(rest) for p in pair])
    return y.movedim(1, -1)


def pool_max(x, window, strides, padding):
    if not x.is_floating_point():  # torch pools floats alone; doubles hold 32-bit integers
        return pool_max(x.double(), window, strides, padding).to(x.dtype)
    n = x.ndim - 2
    x, pads = margins(x.movedim(-1, 1), window, strides, padding, (1,) * n, -torch.inf)
    return MAXES[n - 1](x, window, strides, pads).movedim(1, -1)


def pool_mean(x, window, strides, padding):
    if x.ndim == 5 and x.element_size() == 2 and x.device.type == "cpu":  # CPUs have no such kernel
        return pool_mean(x.float(), window, strides, padding).to(x.dtype)
    n, x = x.ndim - 2, x.movedim(-1, 1)
    mean, space = MEANS[n - 1], (window, strides, padding, (1,) * n)
    # on a GPU, torch's own padding has wrong gradients where channels stand last:
    # https://github.com/pytorch/pytorch/issues/188344
    whole = DEVICE == "cuda"
    padded, pads = margins(x, *space, whole=whole)
    y = mean(padded, window, strides, pads, count_include_pad=False)
    if padded is not x:
        ones, _ = margins(x.new_ones((1, 1, *x.shape[2:])), *space, whole=whole)
        y = y / mean(ones, window, strides)
    return y.movedim(1, -1)


def attend(query, key, value, bias, mask, scale, causal, flash):
    query, key, value = (t.transpose(1, 2) for t in (query, key, value))
    if causal and (mask is not None or bias is not None):
        size = query.shape[2], key.shape[2]
        lower = torch.ones(size, dtype=torch.bool, device=query.device).tril()
        mask, causal = lower if mask is None else mask & lower, False
    if mask is not None:
        masked = torch.zeros((), dtype=query.dtype, device=query.device) if bias is None else bias
        bias = masked.masked_fill(
            ~mask, torch.finfo(query.dtype).min / 2
        )  # finite: all masked gives even weights
    shared = query.shape[1] != key.shape[1]
    with kernels(flash):
        y = F.scaled_dot_product_attention(
            query, key, value, bias, 0.0, causal, scale=scale, enable_gqa=shared
        )
    return y.transpose(1, 2)


def attend_flash(query, key, value, bias, mask, scale, causal):
    return attend(query, key, value, bias, mask, scale, causal, True)


def kernels(flash):
    """The kernels of attention to choose from."""
    if flash is None:
        return nullcontext()
    others = [SDPBackend.MATH, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.CUDNN_ATTENTION]
    return sdpa_kernel([SDPBackend.FLASH_ATTENTION] if flash else others)


def lstm_plain(x, h, c, kernel, recurrent_kernel, bias):
    weights = [kernel.t().contiguous(), recurrent_kernel.t().contiguous()]  # cuDNN wants them so
    if bias is not None:
        weights += [bias, torch.zeros_like(bias)]
    training = torch.is_grad_enabled()
    y, h, c = torch._VF.lstm(
        x, [h[None], c[None]], weights, bias is not None, 1, 0.0, training, False, True
    )
    return y, h[0], c[0]


def gru_plain(x, h, kernel, recurrent_kernel, bias):
    order = reset_first(kernel.t()), reset_first(recurrent_kernel.t())
    weights = [*order] if bias is None else [*order, reset_first(bias[0]), reset_first(bias[1])]
    training = torch.is_grad_enabled()
    y, h = torch._VF.gru(x, h[None], weights, bias is not None, 1, 0.0, training, False, True)
    return y, h[0]


def reset_first(gates):
    """Update, reset, candidate as torch has them: reset, update, candidate."""
    update, reset, candidate = gates.chunk(3)
    return torch.cat([reset, update, candidate])


def aligned_loss(log_probs, labels, label_counts, time_counts, blank):
    if TRACING.on:  # torch's function looks at the counts
        return aligned_loss.body(log_probs, labels, label_counts, time_counts, blank)
    loss = F.ctc_loss(
        log_probs.transpose(0, 1), labels, time_counts, label_counts, blank, "none", True
    )
    # torch gives 0 to labels that do not fit: each needs a step, and equal neighbours one between
    alike = labels[:, 1:] == labels[:, :-1]
    counted = torch.arange(1, labels.shape[1], device=labels.device) < label_counts[:, None]
    fits = label_counts + (alike & counted).sum(1) <= time_counts
    return torch.where(fits, loss, 1e5)


aligned_loss.body = None  # until the op is declared
