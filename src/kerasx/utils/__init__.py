"""Tools around models: seeds, datasets, names, progress."""

from ..backend import clear_session, is_keras_tensor, standardize_dtype
from ..config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)  # fmt: skip
from ..random.seed import set_random_seed
from ..saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)  # fmt: skip
from ..train.data import PyDataset, pack_x_y_sample_weight, unpack_x_y_sample_weight
from .lora import enable_lora, merge_lora
from .numerical import normalize, to_categorical
from .progbar import Progbar

Sequence = PyDataset
