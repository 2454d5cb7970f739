"""LSTM: a recurrence with a gated memory. Source: doi.org/10.1162/neco.1997.9.8.1735."""

from typing import Any, ClassVar

from ... import ops
from ...core.fields import field
from ...ops.recurrent import lstm, lstm_step
from ..fields import Activation, Constraint, Count, Initializer, Regularizer
from .cell import Cell, Dropped
from .rnn import CellRNN


class LSTMCell(Cell):
    """One step of an LSTM: `cell(x, [h, c])` gives `(h, [h, c])`.

    Args:
        units: size of the states.
        activation: of the candidate and of the memory that is let out.
        recurrent_activation: of the gates.
        unit_forget_bias: whether the bias of the forget gate begins at 1.
        dropout: fraction of the inputs that are dropped in training, the same at each step.
        recurrent_dropout: fraction of the outputs that are dropped on their way to the next step.
        seed: seed of the dropout.
    """

    units: Count
    activation: Activation = "tanh"
    recurrent_activation: Activation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: Initializer = "zeros"
    unit_forget_bias: bool = True

    gates = 4

    def setup(self) -> None:
        super().setup()
        self.state_size = [self.units, self.units]

    def first_bias(self, shape: Any, dtype: Any = None) -> Any:
        if not self.unit_forget_bias:
            return self.bias_initializer(shape, dtype=dtype)
        n = self.units
        before, after = (self.bias_initializer((k * n,), dtype=dtype) for k in (1, 2))
        return ops.concatenate([before, ops.ones((n,), dtype=dtype), after], axis=0)

    def advance(self, x: Any, states: list[Any], dropped: Any = None) -> list[Any]:
        h, c = states
        h = h if dropped is None else ops.multiply(h, dropped)
        return lstm_step(
            x, h, c, self.recurrent_kernel, self.activation, self.recurrent_activation
        )[1]

    def whole(self, x: Any, states: list[Any], **options: Any) -> Any:
        h, c = states
        return lstm(
            x, h, c, self.kernel, self.recurrent_kernel, self.bias, activation=self.activation,
            recurrent_activation=self.recurrent_activation, **options,
        )  # fmt: skip


class LSTM(CellRNN):
    """The outputs of an LSTM over a sequence.

    Shapes: (B, T, n) -> (B, units); with `return_sequences` (B, T, units); with `return_state` the
    states h and c of (B, units) behind it.

    Args:
        units: size of the states.
        activation: of the candidate and of the memory that is let out.
        recurrent_activation: of the gates.
        unit_forget_bias: whether the bias of the forget gate begins at 1.
        dropout: fraction of the inputs that are dropped in training, the same at each step.
        recurrent_dropout: fraction of the outputs that are dropped on their way to the next step.
        seed: seed of the dropout.
        return_sequences: whether to give the outputs of all steps, not of the last alone.
        return_state: whether to give the last states, too.
        go_backwards: whether to begin at the end; outputs are in the order in which they come.
        stateful: whether a batch begins with the states where the one before it ended.
        unroll: whether the loop is written out in a compiled program: quicker for few steps.
        use_cudnn: whether to use the engine's own kernel; 'auto': where it can.
    """

    units: Count
    activation: Activation = "tanh"
    recurrent_activation: Activation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    recurrent_initializer: Initializer = "orthogonal"
    bias_initializer: Initializer = "zeros"
    unit_forget_bias: bool = True
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
    use_cudnn: Any = field(default="auto", saved=False)

    cell_class: ClassVar[type[Cell]] = LSTMCell
