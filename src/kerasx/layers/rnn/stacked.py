"""StackedRNNCells: several cells as one."""

from inspect import signature
from typing import Annotated, Any

from ... import ops
from ...core.serialization import deserialize_keras_object
from ..layer import Layer


def as_cells(cells: Any) -> list[Any]:
    """`cells` as a list of what has a `call` and a `state_size`."""
    for cell in cells:
        if not hasattr(cell, "call") or not hasattr(cell, "state_size"):
            raise ValueError(f"expected cells, with call() and state_size; got {cell!r}")
    return list(cells)


def takes_training(cell: Any) -> bool:
    """Whether the `call` of a cell has a parameter `training`."""
    return "training" in signature(cell.call).parameters


def listed(x: Any) -> list[Any]:
    """`x` as a list: one that stands alone as a list of it."""
    return list(x) if isinstance(x, (list, tuple)) else [x]


def states_of(cell: Any, batch_size: Any, dtype: str) -> list[Any]:
    """The states that a cell begins with."""
    if hasattr(cell, "get_initial_state"):
        return listed(cell.get_initial_state(batch_size=batch_size))
    return [ops.zeros((batch_size, n), dtype=dtype) for n in listed(cell.state_size)]


def output_size_of(cell: Any) -> Any:
    """The size of a cell's output: what it says, or the size of its first state."""
    if (size := getattr(cell, "output_size", None)) is not None:
        return size
    return listed(cell.state_size)[0]


class StackedRNNCells(Layer):
    """Cells of which each takes the output of the one before it, as one cell.

    Its states are a list of the states of each.
    """

    cells: Annotated[list[Any], as_cells]

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the states of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The size of the last cell's output."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """The states that each cell begins with."""
        return [states_of(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def build(self, input_shape: Any) -> None:
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            size = output_size_of(cell)
            input_shape = (input_shape[0], *((size,) if isinstance(size, int) else size))

    def call(self, inputs: Any, states: Any, training: Any = False, **kwargs: Any) -> Any:
        after = []
        for cell, own in zip(self.cells, states):
            more = kwargs | ({"training": training} if takes_training(cell) else {})
            inputs, own = cell(inputs, listed(own), **more)
            after.append(own)
        return inputs, after

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """An object made from what `get_config` gave."""
        return cls(**config | {"cells": deserialize_keras_object(config["cells"], custom_objects)})
