"""Operation: what a node of a graph calls. Layers are operations, and so are calls of ops."""

from typing import Any

from . import tree
from .fields import given_config
from .graph import Node, recorded
from .naming import auto_name, snake_case
from .registry import is_own
from .scope import quietly
from .symbolic import KerasTensor, recording


class Operation:
    """A named function of tensors that can stand in a functional model."""

    def __new__(cls, *args: Any, **kwargs: Any):
        self = super().__new__(cls)
        if not is_own(cls.__init__):
            self.__dict__["_given"] = args, kwargs
        return self

    def __init__(self, name: str | None = None):
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(
                f"{type(self).__name__}: name={name!r}: expected a string without '/'."
            )
        self.name = name or auto_name(snake_case(type(self).__name__))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if any(isinstance(x, KerasTensor) for x in tree.flatten((args, kwargs))):
            return self.symbolic_call(*args, **kwargs)
        return self.call(*args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The computation itself, on tensors."""
        raise NotImplementedError(f"{type(self).__name__} does not define call().")

    def rematerialized_call(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """`fn`: layers alone are ever computed again in the backward pass."""
        return fn

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """The KerasTensors that a call gives, recorded as a node."""
        outputs = self.compute_output_spec(*args, **kwargs)
        return recorded(self, args, kwargs, outputs) if recording() else outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Shape and dtype of the outputs, as KerasTensors."""
        with quietly():
            return self.call(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        given = given_config(self) if "_given" in self.__dict__ else {}
        return {**given, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An operation made from what `get_config` gave."""
        return cls(**config)

    @property
    def input(self) -> Any:
        """The KerasTensors of the first call of this operation."""
        return alone(self._first_node("input").inputs)

    @property
    def output(self) -> Any:
        """The KerasTensors that the first call of this operation gave."""
        return alone(self._first_node("output").outputs)

    def _first_node(self, what: str) -> Node:
        nodes = self.__dict__.get("_inbound_nodes", ())
        if not nodes:
            raise AttributeError(
                f"{self.name} has not been called on KerasTensors: it has no {what} yet."
            )
        return nodes[0]


def alone(tensors: list[Any]) -> Any:
    """The only one of `tensors`, or all."""
    return tensors[0] if len(tensors) == 1 else tensors
