"""Function: the part of a graph between some inputs and outputs, as one operation."""

from typing import Any

from . import tree
from .graph import Node, ancestry
from .naming import auto_name, snake_case
from .operation import Operation
from .scope import quietly
from .symbolic import KerasTensor


class Slot:
    """Stands for a tensor in the arguments of a planned call."""

    __slots__ = ("index",)

    def __init__(self, index: int):
        self.index = index


class Step:
    """One planned call: what to call, with which of the values, and where the outputs go.

    done: the values that no later call reads, so that their memory can be used again.
    """

    __slots__ = ("args", "done", "kwargs", "operation", "outputs", "single")

    def __init__(self, node: Node, slots: dict[int, int]):
        def planned(x: Any) -> Any:
            return Slot(slots[id(x)]) if isinstance(x, KerasTensor) else x

        self.operation = node.operation
        self.args = tree.map_structure(planned, node.args)
        self.kwargs = tree.map_structure(planned, node.kwargs)
        lone = len(node.args) == 1 and not node.kwargs and isinstance(node.args[0], KerasTensor)
        self.single = slots[id(node.args[0])] if lone else None
        for t in node.outputs:
            slots.setdefault(id(t), len(slots))
        self.outputs = [slots[id(t)] for t in node.outputs]
        self.done: list[int] = []

    def run(self, values: list[Any]) -> None:
        """Call, reading from and writing to `values`."""
        if self.single is not None:
            out = self.operation(values[self.single])
        else:
            out = self.operation(*filled(self.args, values), **filled(self.kwargs, values))
        if len(self.outputs) == 1 and type(out) not in (list, tuple, dict):
            values[self.outputs[0]] = out
        else:
            for k, y in zip(self.outputs, tree.flatten(out)):
                values[k] = y
        for k in self.done:
            values[k] = None


def filled(x: Any, values: list[Any]) -> Any:
    """Arguments with values in place of slots."""
    kind = type(x)
    if kind is Slot:
        return values[x.index]
    if kind is tuple or kind is list:
        full = [values[i.index] if type(i) is Slot else filled(i, values) for i in x]
        return full if kind is list else tuple(full)
    if kind is dict:
        return {k: filled(v, values) for k, v in x.items()}
    return tree.map_structure(lambda i: filled(i, values), x) if tree.is_nested(x) else x


class Function(Operation):
    """What leads from KerasTensors `inputs` to KerasTensors `outputs`, to be run on tensors.

    Raises ValueError where an output needs a tensor that does not come from `inputs`.
    """

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None):
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.plan(inputs, outputs)

    def plan(self, inputs: Any, outputs: Any) -> None:
        """Put the calls between `inputs` and `outputs` in order."""
        self._inputs_struct, self._outputs_struct = inputs, outputs
        self._inputs, self._outputs = tree.flatten(inputs), tree.flatten(outputs)
        for what, tensors in (("inputs", self._inputs), ("outputs", self._outputs)):
            if bad := [t for t in tensors if not isinstance(t, KerasTensor)]:
                raise ValueError(
                    f"{self.name}: {what} must be KerasTensors (see Input); got {bad[0]!r}."
                )
            if not tensors:
                raise ValueError(f"{self.name}: there are no {what}.")
        self._nodes = ancestry(self._outputs, self._inputs)
        slots: dict[int, int] = {}
        for t in self._inputs:
            slots.setdefault(id(t), len(slots))
        self._steps = [Step(node, slots) for node in self._nodes]
        self._slots = len(slots)
        self._input_slots = [slots[id(t)] for t in self._inputs]
        self._output_slots = [slots[id(t)] for t in self._outputs]
        last: dict[int, Step] = {}
        for node, step in zip(self._nodes, self._steps):
            last |= dict.fromkeys((slots[id(t)] for t in (*node.inputs, *node.outputs)), step)
        for k in last.keys() - self._output_slots:
            last[k].done.append(k)
        self._one = len(self._output_slots) == 1 and not tree.is_nested(outputs)

    inputs = property(lambda self: self._inputs)
    outputs = property(lambda self: self._outputs)

    @property
    def operations(self) -> list[Any]:
        """The operations that are called, without repetitions."""
        return list({id(n.operation): n.operation for n in self._nodes}.values())

    def run(self, tensors: list[Any]) -> Any:
        """The outputs for input tensors given as a flat list."""
        values: list[Any] = [None] * self._slots
        for k, x in zip(self._input_slots, tensors):
            values[k] = x
        for step in self._steps:
            step.run(values)
        if self._one:
            return values[self._output_slots[0]]
        return tree.pack_sequence_as(self._outputs_struct, [values[k] for k in self._output_slots])

    def call(self, inputs: Any) -> Any:
        flat = tree.flatten(inputs)
        if len(flat) != len(self._inputs):
            raise ValueError(f"{self.name} expects {len(self._inputs)} inputs; got {len(flat)}.")
        return self.run(flat)

    def compute_output_spec(self, inputs: Any) -> Any:
        with quietly():
            return self.call(inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes of the outputs, given the shapes of the inputs."""
        dtypes = iter([t.dtype for t in self._inputs])
        symbols = tree.map_shape_structure(lambda s: KerasTensor(s, next(dtypes)), input_shape)
        return tree.map_structure(lambda t: t.shape, self.compute_output_spec(symbols))
