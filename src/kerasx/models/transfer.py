"""The same model on another engine, in the same process."""

from importlib import import_module
from typing import Any

from ..core.serialization import serialize_keras_object
from ..instances import with_backend
from ..saving.state import Memory, save_state


def to_backend(model: Any, engine: str) -> Any:
    """A copy of `model` on `engine`: config, weights, seeds, how it is compiled, the optimizer's
    state.

    The copy shares nothing with `model`. It belongs to `kerasx.with_backend(engine)`; so must its
    layers: a class of yours is taken if one of the same name is registered there.

    Raises ValueError for an unknown engine, TypeError for a class that is not known there.
    """
    library = with_backend(engine).__name__
    import_module(f"{library}.models")  # and with it all that a config may name
    saving = import_module(f"{library}.saving")
    copy = saving.deserialize_keras_object(serialize_keras_object(model))
    if model.built and not copy.built:
        raise ValueError(
            f"{model.name}: its config does not say how to build it on {engine}: give it a build() "
            "or an Input."
        )
    values = Memory()
    save_state(model, values)
    import_module(f"{library}.saving.state").load_state(copy, values)
    for ours, theirs in zip(seeds(model), seeds(copy), strict=True):
        theirs.assign(ours.numpy())
    return copy


def seeds(model: Any) -> list[Any]:
    """The states of the seed generators in a model, for which files have no place."""
    weights = set(map(id, model.weights))
    return [v for v in model.variables if id(v) not in weights]
