"""Cell: what the cells of recurrent layers share."""

from typing import Annotated, Any, ClassVar

from ... import ops, random
from ...core.registry import is_own
from ...ops.recurrent import recur
from ..fields import Activation, Constraint, Count, Initializer, Regularizer
from ..layer import Layer


def clipped(x: Any) -> float:
    """`x`, brought into [0, 1]."""
    return min(1.0, max(0.0, x))


Dropped = Annotated[float, clipped]


class Cell(Layer):
    """One step of a recurrence, in two parts: `project` sees the input alone, `advance` the states.

    So a loop may project all steps of a sequence by one product, and then advance step by step,
    where that is quicker on the engine.
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
    kernel_constraint: Constraint = None
    recurrent_constraint: Constraint = None
    bias_constraint: Constraint = None
    dropout: Dropped = 0.0
    recurrent_dropout: Dropped = 0.0
    seed: int | None = None

    gates: ClassVar[int] = 1
    native = True  # whether an op for a whole sequence may be used

    def setup(self) -> None:
        self.seed_generator = random.SeedGenerator(self.seed)
        self.state_size: Any = self.units
        self.output_size = self.units
        self._dropout_mask = self._recurrent_dropout_mask = None

    def build(self, input_shape: Any) -> None:
        kernel, recurrent_kernel = self.kernel_shapes(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=kernel,
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            name="recurrent_kernel",
            shape=recurrent_kernel,
            initializer=self.recurrent_initializer,
            regularizer=self.recurrent_regularizer,
            constraint=self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=self.bias_shape(kernel[-1]),
                initializer=self.first_bias,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def kernel_shapes(self, input_shape: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shapes of the kernels of the input and of the state."""
        width = self.gates * self.units
        return (input_shape[-1], width), (self.units, width)

    def bias_shape(self, width: int) -> tuple[int, ...]:
        """The shape of the bias."""
        return (width,)

    def first_bias(self, shape: Any, dtype: Any = None) -> Any:
        """The bias to begin with."""
        return self.bias_initializer(shape, dtype=dtype)

    def call(self, inputs: Any, states: Any, training: Any = False) -> Any:
        h = states[0]
        dropped = None
        if training and self.dropout > 0:
            inputs = ops.multiply(inputs, self.get_dropout_mask(inputs))
        if training and self.recurrent_dropout > 0:
            dropped = self.get_recurrent_dropout_mask(h)
        new = self.advance(self.project(inputs), list(states), dropped)
        return new[0], new

    def project(self, inputs: Any) -> Any:
        """What the inputs (..., n) of one or more steps add to the gates."""
        x = ops.matmul(inputs, self.kernel)
        return x if self.bias is None else ops.add(x, self.bias)

    def advance(self, x: Any, states: list[Any], dropped: Any = None) -> list[Any]:
        """The states after a step, the output first; `dropped` multiplies the output before it."""
        raise NotImplementedError

    def over_time(
        self, x: Any, states: list[Any], training: Any, **options: Any
    ) -> tuple[Any, Any, list[Any]]:
        """(outputs (B, T, units), last output, last states) over a sequence (B, T, n).

        options: those of `ops.recurrent.recur`.
        """
        dropped = None
        if training and self.dropout > 0:
            x = ops.multiply(x, ops.expand_dims(self.get_dropout_mask(x[:, 0]), 1))
        if training and self.recurrent_dropout > 0:
            dropped = self.get_recurrent_dropout_mask(states[0])
        if (
            dropped is None
            and self.native
            and (found := self.whole(x, states, **options)) is not None
        ):
            outputs, *states = found
            return outputs, states[0] if options["mask"] is None else outputs[:, -1], states

        def step(now: Any, before: list[Any]) -> tuple[Any, list[Any]]:
            after = self.advance(now, before, dropped)
            return after[0], after

        return recur(step, x, states, project=self.project, **options)

    def whole(self, x: Any, states: list[Any], **options: Any) -> Any:
        """(outputs, *last states) by an op for whole sequences; None where there is no such op."""

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """States of zeros for a batch."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, n), dtype=self.compute_dtype) for n in sizes]

    # -- Dropout: one mask for all steps of a sequence ---------------------------------------------
    def get_dropout_mask(self, step_input: Any) -> Any:
        """What multiplies the input of each step, drawn once until `reset_dropout_mask`."""
        if self._dropout_mask is None and self.dropout > 0:
            self._dropout_mask = self._draw(step_input, self.dropout)
        return self._dropout_mask

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        """What multiplies the output of each step, drawn once until it is reset."""
        if self._recurrent_dropout_mask is None and self.recurrent_dropout > 0:
            self._recurrent_dropout_mask = self._draw(step_input, self.recurrent_dropout)
        return self._recurrent_dropout_mask

    def reset_dropout_mask(self) -> None:
        """Draw anew at the next step."""
        self._dropout_mask = None

    def reset_recurrent_dropout_mask(self) -> None:
        """Draw anew at the next step."""
        self._recurrent_dropout_mask = None

    def _draw(self, like: Any, rate: float) -> Any:
        return random.dropout(ops.ones_like(like), rate, seed=self.seed_generator)


def in_parts(cell: Any) -> bool:
    """Whether a loop may use the parts of a cell: not where a subclass has its own `call`."""
    return isinstance(cell, Cell) and is_own(type(cell).call)
