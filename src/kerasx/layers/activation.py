"""Activations that have parameters, as layers."""

from typing import Annotated, Any

from .. import ops
from ..core.dtypes import name_of
from .fields import Constraint, Initializer, NotNegative, Regularizer, not_negative, whole
from .input_spec import InputSpec
from .layer import Layer


class Elementwise(Layer):
    """Base of activations: the shape stays, and so does the mask."""

    def setup(self) -> None:
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


class ReLU(Elementwise):
    """`x` above `threshold`, at most `max_value`; `negative_slope * (x - threshold)` below."""

    max_value: Annotated[Any, not_negative] = None
    negative_slope: NotNegative = 0.0
    threshold: NotNegative = 0.0

    def call(self, inputs: Any) -> Any:
        if self.threshold == 0 and self.negative_slope == 0:
            y = ops.relu(inputs)
        elif self.threshold == 0:
            y = ops.leaky_relu(inputs, self.negative_slope)
        else:
            below = ops.multiply(ops.subtract(inputs, self.threshold), self.negative_slope)
            y = ops.where(ops.greater(inputs, self.threshold), inputs, below)
        return y if self.max_value is None else ops.minimum(y, self.max_value)


class LeakyReLU(Elementwise):
    """`x` where it is positive, `negative_slope * x` elsewhere."""

    negative_slope: NotNegative = 0.3

    def call(self, inputs: Any) -> Any:
        return ops.leaky_relu(inputs, self.negative_slope)


class ELU(Elementwise):
    """`x` where it is positive, `alpha * (exp(x) - 1)` elsewhere. Source: arXiv:1511.07289."""

    alpha: float = 1.0

    def call(self, inputs: Any) -> Any:
        return ops.elu(inputs, self.alpha)


class PReLU(Elementwise):
    """`x` where it is positive, `alpha * x` elsewhere, with an `alpha` that is trained.

    Source: arXiv:1502.01852.


    shared_axes: axes (counted from 1) along which all elements have the same `alpha`.
    """

    alpha_initializer: Initializer = "Zeros"
    alpha_regularizer: Regularizer = None
    alpha_constraint: Constraint = None
    shared_axes: Any = None

    def setup(self) -> None:
        super().setup()
        if self.shared_axes is not None:
            axes = self.shared_axes if hasattr(self.shared_axes, "__iter__") else [self.shared_axes]
            self.shared_axes = list(map(whole, axes))

    def build(self, input_shape: Any) -> None:
        shared = [a % len(input_shape) for a in self.shared_axes or ()]
        own = {a: n for a, n in enumerate(input_shape) if a > 0 and a not in shared}
        if None in own.values():
            raise ValueError(
                f"PReLU: inputs of shape {tuple(input_shape)}: sizes must be known, or the axis "
                "be in shared_axes."
            )
        self.alpha = self.add_weight(
            name="alpha",
            shape=tuple(own.get(a, 1) for a in range(1, len(input_shape))),
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        self.input_spec = InputSpec(ndim=len(input_shape), axes=own)

    def call(self, inputs: Any) -> Any:
        return ops.relu(inputs) - self.alpha * ops.relu(-inputs)


class Softmax(Elementwise):
    """`exp(x)`, scaled to sum to one along `axis` (one or several); zero where it is masked."""

    axis: Any = -1

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return ops.softmax(inputs, self.axis)
        mask, shape = ops.cast(mask, "bool"), tuple(mask.shape)
        if len(shape) < inputs.ndim and shape == tuple(
            inputs.shape[: len(shape)]
        ):  # it hides whole steps
            mask = ops.expand_dims(mask, tuple(range(len(shape), inputs.ndim)))
        least = (
            -3e4 if name_of(inputs) == "float16" else -1e9
        )  # finite: rows may be hidden as a whole
        y = ops.softmax(ops.where(mask, inputs, least), self.axis)
        return y * ops.cast(mask, y.dtype)
