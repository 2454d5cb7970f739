"""Layers without variables: Activation, Identity, Masking."""

from typing import Any

from ... import ops
from ..activated import activated
from ..fields import Activation as ActivationField
from ..layer import Layer


class Activation(Layer):
    """An activation function of the input: its name, or a function of a tensor."""

    activation: ActivationField

    def setup(self) -> None:
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return activated(self, inputs)


class Identity(Layer):
    """The input."""

    def setup(self) -> None:
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs


class Masking(Layer):
    """The input, with a mask that hides the steps in which all features are `mask_value`.

    Shapes: (batch, steps, features) -> the same; the mask is (batch, steps).
    """

    mask_value: Any = 0.0

    def setup(self) -> None:
        self.supports_masking = True

    makes_masks = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        seen = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * ops.cast(seen, inputs.dtype)
