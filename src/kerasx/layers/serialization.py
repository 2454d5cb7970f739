"""Layers as configs, and back."""

from typing import Any

from ..core.serialization import deserialize_keras_object, serialize_keras_object
from .layer import Layer


def serialize(layer: Any) -> dict[str, Any]:
    """The config of a layer, from which `deserialize` makes another."""
    return serialize_keras_object(layer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Layer:
    """The layer that `serialize` described. Raises ValueError where `config` describes none."""
    layer = deserialize_keras_object(config, custom_objects)
    if not isinstance(layer, Layer):
        raise ValueError(f"layers.deserialize: expected the config of a layer; got {config!r}.")
    return layer
