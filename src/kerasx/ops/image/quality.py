"""How much images are alike."""

from ...core.dtypes import floating, name_of
from ...core.op import Tensor, op
from ..elementwise import square
from ..normalization import widened
from ..reduce import mean
from ..tensors import cast
from .filters import bell, filtered
from .layout import axes_of_images

__all__ = ["ssim"]


def each_image(
    image1,
    image2,
    max_val=1.0,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    data_format=None,
):
    shapes = tuple(image1.shape), tuple(image2.shape)
    if len(shapes[0]) != len(shapes[1]) or any(
        m != n for m, n in zip(*shapes) if None not in (m, n)
    ):
        raise ValueError(f"ssim: images of shapes {shapes[0]} and {shapes[1]}: expected the same.")
    if type(filter_size) is not int or filter_size < 1:
        raise ValueError(f"ssim: filter_size={filter_size!r}: expected a positive integer.")
    axes = axes_of_images("ssim", image1, data_format)
    if any(n is not None and n < filter_size for n in (image1.shape[a] for a in axes[:2])):
        raise ValueError(
            f"ssim: filter_size={filter_size} is larger than images of shape "
            f"{tuple(image1.shape)}: expected at most their height and width."
        )
    return image1.shape[:-3]


@op(shape=each_image, dtype=floating)
def ssim(
    image1: Tensor,
    image2: Tensor,
    max_val=1.0,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    data_format=None,
) -> Tensor:
    """The structural similarity of images, at most 1; of each, where there is a batch.

    max_val: the largest value that a channel can have.
    filter_size, filter_sigma: how many points around each are compared, and how far apart they
        still count.
    k1, k2: keep quotients of small numbers stable.
    """
    each_image(image1, image2, max_val, filter_size, data_format=data_format)
    rows, columns, _ = axes_of_images("ssim", image1, data_format)
    name, a, b = name_of(image1), widened(image1), widened(image2)
    factors = bell(filter_size, filter_sigma, name_of(a))

    def local(x):
        return filtered(filtered(x, rows, factors, filter_size), columns, factors, filter_size)

    mean_a, mean_b = local(a), local(b)
    product, squares = mean_a * mean_b, square(mean_a) + square(mean_b)
    covariance, variances = local(a * b) - product, local(square(a) + square(b)) - squares
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    light = (2 * product + c1) / (squares + c1)
    alike = light * (2 * covariance + c2) / (variances + c2)
    return cast(mean(alike, (-3, -2, -1)), name)
