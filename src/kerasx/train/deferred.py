"""Losses and metrics of several batches at once: on engines that run call by call, most of what
they cost is the calls."""

import math
from typing import Any

from .. import ops
from ..backends import current as backend
from ..core import masks, tree
from .compiled import number_of
from .data import pack_x_y_sample_weight

BATCHES = 64
ELEMENTS = 2**18  # of outputs that wait: 1 MB; larger ones are not worth a copy


class Deferred:
    """Steps of one kind, 'train' or 'test', whose metrics wait until there are many, or asked for.

    Only for losses and metrics that take each sample for itself (see `measures_apart`).
    """

    def __init__(self, model: Any, kind: str):
        self.model, self.trains = model, kind == "train"
        self.waiting: list[tuple[Any, Any, Any]] = []  # targets, outputs and weights of a batch
        self.losses: list[Any] = []
        self.sizes: list[int] = []
        self.elements = 0

    def __call__(self, batch: Any) -> None:
        """A step on (x, y, sample_weight)."""
        if self.trains:
            data = pack_x_y_sample_weight(*batch)
            x, y, y_pred, sample_weight, loss = self.model._learn(data)
            outputs = tree.map_structure(ops.stop_gradient, y_pred)
            masks.set_masks(tree.flatten(outputs), masks.masks_in(tree.flatten(y_pred)))
            found = (y, outputs, sample_weight)
            self.losses.append(loss)
        else:
            x, y, sample_weight = batch
            with backend.without_gradients():
                found = (y, self.model(x, training=False), sample_weight)
        if self.waiting and rows_apart(found) != rows_apart(self.waiting[0]):
            self.settle()
        self.waiting.append(found)
        self.sizes.append(number_of(x))
        self.elements += sum(math.prod(y.shape) for y in tree.flatten(found[1]))
        if len(self.waiting) >= BATCHES or self.elements >= ELEMENTS or masks.TABLE:
            self.settle()

    def settle(self) -> None:
        """Take in what waits."""
        if not self.waiting:
            return
        model, sizes = self.model, self.sizes
        y, y_pred, sample_weight = joined(self.waiting)
        with backend.without_gradients():
            if self.trains:
                model._track(ops.stack(self.losses), ops.convert_to_tensor(sizes))
            else:
                model._judge(None, y, y_pred, sample_weight, sum(sizes))
            model._update_metrics(y, y_pred, sample_weight)
        self.waiting, self.losses, self.sizes, self.elements = [], [], [], 0


def joined(batches: list[Any]) -> Any:
    """Structures of arrays, one behind the other along the first axis."""
    if len(batches) == 1:
        return batches[0]
    return tree.map_structure(lambda *a: None if a[0] is None else ops.concatenate(a, 0), *batches)


def rows_apart(structure: Any) -> list[Any]:
    """The shapes of arrays but for their first axis."""
    return [None if a is None else a.shape[1:] for a in tree.flatten(structure)]
