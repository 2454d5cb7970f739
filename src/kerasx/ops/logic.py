"""Closeness, logic and bits, elementwise."""

from ..core.dtypes import alike, logical, promote
from ..core.op import Tensor, binary, op, unary
from ..core.shapes import broadcast
from .elementwise import absolute, counting, either, equal, isfinite, isnan, measured
from .reduce import all
from .tensors import cast

__all__ = [
    "allclose", "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_not",
    "bitwise_or", "bitwise_right_shift", "bitwise_xor", "isclose", "left_shift", "logical_and",
    "logical_not", "logical_or", "logical_xor", "right_shift", "select",
]  # fmt: skip


def both(x1, x2, *_, **__):
    return broadcast(x1.shape, x2.shape)


@op(shape=both, dtype=measured)
def isclose(x1: Tensor, x2: Tensor, rtol=1e-5, atol=1e-8, equal_nan=False) -> Tensor:
    """Whether `abs(x1 - x2) <= atol + rtol * abs(x2)`, broadcast; equal infinities are close."""
    near = equal(x1, x2) | isfinite(x2) & (absolute(x1 - x2) <= atol + rtol * absolute(x2))
    return near | (isnan(x1) & isnan(x2)) if equal_nan else near


@op(shape=lambda x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False: (), dtype=measured)
def allclose(x1: Tensor, x2: Tensor, rtol=1e-5, atol=1e-8, equal_nan=False) -> Tensor:
    """Whether all of `isclose(x1, x2, rtol, atol, equal_nan)` holds."""
    return all(isclose(x1, x2, rtol, atol, equal_nan))


@binary(logical)
def logical_and(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether both `x1` and `x2` are non-zero, broadcast."""


@binary(logical)
def logical_or(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether `x1` or `x2` is non-zero, broadcast."""


@binary(logical)
def logical_xor(x1: Tensor, x2: Tensor) -> Tensor:
    """Whether just one of `x1` and `x2` is non-zero, broadcast."""


@unary(logical)
def logical_not(x: Tensor) -> Tensor:
    """Whether each element is zero."""


@op()
def select(condlist: Tensor, choicelist: Tensor, default=0) -> Tensor:
    """For each place, the element of the first choice whose condition holds there, or `default`.

    Conditions, choices and default broadcast.
    """
    if not len(condlist) or len(condlist) != len(choicelist):
        raise ValueError(
            "select: expected as many conditions as choices, and one at least; got "
            f"{len(condlist)} and {len(choicelist)}."
        )
    out = default
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        out = either(cast(condition, "bool"), choice, out)
    return out


# -- Bits ---------------------------------------------------------------------------------------
@binary(promote)
def bitwise_and(x: Tensor, y: Tensor) -> Tensor:
    """The bits that `x` and `y` share, broadcast."""


@binary(promote)
def bitwise_or(x: Tensor, y: Tensor) -> Tensor:
    """The bits that `x` or `y` has, broadcast."""


@binary(promote)
def bitwise_xor(x: Tensor, y: Tensor) -> Tensor:
    """The bits in which `x` and `y` differ, broadcast."""


@unary(alike)
def bitwise_invert(x: Tensor) -> Tensor:
    """The bits that `x` does not have."""


@binary(counting)
def left_shift(x: Tensor, y: Tensor) -> Tensor:
    """`x * 2**y`, in the bits of an integer, broadcast."""


@binary(counting)
def right_shift(x: Tensor, y: Tensor) -> Tensor:
    """The floor of `x / 2**y`, in the bits of an integer, broadcast."""


bitwise_not = bitwise_invert
bitwise_left_shift = left_shift
bitwise_right_shift = right_shift
