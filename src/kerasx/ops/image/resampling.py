"""Images of another size: each axis is multiplied by a matrix of weights."""

from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...core.dtypes import is_float, is_int, keep, name_of
from ...core.op import Tensor, op
from ..creation import steps
from ..elementwise import absolute, clip, maximum, minimum, round, sin, where
from ..linear import matmul
from ..normalization import widened
from ..patches import larger, smaller
from ..reduce import sum
from ..shaping import padded, reshape, swapaxes, taken
from ..tensors import cast, convert_to_tensor, shape
from .layout import axes_of_images, with_sizes

__all__ = ["resize", "scale_and_translate"]

# The weights are computed by NumPy where all sizes are known, by the engine elsewhere.
TENSORS = SimpleNamespace(
    abs=absolute, clip=clip, maximum=maximum, minimum=minimum, sin=sin, sum=sum, where=where
)


# -- How much a place counts at a distance; xp is NumPy or TENSORS ---------------------------------
def triangle(xp, d):
    return xp.maximum(1 - d, 0)


def cubic(xp, d):
    """Keys' kernel with a = -1/2."""
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return xp.where(d < 1, near, xp.where(d < 2, far, 0.0))


def lanczos(radius):
    def kernel(xp, d):
        angle = xp.where(d > 1e-3, d, 1.0) * np.pi
        wave = radius * xp.sin(angle) * xp.sin(angle / radius) / (angle * angle)
        return xp.where(d > radius, 0.0, xp.where(d > 1e-3, wave, 1.0))

    return kernel


SMOOTH = {"bilinear": triangle, "bicubic": cubic, "lanczos3": lanczos(3), "lanczos5": lanczos(5)}
RESIZINGS = ("nearest", *SMOOTH, "area")
METHODS = SMOOTH | {"linear": triangle, "trilinear": triangle, "triangle": triangle}
METHODS |= {"cubic": cubic, "tricubic": cubic}


def weights(xp, old, new, n, scale, shift, method, antialias):
    """(new, old): what each of the old places counts at each new one.

    old, new: the places, from 0 on; `n` old ones. An old place x lies at `x * scale + shift`, where
    both count from the edge of the axis.
    """
    step = 1 / scale
    center = (new + 0.5 - shift) * step - 0.5
    d = xp.abs(center[:, None] - old)
    if method == "area":  # what two intervals share, of lengths `step` and 1
        w = xp.minimum(xp.clip((step + 1) / 2 - d, 0.0, 1.0), step)
    else:
        w = METHODS[method](xp, d / xp.maximum(step, 1.0) if antialias else d)
    total = xp.sum(w, -1, keepdims=True)
    outside = (center < -0.5) | (center > n - 0.5) | (xp.abs(total[:, 0]) < 1e-4)
    return xp.where(outside[:, None], 0.0, w / xp.where(outside[:, None], 1.0, total))


@cache
def known_weights(n: int, m: int, method: str, antialias: bool) -> np.ndarray:
    """The weights of `m` places for `n` over the same length."""
    return weights(np, np.arange(n), np.arange(m), n, m / n, 0.0, method, antialias)


@cache
def known_neighbours(n: int, m: int, method: str, antialias: bool) -> Any:
    """(places (k, m), weights (k, m)) of the `k` old places that count; None if they are many.

    Two slices are quicker to take than a product with a matrix; four are so on some engines only.
    """
    w = known_weights(n, m, method, antialias)
    k = int((w != 0).sum(1).max())
    if k > 2:
        return None
    places = np.minimum((w != 0).argmax(1), n - k) + np.arange(k)[:, None]
    return places.astype("int32"), w[np.arange(m), places]


def between(x: Tensor, places: np.ndarray, w: np.ndarray, axis: int) -> Tensor:
    """Slices of `x` along `axis`, each the sum of a few, which count by their weights."""
    ends = (1,) * (x.ndim - axis - 1)
    terms = [
        taken(x, convert_to_tensor(p), axis) * convert_to_tensor(v.reshape(-1, *ends), x.dtype)
        for p, v in zip(places, w)
    ]
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


def along(x: Tensor, w: Tensor, axis: int) -> Tensor:
    """The product of the matrix `w` with one axis of `x`."""
    if axis == x.ndim - 1:
        return matmul(x, swapaxes(w, 0, 1))
    sizes = shape(x)
    rest = 1
    for n in sizes[axis + 1 :]:
        rest = rest * n
    y = matmul(w, reshape(x, (*sizes[: axis + 1], rest)))
    return reshape(y, (*sizes[:axis], shape(w)[0], *sizes[axis + 1 :]))


def computed(images: Tensor) -> Tensor:
    """`images` in floats of at least 32 bits."""
    return widened(images if is_float(name_of(images)) else cast(images, "float32"))


def given_back(y: Tensor, name: str) -> Tensor:
    """`y` in the dtype `name`: rounded for integers, and no further than they go."""
    if is_float(name):
        return cast(y, name)
    y = round(y)
    if is_int(name):
        info = np.iinfo(name)
        top = np.float32(info.max)
        top = top if top <= info.max else np.nextafter(top, np.float32(0))
        y = clip(y, float(info.min), float(top))
    return cast(y, name)


# -- Resizing -------------------------------------------------------------------------------------
@op(shape=lambda x, axis, m, *_: with_sizes(x.shape, {axis: m}), dtype=keep)
def resampled(x: Tensor, axis, m, method, antialias) -> Tensor:
    """`x` with `m` elements along an axis."""
    n = shape(x)[axis]
    known = isinstance(n, int) and isinstance(m, int)
    if method == "nearest":
        new = np.arange(m) if known else steps(0, m, 1, "int32")
        seen = (2 * new + 1) * n // (2 * m)
        return taken(x, convert_to_tensor(seen.astype("int32") if known else seen), axis)
    if known and (near := known_neighbours(n, m, method, antialias)):
        return between(x, near[0], near[1], axis)
    if known:
        return along(x, convert_to_tensor(known_weights(n, m, method, antialias), x.dtype), axis)
    old, new = steps(0, n, 1, name_of(x)), steps(0, m, 1, name_of(x))
    n, m = cast(n, x.dtype), cast(m, x.dtype)
    return along(x, weights(TENSORS, old, new, n, m / n, 0.0, method, antialias), axis)


def by_axes(x, axes, size, method, antialias):
    """`x` with another `size`, one axis after the other."""
    for axis, m in zip(axes, size):
        x = resampled(x, axis, m, method, antialias)
    return x


@op(shape=lambda x, axes, size, *_: with_sizes(x.shape, dict(zip(axes, size))), dtype=keep)
def stretched(x: Tensor, axes, size, method, antialias, otherwise) -> Tensor:
    """`x`, of float32, with another `size` by a kernel of SMOOTH; `axes` are those of images.

    otherwise: what an engine that has some of the kernels only calls for the others.
    """
    return by_axes(x, axes, size, method, antialias)


def check_resizing(images, size, interpolation, crop, padded_, fill_mode):
    if len(size) != 2:
        raise ValueError(f"resize: size={size}: expected (height, width).")
    for n in size:
        if isinstance(n, int) and n < 1:
            raise ValueError(f"resize: size={size}: expected positive numbers.")
    if interpolation not in RESIZINGS:
        raise ValueError(f"resize: interpolation={interpolation!r}: expected one of {RESIZINGS}.")
    if crop and padded_:
        raise ValueError("resize: expected one of crop_to_aspect_ratio and pad_to_aspect_ratio.")
    if fill_mode != "constant":
        raise ValueError(f"resize: fill_mode={fill_mode!r}: expected 'constant'.")


def resized(
    images,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    check_resizing(
        images, size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode
    )
    rows, columns, _ = axes_of_images("resize", images, data_format)
    return with_sizes(images.shape, {rows: size[0], columns: size[1]})


@op(shape=resized, dtype=keep)
def resize(
    images: Tensor,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
) -> Tensor:
    """`images` of `size`, which is (height, width).

    interpolation: 'nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5' or 'area'.
    antialias: whether what is made smaller is smoothed first.
    crop_to_aspect_ratio: take the largest part of the middle that has the proportions of `size`.
    pad_to_aspect_ratio: put `images` in the middle of an area of these proportions, full of
        `fill_value`.
    """
    check_resizing(
        images, size, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, fill_mode
    )
    axes = axes_of_images("resize", images, data_format)
    rows, columns, _ = axes
    name = name_of(images)
    x = images if name == "float32" or interpolation == "nearest" else computed(images)
    if crop_to_aspect_ratio:
        x = cropped_to(x, size, rows, columns)
    if pad_to_aspect_ratio:
        x = padded_to(x, size, rows, columns, fill_value)
    size = tuple(map(plain, size))
    if interpolation in SMOOTH and (name == "float32" or name_of(x) == "float32"):
        y = stretched(x, axes, size, interpolation, bool(antialias), by_axes)
        return y if name == "float32" else given_back(y, name)
    y = by_axes(x, axes, size, interpolation, bool(antialias))
    return y if interpolation == "nearest" else given_back(y, name)


def plain(n: Any) -> Any:
    """A size as an int, where it is no tensor."""
    return int(n) if isinstance(n, np.integer) else n


def cropped_to(x, size, rows, columns):
    """The largest part of the middle of `x` with the proportions of `size`."""
    height, width = shape(x)[rows], shape(x)[columns]
    key = [slice(None)] * x.ndim
    for axis, n, fit in (
        (rows, height, width * size[0] // size[1]),
        (columns, width, height * size[1] // size[0]),
    ):
        inner = larger(smaller(n, fit), 1)
        low = (n - inner) // 2
        key[axis] = slice(low, low + inner)
    return x[tuple(key)]


def padded_to(x, size, rows, columns, value):
    """`x` in the middle of an area with the proportions of `size`, full of `value`."""
    height, width = shape(x)[rows], shape(x)[columns]
    widths: list[Any] = [(0, 0)] * x.ndim
    for axis, n, fit in (
        (rows, height, width * size[0] // size[1]),
        (columns, width, height * size[1] // size[0]),
    ):
        total = larger(n, fit) - n
        widths[axis] = total // 2, total - total // 2
    return padded(x, tuple(widths), value)


# -- Scaling and moving ---------------------------------------------------------------------------
def moved(images, output_shape, scale, translation, spatial_dims, method, antialias=True):
    if method not in METHODS:
        raise ValueError(
            f"scale_and_translate: method={method!r}: expected one of {sorted(METHODS)}."
        )
    if len(output_shape) != len(images.shape):
        raise ValueError(
            f"scale_and_translate: output_shape={tuple(output_shape)}: expected as many sizes as "
            f"images of shape {tuple(images.shape)} have."
        )
    return tuple(output_shape)


@op(shape=moved, dtype=keep)
def scale_and_translate(
    images: Tensor,
    output_shape,
    scale: Tensor,
    translation: Tensor,
    spatial_dims,
    method,
    antialias=True,
) -> Tensor:
    """`images` drawn anew in `output_shape`: what was at x is at `x * scale + translation`.

    Both have an element for each axis of `spatial_dims`; places count from the edge, so the middle
    of the first is 0.5. What comes from outside of `images` is 0.

    method: 'linear', 'cubic' (or with 'bi' or 'tri' in front), 'lanczos3' or 'lanczos5'.
    antialias: whether what is made smaller is smoothed first.
    """
    moved(images, output_shape, scale, translation, spatial_dims, method)
    x, name = computed(images), name_of(images)
    scale, translation = cast(scale, x.dtype), cast(translation, x.dtype)
    dtype = name_of(x)
    for k, axis in enumerate(spatial_dims):
        axis %= x.ndim
        n = shape(x)[axis]
        old, new = steps(0, n, 1, dtype), steps(0, output_shape[axis], 1, dtype)
        n = n if isinstance(n, int) else cast(n, dtype)
        w = weights(TENSORS, old, new, n, scale[k], translation[k], method, antialias)
        x = along(x, w, axis)
    return given_back(x, name)
