"""Ops of images, under the names that Keras has for them."""

from .borders import crop_images, pad_images
from .colours import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from .filters import gaussian_blur, sobel_edges
from .geometry import (
    affine_transform,
    elastic_transform,
    map_coordinates,
    perspective_transform,
)
from .patches import extract_patches, extract_patches_3d, reconstruct_patches
from .quality import ssim
from .resampling import resize, scale_and_translate
