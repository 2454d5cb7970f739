"""How samples and signals hang together: correlation, distances, areas."""

from math import log10 as ten_log
from typing import Any

from ..core.dtypes import floating, floating_first
from ..core.op import Tensor, op
from ..core.shapes import broadcast
from .conv import conv
from .elementwise import choose, clip, divide, equal, log10, multiply, sqrt, square, subtract
from .indexing import diff
from .linear import matmul
from .reduce import mean, sum
from .shaping import changed, expand_dims, flip, pad, position, reshape, transpose

__all__ = ["cdist", "corrcoef", "correlate", "psnr", "trapezoid"]


def variables(x):
    if x.ndim not in (1, 2):
        raise ValueError(f"corrcoef: expected a vector or a matrix; got shape {tuple(x.shape)}.")
    return (x.shape[0],) * 2 if x.ndim == 2 else ()


@op(shape=variables, dtype=floating)
def corrcoef(x: Tensor) -> Tensor:
    """Correlation coefficients of the rows of a matrix; of a vector with itself, 1."""
    variables(x)
    rows = x if x.ndim == 2 else expand_dims(x, 0)
    rows = rows - mean(rows, 1, keepdims=True)
    products = matmul(rows, transpose(rows))
    scale = sqrt(sum(square(rows), 1))
    out = clip(divide(products, expand_dims(scale, 1) * scale), -1, 1)
    return out if x.ndim == 2 else reshape(out, ())


def slid(x1, x2, mode="valid"):
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"correlate: expected two vectors; got shapes {tuple(x1.shape)} and {tuple(x2.shape)}."
        )
    if mode not in ("valid", "same", "full"):
        raise ValueError(f"correlate: mode={mode!r}: expected 'valid', 'same' or 'full'.")
    m, n = x1.shape[0], x2.shape[0]
    if m is None or n is None:
        return (None,)
    return ({"valid": max(m, n) - min(m, n) + 1, "same": max(m, n), "full": m + n - 1}[mode],)


@op(shape=slid, dtype=floating)
def correlate(x1: Tensor, x2: Tensor, mode="valid") -> Tensor:
    """Sums of the products of two vectors, one of them shifted along the other.

    `mode` says for which shifts: 'valid', where the shorter lies within the longer; 'full',
    where they touch; 'same', the middle of these, as many as the longer has elements.
    """
    slid(x1, x2, mode)
    m, n = x1.shape[0], x2.shape[0]
    if m is None or n is None:
        raise ValueError("correlate: the sizes of both vectors must be known.")
    if m < n:
        return flip(correlate(x2, x1, mode), 0)
    before = {"valid": 0, "same": n // 2, "full": n - 1}[mode]
    after = {"valid": 0, "same": n - n // 2 - 1, "full": n - 1}[mode]
    signal = reshape(pad(x1, (before, after)), (1, -1, 1))
    return reshape(conv(signal, reshape(x2, (n, 1, 1)), data_format="channels_last"), (-1,))


def apart(x, y):
    if x.ndim < 2 or y.ndim < 2:
        raise ValueError(
            f"cdist: expected rows of points; got shapes {tuple(x.shape)} and {tuple(y.shape)}."
        )
    broadcast(x.shape[-1:], y.shape[-1:])
    return (*broadcast(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-2])


@op(shape=apart, dtype=floating)
def cdist(x: Tensor, y: Tensor) -> Tensor:
    """Euclidean distance of each row of `x` from each row of `y`, whose other axes broadcast."""
    apart(x, y)
    squares = sum(square(expand_dims(x, -2) - expand_dims(y, -3)), -1)
    none = equal(squares, 0)  # where the root has no slope
    return choose(none, 0.0, sqrt(choose(none, 1.0, squares)))


def compatible(one, other):
    """Whether two shapes are the same, as far as they are known."""
    same = all(a is None or b is None or a == b for a, b in zip(one, other))
    return len(one) == len(other) and same


@op(dtype=floating)
def psnr(x1: Tensor, x2: Tensor, max_val) -> Tensor:
    """Peak signal-to-noise ratio of two signals in decibels, where `max_val` is the peak."""
    if not compatible(x1.shape, x2.shape):
        shapes = f"{tuple(x1.shape)} and {tuple(x2.shape)}"
        raise ValueError(f"psnr: shapes {shapes}: expected the same.")
    noise = mean(square(x1 - x2))
    peak: Any = 20 * (ten_log(max_val) if isinstance(max_val, (int, float)) else log10(max_val))
    return subtract(peak, multiply(log10(noise), 10))


def area(y, x=None, dx=1.0, axis=-1):
    axis = position(axis, y.ndim)
    sizes = (*y.shape[:axis], *y.shape[axis + 1 :])
    return sizes if x is None or x.ndim == 1 else broadcast(sizes, without(x, axis - y.ndim))


def without(x, axis):
    return tuple(n for a, n in enumerate(x.shape) if a != x.ndim + axis)


@op(shape=area, dtype=floating_first)
def trapezoid(y: Tensor, x: Tensor = None, dx=1.0, axis=-1) -> Tensor:
    """Area under the points `y` along `axis`, joined by straight lines.

    They stand at `x` (a vector along `axis`, or as many axes as `y`), or `dx` apart.
    """
    axis = position(axis, y.ndim)
    if x is None:
        widths = dx
    elif x.ndim == 1:
        widths = reshape(diff(x), changed((1,) * y.ndim, axis, -1))
    else:
        widths = diff(x, axis=axis - y.ndim)
    before = (slice(None),) * axis
    heights = y[(*before, slice(1, None))] + y[(*before, slice(None, -1))]
    return sum(heights * widths, axis) / 2
