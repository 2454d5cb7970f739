"""Metrics by name."""

from typing import Any

from ..core.naming import not_known, snake_case
from ..core.registry import BUILTIN, CustomObjectScope, get_registered_object
from ..core.serialization import deserialize_keras_object, get_by_name
from ..losses import serialize as serialize_loss

ABBREVIATIONS = {
    "bce": "BinaryCrossentropy",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
}
ABBREVIATIONS |= {short.upper(): name for short, name in ABBREVIATIONS.items()}


def classes() -> dict[str, type]:
    """The metrics of the library by name, in both spellings."""
    named = {
        n: c for (area, n), c in BUILTIN.items() if area == "keras.metrics" and isinstance(c, type)
    }
    return named | {snake_case(n): c for n, c in named.items()}


def serialize(metric: Any) -> Any:
    """The config of a metric, or of a function that serves as one."""
    return serialize_loss(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The metric that `serialize` described, or that has the name `config`."""
    if isinstance(config, dict):
        return deserialize_keras_object(config, custom_objects)
    with CustomObjectScope(custom_objects):
        return get(config)


def find(name: str) -> Any:
    """The class that a name stands for, or what was registered under it."""
    custom = get_registered_object(name)
    if custom is not None:
        return custom
    named = classes()
    if (found := named.get(ABBREVIATIONS.get(name, name))) is None:
        raise ValueError(not_known(name, "metric", {n for n in named if n == snake_case(n)}))
    return found


def get(identifier: Any) -> Any:
    """The metric that a name, a config or a metric itself stands for."""
    found = find(identifier) if isinstance(identifier, str) else identifier
    return get_by_name(found, "keras.metrics", "metric")
