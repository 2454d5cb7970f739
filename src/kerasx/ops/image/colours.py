"""Colours: red, green and blue; grey; hue, saturation and value."""

from ...core.dtypes import is_float, keep, name_of
from ...core.op import Tensor, op
from ..elementwise import choose, maximum, minimum, mod
from ..normalization import widened
from ..shaping import stack
from ..tensors import cast
from .layout import axes_of_images, channels_behind, with_sizes
from .resampling import computed

__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]

LUMA = (0.2989, 0.587, 0.114)  # how bright red, green and blue look


def grey_shape(images, data_format=None):
    *_, channels = axes_of_images("rgb_to_grayscale", images, data_format)
    if images.shape[channels] not in (1, 3, None):
        raise ValueError(
            f"rgb_to_grayscale: images of shape {tuple(images.shape)}: expected 3 channels, or 1."
        )
    return with_sizes(images.shape, {channels: 1})


@op(shape=grey_shape, dtype=keep)
def rgb_to_grayscale(images: Tensor, data_format=None) -> Tensor:
    """`images` with one channel, the brightness of the three; grey images stay as they are."""
    grey_shape(images, data_format)
    *_, channels = axes_of_images("rgb_to_grayscale", images, data_format)
    if images.shape[channels] == 1:
        return images
    red, green, blue = split_channels(computed(images), channels)
    grey = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return cast(stack([grey], channels), name_of(images))  # of integers, the fraction is dropped


def split_channels(images, axis):
    """The three channels of `images`, each without that axis."""
    x = channels_behind(images, axis)
    return x[..., 0], x[..., 1], x[..., 2]


def coloured(name):
    """The shape rule of a change of colours."""

    def rule(images, data_format=None):
        *_, channels = axes_of_images(name, images, data_format)
        if images.shape[channels] not in (3, None):
            raise ValueError(f"{name}: images of shape {tuple(images.shape)}: expected 3 channels.")
        if not is_float(name_of(images)):
            raise ValueError(f"{name}: images of {name_of(images)}: expected floats.")
        return images.shape

    return rule


@op(shape=coloured("rgb_to_hsv"), dtype=keep)
def rgb_to_hsv(images: Tensor, data_format=None) -> Tensor:
    """Hue, saturation and value of red, green and blue, all in [0, 1]; red has the hue 0."""
    coloured("rgb_to_hsv")(images, data_format)
    *_, channels = axes_of_images("rgb_to_hsv", images, data_format)
    red, green, blue = split_channels(widened(images), channels)
    value = maximum(maximum(red, green), blue)
    chroma = value - minimum(minimum(red, green), blue)
    plain, dark = chroma == 0, value == 0
    scale = choose(plain, 1.0, chroma)
    sixths = choose(
        red == value,
        (green - blue) / scale,
        choose(green == value, 2 + (blue - red) / scale, 4 + (red - green) / scale),
    )
    hue = choose(plain, 0.0, mod(sixths, 6.0) / 6)
    saturation = choose(dark, 0.0, chroma / choose(dark, 1.0, value))
    return cast(stack([hue, saturation, value], channels), name_of(images))


@op(shape=coloured("hsv_to_rgb"), dtype=keep)
def hsv_to_rgb(images: Tensor, data_format=None) -> Tensor:
    """Red, green and blue of hue, saturation and value, all in [0, 1]."""
    coloured("hsv_to_rgb")(images, data_format)
    *_, channels = axes_of_images("hsv_to_rgb", images, data_format)
    hue, saturation, value = split_channels(widened(images), channels)

    def channel(offset):
        turn = mod(offset + 6 * hue, 6.0)
        share = maximum(minimum(minimum(turn, 4 - turn), 1.0), 0.0)
        return value - value * saturation * share

    return cast(stack([channel(5), channel(3), channel(1)], channels), name_of(images))
