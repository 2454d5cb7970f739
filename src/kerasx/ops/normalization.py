"""Normalizations: mean 0, variance 1, length 1."""

from ..core import config
from ..core.dtypes import floating, name_of
from ..core.op import Tensor, axes_of, narrow, op
from ..core.shapes import reduced
from ..core.symbolic import KerasTensor
from ..core.variable import unwrap
from .elementwise import absolute, add, clip, maximum, multiply, power, rsqrt, square
from .reduce import mean, sum
from .shaping import moveaxis, reshape, squeeze
from .tensors import cast, shape, stop_gradient

FINITE = {"float16": 65504.0, "bfloat16": 3.38e38}  # 16-bit floats, and their largest numbers


def widened(x: Tensor) -> Tensor:
    """`x`, with 16-bit floats as float32: their squares overflow, and their sums are coarse."""
    return cast(x, "float32") if name_of(x) in FINITE else x


def spread(values: Tensor, shape, axes) -> Tensor:
    """Values for `axes`, with ones in the other places of `shape`, so that they broadcast."""
    rank = len(shape)
    if tuple(axes) == tuple(range(rank - len(axes), rank)) and len(values.shape) == len(axes):
        return values
    sizes = values.shape if len(values.shape) == len(axes) else [shape[a] for a in axes]
    known = dict(zip(axes, sizes))
    return reshape(values, [known.get(i, 1) for i in range(rank)])


def reduced_twice(x, axes, keepdims=False, synchronized=False):
    _, dtype = floating(name_of(x))
    shape = reduced(x.shape, axes_of(axes, len(x.shape)), keepdims)
    return KerasTensor(shape, dtype), KerasTensor(shape, dtype)


@op(spec=reduced_twice, dtype=floating)
def moments(x: Tensor, axes, keepdims=False, synchronized=False) -> Tensor:
    """(mean, variance) over `axes`; 16-bit floats are summed in 32 bits.

    synchronized: over all replicas too, where the step runs on several.
    """
    if synchronized:
        raise NotImplementedError("moments: synchronized=True needs a distribution: there is none.")
    axes, wide = axes_of(axes, len(x.shape)), widened(x)
    center = mean(wide, axes, keepdims=True)
    # from any constant, squares differ in the mean by the square of how far the mean is from it:
    # gradients of all orders are right, and none of the first is summed up just to be nothing
    near = stop_gradient(center)
    variance = mean(square(wide - near), axes, keepdims=True) - square(center - near)
    if not keepdims:
        center, variance = squeeze(center, axes), squeeze(variance, axes)
    if wide is x:
        return center, variance
    top = FINITE[name_of(x)]  # as Keras, keeps the variance of large half floats finite
    return tuple(cast(clip(v, -top, top), name_of(x)) for v in (center, variance))


@op(shape=lambda x, *_: x.shape, dtype=floating)
def affine(x: Tensor, factor: Tensor, shift: Tensor) -> Tensor:
    """`x * factor + shift`; both broadcast to the shape of `x`."""
    return add(multiply(x, factor), shift)


@op(shape=lambda x, *_, **__: x.shape, dtype=floating)
def batch_normalization(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    axis,
    offset: Tensor = None,
    scale: Tensor = None,
    epsilon=1e-3,
) -> Tensor:
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`, with one of each along `axis`."""
    axes = axes_of(axis, len(x.shape))
    factor = rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor if offset is None else offset - mean * factor
    return affine(x, spread(factor, x.shape, axes), spread(shift, x.shape, axes))


def batch_normalized(x, offset=None, scale=None, axis=-1, epsilon=1e-3):
    _, dtype = floating(name_of(x))
    size = (x.shape[axis],)
    wide = "float32" if dtype in FINITE else dtype
    return KerasTensor(x.shape, dtype), KerasTensor(size, wide), KerasTensor(size, wide)


@op(spec=batch_normalized)
def normalize_batch(
    x: Tensor, offset: Tensor = None, scale: Tensor = None, axis=-1, epsilon=1e-3
) -> Tensor:
    """(`x` normalized along all axes but `axis`, then scaled and shifted; its mean; its variance).

    What batch normalization does while it trains: gradients flow through mean and variance
    into the first output, and the two others are there for the running averages, without
    gradients. 16-bit floats are computed in 32 bits; mean and variance stay so.
    """
    (axis,) = axes_of(axis, len(x.shape))
    wide = widened(x)
    center, variance = moments(wide, [a for a in range(len(x.shape)) if a != axis])
    y = batch_normalization(wide, center, variance, axis, offset, scale, epsilon)
    return cast(y, name_of(x)), stop_gradient(center), stop_gradient(variance)


def first_floating(x: str, *_: str) -> tuple[None, str]:
    """The dtype of the first tensor, floatx where it holds no floats; nothing is converted."""
    return None, narrow(floating(x)[1])


@op(shape=lambda x, *_, **__: x.shape, dtype=first_floating)
def layer_normalization(
    x: Tensor, gamma: Tensor = None, beta: Tensor = None, axis=-1, epsilon=None, **kwargs
) -> Tensor:
    """`x` with mean 0 and variance 1 over `axis`, times `gamma`, plus `beta`; in its dtype."""
    rms_scaling = kwargs.pop(
        "rms_scaling", False
    )  # Keras's older name for: scaled, but not centered
    if kwargs:
        raise TypeError(f"layer_normalization: unknown arguments {sorted(kwargs)}.")
    if rms_scaling:
        return over_last(shrink_last, x, axis, epsilon, gamma)
    return over_last(center_last, x, axis, epsilon, gamma, beta)


@op(shape=lambda x, *_, **__: x.shape, dtype=first_floating)
def rms_normalization(x: Tensor, scale: Tensor = None, axis=-1, epsilon=None) -> Tensor:
    """`x` with a mean square of 1 over `axis`, times `scale`; in its dtype.

    Source: arXiv:1910.07467.
    """
    return over_last(scale_last, x, axis, epsilon, scale)


def over_last(normalized, x: Tensor, axis, epsilon, *weights: Tensor) -> Tensor:
    """`normalized` over `axis`, for which those axes are brought to the end."""
    name = name_of(x)
    if (wanted := narrow(floating(name)[1])) != name:
        x = cast(x, wanted)
        name = name_of(x)
    like = [w if w is None or name_of(w) == name else cast(w, name) for w in map(unwrap, weights)]
    epsilon = config.epsilon() if epsilon is None else epsilon
    rank, axes = len(x.shape), axes_of(axis, len(x.shape))
    last = tuple(range(rank - len(axes), rank))
    if axes == last:
        return normalized(x, *like, len(axes), epsilon)
    return moveaxis(normalized(moveaxis(x, axes, last), *like, len(axes), epsilon), last, axes)


@op(shape=lambda x, *_: x.shape, dtype=floating)
def center_last(x: Tensor, gamma: Tensor, beta: Tensor, n, epsilon) -> Tensor:
    """Canonical layer normalization over the last `n` axes.

    `gamma` and `beta` are of the shape of those, or None.
    """
    wide = widened(x)
    center, variance = moments(wide, range(-n, 0), keepdims=True)
    return shifted((wide - center) * rsqrt(variance + epsilon), gamma, beta, x)


@op(shape=lambda x, *_: x.shape, dtype=floating)
def scale_last(x: Tensor, scale: Tensor, n, epsilon) -> Tensor:
    """Canonical root mean square normalization over the last `n` axes."""
    wide = widened(x)
    size = mean(square(wide), tuple(range(-n, 0)), keepdims=True)
    return shifted(wide * rsqrt(size + epsilon), scale, None, x)


@op(shape=lambda x, *_: x.shape, dtype=floating)
def normalize_groups(x: Tensor, scale: Tensor, offset: Tensor, axis, groups, epsilon) -> Tensor:
    """`x` normalized, sample by sample, over all axes, in groups of what lies along `axis`.

    scale, offset: vectors along `axis`, or None.
    """
    wide, sizes, rank = widened(x), shape(x), len(x.shape)
    (axis,) = axes_of(axis, rank)
    lot = groups, x.shape[axis] // groups
    parts = reshape(wide, (*sizes[:axis], *lot, *sizes[axis + 1 :]))
    along = (1,) * axis + lot + (1,) * (rank - axis - 1)
    center, variance = moments(parts, [a for a in range(1, rank + 1) if a != axis], keepdims=True)
    factor = rsqrt(variance + epsilon)
    factor = factor if scale is None else factor * reshape(widened(scale), along)
    y = (parts - center) * factor
    y = y if offset is None else y + reshape(widened(offset), along)
    return cast(reshape(y, sizes), name_of(x))


def shrink_last(x: Tensor, scale: Tensor, n: int, epsilon: float) -> Tensor:
    """`x` divided by its standard deviation over the last `n` axes."""
    wide = widened(x)
    _, variance = moments(wide, range(-n, 0), keepdims=True)
    return shifted(wide * rsqrt(variance + epsilon), scale, None, x)


def shifted(y: Tensor, scale: Tensor, offset: Tensor, x: Tensor) -> Tensor:
    """`y * scale + offset`, in the dtype of `x`."""
    y = y if scale is None else multiply(y, widened(scale))
    y = y if offset is None else add(y, widened(offset))
    return y if name_of(y) == name_of(x) else cast(y, name_of(x))


@op(shape=lambda x, *_, **__: x.shape, dtype=floating)
def normalize(x: Tensor, axis=-1, order=2, epsilon=None) -> Tensor:
    """`x` divided by its norm over `axis`, or by `epsilon` where that is larger.

    order: the p of the norm `sum(|x| ** p) ** (1 / p)`.
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"normalize: order={order!r}: expected a positive integer.")
    least = config.epsilon() if epsilon is None else epsilon
    wide = widened(x)
    if order == 2:
        y = wide * rsqrt(maximum(sum(square(wide), axis, keepdims=True), least**2))
    else:
        total = sum(power(absolute(wide), order), axis, keepdims=True)
        y = wide / maximum(power(total, 1 / order), least)
    return y if wide is x else cast(y, name_of(x))
