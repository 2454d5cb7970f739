"""Convolutions of each channel by itself."""

from typing import Any

from ... import ops
from ..fields import (
    Activation,
    Constraint,
    Count,
    DataFormat,
    Initializer,
    Padding,
    Regularizer,
)  # fmt: skip
from .base import Convolution


class DepthwiseConv(Convolution):
    """A convolution of each channel by itself: a channel gives `depth_multiplier` channels."""

    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    depth_multiplier: Count = 1
    data_format: DataFormat = None
    dilation_rate: Any = 1
    activation: Activation = None
    use_bias: bool = True
    depthwise_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    depthwise_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    depthwise_constraint: Constraint = None
    bias_constraint: Constraint = None

    KERNELS = {"kernel": "depthwise"}
    may_dilate_strides = True

    def kernel_shapes(self, channels: int) -> list[tuple[int, ...]]:
        return [(*self.kernel_size, channels, self.depth_multiplier)]

    def bias_size(self, channels: int) -> int:
        return channels * self.depth_multiplier

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """The convolution alone, without bias and activation."""
        return ops.depthwise_conv(inputs, kernel, **self._options())


class DepthwiseConv1D(DepthwiseConv):
    """A convolution of each channel by itself, along the steps of a sequence.

    Shapes: (batch, steps, channels) -> (batch, new steps, channels * depth_multiplier).
    """

    rank = 1


class DepthwiseConv2D(DepthwiseConv):
    """A convolution of each channel by itself, over the plane of an image.

    Shapes: (batch, height, width, channels) -> (batch, new height, new width, channels *
        depth_multiplier).
    """

    rank = 2
    strides = (1, 1)
    dilation_rate = (1, 1)


class SeparableConv(Convolution):
    """A convolution of each channel by itself, then of all channels in a window of one element."""

    filters: Count
    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Any = 1
    depth_multiplier: Count = 1
    activation: Activation = None
    use_bias: bool = True
    depthwise_initializer: Initializer = "glorot_uniform"
    pointwise_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    depthwise_regularizer: Regularizer = None
    pointwise_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    depthwise_constraint: Constraint = None
    pointwise_constraint: Constraint = None
    bias_constraint: Constraint = None

    KERNELS = {"depthwise_kernel": "depthwise", "pointwise_kernel": "pointwise"}
    may_dilate_strides = True

    def kernel_shapes(self, channels: int) -> list[tuple[int, ...]]:
        ones = (1,) * self.rank
        return [
            (*self.kernel_size, channels, self.depth_multiplier),
            (*ones, channels * self.depth_multiplier, self.filters),
        ]

    def convolution_op(self, inputs: Any, depthwise_kernel: Any, pointwise_kernel: Any) -> Any:
        """The two convolutions alone, without bias and activation."""
        return ops.separable_conv(inputs, depthwise_kernel, pointwise_kernel, **self._options())


class SeparableConv1D(SeparableConv):
    """A separable convolution along the steps of a sequence.

    Shapes: (batch, steps, channels) -> (batch, new steps, filters).
    """

    rank = 1


class SeparableConv2D(SeparableConv):
    """A separable convolution over the plane of an image.

    Shapes: (batch, height, width, channels) -> (batch, new height, new width, filters).
    """

    rank = 2
    strides = (1, 1)
    dilation_rate = (1, 1)
