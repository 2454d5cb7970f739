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


@jax.custom_jvp
def labelled(scores, labels):
    """The score of each label; 0 for labels without one. Read here, but differentiated as a sum
    over all, whose gradient is no scatter."""
    inside = (labels >= 0) & (labels < scores.shape[-1])
    found = jnp.take_along_axis(scores, labels[..., None], -1, mode="clip")[..., 0]
    return jnp.where(inside, found, 0)


@labelled.defjvp
def labelled_jvp(primals, tangents):
    scores, labels = primals
    hit = labels[..., None] == jnp.arange(scores.shape[-1])
    return labelled(scores, labels), jnp.sum(jnp.where(hit, tangents[0], 0), -1)


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
    if max(kernel.shape[:-2]) == 1 and x.shape[-1] == kernel.shape[-2]:  # whose gradients are
        if max(strides) > 1:  # those of a product, without what strides pass over
            x = x[:, *(slice(None, None, n) for n in strides)]
        return jnp.tensordot(x, kernel.reshape(kernel.shape[-2:]), 1)
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


FEW = 16  # places in a window


def sweep(x, step, window, strides, padding):
    """The largest elements or the sums (`step`) of windows."""
    few = math.prod(window) <= FEW and jax.default_backend() == "cpu"
    return (swept_by_places if few else swept)(x, step, window, strides, padding.upper())


def lowest(dtype):
    if jnp.issubdtype(dtype, jnp.floating):
        return -np.inf
    return False if dtype == jnp.bool else jnp.iinfo(dtype).min


def swept(x, step, window, strides, padding):
    start = lowest(x.dtype) if step is lax.max else 0
    start = np.array(start, x.dtype)  # no traced array: JAX knows gradients by its value
    return lax.reduce_window(x, start, step, (1, *window, 1), (1, *strides, 1), padding)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2, 3, 4))
def swept_by_places(x, step, window, strides, padding):
    """`swept`, whose gradient comes from one place in the windows after the other: on a CPU that of
    XLA takes up to ten times as long."""
    return swept(x, step, window, strides, padding)


@swept_by_places.defjvp
def swept_jvp(step, window, strides, padding, primals, tangents):
    (x,), (dx,) = primals, tangents
    y = swept(x, step, window, strides, padding)

    def places(x, fill):
        sides = lax.padtype_to_pads(x.shape, (1, *window, 1), (1, *strides, 1), padding)
        if any(map(any, sides)):
            x = lax.pad(x, np.array(fill, x.dtype), [(low, high, 0) for low, high in sides])
        for at in np.ndindex(*window):
            ends = [k + (n - 1) * s + 1 for k, n, s in zip(at, y.shape[1:-1], strides)]
            stop = (x.shape[0], *ends, x.shape[-1])
            yield lax.slice(x, (0, *at, 0), stop, (1, *strides, 1))

    moves = places(dx, 0)
    if step is lax.add:
        return y, sum(moves)
    total, missing = jnp.zeros_like(y), jnp.ones(y.shape, bool)
    for part, move in zip(places(x, lowest(y.dtype)), moves):
        hit = (part == y) & missing  # of equal elements the first is the largest
        total, missing = total + jnp.where(hit, move, 0), missing & ~hit
    return y, total


@partial(jax.jit, static_argnums=(1, 2, 3), inline=True)
def pool_max(x, window, strides, padding):
    return sweep(x, lax.max, window, strides, padding)


@partial(jax.jit, static_argnums=(1, 2, 3), inline=True)
def pool_mean(x, window, strides, padding):
    even = all(n % k == 0 for n, k in zip(x.shape[1:-1], window))
    if even and window == strides and math.prod(window) > FEW:  # its gradient is much quicker so
        parts = [d for n, k in zip(x.shape[1:-1], window) for d in (n // k, k)]
        within = tuple(range(2, 2 * len(window) + 1, 2))
        return x.reshape(x.shape[0], *parts, x.shape[-1]).mean(within)
    total = sweep(x, lax.add, window, strides, padding)
    if padding == "valid":
        return total / math.prod(window)
    ones = jnp.ones((1, *x.shape[1:-1], 1), x.dtype)
    return total / sweep(ones, lax.add, window, strides, padding)


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


def through_gates(z, c):
    """The gates i, f, g, o, the memory after them, and what is shown of it."""
    i, f, g, o = jnp.split(z, 4, -1)
    i, f, g, o = sigmoid(i), sigmoid(f), jnp.tanh(g), sigmoid(o)
    c = f * c + i * g
    return i, f, g, o, c, jnp.tanh(c)


@jax.custom_jvp
def lstm_gates(z, c):
    *_, o, c, shown = through_gates(z, c)
    return o * shown, c


@lstm_gates.defjvp
def lstm_gates_jvp(primals, tangents):
    """With few factors for gradients, which a loop over time has to keep for each step."""
    (z, c), (dz, dc) = primals, tangents
    i, f, g, o, new, shown = through_gates(z, c)
    inner = jnp.concatenate([g * i * (1 - i), c * f * (1 - f), i * (1 - g * g)], -1)
    units = c.shape[-1]
    moved = inner * dz[..., : 3 * units]
    dc = f * dc + sum(jnp.split(moved, 3, -1))
    dh = o * (1 - shown * shown) * dc + shown * o * (1 - o) * dz[..., 3 * units :]
    return (o * shown, new), (dh, dc)
