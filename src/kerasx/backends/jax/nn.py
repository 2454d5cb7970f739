"""Neural-network functions on JAX."""

import math
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import (
    celu,
    elu,
    gelu,
    hard_sigmoid,
    hard_silu,
    log_sigmoid,
    log_softmax,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    sparse_plus,
    sparse_sigmoid,
    squareplus,
)  # fmt: skip
from jax.nn import (
    soft_sign as softsign,
)

HALF = (jnp.bfloat16, jnp.float16)


@partial(jax.jit, inline=True)
def affine(x, factor, shift):
    return x * factor + shift


def hits(scores, labels):
    return labels[..., None] == jnp.arange(scores.shape[-1])


@jax.custom_jvp
def labelled(scores, labels):
    """The score of each label; 0 for labels without one. Read here, but differentiated as a sum
    over all, whose gradient is no scatter."""
    inside = (labels >= 0) & (labels < scores.shape[-1])
    found = jnp.take_along_axis(scores, labels[..., None], -1, mode="clip")[..., 0]
    return jnp.where(inside, found, 0)


@labelled.defjvp
def labelled_jvp(primals, tangents):
    moved = jnp.where(hits(*primals), tangents[0], 0)
    return labelled(*primals), jnp.sum(moved, -1)


@partial(jax.jit, inline=True)
def label_crossentropy(logits, labels):
    return -labelled(log_softmax(logits), labels)


def leaky_relu(x, negative_slope=0.2):
    return jax.nn.leaky_relu(x, negative_slope)


@cache
def layout(rank):
    """Dimension numbers of channels-last convolutions of tensors with `rank` axes."""
    space = "DHW"[5 - rank :]
    letters = (f"N{space}C", f"{space}IO", f"N{space}C")
    return lax.conv_dimension_numbers((1,) * rank, (1,) * rank, letters)


def convolve(x, kernel, strides, padding, dilation):
    return lax.conv_general_dilated(
        x,
        kernel,
        strides,
        padding.upper(),
        rhs_dilation=dilation,
        dimension_numbers=layout(x.ndim),
        feature_group_count=x.shape[-1] // kernel.shape[-2],
    )


def convolve_transposed(x, kernel, strides, crops, dilation):
    spans = [d * (k - 1) for k, d in zip(kernel.shape, dilation)]
    pads = [(span - low, span - high) for span, (low, high) in zip(spans, crops)]
    kernel = jnp.flip(kernel, range(x.ndim - 2)).swapaxes(-1, -2)
    return lax.conv_general_dilated(
        x, kernel, (1,) * len(strides), pads, strides, dilation, dimension_numbers=layout(x.ndim)
    )


def sweep(x, start, step, window, strides, padding):
    """`start` is no traced array: JAX knows a maximum or a sum, and its gradient, by its value."""
    return lax.reduce_window(x, start, step, (1, *window, 1), (1, *strides, 1), padding.upper())


@partial(jax.jit, static_argnums=(1, 2, 3), inline=True)
def pool_max(x, window, strides, padding):
    if jnp.issubdtype(x.dtype, jnp.floating):
        low = -jnp.inf
    else:
        low = False if x.dtype == bool else jnp.iinfo(x.dtype).min
    return sweep(x, np.array(low, x.dtype), lax.max, window, strides, padding)


@partial(jax.jit, static_argnums=(1, 2, 3), inline=True)
def pool_mean(x, window, strides, padding):
    even = all(n % k == 0 for n, k in zip(x.shape[1:-1], window))
    if even and window == strides and math.prod(window) >= 16:  # its gradient is much quicker so
        parts = [d for n, k in zip(x.shape[1:-1], window) for d in (n // k, k)]
        within = tuple(range(2, 2 * len(window) + 1, 2))
        return x.reshape(x.shape[0], *parts, x.shape[-1]).mean(within)
    total = sweep(x, np.zeros((), x.dtype), lax.add, window, strides, padding)
    if padding == "valid":
        return total / math.prod(window)
    ones = jnp.ones((1, *x.shape[1:-1], 1), x.dtype)
    return total / sweep(ones, np.zeros((), x.dtype), lax.add, window, strides, padding)


@cache
def has_flash():
    """Whether cuDNN's attention can run: on NVIDIA's cards from Ampere (8.0) on."""
    device = jax.devices()[0]
    version = str(getattr(device, "compute_capability", ""))
    return device.platform == "gpu" and version[:1].isdigit() and float(version) >= 8


def attend(query, key, value, bias, mask, scale, causal, flash):
    """By cuDNN where it has a kernel for the tensors; else the body, which XLA fuses."""
    fits = query.dtype in HALF and query.shape[-1] <= 128 and query.shape[-1] % 8 == 0
    if flash is None and bias is None and mask is None and fits and has_flash():
        return attend_flash(query, key, value, bias, mask, scale, causal)
    return attend.body(query, key, value, bias, mask, scale, causal, flash)


attend.body = None  # until the op is declared


def attend_flash(query, key, value, bias, mask, scale, causal):
    return jax.nn.dot_product_attention(
        query, key, value, bias, mask, scale=scale, is_causal=causal, implementation="cudnn"
    )
