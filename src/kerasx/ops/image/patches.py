"""Patches: images and volumes as the windows that they fall into."""

from typing import Any

from ...core import config
from ...core.dtypes import keep
from ...core.op import Tensor, op
from ..conv import per_axis, sides, swept_space
from ..patches import windowed, with_margins_of
from ..shaping import moveaxis, reshape, transpose
from ..tensors import shape
from .layout import with_sizes

__all__ = ["extract_patches", "extract_patches_3d", "reconstruct_patches"]


def space_of(name: str, x: Any, n: int, data_format: Any) -> tuple[int, bool]:
    """(first axis of space, whether channels stand in front) of `x` with `n` axes of space."""
    rank = len(x.shape)
    if rank not in (n + 1, n + 2):
        raise ValueError(
            f"{name}: shape {tuple(x.shape)}: expected {n} axes of space, channels, and perhaps a "
            "batch."
        )
    first = config.data_format(data_format) == "channels_first"
    return rank - n - 1 + first, first


def rank_of(name: str, size: Any) -> int:
    """How many axes of space patches of `size` have; a number stands for two."""
    n = 2 if isinstance(size, int) else len(size)
    if n not in (2, 3):
        raise ValueError(f"{name}: size={size}: expected a number, or 2 or 3 of them.")
    return n


def arguments(size, strides, dilation_rate, n):
    """Size, strides and dilation for each axis; strides are those of the size, by default."""
    size = per_axis("size", size, n)
    strides = size if not strides else per_axis("strides", strides, n)
    return size, strides, per_axis("dilation_rate", dilation_rate, n)


def grids(name, x, n, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    start, first = space_of(name, x, n, data_format)
    size, strides, dilation = arguments(size, strides, dilation_rate, n)
    counts = swept_space(x.shape[start : start + n], size, strides, sides(padding), dilation)
    channels = start - 1 if first else start + n
    depth = x.shape[channels]
    for k in size:
        depth = None if depth is None else depth * k
    return with_sizes(x.shape, {channels: depth, **{start + k: m for k, m in enumerate(counts)}})


def extracted(name, x, n, size, strides, dilation_rate, padding, data_format):
    """The patches of `n` axes of space, each in place of the channels."""
    grids(name, x, n, size, strides, dilation_rate, padding, data_format)
    start, first = space_of(name, x, n, data_format)
    size, strides, dilation = arguments(size, strides, dilation_rate, n)
    if first:
        x, start = moveaxis(x, start - 1, -1), start - 1
    if sides(padding) == "same":
        x = with_margins_of(x, tuple(range(start, start + n)), size, strides, dilation)
    for k in reversed(range(n)):
        x = windowed(x, start + k, size[k], strides[k], dilation[k])
    counts = [start + 2 * k for k in range(n)]
    order = (*range(start), *counts, *(c + 1 for c in counts), start + 2 * n)
    sizes = shape(x)
    depth = sizes[-1]
    for k in size:
        depth = depth * k
    y = reshape(transpose(x, order), (*sizes[:start], *(sizes[c] for c in counts), depth))
    return moveaxis(y, -1, start) if first else y


def of_images(images, size, *args, **kwargs):
    return grids("extract_patches", images, rank_of("extract_patches", size), size, *args, **kwargs)


@op(shape=of_images, dtype=keep)
def extract_patches(
    images: Tensor, size, strides=None, dilation_rate=1, padding="valid", data_format=None
) -> Tensor:
    """Patches of images (or of volumes, if `size` has three numbers), in place of their channels.

    The channels of the output are those of the first point of a patch, then those of the next.

    strides: from one patch to the next; by default, `size`.
    dilation_rate: from one point of a patch to the next.
    padding: 'valid', or 'same', which adds zeros.
    """
    n = rank_of("extract_patches", size)
    return extracted(
        "extract_patches", images, n, size, strides, dilation_rate, padding, data_format
    )


def of_volumes(volumes, size, *args, **kwargs):
    if not isinstance(size, int) and len(size) != 3:
        raise TypeError(f"extract_patches_3d: size={size}: expected a number, or 3 of them.")
    return grids("extract_patches_3d", volumes, 3, size, *args, **kwargs)


@op(shape=of_volumes, dtype=keep)
def extract_patches_3d(
    volumes: Tensor, size, strides=None, dilation_rate=1, padding="valid", data_format=None
) -> Tensor:
    """Patches of volumes, in place of their channels: as `extract_patches`."""
    of_volumes(volumes, size)
    return extracted(
        "extract_patches_3d", volumes, 3, size, strides, dilation_rate, padding, data_format
    )


# -- Back again -----------------------------------------------------------------------------------
def put_together(patches, size, output_size=None, strides=None, padding="valid", data_format=None):
    n = rank_of("reconstruct_patches", size)
    start, first = space_of("reconstruct_patches", patches, n, data_format)
    size, strides, _ = arguments(size, strides, 1, n)
    if strides != size:
        raise NotImplementedError(
            f"reconstruct_patches: strides={strides}: patches of {size} would overlap or leave "
            "gaps: expected strides equal to the size."
        )
    grid = patches.shape[start : start + n]
    covered = tuple(None if g is None else g * k for g, k in zip(grid, size))
    wanted = covered if output_size is None else per_axis("output_size", output_size, n)
    same = sides(padding) == "same"
    if same and output_size is None:
        raise ValueError("reconstruct_patches: padding='same': expected output_size.")
    for k, full, out in zip(size, covered, wanted):
        if full is None or out is None:
            continue
        if not full - (k if same else 1) < out <= full:
            raise ValueError(
                f"reconstruct_patches: output_size={output_size}: the patches cover {covered}."
            )
    channels = start - 1 if first else start + n
    depth = patches.shape[channels]
    for k in size:
        depth = None if depth is None else depth // k
    return with_sizes(
        patches.shape, {channels: depth, **{start + k: m for k, m in enumerate(wanted)}}
    )


@op(shape=put_together, dtype=keep)
def reconstruct_patches(
    patches: Tensor, size, output_size=None, strides=None, padding="valid", data_format=None
) -> Tensor:
    """The images or volumes that `extract_patches` cuts into `patches`, with the same arguments.

    output_size: what they measure; may be left out where padding='valid'.
    """
    put_together(patches, size, output_size, strides, padding, data_format)
    n = rank_of("reconstruct_patches", size)
    start, first = space_of("reconstruct_patches", patches, n, data_format)
    size = per_axis("size", size, n)
    x = patches
    if first:
        x, start = moveaxis(x, start - 1, -1), start - 1
    *batch, depth = shape(x)
    grid, batch = batch[start:], batch[:start]
    for k in size:
        depth = depth // k
    x = reshape(x, (*batch, *grid, *size, depth))
    order = [axis for k in range(n) for axis in (start + k, start + n + k)]
    x = transpose(x, (*range(start), *order, start + 2 * n))
    x = reshape(x, (*batch, *(g * k for g, k in zip(grid, size)), depth))
    if output_size is not None:
        wanted = per_axis("output_size", output_size, n)
        for axis, (g, k, m) in enumerate(zip(grid, size, wanted), start):
            low = (g * k - m) // 2
            x = x[(slice(None),) * axis + (slice(low, low + m),)]
    return moveaxis(x, -1, start) if first else x
