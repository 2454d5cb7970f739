"""Nodes and operations of a symbolic graph, and the plan that replays it. Pure Python."""

from typing import Any

from . import tree
from .symbolic import KerasTensor


class Node:
    """One call of an operation on KerasTensors: enough to replay it on real tensors.

    `outputs` are the KerasTensors that it made, flat; each points back here by its
    `_keras_history` = (operation, index of this node among the operation's, index among outputs).
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict[str, Any], outputs: Any):
        args, kwargs = tree.map_structure(as_in_graph, (args, kwargs))
        self.operation, self.args, self.kwargs = operation, args, kwargs
        self.inputs = [x for x in tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
        self.outputs = tree.flatten(outputs)
        nodes = operation.__dict__.setdefault("_inbound_nodes", [])
        for k, tensor in enumerate(self.outputs):
            if isinstance(tensor, KerasTensor):
                tensor._keras_history = (operation, len(nodes), k)
                tensor._node = self
        nodes.append(self)

    is_input = property(lambda self: not self.inputs)


def recorded(operation: Any, args: tuple, kwargs: dict[str, Any], outputs: Any) -> Any:
    """The outputs of a call, which is recorded; new tensors where it gives what it was given."""
    seen: set[int] = set()

    def own(t: Any) -> Any:
        if not isinstance(t, KerasTensor):
            return t
        known = id(t) in seen or "_node" in t.__dict__ or "_origin" in t.__dict__
        seen.add(id(t))
        return t.twin() if known else t

    outputs = tree.map_structure(own, outputs)
    Node(operation, args, kwargs, outputs)
    return outputs


def as_in_graph(x: Any) -> Any:
    """An argument of a call, with the graph's own tensors."""
    return x.origin if isinstance(x, KerasTensor) else x


def node_of(tensor: KerasTensor) -> Node | None:
    """The call that made `tensor`, or None where it was not recorded."""
    return getattr(tensor, "_node", None)


def ancestry(outputs: list[KerasTensor], inputs: list[KerasTensor]) -> list[Node]:
    """The nodes that lead from `inputs` to `outputs`, each behind those that it needs.

    Raises ValueError where an output needs a tensor that does not come from `inputs`.
    """
    given = {id(t) for t in inputs}
    order: list[Node] = []
    state: dict[int, bool] = {}  # id of a node -> whether it is done
    stack: list[tuple[KerasTensor, Node | None]] = [(t, None) for t in reversed(outputs)]
    while stack:
        tensor, leaving = stack.pop()
        if leaving is not None:
            if not state[id(leaving)]:
                state[id(leaving)] = True
                order.append(leaving)
            continue
        node = node_of(tensor)
        if id(tensor) in given or (node is not None and id(node) in state):
            continue
        if node is None or node.is_input:
            raise ValueError(
                f"{tensor} is needed, but does not come from the given inputs {inputs}."
            )
        state[id(node)] = False
        stack.append((tensor, node))
        stack.extend((t, None) for t in reversed(node.inputs))
    return order
