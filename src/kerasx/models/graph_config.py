"""Functional models as configs, and back, as genuine Keras writes them.

A config lists the operations in the order of their depth, each with its calls ("inbound_nodes"):
arguments in which a tensor is named by (operation, which of its calls, which of the outputs). Calls
are counted within the model: the same layer may be called elsewhere, too.
"""

import inspect
from typing import Any

from ..core import tree
from ..core.function import Function
from ..core.graph import Node, node_of
from ..core.op import OpCall
from ..core.registry import CustomObjectScope, is_own
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.symbolic import KerasTensor
from ..layers.input_layer import InputLayer
from ..layers.layer import Layer
from .op_config import is_op, op_from_config, op_to_config

GRAPH = ("layers", "input_layers", "output_layers")
Reference = tuple[str, int, int]


def is_graph_config(config: dict[str, Any]) -> bool:
    """Whether `config` describes a graph."""
    return all(key in config for key in GRAPH)


def takes_graph(cls: type) -> bool:
    """Whether the constructor of a class takes inputs and outputs."""
    cls = cls.__dict__.get("stands_for", cls)
    if is_own(cls.__init__):
        return True
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    if {"inputs", "outputs"} <= {p.name for p in parameters}:
        return True
    return [p.kind for p in parameters] == [
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    ]


# -- The order of operations --------------------------------------------------------------------
def operations_in_order(model: Any) -> list[Any]:
    """The operations of a graph, those farthest from the outputs first: the order of Keras's files.

    At equal distance they come as they are met on the way from the outputs to the inputs.
    """
    inputs = {id(t): t for t in model._inputs}
    nodes, met = traced(model._outputs, inputs)
    depth: dict[int, int] = {}  # of a node
    depths: dict[int, int] = {}  # of an operation: the greatest of its nodes'
    for node in reversed(nodes):
        here = max(depth.get(id(node), 0), depths.get(id(node.operation), 0))
        depth[id(node)] = depths[id(node.operation)] = here
        if not any(id(t) in inputs for t in node.outputs):
            for t in node.inputs:
                before = id(node_of(t))
                depth[before] = max(depth.get(before, 0), here + 1)
    for t in model._inputs:
        operation = t._keras_history[0]
        if id(operation) not in met:  # nothing is made of it: it stands one step from the outputs
            met[id(operation)], depths[id(operation)] = operation, 1
    return sorted(met.values(), key=lambda o: -depths.get(id(o), 0))


def traced(
    outputs: list[KerasTensor], inputs: dict[int, KerasTensor]
) -> tuple[list[Node], dict[int, Any]]:
    """(nodes, each behind those that it needs; operations as they are met from the outputs)."""
    nodes: list[Node] = []
    met: dict[int, Any] = {}
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [
        (node, False) for t in reversed(outputs) if (node := node_of(t))
    ]
    while stack:
        node, leaving = stack.pop()
        if leaving:
            nodes.append(node)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        met.setdefault(id(node.operation), node.operation)
        stack.append((node, True))
        if not any(id(t) in inputs for t in node.outputs):
            stack += [(before, False) for t in reversed(node.inputs) if (before := node_of(t))]
    return nodes, met


# -- Writing ------------------------------------------------------------------------------------
class Writing:
    """What one model's tensors are called in its config."""

    def __init__(self, model: Any):
        self.kept = {id(n) for n in model._nodes}
        self.operations = operations_in_order(model)
        self.names: dict[int, str] = {}
        for operation in self.operations:
            self.names[id(operation)] = self.free_name(operation)

    def free_name(self, operation: Any) -> str:
        """The name of an operation; calls of ops are renamed where another has theirs."""
        name, taken = operation.name, set(self.names.values())
        if name in taken and not isinstance(operation, OpCall):
            raise ValueError(
                f"two layers are called {name!r}: names must differ for the model to be saved."
            )
        k = 0
        while name in taken:
            name, k = f"{operation.name}_{k + 1}", k + 1
        return name

    def nodes(self, operation: Any) -> list[Node]:
        """The calls of an operation that belong to the model."""
        return [n for n in operation._inbound_nodes if id(n) in self.kept]

    def reference(self, t: KerasTensor) -> list[Any]:
        """What a tensor is called."""
        operation, _, index = t._keras_history
        name = self.names[id(operation)]
        if isinstance(operation, InputLayer):
            return [name, 0, 0]
        node = node_of(t)
        return [name, next(k for k, n in enumerate(self.nodes(operation)) if n is node), index]

    def output(self, t: KerasTensor) -> list[Any]:
        """What an output is called: there, as in Keras, calls of functional models count from 1."""
        name, node, index = self.reference(t)
        return [name, node + isinstance(t._keras_history[0], Function), index]

    def argument(self, x: Any) -> Any:
        """An argument of a call, with tensors by name."""
        if isinstance(x, KerasTensor):
            config = {"shape": list(x.shape), "dtype": x.dtype, "keras_history": self.reference(x)}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(x, (list, tuple)):
            return [self.argument(i) for i in x]
        if isinstance(x, dict):
            return {k: self.argument(v) for k, v in x.items()}
        return serialize_keras_object(x)

    def entry(self, operation: Any) -> dict[str, Any]:
        """An operation and its calls."""
        name, nodes = self.names[id(operation)], self.nodes(operation)
        if isinstance(operation, OpCall):
            entry, args, kwargs = op_to_config(operation, nodes[0])
            entry["config"]["name"] = name
            calls = [(args, kwargs)]
        else:
            entry = serialize_keras_object(operation)
            calls = [(n.args, n.kwargs) for n in nodes]
        inbound = [{"args": self.argument(list(a)), "kwargs": self.argument(k)} for a, k in calls]
        return {**entry, "name": name, "inbound_nodes": inbound}


def model_to_config(model: Any) -> dict[str, Any]:
    """The graph of a functional model; or its constructor's arguments, if these are no graph."""
    if not takes_graph(type(model)):
        return Layer.get_config(model)
    writing = Writing(model)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": [writing.entry(o) for o in writing.operations],
        "input_layers": tree.map_structure(writing.reference, model._inputs_struct),
        "output_layers": tree.map_structure(writing.output, model._outputs_struct),
    }


# -- Reading ------------------------------------------------------------------------------------
class NotYet(Exception):
    """A call needs a tensor that is not there yet."""


class Reading:
    """The operations and tensors of a model, as they come into being."""

    def __init__(self, entries: list[dict[str, Any]]):
        self.calls: dict[str, Any] = {}
        self.pending: dict[str, list[Any]] = {}
        self.tensors: dict[tuple[str, int], list[Any]] = {}
        for entry in entries:
            name = entry.get("name", entry["config"].get("name"))
            if name in self.calls:
                raise ValueError(f"two layers of the file are called {name!r}.")
            self.calls[name] = call = (
                op_from_config(entry) if is_op(entry) else deserialize_keras_object(entry)
            )
            self.pending[name] = list(entry.get("inbound_nodes") or ())
            if isinstance(call, InputLayer):
                self.tensors[name, 0] = [call.output]

    def tensor(self, reference: Any) -> Any:
        name, node, index = reference
        if (name, node) not in self.tensors:
            raise NotYet(name)
        return self.tensors[name, node][index]

    def argument(self, x: Any) -> Any:
        """An argument of a call, with the tensors themselves."""
        if isinstance(x, (list, tuple)):
            return [self.argument(i) for i in x]
        if not isinstance(x, dict):
            return x
        if x.get("class_name") == "__keras_tensor__":
            return self.tensor(x["config"]["keras_history"])
        if "class_name" in x and "config" in x:
            return deserialize_keras_object(x)
        return {k: self.argument(v) for k, v in x.items()}

    def run(self) -> None:
        """Make all calls, each as soon as its tensors are there."""
        done = dict.fromkeys(self.pending, 0)
        progress = True
        while progress:
            progress = False
            for name, nodes in self.pending.items():
                while done[name] < len(nodes):
                    try:
                        args, kwargs = self.arguments(name, nodes[done[name]])
                    except NotYet:
                        break
                    self.tensors[name, done[name]] = tree.flatten(self.calls[name](*args, **kwargs))
                    done[name] += 1
                    progress = True
        if stuck := [name for name, nodes in self.pending.items() if done[name] < len(nodes)]:
            raise ValueError(
                f"the graph in the file does not hold together: nothing gives what {stuck[0]!r} "
                "needs."
            )

    def arguments(self, name: str, node: Any) -> tuple[list[Any], dict[str, Any]]:
        if not isinstance(node, dict) or "args" not in node:
            raise ValueError(
                f"{name!r}: calls in the form of Keras 2 are not read. Save the model in Keras 3."
            )
        return self.argument(node["args"]), self.argument(node.get("kwargs", {}))

    def structure(self, x: Any) -> Any:
        """Inputs or outputs: tensors in place of references."""
        if isinstance(x, dict):
            return {k: self.structure(v) for k, v in x.items()}
        if len(x) == 3 and isinstance(x[0], str) and isinstance(x[1], int):
            from_one = isinstance(self.calls.get(x[0]), Function)
            return self.tensor((x[0], x[1] - from_one, x[2]))
        return [self.structure(i) for i in x]


def model_from_config(
    cls: Any, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> Any:
    """The model that `model_to_config` described.

    Raises ValueError for a graph that does not hold together, TypeError for what is not known.
    """
    if not is_graph_config(config):
        return cls(**config)
    with CustomObjectScope(custom_objects):
        reading = Reading(config["layers"])
        reading.run()
    try:
        inputs, outputs = (reading.structure(config[k]) for k in GRAPH[1:])
    except NotYet as e:
        raise ValueError(
            f"the file names {e.args[0]!r} as an input or output, which is not in it."
        ) from None
    others = {k: v for k, v in config.items() if k not in GRAPH}
    return cls(inputs=inputs, outputs=outputs, **others)
