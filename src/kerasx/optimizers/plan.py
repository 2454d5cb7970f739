"""What is known of a step before its gradients are: which weights go together, and their slots."""

from collections.abc import Sequence
from typing import Any

from ..core.variable import Variable
from .state import steps


class Group:
    """Weights of one dtype and one decay, which an engine may bring up to date in one call.

    `places` are those of their gradients; `slots` has a row of variables for each weight.
    """

    def __init__(self, decay: float | None = None):
        self.decay = decay
        self.places: list[int] = []
        self.weights: list[Variable] = []
        self.slots: list[list[Any]] = []

    def add(self, place: int, weight: Variable, slots: list[Any]) -> None:
        """Take in a weight whose gradient stands at `place`."""
        self.places.append(place)
        self.weights.append(weight)
        self.slots.append(slots)

    def gradients(self, grads: list[Any]) -> list[Any]:
        """Those of `grads` that are of these weights."""
        return grads if len(grads) == len(self.places) else [grads[k] for k in self.places]

    def stored(self) -> list[list[Any]]:
        """What the engine holds of the weights, then of each slot."""
        return [[v.stored for v in column] for column in (self.weights, *zip(*self.slots))]


class Plan:
    """The weights of a step that have gradients; `groups` are those that move by steps."""

    def __init__(self, optimizer: Any, weights: Sequence[Variable]):
        self.weights = list(weights)
        self.made_for = key(optimizer, weights)
        rows = [optimizer._slots[optimizer._get_variable_index(w)] for w in weights]
        self.replaced = {k for k, w in enumerate(weights) if not steps(w)}
        moving = [pair for k, pair in enumerate(zip(weights, rows)) if k not in self.replaced]
        self.moving = [w for w, _ in moving]
        groups: dict[Any, Group] = {}
        for place, (w, slots) in enumerate(moving):
            decay = optimizer.decay_of(w) or None
            groups.setdefault((w.dtype, decay), Group(decay)).add(place, w, slots)
        self.groups = list(groups.values())

    def serves(self, optimizer: Any, weights: Sequence[Variable]) -> bool:
        """Whether the plan was made for these weights, as the optimizer is now."""
        return self.made_for == key(optimizer, weights)


def key(optimizer: Any, weights: Sequence[Variable]) -> tuple[Any, list[int]]:
    """What a plan depends on, beside what is fixed when the optimizer is built."""
    return optimizer.weight_decay, list(map(id, weights))
