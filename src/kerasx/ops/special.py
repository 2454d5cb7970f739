"""Elementwise functions beyond arithmetic: of number theory, of statistics, of signals."""

from math import log as ln
from math import pi

from ..core.dtypes import floating, is_int, name_of, promote
from ..core.op import Tensor, binary, op, unary
from ..core.shapes import broadcast
from .elementwise import (
    absolute,
    choose,
    counting,
    divide,
    equal,
    floor_divide,
    greater_equal,
    isinf,
    isnan,
    logaddexp,
    maximum,
    measured,
    minimum,
    mod,
    multiply,
    power,
    sign,
    sin,
    sqrt,
)
from .tensors import cast

__all__ = [
    "cbrt", "deg2rad", "erfc", "exp2", "fabs", "fmax", "fmin", "fmod", "gammainc", "gcd",
    "heaviside", "hypot", "i0", "isneginf", "isposinf", "lcm", "ldexp", "logaddexp2", "rad2deg",
    "sinc",
]  # fmt: skip


def whole(*names: str) -> tuple[str, str]:
    """As `promote`, of integers alone."""
    out, _ = counting(*names)
    if not is_int(out):
        raise ValueError(f"expected integers; got {' and '.join(names)}.")
    return out, out


def scaled(*names: str) -> tuple[None, str]:
    """A number and an integer exponent: gives floats."""
    if not is_int(names[-1]):
        raise TypeError(f"ldexp: expected integers for x2; got {names[-1]}.")
    return None, floating(*names)[1]


# -- Of one tensor ------------------------------------------------------------------------------
@unary(floating)
def cbrt(x: Tensor) -> Tensor:
    """Cube root, elementwise."""
    return sign(x) * power(absolute(x), 1 / 3)


@unary(floating)
def exp2(x: Tensor) -> Tensor:
    """`2 ** x`, elementwise."""
    return power(2.0, x)


@unary(floating)
def deg2rad(x: Tensor) -> Tensor:
    """Degrees as radians, elementwise."""
    return x * (pi / 180)


@unary(floating)
def rad2deg(x: Tensor) -> Tensor:
    """Radians as degrees, elementwise."""
    return x * (180 / pi)


@unary(floating)
def erfc(x: Tensor) -> Tensor:
    """`1 - erf(x)`, elementwise, exact where it is small."""


@unary(floating)
def fabs(x: Tensor) -> Tensor:
    """Absolute value, elementwise, as a float."""
    return absolute(x)


@unary(floating)
def i0(x: Tensor) -> Tensor:
    """Modified Bessel function of the first kind, of order 0, elementwise."""


@unary(measured)
def isneginf(x: Tensor) -> Tensor:
    """Whether each element is minus infinity."""
    return equal(x, -float("inf"))


@unary(measured)
def isposinf(x: Tensor) -> Tensor:
    """Whether each element is plus infinity."""
    return equal(x, float("inf"))


@unary(floating)
def sinc(x: Tensor) -> Tensor:
    """`sin(pi * x) / (pi * x)`, elementwise, and 1 at 0."""
    zero = equal(x, 0)
    x = choose(zero, 1.0, x) * pi
    return choose(zero, 1.0, sin(x) / x)


# -- Of two tensors -----------------------------------------------------------------------------
@binary(promote)
def fmax(x1: Tensor, x2: Tensor) -> Tensor:
    """The larger of `x1` and `x2`, broadcast; a number rather than NaN."""
    return choose(isnan(x1), x2, choose(isnan(x2), x1, maximum(x1, x2)))


@binary(promote)
def fmin(x1: Tensor, x2: Tensor) -> Tensor:
    """The smaller of `x1` and `x2`, broadcast; a number rather than NaN."""
    return choose(isnan(x1), x2, choose(isnan(x2), x1, minimum(x1, x2)))


@binary(counting)
def fmod(x1: Tensor, x2: Tensor) -> Tensor:
    """Remainder of `x1 / x2`, with the sign of `x1`, broadcast."""
    return sign(x1) * mod(absolute(x1), absolute(x2))


@binary(whole)
def gcd(x1: Tensor, x2: Tensor) -> Tensor:
    """Greatest common divisor of integers, broadcast."""


@binary(whole)
def lcm(x1: Tensor, x2: Tensor) -> Tensor:
    """Least common multiple of integers, broadcast."""
    return absolute(floor_divide(x1, maximum(gcd(x1, x2), 1)) * x2)


@binary(floating)
def heaviside(x1: Tensor, x2: Tensor) -> Tensor:
    """0 where `x1` is negative, 1 where it is positive and `x2` where it is 0, broadcast."""
    step = choose(x1 > 0, 1.0, choose(equal(x1, 0), x2, 0.0))
    return choose(isnan(x1), x1, step)


@binary(floating)
def hypot(x1: Tensor, x2: Tensor) -> Tensor:
    """`sqrt(x1**2 + x2**2)`, broadcast, with no overflow."""
    a, b = absolute(x1), absolute(x2)
    first = greater_equal(a, b)
    high, low = choose(first, a, b), choose(first, b, a)
    none = equal(high, 0) | isinf(high)
    share = divide(choose(none, 0.0, low), choose(none, 1.0, high))
    return high * sqrt(1 + multiply(share, share))


@op(shape=lambda x1, x2: broadcast(x1.shape, x2.shape), dtype=scaled)
def ldexp(x1: Tensor, x2: Tensor) -> Tensor:
    """`x1 * 2**x2` for integers `x2`, broadcast."""
    name = floating(name_of(x1), name_of(x2))[1]
    x1, half = cast(x1, name), floor_divide(x2, 2)
    # in two steps: 2**x2 may be out of range where the product is not
    return x1 * exp2(cast(half, name)) * exp2(cast(x2 - half, name))


@binary(floating)
def logaddexp2(x1: Tensor, x2: Tensor) -> Tensor:
    """`log2(2**x1 + 2**x2)`, broadcast, with no overflow."""
    return logaddexp(x1 * ln(2), x2 * ln(2)) / ln(2)


@binary(floating)
def gammainc(x1: Tensor, x2: Tensor) -> Tensor:
    """Lower incomplete gamma function of `x1`, from 0 to `x2`, as a share of the whole one."""
