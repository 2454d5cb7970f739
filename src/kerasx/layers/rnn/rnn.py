"""RNN: a cell, run over the steps of a sequence."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from ... import ops
from ...core import tree
from ...core.fields import field
from ...core.naming import snake_case
from ...core.serialization import deserialize_keras_object
from ...core.symbolic import KerasTensor
from ...core.tracking import Tracked
from ...core.variable import Variable
from ...ops.recurrent import recur
from ..input_spec import InputSpec
from ..layer import Layer
from .cell import Cell, in_parts
from .stacked import StackedRNNCells, listed, output_size_of, states_of, takes_training


def as_cell(cell: Any) -> Any:
    """`cell`, if it has a `call` and a `state_size`; a list of cells as one."""
    if isinstance(cell, (list, tuple)):
        return StackedRNNCells(list(cell))
    if not hasattr(cell, "call") or not hasattr(cell, "state_size"):
        raise ValueError("expected a cell, with call() and state_size, or a list of cells")
    return cell


class Kept(Tracked):
    """States that are kept between batches: variables, but no weights, as those of seeds are."""

    role: ClassVar[str] = "seed"

    def __init__(self, states: Any):
        self.states = tree.map_structure(
            lambda x: Variable(x, trainable=False, name="rnn_state"), states
        )
        self.variables = tree.flatten(self.states)


class RNN(Layer):
    """The outputs of a cell over a sequence.

    A cell is a layer with `call(x, states) -> (output, states)` and `state_size`, an int or a list
    of them; with `output_size` where the output is not the first state; with
    `get_initial_state(batch_size)` where states do not begin at zero.

    Shapes: (B, T, ...) -> (B, output_size); with `return_sequences` (B, T, output_size); with
    `return_state` the states behind it.

    Args:
        cell: the cell, or a list of cells that are stacked.
        return_sequences: whether to give the outputs of all steps, not of the last alone.
        return_state: whether to give the last states, too.
        go_backwards: whether to begin at the end; outputs are in the order in which they come.
        stateful: whether a batch begins with the states where the one before it ended.
        unroll: whether the loop is written out in a compiled program: quicker for few steps.
        zero_output_for_mask: whether outputs are zero at steps that are masked, not those before.
    """

    cell: Annotated[Any, as_cell]
    return_sequences: bool = field(default=False, kw_only=True)
    return_state: bool = field(default=False, kw_only=True)
    go_backwards: bool = field(default=False, kw_only=True)
    stateful: bool = field(default=False, kw_only=True)
    unroll: bool = field(default=False, kw_only=True)
    zero_output_for_mask: bool = field(default=False, kw_only=True)

    def setup(self) -> None:
        self.supports_masking = True
        self._kept: Kept | None = None

    @property
    def state_size(self) -> Any:
        """The sizes of the states, in a list."""
        return listed(self.cell.state_size)

    @property
    def states(self) -> Any:
        """The variables that a stateful layer keeps its states in, or None."""
        return None if self._kept is None else self._kept.states

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build((sequences_shape[0], *sequences_shape[2:]))
        if self.stateful:
            if sequences_shape[0] is None:
                raise ValueError(
                    f"{self.name}: stateful=True needs the size of the batch: "
                    "give Input(batch_shape=...) or Input(batch_size=...)."
                )
            self._kept = Kept(self.get_initial_state(sequences_shape[0]))

    def get_initial_state(self, batch_size: Any) -> list[Any]:
        """The states that a batch begins with."""
        return states_of(self.cell, batch_size, self.compute_dtype)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False
    ) -> Any:
        if self.unroll and sequences.shape[1] is None:
            raise ValueError(
                f"{self.name}: unroll=True needs the number of steps; got shape {sequences.shape}."
            )
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        states = self._first_states(sequences, initial_state)
        last, outputs, states = self.inner_loop(sequences, states, mask, training=training)
        if self._kept is not None:
            for variable, value in zip(self._kept.variables, tree.flatten(states)):
                variable.assign(value)
        y = outputs if self.return_sequences else last
        return (y, *states) if self.return_state else y

    def _first_states(self, sequences: Any, given: Any) -> list[Any]:
        if given is None:
            if self._kept is not None:
                return tree.map_structure(lambda v: v.value, self._kept.states)
            return self.get_initial_state(ops.shape(sequences)[0])
        given = listed(given)
        sizes = tree.flatten(self.state_size)
        if len(tree.flatten(given)) != len(sizes):
            raise ValueError(
                f"{self.name}: expected {len(sizes)} initial states, of sizes {sizes}; got {given}."
            )
        return given

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: Any = False
    ) -> tuple[Any, Any, Any]:
        """(last output, outputs of all steps, last states)."""
        cell = self.cell
        options = {
            "mask": mask,
            "go_backwards": self.go_backwards,
            "zero_output_for_mask": self.zero_output_for_mask,
            "unroll": self.unroll,
        }
        try:
            if in_parts(cell) and cell.dtype_policy == self.dtype_policy:
                outputs, last, states = cell.over_time(
                    sequences, list(initial_state), training, **options
                )
                return last, outputs, states
            if training:
                draw_masks(cell, sequences[:, 0], initial_state)
            outputs, last, flat = recur(
                self._step(initial_state, training),
                sequences,
                tree.flatten(initial_state),
                **options,
            )
            return last, outputs, tree.pack_sequence_as(initial_state, flat)
        finally:
            for part in cells_of(cell):
                for reset in ("reset_dropout_mask", "reset_recurrent_dropout_mask"):
                    getattr(part, reset, bool)()

    def _step(
        self, structure: Any, training: Any
    ) -> Callable[[Any, list[Any]], tuple[Any, list[Any]]]:
        """A step of the cell, on a flat list of states in place of a structure of them."""
        kwargs = {"training": training} if takes_training(self.cell) else {}

        def step(x: Any, flat: list[Any]) -> tuple[Any, list[Any]]:
            output, states = self.cell(x, tree.pack_sequence_as(structure, flat), **kwargs)
            return output, tree.flatten(states)

        return step

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """The mask of the sequence where outputs of all steps are given; states have none."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        return [mask, *(None for _ in tree.flatten(self.state_size))] if self.return_state else mask

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shape of the outputs or, with `return_state`, of them and the states."""
        batch, time = sequences_shape[:2]

        def sized(n: Any) -> tuple[Any, ...]:
            return (batch, n) if isinstance(n, int) else (batch, *n)

        y = sized(output_size_of(self.cell))
        y = (batch, time, *y[1:]) if self.return_sequences else y
        if not self.return_state:
            return y
        sizes = listed(self.state_size)
        if isinstance(self.cell, StackedRNNCells):
            sizes = [listed(n) for n in sizes]
        return (y, *(tree.map_structure(sized, n) for n in sizes))

    def compute_output_spec(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False
    ) -> Any:
        shapes = self.compute_output_shape(sequences.shape)
        return tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), shapes)

    def reset_state(self) -> None:
        """Let the next batch begin with states of zeros."""
        if self._kept is not None:
            for variable in self._kept.variables:
                variable.assign(ops.zeros(variable.shape, dtype=variable.dtype))

    reset_states = reset_state

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """An object made from what `get_config` gave."""
        if "cell" in config:
            config = config | {"cell": deserialize_keras_object(config["cell"], custom_objects)}
        return cls(**config)


class CellRNN(RNN):
    """An RNN whose cell is made from the fields that it shares with it."""

    cell: ClassVar[Any]
    cell_class: ClassVar[type[Cell]]
    zero_output_for_mask: bool = field(default=False, kw_only=True, hidden=True)
    use_cudnn: Any = field(default="auto", kw_only=True, hidden=True, saved=False)
    implementation: int = field(
        default=2, kw_only=True, hidden=True, saved=False
    )  # in configs of Keras 2; without effect

    def setup(self) -> None:
        super().setup()
        self.input_spec = InputSpec(ndim=3)
        shared = {
            n: getattr(self, n)
            for n in self.cell_class.FIELDS
            if n in self.FIELDS and n not in Layer.FIELDS
        }
        cell = self.cell_class(
            **shared,
            dtype=self.dtype_policy,
            trainable=self.trainable,
            name=snake_case(self.cell_class.__name__),
        )
        cell.native = self.use_cudnn is not False
        self.cell = cell  # pyright: ignore[reportAttributeAccessIssue]  # ClassVar: it is no field here


def cells_of(cell: Any) -> list[Any]:
    """A cell, or the cells that it stacks."""
    return (
        [c for part in cell.cells for c in cells_of(part)]
        if isinstance(cell, StackedRNNCells)
        else [cell]
    )


def draw_masks(cell: Any, x: Any, states: Any) -> None:
    """Let cells draw their dropout masks ahead of the loop, where a compiled one cannot."""
    if isinstance(cell, StackedRNNCells):
        for part, own in zip(cell.cells, states):
            draw_masks(part, x, own)
            x = ops.zeros((ops.shape(x)[0], output_size_of(part)), dtype=ops.dtype(x))
        return
    if hasattr(cell, "get_dropout_mask"):
        cell.get_dropout_mask(x)
    if hasattr(cell, "get_recurrent_dropout_mask"):
        cell.get_recurrent_dropout_mask(states[0])
