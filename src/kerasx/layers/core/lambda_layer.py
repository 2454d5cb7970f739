"""Lambda: a function of tensors as a layer."""

from typing import Any

from ... import activations
from ...core import tree
from ...core.registry import by_reference, get_registered_name, get_registered_object
from ...core.symbolic import REGISTRY, KerasTensor
from ..call import call_signature, shapes_of
from ..layer import Layer


class Lambda(Layer):
    """`function(inputs, **arguments)`.

    A model with one can be saved where `function` is an op, an activation or registered (see
    `register_keras_serializable`): files carry no code, and code that a file holds is not run.

    Args:
        function: a function of a tensor; it may take `mask` and `training` too.
        output_shape: the output's shape without the batch, or a function of the input's shape;
            None: found by calling `function`.
        mask: the mask of the output, or a function `(inputs, mask)` that gives it.
        arguments: more arguments for `function`, by name.
    """

    function: Any
    output_shape: Any = None
    mask: Any = None
    arguments: Any = None

    def setup(self) -> None:
        if not callable(self.function):
            raise TypeError(f"Lambda: function={self.function!r}: expected a function.")
        self.arguments = self.arguments or {}
        self.supports_masking = self.mask is not None
        names = call_signature(self.function).names
        self._passes_mask, self._passes_training = "mask" in names, "training" in names

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        more = dict(self.arguments)
        if self._passes_mask:
            more["mask"] = mask
        if self._passes_training:
            more["training"] = training
        return self.function(inputs, **more)

    makes_masks = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    _foreign = True

    def compute_output_spec(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        if self.output_shape is None:
            return self._inferred((inputs,), {"mask": mask, "training": training})
        shape = self._declared_shape(shapes_of(inputs))
        return tree.map_shape_structure(
            lambda s: KerasTensor(s, tree.flatten(inputs)[0].dtype), shape
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        symbols = tree.map_shape_structure(
            lambda s: KerasTensor(s, self.compute_dtype), input_shape
        )
        return tree.map_structure(lambda t: t.shape, self.compute_output_spec(symbols))

    def _declared_shape(self, input_shape: Any) -> Any:
        if callable(self.output_shape):
            return self.output_shape(input_shape)
        batch = input_shape[0] if tree.is_shape(input_shape) else tree.flatten(input_shape)[0]
        return (batch, *self.output_shape)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; functions by name. Raises ValueError where one has none."""
        config = super().get_config()
        for key in ("function", "output_shape", "mask"):
            value = getattr(self, key)
            if callable(value):
                config[key] = named(key, value)
            elif value is None:
                del config[key]
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None, safe_mode: Any = None
    ) -> Any:
        """A layer made from what `get_config` gave. Raises ValueError where that holds code."""
        config = dict(config)
        for key in ("function", "output_shape", "mask"):
            if isinstance(config.get(key), dict):
                config[key] = found(key, config[key], custom_objects)
        return cls(**config)


def named(key: str, function: Any) -> dict[str, Any]:
    """A function as files name it."""
    name = getattr(function, "__name__", "<lambda>")
    if name == "<lambda>" and not by_reference():
        raise ValueError(
            f"Lambda: {key} has no name, and files carry no code. Use a named function, "
            "registered with "
            "@kerasx.saving.register_keras_serializable(), or write a Layer."
        )
    name = get_registered_name(function)
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }


def found(key: str, config: dict[str, Any], custom_objects: Any) -> Any:
    """The function that a file names."""
    if config.get("class_name") == "__lambda__":
        raise ValueError(
            f"Lambda: the {key} in the file is code, which is not run. Make the model again "
            "from its source, "
            "and load its weights; or replace the Lambda by a Layer."
        )
    name = config.get("config")
    if not isinstance(name, str):
        raise ValueError(f"Lambda: {key}={config!r}: expected the name of a function.")
    function = (
        get_registered_object(name, custom_objects)
        or REGISTRY.get(name)
        or activations.FUNCTIONS.get(name)
    )
    if function is None:
        raise ValueError(
            f"Lambda: {key} names {name!r}, which is not known. Register it with "
            "@kerasx.saving.register_keras_serializable(), or pass custom_objects={"
            + repr(name)
            + ": ...}."
        )
    return function
