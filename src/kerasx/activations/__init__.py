"""Activations by name, and with the defaults that layers use."""

from collections.abc import Callable
from typing import Any

from .. import ops
from ..core.naming import not_known
from ..core.op import Tensor
from ..core.registry import get_registered_object
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..ops.activation import (
    celu,
    elu,
    glu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    relu6,
    selu,
    sigmoid,
    silu,
    soft_shrink,
    softmax,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh_shrink,
    threshold,
)  # fmt: skip
from ..ops.elementwise import tanh


def linear(x: Tensor) -> Tensor:
    """`x` itself."""
    return x


def exponential(x: Tensor) -> Tensor:
    """`e ** x`, elementwise."""
    return ops.exp(x)


def gelu(x: Tensor, approximate: bool = False) -> Tensor:
    """`x` times the standard normal distribution function at `x` (exactly, or by tanh)."""
    return ops.gelu(x, approximate)


def mish(x: Tensor) -> Tensor:
    """`x * tanh(softplus(x))`, elementwise. Source: arXiv:1908.08681."""
    return x * tanh(softplus(x))


def relu(
    x: Tensor, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Tensor:
    """`x` from `threshold` to `max_value`, which it does not exceed; below,
    `negative_slope * (x - threshold)`.
    """
    if negative_slope == 0 and threshold == 0:
        if max_value is None:
            return ops.relu(x)
        if max_value == 6:
            return ops.relu6(x)
    below = negative_slope * (x - threshold)
    above = x if max_value is None else ops.minimum(x, max_value)
    return ops.where(ops.greater_equal(x, threshold), above, below)


hard_swish = hard_silu
swish = silu

FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh,
        leaky_relu, linear, log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu,
        soft_shrink, softmax, softplus, softsign, sparse_plus, sparse_sigmoid, sparsemax,
        squareplus, tanh, tanh_shrink, threshold,
    )
}  # fmt: skip
NAMES = FUNCTIONS | {"swish": silu, "hard_swish": hard_silu}


def get(identifier: Any) -> Callable[..., Any]:
    """The activation that a name, a config or None (`linear`) stands for; a callable as it is.

    Raises ValueError for what stands for none.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, (str, dict)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"activation={identifier!r}: expected a name, a config, a callable or None.")


def serialize(activation: Callable[..., Any]) -> Any:
    """The name of an activation, or the config of one that has a config.

    Raises ValueError for a lambda: it could not be found again.
    """
    if not callable(activation):
        raise ValueError(f"activation={activation!r}: expected a callable.")
    return serialize_keras_object(activation)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Callable[..., Any]:
    """The activation that `serialize` described."""
    if not isinstance(config, str):
        return deserialize_keras_object(config, custom_objects)
    found = get_registered_object(config, custom_objects, NAMES)
    if found is None:
        raise ValueError(not_known(config, "activation", NAMES))
    return found
