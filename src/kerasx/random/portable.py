"""Draws that are the same on every engine, eager and compiled: `set_portable_random(True)`.

They take the place of what the engines draw. Draws of 16 bits are those of 32, rounded; those of 64
bits, but uniform ones, have the steps of 32.
"""

from math import prod
from typing import Any

from ..core.op import Tensor
from ..ops.control import while_loop
from ..ops.creation import zeros_like
from ..ops.elementwise import add, ceil, minimum, where
from ..ops.exact import (
    TINY,
    apart,
    decay,
    inverse,
    inverse_root,
    logarithm,
    minus_log1m,
    scaled,
    shortened,
)  # fmt: skip
from ..ops.logic import logical_and, logical_not, right_shift
from ..ops.reduce import any as any_of
from ..ops.shaping import reshape
from ..ops.tensors import cast
from . import quantiles
from .threefry import high_product, random_words

BITS = {"float16": 11, "bfloat16": 8, "float32": 24}  # of a draw from [0, 1)


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
    return shortened(by_table(state, shape, quantiles.normal), dtype)


def truncated(state: Tensor, shape: Any, dtype: str) -> Tensor:
    return shortened(by_table(state, shape, quantiles.truncated), dtype)


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
    return where(kept, scaled(x, 1 / (1 - rate), 0.0), 0)


# -- Draws by rejection -------------------------------------------------------------------------
def gamma(state: Tensor, shape: Any, alpha: Tensor, dtype: str) -> Tensor:
    """By a normal draw, transformed, and kept with the right probability: Marsaglia and Tsang,
    2000, "A simple method for generating gamma variables"."""
    alpha = cast(alpha, "float32")
    d = where(alpha < 1, alpha + 1, alpha) - 1 / 3
    c = inverse_root(d) * (1 / 3)

    def more(stream, draws, missing):
        return any_of(missing)

    def again(stream, draws, missing):
        x = by_table(state, shape, quantiles.normal, stream)
        v = scaled(c, x, 1.0)
        v = apart(apart(v * v) * v)
        rest = apart(d * (apart(1 - v) + logarithm(v)))
        bound = by_table(state, shape, quantiles.exponential, stream + 1)
        kept = logical_and(v > 0, scaled(x, x, rest * 2) + bound * 2 > 0)
        kept = logical_and(kept, missing)
        return stream + 2, where(kept, d * v, draws), logical_and(missing, logical_not(kept))

    drawable = alpha > 0
    start = cast(2, "int32"), where(drawable, zeros_like(alpha), float("nan")), drawable
    end: Any = while_loop(more, again, start)
    boost = decay(apart(by_table(state, shape, quantiles.exponential) * inverse(alpha)))
    draws = apart(where(alpha < 1, end[1] * boost, end[1]))
    return shortened(where(draws < TINY, 0.0, draws), dtype)  # some engines have nothing smaller


def beta(states: Any, shape: Any, alpha: Tensor, beta: Tensor, dtype: str) -> Tensor:
    a, b = (gamma(s, shape, x, "float32") for s, x in zip(states, (alpha, beta)))
    draws = minimum(a * inverse(a + b), 1.0)
    return shortened(where(draws < TINY, 0.0, draws), dtype)


def binomial(
    state: Tensor, shape: Any, counts: Tensor, probabilities: Tensor, dtype: str
) -> Tensor:
    """By the distances between successes, so that it takes as many rounds as there are."""
    counts, p = cast(counts, "float32"), cast(probabilities, "float32")
    often = apart(1 - p)
    waiting = inverse(minus_log1m(minimum(p, often)))

    def more(stream, place, successes):
        return any_of(place <= counts)

    def again(stream, place, successes):
        distance = ceil(apart(by_table(state, shape, quantiles.exponential, stream) * waiting))
        place = where(place <= counts, place + distance, place)
        return stream + 1, place, successes + cast(place <= counts, "float32")

    start = cast(0, "int32"), zeros_like(counts), zeros_like(counts)
    end: Any = while_loop(more, again, start)
    return cast(where(p > 0.5, counts - end[2], end[2]), dtype)
