"""Models and weights as files; objects as configs, and back."""

from ..core.registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)  # fmt: skip
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from .model_file import load_model, load_weights, save_model, save_weights
