"""Draws that are the same on every engine, eager and compiled: `set_portable_random(True)`.

They take the place of what the engines draw. All but gamma, beta and binomial are the same to the
last bit; those go through logarithms, so they are the same up to rounding. Draws of 16 bits are
those of 32, rounded; normal ones of 64 bits have the steps of 32.
"""

from math import prod
from typing import Any

from ml_dtypes import finfo

from ..core.dtypes import name_of
from ..core.op import Tensor
from ..ops.control import while_loop
from ..ops.creation import ones_like, zeros_like
from ..ops.elementwise import (
    add,
    ceil,
    log,
    log1p,
    maximum,
    minimum,
    multiply,
    sqrt,
    where,
)  # fmt: skip
from ..ops.logic import logical_and, logical_not, right_shift
from ..ops.reduce import any as any_of
from ..ops.shaping import reshape
from ..ops.tensors import cast
from . import quantiles
from .threefry import high_product, random_words

BITS = {"float16": 11, "bfloat16": 8, "float32": 24}  # of a draw from [0, 1)
TINY = 1e-37


def words(state: Tensor, shape: Any, stream: Any = 0) -> Tensor:
    """A random word for each element of a tensor of that shape."""
    return reshape(random_words(state, prod(shape), stream), shape)


def leading(word: Tensor, bits: int) -> Tensor:
    """The first bits of words, as a number that is not negative."""
    return right_shift(word, 32 - bits) & ((1 << bits) - 1)


def by_table(state: Tensor, shape: Any, quantile: Any, stream: Any = 0) -> Tensor:
    return quantiles.drawn(words(state, shape, stream), quantile)


# -- What takes the place of the engines' draws -------------------------------------------------
def uniform(state: Tensor, shape: Any, dtype: str, stream: Any = 0) -> Tensor:
    if dtype == "float64":
        high, low = words(state, shape, 2 * stream), words(state, shape, 2 * stream + 1)
        whole = cast(leading(high, 26), dtype) * 2.0**27 + cast(leading(low, 27), dtype)
        return whole * 2.0**-53
    bits = BITS[dtype]
    whole = leading(words(state, shape, stream), bits)
    return cast(cast(whole, "float32") * 2.0**-bits, dtype)


def normal(state: Tensor, shape: Any, dtype: str) -> Tensor:
    return cast(by_table(state, shape, quantiles.normal), dtype)


def truncated(state: Tensor, shape: Any, dtype: str) -> Tensor:
    return cast(by_table(state, shape, quantiles.truncated), dtype)


def gumbel(state: Tensor, shape: Any) -> Tensor:
    """float32 draws, the largest of which, added to logits, is a draw from their softmax."""
    return by_table(state, shape, quantiles.gumbel)


def integers(state: Tensor, shape: Any, low: int, high: int, dtype: str) -> Tensor:
    """The upper part of 64 random bits times the number of integers."""
    count = high - low
    if count >= 2**31:
        raise ValueError(
            f"randint: minval={low}, maxval={high}: portable draws are from less than 2**31 "
            "integers."
        )
    upper, rest = high_product(random_words(state, prod(shape)), count)
    carried = high_product(random_words(state, prod(shape), 1), count)[0]
    # whether rest + carried, as unsigned words, do not fit in one: carried itself is below 2**31
    over = logical_and(rest < 0, rest + carried >= 0)
    return reshape(add(cast(upper + cast(over, "int32"), dtype), low), shape)


def drop(x: Tensor, state: Tensor, rate: float, noise_shape: Any) -> Tensor:
    noise = reshape(random_words(state, prod(noise_shape), near=x), noise_shape)
    kept = leading(noise, 24) >= round(rate * 2**24)
    return where(kept, multiply(x, 1 / (1 - rate)), 0)


# -- Scaling ------------------------------------------------------------------------------------
def scaled(draws: Tensor, by: Any, plus: Any) -> Tensor:
    """`draws * by + plus`, with two roundings: a compiler would join them, but for the minimum."""
    product = minimum(multiply(draws, by), float(finfo(name_of(draws)).max))
    return add(product, plus)


# -- Draws by rejection -------------------------------------------------------------------------
def gamma(state: Tensor, shape: Any, alpha: Tensor, dtype: str) -> Tensor:
    """By a normal draw, transformed, and kept with the right probability: Marsaglia and Tsang,
    2000, "A simple method for generating gamma variables"."""
    wide = "float64" if dtype == "float64" else "float32"
    alpha = cast(alpha, wide)
    d = where(alpha < 1, alpha + 1, alpha) - 1 / 3
    c = 1 / sqrt(9 * d)

    def more(stream, draws, missing):
        return any_of(missing)

    def again(stream, draws, missing):
        x = cast(by_table(state, shape, quantiles.normal, stream), wide)
        v = 1 + c * x
        v = v * v * v
        bound = x * x / 2 + d * (1 - v + log(maximum(v, TINY)))
        u = uniform(state, shape, wide, stream + 1)
        kept = logical_and(v > 0, log(maximum(u, TINY)) < bound)
        kept = logical_and(kept, missing)
        return stream + 2, where(kept, d * v, draws), logical_and(missing, logical_not(kept))

    start = cast(2, "int32"), zeros_like(alpha), ones_like(alpha, "bool")
    end: Any = while_loop(more, again, start)
    boost = maximum(uniform(state, shape, wide), TINY) ** (1 / alpha)
    return cast(where(alpha < 1, end[1] * boost, end[1]), dtype)


def binomial(
    state: Tensor, shape: Any, counts: Tensor, probabilities: Tensor, dtype: str
) -> Tensor:
    """By the distances between successes, so that it takes as many rounds as there are."""
    counts, p = cast(counts, "float32"), cast(probabilities, "float32")
    rare = minimum(p, 1 - p)
    rate = -log1p(-rare)

    def more(stream, place, successes):
        return any_of(place <= counts)

    def again(stream, place, successes):
        distance = ceil(by_table(state, shape, quantiles.exponential, stream) / rate)
        place = where(place <= counts, place + distance, place)
        return stream + 1, place, successes + cast(place <= counts, "float32")

    start = cast(0, "int32"), zeros_like(counts), zeros_like(counts)
    end: Any = while_loop(more, again, start)
    return cast(where(p > 0.5, counts - end[2], end[2]), dtype)
