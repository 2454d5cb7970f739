"""GRU: a recurrence whose gates mix the state with a candidate. Source: arXiv:1406.1078."""

from typing import Any, ClassVar

from ... import ops
from ...core.fields import field
from ..fields import Activation, Constraint, Count, Initializer, Regularizer
from .cell import Cell, Dropped
from .rnn import CellRNN


class GRUCell(Cell):
    """One step of a GRU: `cell(x, [h])` gives `(h, [h])`.

    Args:
        units: size of the state.
        activation: of the candidate.
        recurrent_activation: of the gates.
        dropout: fraction of the inputs that are dropped in training, the same at each step.
        recurrent_dropout: fraction of the outputs that are dropped on their way to the next step.
        reset_after: whether the reset gate comes behind the product with the recurrent kernel.
        seed: seed of the dropout.
    """

    units: Count
    activation: Activation = "tanh"
    recurrent_activation: Activation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    recurrent_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Dropped = 0.0
    recurrent_dropout: Dropped = 0.0
    reset_after: bool = True
    seed: int | None = None

    gates = 3

    def bias_shape(self, width: int) -> tuple[int, ...]:
        return (2, width) if self.reset_after else (width,)

    def project(self, inputs: Any) -> Any:
        x = ops.matmul(inputs, self.kernel)
        if self.bias is None:
            return x
        return ops.add(x, self.bias[0] if self.reset_after else self.bias)

    def advance(self, x: Any, states: list[Any], dropped: Any = None) -> list[Any]:
        (h,) = states
        seen = h if dropped is None else ops.multiply(h, dropped)
        update, candidate = self.resetting_after(x, seen) if self.reset_after else self.resetting_before(x, seen)
        return [ops.add(ops.multiply(update, h), ops.multiply(ops.subtract(1, update), candidate))]

    def resetting_after(self, x: Any, h: Any) -> tuple[Any, Any]:
        """The update gate and the candidate, with the reset gate behind the product."""
        inner = ops.matmul(h, self.recurrent_kernel)
        if self.bias is not None:
            inner = ops.add(inner, self.bias[1])
        x_update, x_reset, x_new = ops.split(x, 3, axis=-1)
        update, reset, new = ops.split(inner, 3, axis=-1)
        reset = self.recurrent_activation(ops.add(x_reset, reset))
        update = self.recurrent_activation(ops.add(x_update, update))
        return update, self.activation(ops.add(x_new, ops.multiply(reset, new)))

    def resetting_before(self, x: Any, h: Any) -> tuple[Any, Any]:
        """The update gate and the candidate, with the reset gate in front of the product."""
        n = 2 * self.units
        kernel = self.recurrent_kernel
        gates = self.recurrent_activation(ops.add(x[..., :n], ops.matmul(h, kernel[:, :n])))
        update, reset = ops.split(gates, 2, axis=-1)
        inner = ops.matmul(ops.multiply(reset, h), kernel[:, n:])
        return update, self.activation(ops.add(x[..., n:], inner))


class GRU(CellRNN):
    """The outputs of a GRU over a sequence.

    Shapes: (B, T, n) -> (B, units); with `return_sequences` (B, T, units); with `return_state` the
    state of (B, units) behind it.

    Args:
        units: size of the state.
        activation: of the candidate.
        recurrent_activation: of the gates.
        dropout: fraction of the inputs that are dropped in training, the same at each step.
        recurrent_dropout: fraction of the outputs that are dropped on their way to the next step.
        seed: seed of the dropout.
        return_sequences: whether to give the outputs of all steps, not of the last alone.
        return_state: whether to give the last state, too.
        go_backwards: whether to begin at the end; outputs are in the order in which they come.
        stateful: whether a batch begins with the states where the one before it ended.
        unroll: whether the loop is written out in a compiled program: quicker for few steps.
        reset_after: whether the reset gate comes behind the product with the recurrent kernel.
        use_cudnn: whether to use the engine's own kernel; 'auto': where it can.
    """

    units: Count
    activation: Activation = "tanh"
    recurrent_activation: Activation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: Regularizer = None
    recurrent_regularizer: Regularizer = None
    bias_regularizer: Regularizer = None
    activity_regularizer: Regularizer = None
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Dropped = 0.0
    recurrent_dropout: Dropped = 0.0
    seed: int | None = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    reset_after: bool = True
    use_cudnn: Any = field(default="auto", saved=False)

    cell_class: ClassVar[type[Cell]] = GRUCell
