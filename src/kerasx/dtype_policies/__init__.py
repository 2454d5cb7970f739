"""Policies that say which dtypes a layer computes in and keeps its variables in."""

from typing import Any

from ..core.policy import DTypePolicy, DTypePolicyMap, FloatDTypePolicy, get
from ..core.serialization import deserialize_keras_object, serialize_keras_object


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The config of a policy."""
    return serialize_keras_object(dtype_policy)


def deserialize(
    config: dict[str, Any], custom_objects: dict[str, Any] | None = None
) -> DTypePolicy:
    """The policy that `serialize` described."""
    return deserialize_keras_object(config, custom_objects)
