"""Arithmetic that gives the same on every engine, to the last bit, eager and compiled.

Sums, products and what is done to integers are the same everywhere, as long as a product and a sum
are not joined into one rounding, nor sums done in another order. So all else is made of these:
logarithms, exponentials and even quotients, which engines may estimate. Of float32 alone.
"""

from math import log as ln
from typing import Any

from ml_dtypes import finfo

from ..core import config
from ..core.dtypes import name_of
from ..core.op import Tensor
from .bits import reinterpreted
from .elementwise import absolute, add, floor, maximum, minimum, multiply, round, where
from .logic import left_shift, right_shift
from .tensors import cast

TINY = 1e-37  # what is smaller may be taken for 0
WIDE, SHORT = "float32", {"float16": 13, "bfloat16": 16}  # and how many bits those lack
LOW = 0.693359375  # of ln 2: a multiple of 2**-9, so that products with small integers are exact
REST = ln(2) - LOW


def apart(x: Tensor) -> Tensor:
    """`x`, a product or a sum, as it is: compilers cannot take a minimum away, nor see through
    it."""
    return minimum(x, float(finfo(name_of(x)).max))


def alike(x: Tensor) -> Tensor:
    """`apart(x)` where random numbers are to be the same on every engine; elsewhere `x`."""
    return apart(x) if config.SETTINGS.portable_random else x


def scaled(x: Tensor, by: Any, plus: Any) -> Tensor:
    """`x * by + plus`, with two roundings; of 16 bits, computed in 32."""
    name = name_of(x)
    if name in SHORT:
        x, by, plus = (i if isinstance(i, (int, float)) else cast(i, WIDE) for i in (x, by, plus))
    return shortened(add(apart(multiply(x, by)), plus), name)


def shortened(x: Tensor, name: str) -> Tensor:
    """`x` in the dtype `name`. It has the digits of that before it is cast: compilers go on with
    what they had before a cast, if they can."""
    if name not in SHORT or name_of(x) != WIDE:
        return cast(x, name)
    bits, lost = bits_of(x), SHORT[name]
    even = right_shift(bits, lost) & 1  # halves go to even numbers
    rounded = reinterpreted(bits + ((1 << (lost - 1)) - 1) + even & -(1 << lost), WIDE)
    if name == "float16":  # its smallest numbers lie evenly
        rounded = where(absolute(x) < 2.0**-14, round(x * 2.0**24) * 2.0**-24, rounded)
    return cast(rounded, name)


def polynomial(x: Tensor, factors: tuple[float, ...]) -> Tensor:
    """The sum of `factors[k] * x ** k`."""
    total: Any = scaled(x, factors[-1], factors[-2])
    for factor in factors[-3::-1]:
        total = scaled(x, total, factor)
    return total


def bits_of(x: Tensor) -> Tensor:
    return reinterpreted(x, "int32")


def inverse(x: Tensor) -> Tensor:
    """`1 / x` of positive numbers, by Newton's method from an estimate that is off by an eighth."""
    x = maximum(x, TINY)
    y = reinterpreted(0x7EF311C7 - bits_of(x), WIDE)
    for _ in range(4):
        y = multiply(y, 2 - apart(multiply(x, y)))
    return y


def inverse_root(x: Tensor) -> Tensor:
    """`1 / sqrt(x)` of positive numbers, by Newton's method."""
    x = maximum(x, TINY)
    y = reinterpreted(0x5F3759DF - right_shift(bits_of(x), 1), WIDE)
    for _ in range(4):
        y = multiply(y, 1.5 - apart(multiply(x, apart(multiply(y, y)))) * 0.5)
    return y


def twice_artanh(s: Tensor, terms: int) -> Tensor:
    """`log((1 + s) / (1 - s))`."""
    odd = tuple(2 / (2 * k + 3) for k in range(terms))
    square = apart(multiply(s, s))
    rest = apart(multiply(square, polynomial(square, odd)))
    return apart(s * 2 + apart(multiply(s, rest)))


def logarithm(x: Tensor) -> Tensor:
    """`log(x)` of positive numbers."""
    bits = bits_of(maximum(x, TINY))
    power = right_shift(bits - 0x3F3504F3, 23)  # sqrt(1/2) <= m < sqrt(2)
    m = reinterpreted(bits - left_shift(power, 23), WIDE)
    power = cast(power, WIDE)
    s = apart(multiply(m - 1, inverse(m + 1)))
    return apart(scaled(power, REST, twice_artanh(s, 5))) + power * LOW


def minus_log1m(x: Tensor) -> Tensor:
    """`-log(1 - x)` of numbers in [0, 1/2]."""
    return twice_artanh(apart(multiply(x, inverse(2 - x))), 8)


def decay(x: Tensor) -> Tensor:
    """`exp(-x)` of numbers that are not negative; 0 from 87 on."""
    near = minimum(x, 87.0)
    power = floor(scaled(near, 1 / ln(2), 0.5))
    rest = apart(apart(power * LOW - near) + apart(multiply(power, REST)))
    factors = (1.0, 1.0, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040)
    size = reinterpreted(left_shift(127 - cast(power, "int32"), 23), WIDE)
    return where(x < 87, multiply(apart(polynomial(rest, factors)), size), 0.0)
