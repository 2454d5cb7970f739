"""Models as parts that stay in memory: for `copy.deepcopy`, and for pickles."""

from typing import Any

import numpy as np

from ..core.heap import growing
from ..core.registry import References
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.variable import Awaiting
from .state import Memory, load_state, save_state


def taken_apart(model: Any) -> tuple[dict[str, Any], dict[str, Any], Memory, list[np.ndarray]]:
    """What makes up a model: its config, the user's classes and functions in it, its variables.

    It is what a `.keras` file holds, but that nothing needs to be registered, and seeds go on.
    """
    state = Memory()
    save_state(model, state)
    with References() as references:
        config = serialize_keras_object(model)
    return config, references.objects, state, [np.array(v) for v in seeds(model)]


def put_together(
    config: dict[str, Any], objects: dict[str, Any], state: Memory, drawn: list[np.ndarray]
) -> Any:
    """The model that `taken_apart` told of, anew."""
    with growing(), Awaiting():
        model = deserialize_keras_object(config, objects)
        load_state(model, state)
    for variable, value in zip(seeds(model), drawn, strict=True):
        variable.assign(value)
    return model


def seeds(model: Any) -> list[Any]:
    """The variables that draws depend on."""
    others = set(map(id, model.weights))
    return [v for v in model.variables if id(v) not in others]
