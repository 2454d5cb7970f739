"""What a window sees: tensors cut into pieces that may overlap, and put together again."""

from typing import Any

import numpy as np

from ..core.dtypes import keep
from ..core.op import Tensor, op
from ..core.shapes import conv_dim
from .conv import per_axis
from .creation import steps, zeros
from .elementwise import clip, maximum, minimum, mod
from .indexing import scattered
from .shaping import pad, padded, reshape, taken, transpose
from .tensors import convert_to_tensor, shape

__all__ = ["fold", "unfold"]


def larger(a: Any, b: Any) -> Any:
    """The larger of two sizes, either of which may be known only when the engine runs."""
    return max(a, b) if isinstance(a, int) and isinstance(b, int) else maximum(a, b)


def smaller(a: Any, b: Any) -> Any:
    """The smaller of two sizes, either of which may be known only when the engine runs."""
    return -larger(-a, -b)


def count_of(size: Any, window: int, stride: int, dilation: int) -> Any:
    """How many windows fit into `size`."""
    return larger((size - dilation * (window - 1) - 1) // stride + 1, 0)


def places(size: Any, window: int, stride: int, dilation: int) -> Any:
    """(count, window): which elements of an axis each window sees; on the host where known."""
    count = count_of(size, window, stride, dilation)
    inner = np.arange(window, dtype="int32") * dilation
    if isinstance(count, int):
        return np.arange(count, dtype="int32")[:, None] * stride + inner
    return reshape(steps(0, count, 1, "int32") * stride, (-1, 1)) + convert_to_tensor(inner)


def cut_out(x, axis, window, stride, dilation):
    n = x.shape[axis]
    count = None if n is None else count_of(n, window, stride, dilation)
    return (*x.shape[:axis], count, window, *x.shape[axis + 1 :])


@op(shape=cut_out, dtype=keep)
def windowed(x: Tensor, axis, window, stride, dilation) -> Tensor:
    """`x` with an axis replaced by two: the windows that fit into it, and what each sees."""
    return taken(x, convert_to_tensor(places(shape(x)[axis], window, stride, dilation)), axis)


def rounded_up(x, axes, windows, strides, dilations):
    sizes = list(x.shape)
    for axis, *rest in zip(axes, windows, strides, dilations):
        n = sizes[axis]
        sizes[axis] = None if n is None else n + total_margin(n, *rest)
    return tuple(sizes)


def total_margin(size: Any, window: int, stride: int, dilation: int) -> Any:
    """How many zeros 'same' adds to an axis."""
    moves = (size + stride - 1) // stride - 1
    return larger(moves * stride + dilation * (window - 1) + 1 - size, 0)


@op(shape=rounded_up, dtype=keep)
def with_margins_of(x: Tensor, axes, windows, strides, dilations) -> Tensor:
    """`x` with the zeros around it that 'same' asks for."""
    widths: list[Any] = [(0, 0)] * x.ndim
    for axis, *rest in zip(axes, windows, strides, dilations):
        total = total_margin(shape(x)[axis], *rest)
        widths[axis] = total // 2, total - total // 2
    return padded(x, tuple(widths), 0)


def returned(index: Tensor, n: Any, mode: str) -> Tensor:
    """`index` with what lies outside of an axis of size `n` brought back into it.

    mode: 'nearest' (the edge), 'wrap' (from the other edge on), 'mirror' (back from the edge, which
    stands once) or 'reflect' (it stands twice).
    """
    if mode == "wrap":
        return mod(index, n)
    if mode == "mirror":
        period = larger(2 * n - 2, 1)
        index = mod(index, period)
        return minimum(index, period - index)
    if mode == "reflect":
        index = mod(index, 2 * n)
        return minimum(index, 2 * n - 1 - index)
    return clip(index, 0, n - 1)


# -- Columns ------------------------------------------------------------------------------------
def pairs(kernel_size, dilation, padding, stride):
    """The arguments of `unfold` and `fold`, each as a pair."""
    margins = (padding,) * 2 if isinstance(padding, int) else tuple(padding)
    return (
        per_axis("kernel_size", kernel_size, 2),
        per_axis("dilation", dilation, 2),
        margins,
        per_axis("stride", stride, 2),
    )


def check_rank(name: str, x, rank: int, layout: str) -> None:
    if len(x.shape) != rank:
        raise ValueError(f"{name}: x of shape {tuple(x.shape)}: expected {layout}.")


def product(*sizes):
    """The product of sizes; None where one is not known."""
    return None if None in sizes else int(np.prod(sizes))


def unfolded(x, kernel_size, dilation=1, padding=0, stride=1):
    check_rank("unfold", x, 4, "(batch, channels, height, width)")
    kernel, dilation, padding, stride = pairs(kernel_size, dilation, padding, stride)
    space = [n if n is None else n + 2 * p for n, p in zip(x.shape[2:], padding)]
    counts = [conv_dim(n, k, s, "valid", d) for n, k, s, d in zip(space, kernel, stride, dilation)]
    if any(n is not None and n < 1 for n in counts):
        raise ValueError(
            f"unfold: kernel_size={kernel}, dilation={dilation} do not fit into a space of {space}."
        )
    return x.shape[0], product(x.shape[1], *kernel), product(*counts)


@op(shape=unfolded, dtype=keep)
def unfold(x: Tensor, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """(batch, channels * window, windows): what a window sees of (batch, channels, height, width).

    Each argument is a number, or one for the height and one for the width.
    """
    unfolded(x, kernel_size, dilation, padding, stride)
    kernel, dilation, padding, stride = pairs(kernel_size, dilation, padding, stride)
    x = pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    for axis, *rest in zip((3, 2), reversed(kernel), reversed(stride), reversed(dilation)):
        x = windowed(x, axis, *rest)
    batch, channels, rows, _, columns, _ = shape(x)  # (batch, channels, rows, kh, columns, kw)
    columns_first = transpose(x, (0, 1, 3, 5, 2, 4))
    return reshape(columns_first, (batch, channels * kernel[0] * kernel[1], rows * columns))


def folded(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    check_rank("fold", x, 3, "(batch, channels * window, windows)")
    kernel, dilation, padding, stride = pairs(kernel_size, dilation, padding, stride)
    size = per_axis("output_size", output_size, 2)
    counts = [
        conv_dim(n + 2 * p, k, s, "valid", d)
        for n, p, k, s, d in zip(size, padding, kernel, stride, dilation)
    ]
    window, total = product(*kernel), product(*counts)
    if (x.shape[1] is not None and x.shape[1] % window) or x.shape[2] not in (None, total):
        raise ValueError(
            f"fold: x of shape {tuple(x.shape)}: expected (batch, a multiple of {window}, {total}) "
            f"for output_size={size} and kernel_size={kernel}."
        )
    return (x.shape[0], None if x.shape[1] is None else x.shape[1] // window, *size)


@op(shape=folded, dtype=keep)
def fold(x: Tensor, output_size, kernel_size, dilation=1, padding=0, stride=1) -> Tensor:
    """(batch, channels, height, width): the sums of what the windows of `unfold` put there."""
    folded(x, output_size, kernel_size, dilation, padding, stride)
    kernel, dilation, padding, stride = pairs(kernel_size, dilation, padding, stride)
    size = per_axis("output_size", output_size, 2)
    height, width = (n + 2 * p for n, p in zip(size, padding))
    rows = places(height, kernel[0], stride[0], dilation[0]).T
    columns = places(width, kernel[1], stride[1], dilation[1]).T
    at = (rows[:, None, :, None] * width + columns[:, None]).reshape(-1, 1)
    batch, depth, _ = shape(x)
    channels = depth // product(*kernel)
    grid = transpose(reshape(x, (batch, channels, at.size)), (2, 0, 1))
    empty = zeros((height * width, batch, channels), x.dtype)
    total = scattered(empty, convert_to_tensor(at), grid, "add")
    y = transpose(reshape(total, (height, width, batch, channels)), (2, 3, 0, 1))
    (top, left), (high, wide) = padding, size
    return y[:, :, top : top + high, left : left + wide]
