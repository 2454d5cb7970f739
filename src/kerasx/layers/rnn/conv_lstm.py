"""ConvLSTM: an LSTM whose products are convolutions. Source: arXiv:1506.04214."""

from typing import Any, ClassVar

from ... import ops
from ...core.fields import field
from ..fields import (
    Activation,
    Constraint,
    Count,
    DataFormat,
    Initializer,
    Padding,
    Regularizer,
    per_axis,
)
from ..input_spec import InputSpec
from .cell import Cell, Dropped
from .lstm import LSTMCell
from .rnn import CellRNN


class ConvLSTMCell(LSTMCell):
    """One step of a ConvLSTM: `cell(x, [h, c])` gives `(h, [h, c])`."""

    units: ClassVar[Any]
    filters: Count  # pyright: ignore[reportGeneralTypeIssues]
    kernel_size: Any  # pyright: ignore[reportGeneralTypeIssues]
    strides: Any = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Any = 1

    def setup(self) -> None:
        self.units = self.filters  # type: ignore[misc]
        super().setup()
        self._axis = -1 if self.data_format == "channels_last" else 1

    def kernel_shapes(self, input_shape: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        self._steps = tuple(input_shape)
        width = 4 * self.filters
        kernels = ((*self.kernel_size, n, width) for n in (input_shape[self._axis], self.filters))
        return tuple(kernels)  # type: ignore[return-value]

    def project(self, inputs: Any) -> Any:
        """What the inputs of one step, or of all steps of a sequence, add to the gates."""
        sizes = ops.shape(inputs)
        many = len(sizes) > len(self.kernel_size) + 2
        x = ops.conv(
            ops.reshape(inputs, (-1, *sizes[2:])) if many else inputs, self.kernel, self.strides,
            self.padding, self.data_format, self.dilation_rate,
        )  # fmt: skip
        if self.bias is not None:
            last = self._axis == -1
            shape = (-1,) if last else (1, -1, *(1,) * len(self.kernel_size))
            x = ops.add(x, self.bias if last else ops.reshape(self.bias, shape))
        return ops.reshape(x, (-1, sizes[1], *ops.shape(x)[1:])) if many else x

    def advance(self, x: Any, states: list[Any], dropped: Any = None) -> list[Any]:
        h, c = states
        h = h if dropped is None else ops.multiply(h, dropped)
        z = ops.conv(h, self.recurrent_kernel, 1, "same", self.data_format)
        i, f, g, o = ops.split(ops.add(x, z), 4, self._axis)
        gate, activation = self.recurrent_activation, self.activation
        c = ops.add(ops.multiply(gate(f), c), ops.multiply(gate(i), activation(g)))
        return [ops.multiply(gate(o), activation(c)), c]

    def whole(self, x: Any, states: list[Any], **options: Any) -> None:
        """None: there is no op for a whole sequence."""

    def state_shape(self, step: Any) -> tuple[Any, ...]:
        """The shape of the states, for a step of shape `step`."""
        space = step[1:-1] if self._axis == -1 else step[2:]
        options = zip(space, self.kernel_size, self.strides, self.dilation_rate)
        places = [None if n is None else self._places(n, *rest) for n, *rest in options]
        return (step[0], *places, self.filters) if self._axis == -1 else (
            step[0], self.filters, *places
        )  # fmt: skip

    def _places(self, size: Any, kernel: int, stride: int, dilation: int) -> Any:
        """The size of an axis behind the convolution of the inputs."""
        fitting = size if self.padding == "same" else size - dilation * (kernel - 1)
        return (fitting + stride - 1) // stride

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """States of zeros for a batch of steps like those that the cell was built for."""
        shape = self.state_shape((batch_size, *self._steps[1:]))
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(2)]


class ConvLSTM(CellRNN):
    """An LSTM over a sequence of images or the like, whose products are convolutions.

    Args:
        filters: the number of channels of the states.
        kernel_size: size of the windows.
        strides: steps of the window of the inputs; the state is seen at each place.
        padding: 'valid' or 'same', of the inputs; the state keeps its size.
        data_format: where the channels stand: 'channels_last' or 'channels_first'.
        dilation_rate: distance between the elements of the window of the inputs.
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
    """

    filters: Count
    kernel_size: Any
    strides: Any = 1
    padding: Padding = "valid"
    data_format: DataFormat = None
    dilation_rate: Any = 1
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
    unroll: bool = field(default=False, kw_only=True, hidden=True)

    cell_class: ClassVar[type[Cell]] = ConvLSTMCell
    rank: ClassVar[int]

    def setup(self) -> None:
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, per_axis(self, name, getattr(self, name), self.rank))
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__}: strides={self.strides} and "
                f"dilation_rate={self.dilation_rate}: one of the two must be 1."
            )
        super().setup()
        self.input_spec = InputSpec(ndim=self.rank + 3)

    def _first_states(self, sequences: Any, given: Any) -> list[Any]:
        if given is not None or self._kept is not None:
            return super()._first_states(sequences, given)
        batch, _, *rest = ops.shape(sequences)
        shape = self.cell.state_shape((batch, *rest))
        return [ops.zeros(shape, dtype=self.compute_dtype) for _ in range(2)]

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shape of the outputs or, with `return_state`, of them and the states."""
        batch, time, *rest = sequences_shape
        state = self.cell.state_shape((batch, *rest))
        y = (batch, time, *state[1:]) if self.return_sequences else state
        return (y, state, state) if self.return_state else y


class ConvLSTM1D(ConvLSTM):
    """A ConvLSTM over sequences of rows.

    Shapes: (batch, steps, length, channels) -> (batch, new length, filters); with
    `return_sequences` (batch, steps, new length, filters).
    """

    rank = 1


class ConvLSTM2D(ConvLSTM):
    """A ConvLSTM over sequences of images.

    Shapes: (batch, steps, height, width, channels) -> (batch, new height, new width, filters); with
    `return_sequences` (batch, steps, new height, new width, filters).
    """

    rank = 2


class ConvLSTM3D(ConvLSTM):
    """A ConvLSTM over sequences of volumes.

    Shapes: (batch, steps, *space, channels) -> (batch, *new space, filters); with
    `return_sequences` (batch, steps, *new space, filters).
    """

    rank = 3
