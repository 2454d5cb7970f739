"""Convolutions. Kernels are (*window, in, out); groups follow from the channels of both."""

import math
from typing import Any

from ..core import config
from ..core.dtypes import promote
from ..core.op import Tensor, op
from ..core.shapes import conv_dim
from .doors import pair_door, triple_door
from .elementwise import add
from .shaping import reshape, transpose


# -- Canonical arguments ------------------------------------------------------------------------
def per_axis(name: str, value, n: int) -> tuple[int, ...]:
    """`value` as a tuple of `n` positive ints."""
    values = (value,) * n if isinstance(value, int) else tuple(value)
    if len(values) == 1:
        values *= n
    if len(values) != n or any(v < 1 for v in values):
        raise ValueError(f"{name}={value!r}: expected a positive number, or {n} of them.")
    return values


def sides(padding: str) -> str:
    """'same' or 'valid'."""
    kind = padding.lower() if isinstance(padding, str) else padding
    if kind not in ("same", "valid"):
        raise ValueError(f"padding={padding!r}: expected 'same' or 'valid'.")
    return kind


def is_first(data_format) -> bool:
    """Whether channels stand in front of the space."""
    return config.data_format(data_format) == "channels_first"


def channels_last(x: Tensor) -> Tensor:
    """(batch, channels, *space) as (batch, *space, channels)."""
    return transpose(x, (0, *range(2, len(x.shape)), 1))


def channels_first(x: Tensor) -> Tensor:
    """(batch, *space, channels) as (batch, channels, *space)."""
    n = len(x.shape)
    return transpose(x, (0, n - 1, *range(1, n - 1)))


def check_ranks(name: str, x, kernel, extra: int = 0) -> int:
    """The number of spatial dimensions of `x`, if `kernel` has as many."""
    n = len(x.shape) - 2
    if not 1 <= n <= 3 or len(kernel.shape) != n + 2:
        raise ValueError(
            f"{name}: inputs of shape {tuple(x.shape)}, kernel of shape {tuple(kernel.shape)}: "
            "expected inputs with 1 to 3 spatial dimensions, and a kernel of the same rank."
        )
    return n


def check_fits(space, window, padding: str, dilation) -> None:
    """Raise ValueError where a window is larger than what it is to sweep over."""
    if padding == "valid" and any(
        n is not None and n < d * (k - 1) + 1 for n, k, d in zip(space, window, dilation)
    ):
        raise ValueError(
            f"a window of {tuple(window[: len(dilation)])}, dilated by {tuple(dilation)}, does not "
            f"fit into a space of {tuple(space)}: the output would be empty."
        )


def swept_space(space, window, strides, padding: str, dilation) -> tuple[int | None, ...]:
    """Sizes of what a window sweeps over a space."""
    check_fits(space, window, padding, dilation)
    return tuple(conv_dim(*a[:3], padding, a[3]) for a in zip(space, window, strides, dilation))


# -- Convolution --------------------------------------------------------------------------------
def swept(x, kernel, strides, padding, dilation):
    space = swept_space(x.shape[1:-1], kernel.shape, strides, padding, dilation)
    return (x.shape[0], *space, kernel.shape[-1])


@op(shape=swept, dtype=promote, door=pair_door)
def convolve(x: Tensor, kernel: Tensor, strides, padding, dilation) -> Tensor:
    """Canonical convolution: channels last, tuples of full length, 'same' or 'valid'.

    The kernel is (*window, in, out); where `in` is a fraction of the channels of `x`, both
    sides fall into that many groups.
    """


@op(shape=lambda x, kernel, bias, *rest: swept(x, kernel, *rest), dtype=promote, door=triple_door)
def convolve_onto(x: Tensor, kernel: Tensor, bias: Tensor, strides, padding, dilation) -> Tensor:
    """`convolve(x, kernel, ...) + bias`."""
    return add(convolve(x, kernel, strides, padding, dilation), bias)


@op(
    shape=lambda x, kernel, *rest: (*swept(x, kernel, *rest)[:-1], math.prod(kernel.shape[-2:])),
    dtype=promote,
    door=pair_door,
)
def convolve_channels(x: Tensor, kernel: Tensor, strides, padding, dilation) -> Tensor:
    """Canonical convolution of each channel by itself; the kernel is (*window, in, times)."""
    *window, channels, times = kernel.shape
    return convolve(x, reshape(kernel, (*window, 1, channels * times)), strides, padding, dilation)


def canonical(x, kernel, strides, padding, dilation_rate) -> tuple[Any, str, Any]:
    """What follows the tensors of a canonical convolution: channels last."""
    n, kind = len(x.shape) - 2, sides(padding)
    strides, dilation = per_axis("strides", strides, n), per_axis("dilation_rate", dilation_rate, n)
    check_fits(x.shape[1:-1], kernel.shape, kind, dilation)
    return strides, kind, dilation


def convolved(inputs, kernel, bias, strides, padding, data_format, dilation_rate) -> Tensor:
    """A convolution and what is added to its channels, or None."""
    check_ranks("conv", inputs, kernel)
    first = is_first(data_format)
    x = channels_last(inputs) if first else inputs
    check_groups("conv", x.shape[-1], kernel.shape)
    rest = canonical(x, kernel, strides, padding, dilation_rate)
    y = convolve(x, kernel, *rest) if bias is None else convolve_onto(x, kernel, bias, *rest)
    return channels_first(y) if first else y


@op()
def conv(
    inputs: Tensor, kernel: Tensor, strides=1, padding="valid", data_format=None, dilation_rate=1
) -> Tensor:
    """N-dimensional convolution of (batch, *space, channels) with (*window, in, out).

    `channels` is a multiple of `in`: the ratio is the number of groups.
    """
    return convolved(inputs, kernel, None, strides, padding, data_format, dilation_rate)


@op()
def biased_conv(
    inputs: Tensor, kernel: Tensor, bias: Tensor,
    strides=1, padding="valid", data_format=None, dilation_rate=1,
) -> Tensor:  # fmt: skip
    """`conv(inputs, kernel, ...)` with `bias` added to its channels."""
    return convolved(inputs, kernel, bias, strides, padding, data_format, dilation_rate)


def check_groups(name: str, channels, kernel) -> None:
    inner, out = kernel[-2:]
    if channels is not None and (channels % inner or out % (channels // inner)):
        raise ValueError(
            f"{name}: inputs with {channels} channels and a kernel of shape {tuple(kernel)}: "
            f"expected channels that are a multiple of the kernel's {inner}, in groups that divide "
            f"its {out} outputs."
        )


@op()
def depthwise_conv(
    inputs: Tensor, kernel: Tensor, strides=1, padding="valid", data_format=None, dilation_rate=1
) -> Tensor:
    """Convolution of each channel by itself, with a kernel of (*window, channels, multiplier).

    Channel `c` of the input gives the channels from `c * multiplier` on of the output.
    """
    check_ranks("depthwise_conv", inputs, kernel)
    first = is_first(data_format)
    x = channels_last(inputs) if first else inputs
    check_groups(
        "depthwise_conv", x.shape[-1], (*kernel.shape[:-2], 1, math.prod(kernel.shape[-2:]))
    )
    y = convolve_channels(x, kernel, *canonical(x, kernel, strides, padding, dilation_rate))
    return channels_first(y) if first else y


@op()
def separable_conv(
    inputs: Tensor,
    depthwise_kernel: Tensor,
    pointwise_kernel: Tensor,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
) -> Tensor:
    """A depthwise convolution, its channels then mixed by a kernel with a window of ones."""
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel, 1, "valid", data_format)


# -- Transposed convolution ---------------------------------------------------------------------
def spread(x, kernel, strides, crops, dilation):
    sizes = zip(x.shape[1:-1], kernel.shape, strides, crops, dilation)
    space = (
        None if n is None else (n - 1) * s + d * (k - 1) + 1 - low - high
        for n, k, s, (low, high), d in sizes
    )
    return (x.shape[0], *space, kernel.shape[-2])


@op(shape=spread, dtype=promote, door=pair_door)
def convolve_transposed(x: Tensor, kernel: Tensor, strides, crops, dilation) -> Tensor:
    """The gradient of a strided convolution, taken of `x`: channels last, tuples of full length.

    Each element of `x` adds the kernel (*window, out, in) to the output, `strides` apart. Then
    `crops` gives (low, high) elements to take off each axis; `high` may be negative and adds zeros.
    """


@op()
def conv_transpose(
    inputs: Tensor,
    kernel: Tensor,
    strides=1,
    padding="valid",
    output_padding=None,
    data_format=None,
    dilation_rate=1,
) -> Tensor:
    """N-dimensional transposed convolution of (batch, *space, in) with (*window, out, in).

    Without `output_padding`, 'same' gives `size * stride`, and 'valid' is the smallest that a
    'valid' convolution takes to `size`.
    """
    n = check_ranks("conv_transpose", inputs, kernel)
    first = is_first(data_format)
    x = channels_last(inputs) if first else inputs
    if x.shape[-1] is not None and x.shape[-1] != kernel.shape[-1]:
        raise ValueError(
            f"conv_transpose: inputs with {x.shape[-1]} channels and a kernel of shape "
            f"{tuple(kernel.shape)}: expected its last dimension to be the number of channels."
        )
    strides = per_axis("strides", strides, n)
    dilation = per_axis("dilation_rate", dilation_rate, n)
    extra = (
        (output_padding,) * n
        if output_padding is None or isinstance(output_padding, int)
        else output_padding
    )
    same = sides(padding) == "same"
    crops = tuple(crop(*a, same) for a in zip(kernel.shape, strides, extra, dilation))
    y = convolve_transposed(x, kernel, strides, crops, dilation)
    return channels_first(y) if first else y


def crop(window: int, stride: int, extra: int | None, dilation: int, same: bool) -> tuple[int, int]:
    """(low, high) elements that a transposed convolution takes off one axis."""
    span = dilation * (window - 1) + 1
    if extra is None:
        total = span - stride if same else min(span - stride, 0)
    else:
        total = 2 * (span // 2) * same - extra
    low = max(total, 0) // 2
    return low, total - low
