"""Where the axes of images are."""

from typing import Any

from ...core import config
from ..shaping import moveaxis


def axes_of_images(name: str, images: Any, data_format: Any) -> tuple[int, int, int]:
    """The axes of height, width and channels: of one image, or of a batch."""
    rank = len(images.shape)
    if rank not in (3, 4):
        raise ValueError(
            f"{name}: images of shape {tuple(images.shape)}: expected one image of 3 axes, or a "
            "batch of 4."
        )
    if config.data_format(data_format) == "channels_first":
        return rank - 2, rank - 1, rank - 3
    return rank - 3, rank - 2, rank - 1


def with_sizes(shape: Any, sizes: dict[int, Any]) -> tuple[Any, ...]:
    """`shape` with other `sizes` at some axes."""
    return tuple(sizes.get(axis, n) for axis, n in enumerate(shape))


def channels_behind(images: Any, axis: int) -> Any:
    """`images` with the channels as the last axis."""
    return images if axis == len(images.shape) - 1 else moveaxis(images, axis, -1)
