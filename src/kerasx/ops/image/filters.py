"""Filters: weighted sums of neighbours, one axis after the other."""

from functools import cache
from typing import Any

import numpy as np

from ...core.dtypes import is_float, keep, name_of
from ...core.op import Tensor, op
from ..creation import steps
from ..elementwise import exp
from ..exact import alike
from ..patches import returned, with_margins_of
from ..reduce import sum
from ..shaping import stack, taken
from ..tensors import cast, convert_to_tensor, shape
from .layout import axes_of_images
from .resampling import computed, given_back

__all__ = ["gaussian_blur", "sobel_edges"]


def filtered(x: Tensor, axis: int, factors: Any, length: int) -> Tensor:
    """The sums of `length` neighbours along `axis`, each times its factor, where all are there."""
    key: list[Any] = [slice(None)] * x.ndim
    total: Any = 0
    for k in range(length):
        key[axis] = slice(k, k - length + 1 or None)
        total = alike(total + alike(x[tuple(key)] * factors[k]))
    return total


def bell(length: int, sigma: Any, dtype: str) -> Tensor:
    """`length` factors, normally distributed around their middle, with the sum 1."""
    place = steps(0, length, 1, dtype) - (length - 1) / 2
    factors = exp(-(place * place) / (2 * sigma * sigma))
    return factors / sum(factors)


def blurred(x: Tensor, axis: int, length: int, sigma: float) -> Tensor:
    """`x` with each element the mean of its neighbours along `axis`; zeros are around it."""
    x = with_margins_of(x, (axis,), (length,), (1,), (1,))
    return filtered(x, axis, known_bell(length, sigma), length)


def same_space(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    axes_of_images("gaussian_blur", images, data_format)
    if len(kernel_size) != 2 or min(kernel_size) < 1:
        raise ValueError(f"gaussian_blur: kernel_size={kernel_size}: expected (height, width).")
    return images.shape


@op(shape=lambda x, *_: x.shape, dtype=keep)
def smoothed(x: Tensor, axes, lines) -> Tensor:
    """`x` with each point the sum of its neighbours along two axes; zeros are around it.

    lines: the factors of the neighbours, for each axis.
    """
    for axis, factors in zip(axes, lines):
        n = len(factors)
        x = filtered(with_margins_of(x, (axis,), (n,), (1,), (1,)), axis, factors, n)
    return x


@cache
def known_bell(length: int, sigma: float) -> tuple[float, ...]:
    """`length` factors, normally distributed around their middle, with the sum 1."""
    place = np.arange(length) - (length - 1) / 2
    factors = np.exp(-(place**2) / (2 * sigma**2))
    return tuple((factors / factors.sum()).tolist())


def bells(lengths: Any, sigma: Any, dtype: str) -> list[Any]:
    """The factors for each axis: by NumPy, where `sigma` holds numbers."""
    if isinstance(sigma, (tuple, list)) and all(isinstance(s, (int, float)) for s in sigma):
        return [known_bell(n, float(s)) for n, s in zip(lengths, sigma)]
    sigma = cast(convert_to_tensor(sigma), dtype)
    return [bell(n, sigma[k], dtype) for k, n in enumerate(lengths)]


@op(shape=same_space, dtype=keep)
def gaussian_blur(images: Tensor, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None) -> Tensor:
    """`images` with each point the mean of those around it; zeros are outside.

    kernel_size: how many points of a column and of a row take part.
    sigma: how far apart they still count, in the height and in the width.
    """
    same_space(images, kernel_size, sigma, data_format)
    axes = axes_of_images("gaussian_blur", images, data_format)
    x = computed(images)
    y = smoothed(x, axes, bells(kernel_size, sigma, name_of(x)))
    return given_back(y, name_of(images))


def mirrored(x: Tensor, axis: int) -> Tensor:
    """`x` with one element more at each end of `axis`: the neighbours of the first and the last."""
    n = shape(x)[axis]
    return taken(x, returned(steps(-1, n + 1, 1, "int32"), n, "mirror"), axis)


def both_ways(images, data_format=None):
    axes_of_images("sobel_edges", images, data_format)
    return (*images.shape, 2)


@op(shape=both_ways, dtype=lambda name: (None, name if is_float(name) else "float32"))
def sobel_edges(images: Tensor, data_format=None) -> Tensor:
    """(..., 2): how steeply `images` rise downwards and to the right; mirrored at their edges."""
    rows, columns, _ = axes_of_images("sobel_edges", images, data_format)
    x = computed(images)
    name = name_of(images) if is_float(name_of(images)) else name_of(x)
    x = mirrored(mirrored(x, rows), columns)
    slopes = (
        filtered(filtered(x, down, (-1.0, 0.0, 1.0), 3), across, (1.0, 2.0, 1.0), 3)
        for down, across in ((rows, columns), (columns, rows))
    )
    return cast(stack(list(slopes), -1), name)
