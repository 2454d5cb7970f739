"""Random numbers of a distribution, from a table: the same on every engine, to the last bit.

Logarithms and the like differ between engines, and compilers join multiplications and additions
with one rounding instead of two. So a draw is one table look-up and one product that is exact:
between the points of the table, slopes have 12 bits and so has the distance.

A draw stands for a probability p below 1/2 (its sign says from which end), as an odd number of
2**-25. The points lie evenly in each octave of p: 128 of them keep a normal draw within 1e-5 of
what it should be.
"""

from collections.abc import Callable
from functools import cache
from math import log, log1p
from statistics import NormalDist

import numpy as np

from ..backends import current as backend
from ..core.op import Tensor
from ..ops.bits import reinterpreted
from ..ops.exact import apart
from ..ops.indexing import take
from ..ops.logic import right_shift
from ..ops.tensors import cast

OCTAVES, POINTS = 24, 128  # of odd numbers below 2**24; in each octave
SIZE = OCTAVES * POINTS
FINE = 4096  # steps between two points
NORMAL = NormalDist()
TAIL = NORMAL.cdf(-2.0)


def normal(p: float, upper: bool) -> float:
    x = NORMAL.inv_cdf(p)
    return -x if upper else x


def truncated(p: float, upper: bool) -> float:
    """Of a normal distribution within [-2, 2]."""
    return normal(TAIL + p * (1 - 2 * TAIL), upper)


def gumbel(p: float, upper: bool) -> float:
    return -log(-log1p(-p)) if upper else -log(-log(p))


def exponential(p: float, upper: bool) -> float:
    return -log(p) if upper else -log1p(-p)


@cache
def table(quantile: Callable[[float, bool], float]) -> tuple[np.ndarray, np.ndarray]:
    """(values at the points, slopes between them) of the lower half, then of the upper."""
    edges = np.ldexp(1 + np.arange(POINTS + 1) / POINTS, np.arange(OCTAVES)[:, None] - 25)
    values = np.array(
        [[[quantile(p, half) for p in row] for row in edges] for half in (False, True)]
    )
    fraction, exponent = np.frexp((values[..., 1:] - values[..., :-1]) / FINE)
    slopes = np.ldexp(np.round(fraction * FINE) / FINE, exponent)
    return values[..., :-1].astype("float32").ravel(), slopes.astype("float32").ravel()


def drawn(words: Tensor, quantile: Callable[[float, bool], float]) -> Tensor:
    """float32 draws, one for each word, of the distribution that `quantile` gives from both ends.

    `quantile(p, False)` is the value below which draws lie with probability p, `quantile(p, True)`
    that above which they do.
    """
    values, slopes = (backend.beside(x, words) for x in table(quantile))
    odd = (right_shift(words, 7) & 0xFFFFFE) | 1
    bits = reinterpreted(cast(odd, "float32"), "int32")  # an exponent, and 23 bits behind it
    place = right_shift(bits, 16) - 127 * POINTS + (right_shift(words, 31) & SIZE)
    between = cast(right_shift(bits, 4) & (FINE - 1), "float32")
    return apart(take(values, place) + take(slopes, place) * between)
