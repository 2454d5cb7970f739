"""Sequential: layers, one behind the other."""

from typing import Any

from ..backends import current as backend
from ..core import tree
from ..core.function import Function
from ..core.heap import growing
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.symbolic import KerasTensor
from ..layers.input_layer import Input, InputLayer
from ..layers.layer import Layer
from .functional import Functional
from .model import Model


class Sequential(Model):
    """Layers, one behind the other, each with one input and one output.

    With an `Input` (or `InputLayer`) in front it is built at once, else by its first call.

    Args:
        layers: layers to begin with.
        trainable: whether `fit` may change the variables.
        name: name of the model.
    """

    keras_module = "keras"
    layers_come_first = True  # in files
    _of_layers = True

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None):
        Model.__init__(self, name=name)
        self._chain: list[Layer] = []
        self.__dict__["_graph"] = None
        for layer in layers or ():
            self.add(layer, rebuild=False)
        self._rebuild()
        if not trainable:
            self.trainable = False

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put `layer` at the end."""
        if isinstance(layer, KerasTensor):
            layer = layer._keras_history[0]
        if not isinstance(layer, Layer):
            raise ValueError(
                f"{self.name}.add(): expected a layer; got {layer!r} of type "
                f"{type(layer).__name__}."
            )
        if layer.name in [other._name for other in self._chain]:  # quick: this is quadratic
            raise ValueError(
                f"{self.name}.add(): there is a layer {layer.name!r} already: names must differ."
            )
        if isinstance(layer, InputLayer) and self._chain:
            raise ValueError(f"{self.name}.add(): an Input comes first; there are layers already.")
        if not self._chain and (start := input_of(layer)) is not None:
            self.add(start, rebuild=False)
        self._chain.append(layer)
        self._adopt(layer.name, layer)
        if rebuild:
            self._rebuild()

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer away; returns it."""
        if not self._chain:
            raise IndexError(f"{self.name}.pop(): there are no layers.")
        layer = self._chain.pop()
        backend.Module.disown(self, layer.name)
        if rebuild:
            self._rebuild()
        return layer

    def _rebuild(self) -> None:
        """Build anew where the shape of the input is known."""
        self.__dict__["_graph"] = None
        self.built = False
        if self._chain and isinstance(self._chain[0], InputLayer):
            self.build(self._chain[0].batch_shape)

    def build(self, input_shape: Any = None) -> None:
        """Build for inputs of shape `input_shape`, with the batch."""
        if not self._chain:
            raise ValueError(f"{self.name}.build(): there are no layers: add() some first.")
        if isinstance(self._chain[0], InputLayer):
            x = start = self._chain[0].output
        elif input_shape is None:
            raise ValueError(
                f"{self.name}.build(): input_shape is required where there is no Input in front."
            )
        elif not tree.is_shape(input_shape):
            return  # several inputs: the first layer takes a structure, no chain of tensors
        else:
            stateful = any(getattr(layer, "stateful", False) for layer in self._chain)
            batch = input_shape[0] if stateful else None
            x = start = Input(batch_shape=(batch, *input_shape[1:]), dtype=self._input_kind())
        with growing():
            for layer in self.layers:
                x = layer(x)
            self.__dict__["_graph"] = Function(start, x, name=f"{self.name}_graph")
        self._kx.build_config = {"input_shape": start.shape}
        self._finish_build()

    def _input_kind(self) -> str:
        first = self.layers[0]
        return first.compute_dtype if not hasattr(first, "input_dim") else "float32"

    def call(self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any) -> Any:
        x = inputs
        for k, layer in enumerate(self.layers):
            x = (
                layer(x, mask=mask)
                if mask is not None and k == 0 and takes_mask(layer)
                else layer(x)
            )
        return x

    def compute_output_spec(
        self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any
    ) -> Any:
        return Layer.compute_output_spec(self, inputs, training=training, mask=mask, **kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return [layer for layer in self._chain if not isinstance(layer, InputLayer)]

    def _only_graph(self, what: str) -> Function:
        if self._graph is None:
            raise AttributeError(
                f"{self.name} is not built, so its {what} is not known: call it, or build()."
            )
        return self._graph

    @property
    def inputs(self) -> list[KerasTensor]:
        """The KerasTensor that the chain begins from, in a list."""
        return self._only_graph("inputs").inputs

    @property
    def outputs(self) -> list[KerasTensor]:
        """The KerasTensor that the chain gives, in a list."""
        return self._only_graph("outputs").outputs

    _casts_inputs = property(lambda self: self._graph is None)
    _nodes = property(lambda self: self._graph._nodes if self._graph else [])
    input = property(lambda self: self.inputs[0])
    output = property(lambda self: self.outputs[0])
    input_shape = property(lambda self: self.inputs[0].shape)
    output_shape = property(lambda self: self.outputs[0].shape)

    def get_config(self) -> dict[str, Any]:
        """Name, dtype and the layers."""
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": serialize_keras_object(self.dtype_policy),
            "layers": [serialize_keras_object(layer) for layer in self._chain],
        }
        if self.built and self._kx.build_config:
            config["build_input_shape"] = self._kx.build_config.get("input_shape")
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Sequential":
        """The model that `get_config` described."""
        model = cls(name=config.get("name"))
        for layer in config["layers"]:
            model.add(deserialize_keras_object(layer, custom_objects), rebuild=False)
        model._rebuild()
        shape = config.get("build_input_shape")
        if not model.built and shape and model._chain:
            model.build(tree.lists_to_tuples(shape))
        if not config.get("trainable", True):
            model.trainable = False
        return model


def takes_mask(layer: Layer) -> bool:
    """Whether the `call` of a layer has a `mask`."""
    return "mask" in layer.call.__code__.co_varnames if hasattr(layer.call, "__code__") else False


def input_of(layer: Layer) -> InputLayer | None:
    """An input for what `layer` is known to take, if it comes first; None: nothing is known."""
    if layer._kx.input_shape is not None:
        return InputLayer(layer._kx.input_shape)
    inputs = getattr(layer, "inputs", ()) if isinstance(layer, (Functional, Sequential)) else ()
    if len(inputs) != 1:
        return None
    return InputLayer(batch_shape=inputs[0].shape, dtype=inputs[0].dtype)
