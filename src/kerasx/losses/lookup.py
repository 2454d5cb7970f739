"""Losses by name."""

from inspect import isfunction
from typing import Any

from ..core.registry import CustomObjectScope, get_registered_object, is_own
from ..core.serialization import deserialize_keras_object, get_by_name, serialize_keras_object
from .probabilistic import binary_crossentropy, kl_divergence
from .regression import (
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)  # fmt: skip

ABBREVIATIONS = {
    "bce": binary_crossentropy,
    "kld": kl_divergence,
    "mae": mean_absolute_error,
    "mape": mean_absolute_percentage_error,
    "mse": mean_squared_error,
    "msle": mean_squared_logarithmic_error,
}
ABBREVIATIONS |= {name.upper(): fn for name, fn in ABBREVIATIONS.items()}


def serialize(loss: Any) -> Any:
    """The config of a loss, or of a function that serves as one."""
    if isfunction(loss) and is_own(loss):
        kind = "function"
        name = loss.__name__
        return {"module": "builtins", "class_name": kind, "config": name, "registered_name": kind}
    return serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss that `serialize` described, or that has the name `name`."""
    if isinstance(name, dict):
        return deserialize_keras_object(name, custom_objects)
    with CustomObjectScope(custom_objects):
        return get(name)


def get(identifier: Any) -> Any:
    """The loss that a name, a config or a loss itself stands for.

    Names in snake case ('mean_squared_error') and abbreviations ('mse') are those of functions,
    names in camel case those of classes.
    """
    if isinstance(identifier, str) and get_registered_object(identifier) is None:
        identifier = ABBREVIATIONS.get(identifier, identifier)
    return get_by_name(identifier, "keras.losses", "loss")
