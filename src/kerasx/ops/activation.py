"""Activations: what stands between two linear maps."""

import math

from ..core.dtypes import floating, promote
from ..core.op import Tensor, op, unary
from .elementwise import (
    absolute,
    clip,
    erf,
    exp,
    expm1,
    greater,
    less_equal,
    log1p,
    maximum,
    minimum,
    multiply,
    sqrt,
    tanh,
    where,
)  # fmt: skip
from .reduce import amax, cumsum, logsumexp, sum
from .shaping import flip, split
from .sorting import sort
from .tensors import stop_gradient


def numeric(*names: str) -> tuple[str, str]:
    """As `promote`, with booleans taken as 32-bit integers."""
    out, _ = promote(*names)
    out = "int32" if out == "bool" else out
    return out, out


def same(x, *_, **__):
    return x.shape


# -- Rectifiers ---------------------------------------------------------------------------------
@unary(numeric)
def relu(x: Tensor) -> Tensor:
    """`max(x, 0)`, elementwise."""
    return maximum(x, 0)


@unary(numeric)
def relu6(x: Tensor) -> Tensor:
    """`x` held in [0, 6]."""
    return clip(x, 0, 6)


@op(shape=same, dtype=floating)
def leaky_relu(x: Tensor, negative_slope=0.2) -> Tensor:
    """`x` where it is positive, `negative_slope * x` elsewhere."""
    return where(greater(x, 0), x, multiply(x, negative_slope))


@op(shape=same, dtype=floating)
def elu(x: Tensor, alpha=1.0) -> Tensor:
    """`x` where it is positive, `alpha * (exp(x) - 1)` elsewhere."""
    return where(greater(x, 0), x, multiply(expm1(minimum(x, 0)), alpha))


SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # arXiv:1706.02515


@unary(floating)
def selu(x: Tensor) -> Tensor:
    """`elu`, scaled so that means of 0 and variances of 1 are kept from layer to layer."""
    return SELU_SCALE * elu(x, SELU_ALPHA)


@op(shape=same, dtype=floating)
def celu(x: Tensor, alpha=1.0) -> Tensor:
    """`x` where it is positive, `alpha * (exp(x / alpha) - 1)` below: smooth for all `alpha`."""
    return maximum(x, 0) + alpha * expm1(minimum(x, 0) / alpha)


@op(shape=same, dtype=floating)
def gelu(x: Tensor, approximate=True) -> Tensor:
    """`x` times the standard normal distribution function at `x` (by tanh, or exactly)."""
    if approximate:
        return 0.5 * x * (1.0 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return 0.5 * x * (1.0 + erf(x / math.sqrt(2)))


@op(shape=same, dtype=floating)
def threshold(x: Tensor, threshold, default_value) -> Tensor:
    """`x` where it is greater than `threshold`, `default_value` elsewhere."""
    return where(greater(x, threshold), x, default_value)


# -- Sigmoids -----------------------------------------------------------------------------------
@unary(floating)
def softplus(x: Tensor) -> Tensor:
    """`log(1 + exp(x))`, elementwise."""
    return maximum(x, 0) + log1p(exp(-absolute(x)))


@unary(floating)
def log_sigmoid(x: Tensor) -> Tensor:
    """`log(sigmoid(x))`, elementwise."""
    return -softplus(-x)


@unary(floating)
def sigmoid(x: Tensor) -> Tensor:
    """`1 / (1 + exp(-x))`, elementwise."""
    return exp(log_sigmoid(x))  # nothing overflows


@unary(floating)
def silu(x: Tensor) -> Tensor:
    """`x * sigmoid(x)`, elementwise."""
    return x * sigmoid(x)


@unary(floating)
def hard_sigmoid(x: Tensor) -> Tensor:
    """`x / 6 + 1/2`, held in [0, 1]."""
    return clip(x / 6 + 0.5, 0, 1)


@unary(floating)
def hard_silu(x: Tensor) -> Tensor:
    """`x * hard_sigmoid(x)`, elementwise."""
    return x * hard_sigmoid(x)


@unary(numeric)
def hard_tanh(x: Tensor) -> Tensor:
    """`x` held in [-1, 1]."""
    return clip(x, -1, 1)


@unary(floating)
def softsign(x: Tensor) -> Tensor:
    """`x / (1 + |x|)`, elementwise."""
    return x / (1.0 + absolute(x))


@op(shape=same, dtype=floating)
def squareplus(x: Tensor, b=4) -> Tensor:
    """`(x + sqrt(x ** 2 + b)) / 2`, elementwise."""
    return 0.5 * (x + sqrt(x * x + b))


@unary(floating)
def sparse_plus(x: Tensor) -> Tensor:
    """0 up to -1, `x` from 1 on, `(x + 1) ** 2 / 4` in between."""
    inner = clip(x, -1, 1) + 1
    return where(less_equal(x, 1), 0.25 * inner * inner, x)


@unary(floating)
def sparse_sigmoid(x: Tensor) -> Tensor:
    """`(x + 1) / 2`, held in [0, 1]: the slope of `sparse_plus`."""
    return clip(0.5 * x + 0.5, 0, 1)


# -- Shrinkage ----------------------------------------------------------------------------------
@unary(floating)
def tanh_shrink(x: Tensor) -> Tensor:
    """`x - tanh(x)`, elementwise."""
    return x - tanh(x)


@op(shape=same, dtype=floating)
def hard_shrink(x: Tensor, threshold=0.5) -> Tensor:
    """`x` where it lies outside of [-threshold, threshold], 0 elsewhere."""
    return where(greater(absolute(x), threshold), x, 0.0)


@op(shape=same, dtype=floating)
def soft_shrink(x: Tensor, threshold=0.5) -> Tensor:
    """`x`, brought nearer to 0 by `threshold`, at most to 0."""
    return x - clip(x, -threshold, threshold)


# -- Over an axis -------------------------------------------------------------------------------
@op(shape=same, dtype=floating)
def log_softmax(x: Tensor, axis=-1) -> Tensor:
    """`log(softmax(x, axis))`, computed so that nothing overflows."""
    return x - logsumexp(x, axis, keepdims=True)


@op(shape=same, dtype=floating)
def softmax(x: Tensor, axis=-1) -> Tensor:
    """`exp(x)`, scaled to sum to one along `axis` (None, an int or several)."""
    powers = exp(x - stop_gradient(amax(x, axis, keepdims=True)))
    return powers / sum(powers, axis, keepdims=True)


def halved(x, axis=-1):
    size = x.shape[axis]
    if size is not None and size % 2:
        raise ValueError(
            f"glu: axis {axis} of a tensor of shape {tuple(x.shape)}: expected an even size."
        )
    return tuple(
        size and size // 2 if i == axis % len(x.shape) else d for i, d in enumerate(x.shape)
    )


@op(shape=halved, dtype=floating)
def glu(x: Tensor, axis=-1) -> Tensor:
    """The first half of `x` along `axis`, times the sigmoid of the second."""
    halved(x, axis)
    a, b = split(x, 2, axis)
    return a * sigmoid(b)


@op(shape=same, dtype=floating)
def sparsemax(x: Tensor, axis=-1) -> Tensor:
    """The point of the simplex nearest to `x` along `axis`. Source: arXiv:1602.02068, alg. 1."""
    largest_first = flip(sort(x, axis), axis)
    rank = cumsum(largest_first * 0 + 1, axis)
    total = cumsum(largest_first, axis)
    inside = greater(1 + rank * largest_first, total)
    size = sum(where(inside, rank * 0 + 1, 0), axis, keepdims=True)
    return maximum(x - (sum(where(inside, largest_first, 0), axis, keepdims=True) - 1) / size, 0)


hard_swish = hard_silu
swish = silu
