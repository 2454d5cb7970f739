"""Functional: a model given by its input and output KerasTensors."""

from typing import Any

from ..backends import current as backend
from ..core import dtypes, masks, tree
from ..core.function import Function
from ..core.symbolic import KerasTensor
from ..layers.input_layer import InputLayer
from ..layers.layer import Layer
from .graph_config import model_from_config, model_to_config, operations_in_order
from .model import FUNCTIONAL, Model


class Functional(Function, Model):
    """A model that runs the graph between `inputs` and `outputs` (structures of KerasTensors)."""

    keras_module = "keras.src.models.functional"
    keras_registered_name = "Functional"
    layers_come_first = True  # in files
    _casts_inputs = False
    _of_layers = True

    def __init__(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any):
        trainable = kwargs.pop("trainable", True)
        Model.__init__(self, name=name, **kwargs)
        inputs, outputs = from_inputs(inputs, outputs)
        self.__dict__["_no_graph"] = True
        self.plan(inputs, outputs)
        self._layers_in_order = layers_of(self)
        self.built = True
        for layer in self._layers_in_order:
            self._adopt(layer.name, layer)
        self._finish_build()
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers of the graph, inputs first, in the order of their depth."""
        return list(self._layers_in_order)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return [t._keras_history[0].name for t in self._inputs]

    @property
    def output_names(self) -> list[str]:
        """The names of the operations that give the outputs."""
        return [t._keras_history[0].name for t in self._outputs]

    @property
    def input_shape(self) -> Any:
        """The shapes of the inputs."""
        return tree.map_structure(lambda t: t.shape, self._inputs_struct)

    @property
    def output_shape(self) -> Any:
        """The shapes of the outputs."""
        return tree.map_structure(lambda t: t.shape, self._outputs_struct)

    input = property(lambda self: self._inputs_struct)
    output = property(lambda self: self._outputs_struct)

    def call(self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any) -> Any:
        tensors = self._flat_inputs(inputs)
        for x, m in zip(tensors, tree.flatten(mask) if mask is not None else ()):
            if m is not None:
                masks.set_mask(x, m)
        return self.run(tensors)

    def compute_output_spec(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        return Layer.compute_output_spec(self, inputs, training=training, mask=mask)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return Function.compute_output_shape(self, input_shape)

    def _flat_inputs(self, inputs: Any) -> list[Any]:
        """Input tensors in the order of `self.inputs`, with the rank and dtype that these have."""
        if isinstance(inputs, dict):
            names = self._input_keys()
            if missing := [n for n in names if n not in inputs]:
                raise ValueError(
                    f"{self.name}: inputs {missing} are missing; got {sorted(inputs)}."
                )
            flat = [inputs[n] for n in names]
        else:
            flat = tree.flatten(inputs)
        if len(flat) != len(self._inputs):
            raise ValueError(
                f"{self.name} expects {len(self._inputs)} inputs "
                f"({', '.join(self.input_names)}); got {len(flat)}."
            )
        return [fitted(x, t, self.name) for x, t in zip(flat, self._inputs)]

    def _input_keys(self) -> list[str]:
        struct = self._inputs_struct
        return sorted(struct) if isinstance(struct, dict) else self.input_names

    def get_config(self) -> dict[str, Any]:
        """The graph: layers, how they are called, inputs and outputs."""
        return model_to_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The model that `get_config` described."""
        return model_from_config(cls, config, custom_objects)


def from_inputs(inputs: Any, outputs: Any) -> tuple[Any, Any]:
    """`inputs` and `outputs`; of the graph made anew from there where they come out of a larger
    one."""
    new = tree.map_structure(as_input, inputs)
    if all(a is b for a, b in zip(tree.flatten(inputs), tree.flatten(new))):
        return inputs, outputs
    return new, Function(inputs, outputs).run(tree.flatten(new))


def as_input(t: Any) -> Any:
    """`t`, if a graph begins from it, or a new input that stands for it."""
    if not isinstance(t, KerasTensor):
        raise ValueError(f"inputs of a model must be KerasTensors made by Input(); got {t!r}.")
    if "_keras_history" not in vars(t):
        InputLayer(input_tensor=t)
    if isinstance(t._keras_history[0], InputLayer):
        return t
    return InputLayer(batch_shape=t.shape, dtype=t.dtype, name=t.name).output


def layers_of(model: Any) -> list[Layer]:
    """Layers of a graph in Keras's order."""
    return [o for o in operations_in_order(model) if isinstance(o, Layer)]


def fitted(x: Any, t: KerasTensor, owner: str) -> Any:
    """`x` with the rank and dtype of the input `t`."""
    if x is None:
        return None
    shape = tuple(x.shape)
    if len(shape) != len(t.shape):
        if len(shape) == len(t.shape) - 1 and t.shape[-1] == 1:
            return x[..., None]
        if len(shape) == len(t.shape) + 1 and shape[-1] == 1:
            return x[..., 0]
    if len(shape) != len(t.shape) or any(
        a != b for a, b in zip(shape, t.shape) if a is not None and b is not None
    ):
        raise ValueError(
            f"{owner}: input {t.name!r} has shape {t.shape}; got a tensor of shape {shape}."
        )
    if type(x) is not KerasTensor and dtypes.name_of(x) != t.dtype:
        return backend.cast(x, t.dtype)
    return x


FUNCTIONAL["class"] = Functional
