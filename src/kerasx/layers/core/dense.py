"""Dense: a linear map of the last axis."""

from typing import Any

from ... import ops
from ...activations import linear
from ...core.fields import field
from ..activated import activated
from ..fields import Activation, Constraint, Count, Initializer, Regularizer
from ..input_spec import InputSpec
from ..lora import KernelLayer
from .quantized import Quantization


class Dense(KernelLayer):
    """`activation(x @ kernel + bias)` over the last axis.

    Shapes: (..., n) -> (..., units).
    """

    units: Count
    activation: Activation = None
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = field(default=None, saved="changed")
    kernel_constraint: Constraint = None
    bias_constraint: Constraint = None
    lora_rank: int | None = None
    lora_alpha: float | None = None
    quantization_config: Quantization = None

    def setup(self) -> None:
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        n = input_shape[-1]
        self.kernel = self.add_weight(
            name="kernel",
            shape=(n, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: n})
        self.begin_lora()

    def call(self, inputs: Any, training: Any = None) -> Any:
        kernel = self.kernel if self.lora_enabled else self._kernel
        if self.bias is None:
            x = ops.matmul(inputs, kernel)
        else:
            x = ops.biased_matmul(inputs, kernel, self.bias)
        return x if self.activation is linear else activated(self, x, spare=True)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)
