"""SimpleRNN: a recurrence of one dense map."""

from typing import Any, ClassVar

from ... import ops
from ...core.fields import field
from ..fields import Activation, Constraint, Count, Initializer, Regularizer
from .cell import Cell, Dropped
from .rnn import CellRNN


class SimpleRNNCell(Cell):
    """One step, `h = activation(x @ kernel + h @ recurrent_kernel + bias)`: `(x, [h]) -> (h, [h])`.

    Args:
        units: size of the state.
        activation: of the sum.
        dropout: fraction of the inputs that are dropped in training, the same at each step.
        recurrent_dropout: fraction of the outputs that are dropped on their way to the next step.
        seed: seed of the dropout.
    """

    def call(self, sequence: Any, states: Any, training: Any = False) -> Any:
        return super().call(sequence, states, training)

    def advance(self, x: Any, states: list[Any], dropped: Any = None) -> list[Any]:
        (h,) = states
        h = h if dropped is None else ops.multiply(h, dropped)
        return [self.activation(ops.add(x, ops.matmul(h, self.recurrent_kernel)))]


class SimpleRNN(CellRNN):
    """The outputs of `h = activation(x @ kernel + h @ recurrent_kernel + bias)` over a sequence.

    Shapes: (B, T, n) -> (B, units); with `return_sequences` (B, T, units); with `return_state` the
    state of (B, units) behind it.

    Args:
        units: size of the state.
        activation: of the sum.
        dropout: fraction of the inputs that are dropped in training, the same at each step.
        recurrent_dropout: fraction of the outputs that are dropped on their way to the next step.
        return_sequences: whether to give the outputs of all steps, not of the last alone.
        return_state: whether to give the last state, too.
        go_backwards: whether to begin at the end; outputs are in the order in which they come.
        stateful: whether a batch begins with the states where the one before it ended.
        unroll: whether the loop is written out in a compiled program: quicker for few steps.
        seed: seed of the dropout.
    """

    units: Count
    activation: Activation = "tanh"
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
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    seed: int | None = field(default=None, saved=False)  # as Keras has it

    cell_class: ClassVar[type[Cell]] = SimpleRNNCell
