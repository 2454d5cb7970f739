"""NumPy: functions that it lacks."""

import math
from statistics import NormalDist

import numpy as np


def of_numbers(fn):
    """A function of one number, over arrays, in 64 bits."""
    over = np.frompyfunc(fn, 1, 1)

    def call(x):
        return np.asarray(over(x.astype("float64")), "float64").astype(x.dtype)

    return call


def probit(p):
    if 0 < p < 1:
        return NormalDist().inv_cdf(p)
    return {0.0: -math.inf, 1.0: math.inf}.get(p, math.nan)


erf, erfc = of_numbers(math.erf), of_numbers(math.erfc)
erfinv = of_numbers(lambda x: probit((x + 1) / 2) / math.sqrt(2))


def i0(x):
    return np.i0(x.astype("float64")).astype(x.dtype)


def gamma_share(a, x):
    """The share of the integral from 0 to infinity of t**(a-1) e**-t that lies below x."""
    if not (a > 0 and x >= 0):
        return 1.0 if a == 0 and x > 0 else math.nan
    if x in (0, math.inf):
        return float(x > 0)
    if math.isinf(a):
        return 0.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:  # the power series converges quickly
        term = total = 1 / a
        n = a
        while abs(term) > 1e-17 * total:
            n += 1
            term *= x / n
            total += term
        return scale * total
    # elsewhere the continued fraction of the rest does; by Lentz's method
    b = x + 1 - a
    c, d = math.inf, 1 / b
    h, k = d, 0
    while k < 1000:
        k += 1
        step = -k * (k - a)
        b += 2
        d = 1 / (step * d + b)
        c = b + step / c
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return 1 - scale * h


gamma_shares = np.frompyfunc(gamma_share, 2, 1)


def gammainc(x1, x2):
    shares = gamma_shares(x1.astype("float64"), x2.astype("float64"))
    return np.asarray(shares, "float64").astype(x1.dtype)
