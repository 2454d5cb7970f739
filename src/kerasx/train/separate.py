"""Whether the samples of a batch are computed apart, so that a batch may be filled up, or several
be taken as one."""

import math
from typing import Any

from .. import losses
from ..backends import current as backend
from ..core import tree
from ..core.masks import get_mask
from ..core.op import binary_door, unary_door
from ..core.registry import is_own
from ..core.tracking import distinct
from ..metrics import R2Score

MIXED = {losses.dice, losses.tversky, losses.circle}  # one number for a batch, or pairs in it


def keeps_samples_apart(model: Any, kind: str) -> bool:
    """Whether rows added to a batch change nothing for the others, and their part in losses and
    metrics can be left out.

    It is so for the layers, losses and metrics of this library, where they do not work along the
    first axis. What users have written is not looked into, and taken to be otherwise.
    """
    layers = model._flatten_layers()
    if not (all(map(is_apart, layers)) and all(map(is_row_by_row, nodes_of(layers)))):
        return False
    return kind == "predict" or measures_apart(model)


def batches_at_once(model: Any, batch_size: int) -> int:
    """How many batches are little enough to be taken as one, of a model that keeps samples apart:
    1 where the sizes of its tensors are not known, or a part of it always trains."""
    nodes = nodes_of(model._flatten_layers())
    if any(n.kwargs.get("training") or any(a is True for a in n.args) for n in nodes):
        return 1
    tensors = distinct([t for n in nodes for t in (*n.inputs, *n.outputs)])
    shapes = [t.shape for t in tensors]
    if not shapes or any(s[:1] != (None,) or None in s[1:] for s in shapes):
        return 1
    return max(1, backend.AT_ONCE // (batch_size * sum(math.prod(s[1:]) for s in shapes)))


def gives_masks(model: Any) -> bool:
    """Whether an output has a mask: the loss of a batch is then a mean over the steps in it that
    count, which the loss of two batches is not."""
    return any(get_mask(t) is not None for t in getattr(model, "outputs", None) or ())


def nodes_of(layers: list[Any]) -> list[Any]:
    """The calls in the graphs that are among layers."""
    return [node for layer in layers for node in getattr(layer, "_nodes", ())]


def measures_apart(model: Any) -> bool:
    """Whether losses and metrics take each sample for itself, so that those of several batches can
    be computed at once, and those of some rows left out."""
    compiled = model._compiled
    if compiled is None or not is_own(model.compute_loss):
        return False
    for layer in model._flatten_layers():
        if layer.activity_regularizer is not None or not is_own(type(layer).call):
            return False  # it may add losses
    found = [loss for _, loss, _ in compiled.loss._terms] if compiled.loss else []
    found += [e.metric for e in compiled.metrics.entries] if compiled.metrics else []
    return len(model.metrics) == len(own_metrics(compiled)) and all(map(leaves_out, found))


def own_metrics(compiled: Any) -> list[Any]:
    """The metrics that `compile` brought."""
    parts = [compiled.tracker, compiled.metrics]
    return [p for p in parts if p is not None] + (compiled.loss.metrics if compiled.loss else [])


def is_row_by_row(node: Any) -> bool:
    """Whether a call in a graph is of a layer, or of an op that leaves samples where they are."""
    if hasattr(node.operation, "_flatten_layers"):
        return True
    declaration = getattr(node.operation, "declaration", None)
    if declaration is None:
        return False
    if declaration.name == "get_item":
        key = (node.args[1:] or tuple(node.kwargs.values()))[0]
        first = key[0] if isinstance(key, tuple) and key else key
        return first == slice(None) if isinstance(first, slice) else False
    ranks = {len(t.shape) for t in node.inputs}
    constants = [x for x in tree.flatten((node.args, node.kwargs)) if hasattr(x, "shape")]
    return (
        declaration.door in (unary_door, binary_door)
        and len(ranks) == 1
        and len(constants) == len(node.inputs)
    )


def is_apart(layer: Any) -> bool:
    """Whether a layer does not mix samples."""
    axes = [a for n in ("axis", "axes") for a in tree.flatten(getattr(layer, n, None))]
    activation = getattr(layer, "activation", None)
    return (
        is_own(type(layer))
        and not layer._foreign
        and 0 not in axes
        and (activation is None or is_own(activation) or is_own(type(activation)))
    )


def leaves_out(measure: Any) -> bool:
    """Whether a loss or metric is a mean over samples, each with its weight."""
    fn = getattr(measure, "_fn", None) or getattr(measure, "fn", None)
    return (
        is_own(type(measure))
        and (fn is None or is_own(fn))
        and getattr(fn, "__func__", fn) not in MIXED
        and getattr(measure, "axis", -1) != 0
        and not isinstance(measure, R2Score)  # it counts samples, whatever they weigh
        and getattr(measure, "reduction", "") not in (None, "none", "sum")
    )
