"""GRU: a recurrence whose gates mix the state with a candidate. Source: arXiv:1406.1078."""

from typing import Any, ClassVar

from ...core.fields import field
from ...ops.recurrent import gru, gru_step, gru_step_reset_before, projected
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

    def biases(self) -> tuple[Any, Any]:
        """What is added to the product with the input, and to that with the state."""
        if self.bias is None or not self.reset_after:
            return self.bias, None
        return self.bias[0], self.bias[1]

    def project(self, inputs: Any) -> Any:
        return projected(inputs, self.kernel, self.biases()[0])

    def advance(self, x: Any, states: list[Any], dropped: Any = None) -> list[Any]:
        (h,) = states
        step = gru_step if self.reset_after else gru_step_reset_before
        return step(
            x,
            h,
            self.recurrent_kernel,
            self.biases()[1],
            self.activation,
            self.recurrent_activation,
            dropped,
        )[1]

    def whole(self, x: Any, states: list[Any], **options: Any) -> Any:
        return gru(
            x, states[0], self.kernel, self.recurrent_kernel, self.bias,
            reset_after=self.reset_after, activation=self.activation,
            recurrent_activation=self.recurrent_activation, **options,
        )  # fmt: skip


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
