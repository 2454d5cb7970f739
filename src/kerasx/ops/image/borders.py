"""Images cut off or surrounded by zeros."""

from typing import Any

from ...core.dtypes import keep
from ...core.op import Tensor, op
from ..shaping import padded
from ..tensors import shape
from .layout import axes_of_images, with_sizes

__all__ = ["crop_images", "pad_images"]


def settled(name: str, sides: dict[str, Any], size: Any, sign: int) -> tuple[Any, Any, Any]:
    """(low, high, target) of one axis, of which exactly two are given.

    sign: 1 where the sides are added to `size`, -1 where they are taken off.
    """
    if len([v for v in sides.values() if v is None]) != 1:
        given = ", ".join(f"{k}={v}" for k, v in sides.items())
        raise ValueError(f"{name}: {given}: expected exactly two of them.")
    low, high, target = sides.values()
    unknown = size is None
    if target is None:
        target = None if unknown else size + sign * (low + high)
    elif low is None:
        low = None if unknown else sign * (target - size) - high
    else:
        high = None if unknown else sign * (target - size) - low
    for key, value in zip(sides, (low, high, target)):
        if isinstance(value, int) and value < 0:
            raise ValueError(f"{name}: {key} would be {value} for a size of {size}: it must fit.")
    return low, high, target


def cut_sizes(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    rows, columns, _ = axes_of_images("crop_images", images, data_format)
    return {
        axis: settled("crop_images", sides, shape(images)[axis], -1)
        for axis, sides in (
            (rows, dict(top_cropping=top_cropping, bottom_cropping=bottom_cropping,
                        target_height=target_height)),
            (columns, dict(left_cropping=left_cropping, right_cropping=right_cropping,
                           target_width=target_width)),
        )
    }  # fmt: skip


def after(sizes):
    """The shape rule that follows from `sizes`."""

    def rule(images, *args, **kwargs):
        found = sizes(images, *args, **kwargs)
        return with_sizes(images.shape, {axis: n for axis, (_, _, n) in found.items()})

    return rule


@op(shape=after(cut_sizes), dtype=keep)
def crop_images(
    images: Tensor,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
) -> Tensor:
    """`images` without some rows and columns.

    For the height and for the width, two of three are given: what to take off on each side, and
    the size that is to be left.
    """
    found = cut_sizes(
        images, top_cropping, left_cropping, bottom_cropping, right_cropping, target_height,
        target_width, data_format,
    )  # fmt: skip
    key = [slice(None)] * images.ndim
    for axis, (low, _, n) in found.items():
        key[axis] = slice(low, low + n)
    return images[tuple(key)]


def padded_sizes(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    rows, columns, _ = axes_of_images("pad_images", images, data_format)
    return {
        axis: settled("pad_images", sides, shape(images)[axis], 1)
        for axis, sides in (
            (rows, dict(top_padding=top_padding, bottom_padding=bottom_padding,
                        target_height=target_height)),
            (columns, dict(left_padding=left_padding, right_padding=right_padding,
                           target_width=target_width)),
        )
    }  # fmt: skip


@op(shape=after(padded_sizes), dtype=keep)
def pad_images(
    images: Tensor,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
) -> Tensor:
    """`images` with rows and columns of zeros around them.

    For the height and for the width, two of three are given: what to add on each side, and the
    size that is to come of it.
    """
    found = padded_sizes(
        images, top_padding, left_padding, bottom_padding, right_padding, target_height,
        target_width, data_format,
    )  # fmt: skip
    widths: list[Any] = [(0, 0)] * images.ndim
    for axis, (low, high, _) in found.items():
        widths[axis] = low, high
    return padded(images, tuple(widths), 0)
