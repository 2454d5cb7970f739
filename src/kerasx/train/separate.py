"""Whether the samples of a batch are computed apart, so that a batch may be filled up."""

from typing import Any

from .. import losses
from ..core import tree
from ..core.registry import is_own
from ..layers import Lambda
from ..metrics import R2Score

MIXED = {losses.dice, losses.tversky, losses.circle}  # one number for a batch, or pairs in it


def keeps_samples_apart(model: Any, kind: str) -> bool:
    """Whether rows added to a batch change nothing for the others, and their part in losses and
    metrics can be left out.

    It is so for the layers, losses and metrics of this library, where they do not work along the
    first axis. What users have written is not looked into, and taken to be otherwise.
    """
    layers = model._flatten_layers()
    operations = [o for layer in layers for o in getattr(layer, "operations", ())]
    if not (all(map(is_apart, layers)) and all(map(is_layer, operations))):
        return False
    return kind == "predict" or measures_apart(model)


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


def is_layer(operation: Any) -> bool:
    """Whether an operation of a graph is a layer, not a mere op."""
    return hasattr(operation, "_flatten_layers")


def is_apart(layer: Any) -> bool:
    """Whether a layer does not mix samples."""
    axes = [a for n in ("axis", "axes") for a in tree.flatten(getattr(layer, n, None))]
    return is_own(type(layer)) and not isinstance(layer, Lambda) and 0 not in axes


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
