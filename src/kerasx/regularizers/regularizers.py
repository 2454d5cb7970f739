"""Regularizers: functions of a tensor that give a scalar loss."""

from typing import Annotated, Any

from .. import ops
from ..core.fields import Configurable, choice
from ..core.serialization import deserialize_keras_object, get_by_name, serialize_keras_object


def finite(x: Any) -> float:
    """`x` as a float, if it is a finite number that is not negative."""
    x = float(x)
    if not 0 <= x < float("inf"):
        raise ValueError("expected a finite, non-negative number")
    return x


Factor = Annotated[float, finite]


class Regularizer(Configurable):
    """A function of a tensor that gives a scalar loss: subclasses define `__call__(x)`."""

    def __call__(self, x: Any) -> Any:
        return 0.0


class L1(Regularizer):
    """`l1 * sum(abs(x))`."""

    l1: Factor = 0.01

    def __call__(self, x: Any) -> Any:
        return self.l1 * ops.sum(ops.absolute(x))


class L2(Regularizer):
    """`l2 * sum(square(x))`."""

    l2: Factor = 0.01

    def __call__(self, x: Any) -> Any:
        return self.l2 * ops.sum(ops.square(x))


class L1L2(Regularizer):
    """`l1 * sum(abs(x)) + l2 * sum(square(x))`."""

    l1: Factor = 0.0
    l2: Factor = 0.0

    def __call__(self, x: Any) -> Any:
        return self.l1 * ops.sum(ops.absolute(x)) + self.l2 * ops.sum(ops.square(x))


class OrthogonalRegularizer(Regularizer):
    """`factor` times the mean absolute cosine between different rows (or columns) of a matrix."""

    factor: float = 0.01
    mode: Annotated[str, choice("rows", "columns")] = "rows"

    def __call__(self, inputs: Any) -> Any:
        if len(inputs.shape) != 2:
            raise ValueError(
                f"OrthogonalRegularizer: expected a matrix; got shape {tuple(inputs.shape)}."
            )
        rows = inputs if self.mode == "rows" else ops.transpose(inputs)
        unit = rows / ops.maximum(ops.sqrt(ops.sum(ops.square(rows), 1, keepdims=True)), 1e-12)
        n = rows.shape[0]
        cosines = ops.matmul(unit, ops.transpose(unit)) * (1.0 - ops.eye(n, dtype=unit.dtype))
        return self.factor * 0.5 * ops.sum(ops.absolute(cosines)) / max(n * (n - 1) / 2, 1.0)


def serialize(regularizer: Any) -> Any:
    """The config of a regularizer."""
    return serialize_keras_object(regularizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The regularizer that `serialize` described."""
    return deserialize_keras_object(config, custom_objects)


def get(identifier: Any) -> Any:
    """The regularizer that a name ('l2'), a config, a function or None stands for."""
    if identifier in ("l1l2", "l1_l2"):
        identifier = "L1L2"
    return get_by_name(identifier, "keras.regularizers", "regularizer")
