"""What weights begin with: the same seed gives the same weights on every engine."""

from typing import Any

from ..core.serialization import deserialize_keras_object, get_by_name, serialize_keras_object
from ..ops.tensors import convert_to_tensor
from .constant import STFT, Constant, Identity, Ones, Zeros
from .initializer import Initializer
from .random import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)  # fmt: skip

OTHER_NAMES: dict[str, type[Initializer]] = {
    "zero": Zeros,
    "one": Ones,
    "normal": RandomNormal,
    "uniform": RandomUniform,
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
    "STFTInitializer": STFT,
}

constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = IdentityInitializer = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = OrthogonalInitializer = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
stft = STFTInitializer = STFT
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros


def get(identifier: Any) -> Any:
    """The initializer that a name ('glorot_uniform'), a class, a config or an array stands for.

    A callable `(shape, dtype) -> tensor` and None are given back as they are.
    Raises ValueError for a name that is not known.
    """
    if isinstance(identifier, str):
        identifier = OTHER_NAMES.get(identifier, identifier)
    if hasattr(identifier, "shape") and hasattr(identifier, "dtype"):
        return lambda shape, dtype=None: convert_to_tensor(identifier, dtype)
    return get_by_name(identifier, "keras.initializers", "initializer")


def serialize(initializer: Initializer) -> dict[str, Any]:
    """The config of an initializer."""
    return serialize_keras_object(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer that a config describes."""
    return deserialize_keras_object(config, custom_objects)
