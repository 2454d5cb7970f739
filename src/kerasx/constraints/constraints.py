"""Constraints: functions of a weight that give the nearest value allowed."""

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core import config
from ..core.fields import Configurable
from ..core.serialization import deserialize_keras_object, get_by_name, serialize_keras_object

Axis = int | Sequence[int]


class Constraint(Configurable):
    """A function of a weight: subclasses define `__call__(w)`. This one gives `w` itself."""

    def __call__(self, w: Any) -> Any:
        return w


def norms(w: Any, axis: Axis) -> Any:
    """Euclidean norms of `w` along `axis`, which is kept."""
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


def scaled(w: Any, wanted: Any, current: Any) -> Any:
    """`w` with norms `wanted` in place of `current`; zeros stay zeros."""
    return ops.multiply(w, ops.divide(wanted, ops.add(current, config.epsilon())))


class MaxNorm(Constraint):
    """`w`, with norms along `axis` of at most `max_value`.

    For a Dense kernel, axis 0 is the weights into each unit; for a Conv2D kernel it is (0, 1, 2).
    """

    max_value: float = 2
    axis: Axis = 0

    def __call__(self, w: Any) -> Any:
        current = norms(w, self.axis)
        return scaled(w, ops.clip(current, 0.0, self.max_value), current)


class NonNeg(Constraint):
    """`max(w, 0)`."""

    def __call__(self, w: Any) -> Any:
        return ops.maximum(w, 0.0)


class UnitNorm(Constraint):
    """`w`, with norms along `axis` of 1."""

    axis: Axis = 0

    def __call__(self, w: Any) -> Any:
        return ops.divide(w, ops.add(norms(w, self.axis), config.epsilon()))


class MinMaxNorm(Constraint):
    """`w`, with norms along `axis` that go the part `rate` of the way to [min_value, max_value]."""

    min_value: float = 0.0
    max_value: float = 1.0
    rate: float = 1.0
    axis: Axis = 0

    def __call__(self, w: Any) -> Any:
        current = norms(w, self.axis)
        inside = ops.clip(current, self.min_value, self.max_value)
        wanted = ops.add(ops.multiply(inside, self.rate), ops.multiply(current, 1.0 - self.rate))
        return scaled(w, wanted, current)


def serialize(constraint: Any) -> Any:
    """The config of a constraint."""
    return serialize_keras_object(constraint)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The constraint that `serialize` described."""
    return deserialize_keras_object(config, custom_objects)


def get(identifier: Any) -> Any:
    """The constraint that a name ('max_norm'), a config, a function or None stands for."""
    return get_by_name(identifier, "keras.constraints", "constraint")
