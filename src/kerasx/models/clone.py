"""New models from old ones, and from JSON."""

from collections.abc import Callable
from typing import Any

from ..core import tree
from ..core.op import OpCall
from ..core.serialization import deserialize_keras_object
from ..core.symbolic import KerasTensor
from ..layers.input_layer import Input, InputLayer
from ..layers.layer import Layer
from ..saving.archive import parse_json
from .functional import Functional
from .sequential import Sequential


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Any:
    """The model that `Model.to_json` described, with new weights.

    Raises ValueError where the text is no JSON, TypeError where it names what is not known.
    """
    config = parse_json(json_string)
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError("model_from_json(): the JSON describes no model.")
    return deserialize_keras_object(config, custom_objects)


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Any:
    """A model like `model`, with new layers and new weights; it is not compiled.

    Args:
        model: a functional, sequential or subclassed model.
        input_tensors: KerasTensors to begin from, in the structure of the model's inputs; None:
            new ones.
        clone_function: gives a layer for a layer; None: made from its config.
        call_function: `(layer, *args, **kwargs)`, called in place of each layer of a functional
            model.
        recursive: whether `clone_function` also goes into the models in the model.

    Raises ValueError for arguments that do not go with the kind of model.
    """
    if kwargs:
        raise ValueError(f"clone_model(): unknown arguments {', '.join(map(repr, kwargs))}.")
    copy = clone_function or from_own_config
    if recursive:
        copy = into_models(copy)
    if isinstance(model, Functional):
        return clone_functional(model, input_tensors, copy, call_function)
    if call_function is not None:
        raise ValueError(f"clone_model(): call_function is for functional models; got {model!r}.")
    if isinstance(model, Sequential):
        return clone_sequential(model, input_tensors, copy)
    if clone_function is not None or input_tensors is not None:
        raise ValueError(
            f"clone_model(): clone_function and input_tensors are for functional and sequential "
            f"models; got {model!r}."
        )
    return from_own_config(model)


def from_own_config(layer: Layer) -> Any:
    """A layer made from the config of `layer`."""
    return type(layer).from_config(layer.get_config())


def into_models(copy: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`copy` for layers, and for those inside of models among them."""

    def deeply(layer: Any) -> Any:
        if isinstance(layer, (Functional, Sequential)):
            return clone_model(layer, clone_function=deeply)
        return copy(layer)

    return deeply


def clone_sequential(
    model: Sequential, input_tensors: Any, copy: Callable[[Any], Any]
) -> Sequential:
    layers = [copy(layer) for layer in model.layers]
    if input_tensors is not None:
        tensors = tree.flatten(input_tensors)
        if len(tensors) != 1:
            raise ValueError(
                f"clone_model(): a sequential model has one input; got {len(tensors)}."
            )
        return Sequential([symbolic(tensors[0]), *layers], name=model.name)
    first = model._chain[0] if model._chain else None
    clone = Sequential(
        [from_own_config(first), *layers] if isinstance(first, InputLayer) else layers,
        name=model.name,
    )
    if model.built and not clone.built:
        clone.build(model.input_shape)
    return clone


def clone_functional(
    model: Any, input_tensors: Any, copy: Callable[[Any], Any], call: Callable[..., Any] | None
) -> Any:
    """The graph once more, with a copy of each layer in its place."""
    if input_tensors is None:
        inputs = tree.map_structure(
            lambda t: Input(batch_shape=t.shape, dtype=t.dtype, name=t.name), model._inputs_struct
        )
    else:
        tensors = [symbolic(t) for t in tree.flatten(input_tensors)]
        if len(tensors) != len(model.inputs):
            raise ValueError(
                f"clone_model(): expected {len(model.inputs)} input_tensors; got {len(tensors)}."
            )
        inputs = tree.pack_sequence_as(model._inputs_struct, tensors)
    new = dict(zip(map(id, model.inputs), tree.flatten(inputs)))
    copies: dict[int, Any] = {}
    for node in model._nodes:
        operation = node.operation
        if id(operation) not in copies:
            copies[id(operation)] = operation if isinstance(operation, OpCall) else copy(operation)
        args, kwargs = tree.map_structure(lambda x: new.get(id(x), x), (node.args, node.kwargs))
        clone = copies[id(operation)]
        outputs = call(clone, *args, **kwargs) if call else clone(*args, **kwargs)
        new.update(zip(map(id, node.outputs), tree.flatten(outputs)))
    outputs = tree.map_structure(lambda t: new[id(t)], model._outputs_struct)
    return Functional(inputs, outputs, name=model.name)


def symbolic(t: Any) -> KerasTensor:
    """`t` as something that a model can begin from."""
    return (
        t
        if isinstance(t, KerasTensor)
        else Input(batch_shape=tuple(t.shape), dtype=str(t.dtype).split(".")[-1])
    )
