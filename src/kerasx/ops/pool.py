"""Pools: what a window sees, reduced to its largest or mean element."""

import math

from ..core.dtypes import floating, promote
from ..core.op import Tensor, op
from .conv import (
    channels_first,
    channels_last,
    check_fits,
    is_first,
    per_axis,
    sides,
    swept_space,
)
from .indexing import get_item  # of a sparse tensor, too: this makes it dense
from .reduce import max as largest
from .reduce import mean
from .shaping import concatenate


def pooled(x, window, strides, padding):
    space = swept_space(x.shape[1:-1], window, strides, padding, (1,) * len(window))
    return (x.shape[0], *space, x.shape[-1])


@op(shape=pooled, dtype=promote)
def pool_max(x: Tensor, window, strides, padding) -> Tensor:
    """Canonical maximum pool: channels last, tuples of full length, 'same' or 'valid'."""


@op(shape=pooled, dtype=floating)
def pool_mean(x: Tensor, window, strides, padding) -> Tensor:
    """Canonical mean pool; what 'same' adds at the borders is not counted."""


def canonical(name: str, pool, inputs: Tensor, pool_size, strides, padding, data_format) -> Tensor:
    """`pool` with its arguments made canonical."""
    n = len(inputs.shape) - 2
    if not 1 <= n <= 3:
        raise ValueError(
            f"{name}: inputs of shape {tuple(inputs.shape)}: expected 1 to 3 spatial dimensions."
        )
    window = per_axis("pool_size", pool_size, n)
    strides = window if strides is None else per_axis("strides", strides, n)
    padding, first = sides(padding), is_first(data_format)
    x = channels_last(inputs) if first else inputs
    check_fits(x.shape[1:-1], window, padding, (1,) * n)
    y = pool(x, window, strides, padding)
    return channels_first(y) if first else y


@op()
def max_pool(inputs: Tensor, pool_size, strides=None, padding="valid", data_format=None) -> Tensor:
    """The largest element in each window; `strides` are the window's size by default."""
    return canonical("max_pool", pool_max, inputs, pool_size, strides, padding, data_format)


@op()
def average_pool(
    inputs: Tensor, pool_size, strides=None, padding="valid", data_format=None
) -> Tensor:
    """The mean of each window; what 'same' adds at the borders is not counted."""
    return canonical("average_pool", pool_mean, inputs, pool_size, strides, padding, data_format)


# -- Adaptive: as many windows as the output has elements ---------------------------------------
def adapted(reduce, pool, inputs: Tensor, output_size, data_format) -> Tensor:
    """`reduce` over windows that share each axis as evenly as can be, one axis after the other;
    by `pool` where they are all of one size."""
    n = len(inputs.shape) - 2
    start = 2 if is_first(data_format) else 1
    sizes = per_axis("output_size", output_size, n)
    lengths = inputs.shape[start : start + n]
    if all(length and length % size == 0 for length, size in zip(lengths, sizes)):
        window = tuple(length // size for length, size in zip(lengths, sizes))
        return pool(inputs, window, data_format=data_format)
    for axis, size in enumerate(sizes, start):
        inputs = shared(reduce, inputs, axis, size)
    return inputs


def shared(reduce, x: Tensor, axis: int, size: int) -> Tensor:
    """`reduce` over `size` windows along `axis`: each ends where a next element begins."""
    length = x.shape[axis]
    if length is None:
        raise ValueError(
            f"an adaptive pool needs known sizes: axis {axis} of {tuple(x.shape)} is unknown."
        )
    before = (slice(None),) * axis
    bounds = ((i * length // size, math.ceil((i + 1) * length / size)) for i in range(size))
    return concatenate(
        [reduce(get_item(x, (*before, slice(a, b))), axis, keepdims=True) for a, b in bounds],
        axis,
    )


@op()
def adaptive_max_pool(inputs: Tensor, output_size, data_format=None) -> Tensor:
    """The largest element in each of `output_size` windows along each spatial axis."""
    return adapted(largest, max_pool, inputs, output_size, data_format)


@op()
def adaptive_average_pool(inputs: Tensor, output_size, data_format=None) -> Tensor:
    """The mean of each of `output_size` windows along each spatial axis."""
    return adapted(mean, average_pool, inputs, output_size, data_format)
