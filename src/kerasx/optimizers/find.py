"""Optimizers by name, and as configs."""

from typing import Any

from ..core.registry import BUILTIN
from ..core.serialization import deserialize_keras_object, get_by_name, serialize_keras_object
from .engine import EngineOptimizer
from .optimizer import Optimizer


def spelled(name: str) -> str:
    """The name of the class that is meant by 'adamw', 'adam_w' or 'AdamW'."""
    plain = name.replace("_", "").lower()
    return next((c for m, c in BUILTIN if m == "keras.optimizers" and c.lower() == plain), name)


def serialize(optimizer: Any) -> Any:
    """The config of an optimizer."""
    return serialize_keras_object(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer that `serialize` described."""
    if isinstance(config, dict) and "module" not in config and "class_name" in config:
        config = {**config, "class_name": spelled(config["class_name"])}
    return deserialize_keras_object(config, custom_objects)


def get(identifier: Any) -> Any:
    """The optimizer that a name ('adam'), a config, an optimizer or None stands for.

    An optimizer of the engine's own, from optax or torch.optim, becomes an `EngineOptimizer`.
    """
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        identifier = spelled(identifier)
    known = isinstance(identifier, type) and issubclass(identifier, Optimizer)
    if not (known or identifier is None or isinstance(identifier, (str, Optimizer))):
        return EngineOptimizer(definition=identifier)
    return get_by_name(identifier, "keras.optimizers", "optimizer")
