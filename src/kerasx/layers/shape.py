"""Layers that only move elements: Reshape, Flatten, Permute, RepeatVector."""

import math
from typing import Any

from .. import ops
from .fields import Count, DataFormat, whole
from .input_spec import InputSpec
from .layer import Layer


class Reshape(Layer):
    """Each sample with the shape `target_shape`, in which one size may be -1: whatever is left."""

    target_shape: Any

    def setup(self) -> None:
        self.target_shape = tuple(map(whole, self.target_shape))
        if self.target_shape.count(-1) > 1 or any(n < -1 for n in self.target_shape):
            raise ValueError(
                f"Reshape: target_shape={self.target_shape}: expected sizes, of which one may "
                "be -1."
            )

    def call(self, inputs: Any) -> Any:
        return ops.reshape(inputs, (ops.shape(inputs)[0], *self._resolved(tuple(inputs.shape[1:]))))

    def _resolved(self, shape: tuple[int | None, ...]) -> tuple[int, ...]:
        """`target_shape` for samples of `shape`, with a number in place of -1 if it is known."""
        known = [n for n in shape if n is not None]
        if len(known) < len(shape):
            return self.target_shape
        size, given = math.prod(known), math.prod(n for n in self.target_shape if n != -1)
        fits = size == given if -1 not in self.target_shape else given and size % given == 0
        if not fits:
            raise ValueError(
                f"Reshape: samples of shape {shape} cannot get the shape {self.target_shape}."
            )
        return tuple(size // given if n == -1 else n for n in self.target_shape)


class Flatten(Layer):
    """Each sample as a vector. Shapes: (batch, *sizes) -> (batch, product of sizes)."""

    data_format: DataFormat = None

    def setup(self) -> None:
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = ops.moveaxis(inputs, 1, -1)
        rest = inputs.shape[1:]
        return ops.reshape(inputs, (ops.shape(inputs)[0], -1 if None in rest else math.prod(rest)))


class Permute(Layer):
    """Each sample with its axes in the order `dims`; they are counted from 1."""

    dims: Any

    def setup(self) -> None:
        self.dims = tuple(map(whole, self.dims))
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute: dims={self.dims}: expected the numbers from 1 to the rank, in any order."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        return ops.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """Each vector, `n` times. Shapes: (batch, features) -> (batch, n, features)."""

    n: Count

    def setup(self) -> None:
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)
