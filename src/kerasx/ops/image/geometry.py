"""Images seen at other places: maps of coordinates, and what is made with them."""

import random
from itertools import product
from typing import Any

from ...backends import current as backend
from ...core.dtypes import keep, name_of
from ...core.op import Tensor, op
from ...core.symbolic import REGISTRY
from ..creation import steps, zeros_like
from ..elementwise import choose, clip, floor
from ..exact import alike
from ..linalg import solve
from ..logic import logical_and
from ..patches import returned
from ..shaping import concatenate, expand_dims, moveaxis, reshape, taken
from ..tensors import cast, shape
from .filters import blurred
from .layout import axes_of_images, channels_behind
from .resampling import computed, given_back

__all__ = ["affine_transform", "elastic_transform", "map_coordinates", "perspective_transform"]

MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
ORDERS = {"nearest": 0, "bilinear": 1}
FAR = 1e9  # further out than any axis goes, and still an int32


def check_mode(name: str, fill_mode: str) -> None:
    if fill_mode not in MODES:
        raise ValueError(f"{name}: fill_mode={fill_mode!r}: expected one of {MODES}.")


def sampled(rows: Tensor, first: Any, sizes, coordinates, order: int, mode: str, fill) -> Tensor:
    """What stands at `coordinates` of an array, of which `rows` holds the elements, one by one.

    first: where in `rows` the array begins, for each of the coordinates, counted in arrays.
    sizes: of the axes of the array, to each of which belongs one tensor of coordinates.
    """
    lows = [floor(c) if order else floor(c + 0.5) for c in coordinates]
    corners = [cast(clip(c, -FAR, FAR), "int32") for c in lows]
    total: Any = 0
    for bits in product((0, 1) if order else (0,), repeat=len(sizes)):
        index, share, inside = first, None, None
        for n, c, low, corner, bit in zip(sizes, coordinates, lows, corners, bits):
            place = corner + bit
            index = index * n + returned(place, n, mode)
            within = logical_and(place >= 0, place < n)
            inside = within if inside is None else logical_and(inside, within)
            if order:
                part = c - low if bit else 1 - (c - low)
                share = part if share is None else share * part
        value = taken(rows, index, 0)
        value = reshape(value, (*shape(index), *shape(rows)[1:]))  # else lost where it is empty
        ends = (1,) * (rows.ndim - 1)
        if mode == "constant":
            value = choose(reshape(inside, (*shape(inside), *ends)), value, fill)
        if share is not None:
            value = alike(value * reshape(share, (*shape(share), *ends)))
        total = alike(total + value)
    return total


# -- Maps -----------------------------------------------------------------------------------------
def mapped(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    if order not in (0, 1):
        raise ValueError(f"map_coordinates: order={order}: expected 0 (nearest) or 1 (linear).")
    check_mode("map_coordinates", fill_mode)
    if coordinates.shape[0] not in (len(inputs.shape), None):
        raise ValueError(
            f"map_coordinates: inputs of shape {tuple(inputs.shape)}, coordinates of shape "
            f"{tuple(coordinates.shape)}: expected a row of coordinates for each axis."
        )
    return tuple(coordinates.shape[1:])


@op(shape=mapped, dtype=keep)
def map_coordinates(
    inputs: Tensor, coordinates: Tensor, order, fill_mode="constant", fill_value=0
) -> Tensor:
    """The elements of `inputs` at `coordinates`, which have a row for each axis.

    order: 0 takes the nearest element, 1 interpolates between neighbours.
    fill_mode: what is outside of `inputs`: 'constant' (`fill_value`), 'nearest' (the edge), 'wrap'
        (from the other edge on), 'mirror' (back from the edge, which stands once) or 'reflect' (it
        stands twice).
    """
    mapped(inputs, coordinates, order, fill_mode, fill_value)
    x = computed(inputs)
    at = cast(coordinates, x.dtype)
    places = [at[axis] for axis in range(x.ndim)]
    y = sampled(reshape(x, (-1,)), 0, shape(x), places, order, fill_mode, fill_value)
    return given_back(y, name_of(inputs))


def seen_at(images, rows, columns, axes, order, mode, fill):
    """`images` seen at (batch, height, width) `rows` and `columns`, which are tensors of floats."""
    name, single = name_of(images), images.ndim == 3
    x = channels_behind(computed(images), axes[2])
    x = expand_dims(x, 0) if single else x
    count, height, width, channels = shape(x)
    first = reshape(steps(0, count, 1, "int32"), (-1, 1, 1))
    flat = reshape(x, (count * height * width, channels))
    y = sampled(flat, first, (height, width), (rows, columns), order, mode, fill)
    y = y[0] if single else y
    return given_back(y if axes[2] == images.ndim - 1 else moveaxis(y, -1, axes[2]), name)


def grid_of(images, axes, dtype):
    """(height, 1) rows and (1, width) columns of `images`."""
    height, width = (shape(images)[axis] for axis in axes[:2])
    return reshape(steps(0, height, 1, dtype), (-1, 1)), reshape(steps(0, width, 1, dtype), (1, -1))


def precision(images) -> str:
    """The dtype of coordinates of `images`."""
    return "float64" if name_of(images) == "float64" else "float32"


def by_places(images, transform, axes, order, mode, fill):
    """`images` under projections, from the places of all points."""
    y, x = grid_of(images, axes, name_of(transform))
    a0, a1, a2, b0, b1, b2, c0, c1 = (transform[:, k : k + 1, None] for k in range(8))
    scale = c0 * x + c1 * y + 1
    rows, columns = (b0 * x + b1 * y + b2) / scale, (a0 * x + a1 * y + a2) / scale
    return seen_at(images, rows, columns, axes, order, mode, fill)


@op(shape=lambda images, *_: images.shape, dtype=keep)
def projected(images: Tensor, transform: Tensor, axes, order, mode, fill, otherwise) -> Tensor:
    """`images` under projections, (1 or count, 8), of the output's points to those of the input.

    otherwise: what an engine that can do a part of this only calls for the rest.
    """
    return by_places(images, transform, axes, order, mode, fill)


def check_filling(name: str, images, interpolation, fill_mode, data_format) -> None:
    axes_of_images(name, images, data_format)
    if interpolation not in ORDERS:
        raise ValueError(
            f"{name}: interpolation={interpolation!r}: expected one of {tuple(ORDERS)}."
        )
    check_mode(name, fill_mode)


def transformed(
    images,
    transform,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
):
    check_filling("affine_transform", images, interpolation, fill_mode, data_format)
    if len(transform.shape) not in (1, 2) or transform.shape[-1] not in (8, None):
        raise ValueError(
            f"affine_transform: transform of shape {tuple(transform.shape)}: expected (8,) or "
            "(images, 8)."
        )
    return images.shape


@op(shape=transformed, dtype=keep)
def affine_transform(
    images: Tensor,
    transform: Tensor,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
) -> Tensor:
    """`images` where each point (x, y) shows what was at another point.

    transform: eight numbers, or a row of them for each image: a0, a1, a2, b0, b1, b2, c0, c1 mean
        ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + 1.
    interpolation: 'nearest' or 'bilinear'.
    fill_mode: as in `map_coordinates`.
    """
    transformed(images, transform, interpolation, fill_mode, fill_value, data_format)
    axes = axes_of_images("affine_transform", images, data_format)
    transform = cast(transform, precision(images))
    transform = transform if transform.ndim == 2 else reshape(transform, (1, 8))
    order = ORDERS[interpolation]
    return projected(images, transform, axes, order, fill_mode, fill_value, by_places)


def seen_from(
    images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None
):
    check_filling("perspective_transform", images, interpolation, "constant", data_format)
    shapes = tuple(start_points.shape), tuple(end_points.shape)
    alike = len(shapes[0]) == len(shapes[1]) in (2, 3)
    if not alike or any(
        n not in (m, None) for s in shapes for n, m in zip(s[::-1], (2, 4, shapes[0][0]))
    ):
        raise ValueError(
            f"perspective_transform: start_points of shape {shapes[0]}, end_points of shape "
            f"{shapes[1]}: expected (4, 2) or (images, 4, 2) for both."
        )
    return images.shape


@op(shape=seen_from, dtype=keep)
def perspective_transform(
    images: Tensor,
    start_points: Tensor,
    end_points: Tensor,
    interpolation="bilinear",
    fill_value=0,
    data_format=None,
) -> Tensor:
    """`images` seen from another side: what was at `start_points` comes to `end_points`.

    Both are four points (x, y), or four for each image.
    interpolation: 'nearest' or 'bilinear'.
    """
    seen_from(images, start_points, end_points, interpolation, fill_value, data_format)
    axes = axes_of_images("perspective_transform", images, data_format)
    points = (reshape(cast(p, precision(images)), (-1, 4, 2)) for p in (end_points, start_points))
    transform = homography(*points)
    order = ORDERS[interpolation]
    return projected(images, transform, axes, order, "constant", fill_value, by_places)


def homography(source: Tensor, target: Tensor) -> Tensor:
    """(count, 8): the projections that take four points to four others."""
    x, y = source[..., 0:1], source[..., 1:2]
    u, v = target[..., 0:1], target[..., 1:2]
    one, zero = zeros_like(x) + 1, zeros_like(x)
    first = concatenate([x, y, one, zero, zero, zero, -x * u, -y * u], -1)
    second = concatenate([zero, zero, zero, x, y, one, -x * v, -y * v], -1)
    return solve(concatenate([first, second], 1), concatenate([u[..., 0], v[..., 0]], 1))


def deformed(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    check_filling("elastic_transform", images, interpolation, fill_mode, data_format)
    return images.shape


@op(shape=deformed, dtype=keep)
def elastic_transform(
    images: Tensor,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
) -> Tensor:
    """`images` with each point moved at random, its neighbours with it.

    alpha: how far points move: the deviation is 0.28 of it, whatever `sigma`.
    sigma: how far neighbours move together: the width of the blur of a field of random numbers.
    interpolation: 'nearest' or 'bilinear'.
    fill_mode: as in `map_coordinates`.
    seed: an int, a SeedGenerator, or None.
    """
    deformed(images, alpha, sigma, interpolation, fill_mode, data_format=data_format)
    axes = axes_of_images("elastic_transform", images, data_format)
    count = shape(images)[0] if images.ndim == 4 else 1
    dtype = precision(images)
    space = [shape(images)[axis] for axis in axes[:2]]
    field = REGISTRY["standard_normal"](words_of(seed), (count, 2, *space), dtype)
    field = alike(sigma * field)
    length = int(6 * sigma) | 1
    for axis in (2, 3):
        field = blurred(field, axis, length, sigma)
    y, x = grid_of(images, axes, dtype)
    field = alike(alpha * field)
    rows, columns = y + field[:, 0], x + field[:, 1]
    return seen_at(images, rows, columns, axes, ORDERS[interpolation], fill_mode, fill_value)


def words_of(seed: Any) -> Any:
    """The two words that a draw starts from."""
    if hasattr(seed, "next"):
        return seed.next()
    if seed is None and backend.tracing():
        raise ValueError(
            "elastic_transform: seed=None in a function that is being traced would draw the same "
            "numbers at each run: pass a SeedGenerator, made outside of it."
        )
    return backend.seed_words(random.randrange(2**32) if seed is None else seed, 0)
