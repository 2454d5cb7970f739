"""Convolutions over one to three axes of space."""

from .conv import Conv1D, Conv2D, Conv3D
from .depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from .transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
