"""Rescaling: what images need most."""

from typing import Any

import numpy as np

from .. import ops
from .layer import Layer


class Rescaling(Layer):
    """`inputs * scale + offset`, as floats; both are numbers, or one for each channel."""

    scale: Any
    offset: Any = 0.0

    def setup(self) -> None:
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        dtype = self.compute_dtype
        x = ops.cast(inputs, dtype)
        scale, offset = (
            v if isinstance(v, (int, float)) else ops.cast(np.asarray(v), dtype)
            for v in (self.scale, self.offset)
        )
        return ops.add(ops.multiply(x, scale), offset)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape
