"""Model: a layer that trains, evaluates, predicts, and is saved."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from ..core import tree
from ..core.serialization import serialize_keras_object
from ..core.symbolic import KerasTensor
from ..layers.layer import Layer
from ..saving import load_weights, save_model, save_weights
from ..saving.parts import put_together, taken_apart
from ..train import Trainer
from .graph_config import model_from_config
from .summary import print_summary


class Model(Trainer, Layer):
    """A layer that can be trained and saved.

    Three ways to make one: `Model(inputs, outputs)` from the KerasTensors of a graph; a subclass
    with
    `call`; or `Sequential`.

    Args:
        inputs: KerasTensors that the graph begins from (see `Input`), in any structure.
        outputs: KerasTensors that it gives, in any structure.
        name: name of the model.
        trainable: whether `fit` may change the variables.
        dtype: dtype or policy.
    """

    keras_module = "keras"
    _hands_on_masks = True

    def __new__(cls, *args: Any, **kwargs: Any):
        graph = cls is Model and is_graph(args, kwargs)
        made: Any = FUNCTIONAL["class"] if graph else cls
        return super().__new__(made, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        if is_graph(args, kwargs):
            # a subclass whose constructor ends in super().__init__(inputs, outputs)
            cls: Any = type(self)
            object.__setattr__(self, "__class__", functional_subclass(cls))
            FUNCTIONAL["class"].__init__(self, *args, **kwargs)
            return
        if args:
            raise TypeError(
                f"{type(self).__name__}: expected Model(inputs, outputs) or keyword arguments; "
                f"got {args!r}."
            )
        Layer.__init__(self, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickles and copies: what a file would hold, with classes and functions as they are.

        A pickle can run code when it is read; a `.keras` file cannot.
        """
        return put_together, taken_apart(self)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} does not define call(self, inputs): a model that is called "
            "needs it."
        )

    @property
    def layers(self) -> list[Layer]:
        """The layers that this model holds itself."""
        return self._layers

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name, or at that place in `layers`."""
        if (name is None) == (index is None):
            raise ValueError("get_layer(): give either a name or an index.")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(
                    f"get_layer(): index={index}: there are {len(self.layers)} layers."
                )
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"get_layer(): there is no {name!r}: layers are "
            f"{[layer.name for layer in self.layers]}."
        )

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print a table of the layers: names, output shapes, numbers of parameters."""
        print_summary(
            self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range
        )

    # -- Files ------------------------------------------------------------------------------------
    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
    ) -> None:
        """Write the model, its weights and optimizer state to a `.keras` file."""
        save_model(self, filepath, overwrite=overwrite, zipped=zipped, **kwargs)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None
    ) -> None:
        """Write the weights to a `.weights.h5` file."""
        save_weights(self, filepath, overwrite=overwrite, max_shard_size=max_shard_size)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
        """Read the weights from a `.weights.h5` or `.keras` file."""
        load_weights(self, filepath, skip_mismatch=skip_mismatch, **kwargs)

    def to_json(self, **kwargs: Any) -> str:
        """The model's config, without weights, as JSON; see `models.model_from_json`."""
        return json.dumps(serialize_keras_object(self), **kwargs)

    def export(self, filepath: Any, format: str = "tf_saved_model", **kwargs: Any) -> None:
        """Export for serving: not available yet."""
        raise NotImplementedError(
            "Model.export(): exporting is not available yet; save() keeps the model."
        )

    def quantize(self, mode: Any = None, config: Any = None, **kwargs: Any) -> None:
        """Quantize the layers: not available yet."""
        raise NotImplementedError("Model.quantize(): quantization is not available yet.")

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build with the shapes that `get_build_config` gave, by calling the model on symbols."""
        if self.built or not config:
            return
        shape = config.get("input_shape", config.get("shapes_dict"))
        if shape is None:
            return
        if type(self).build is not Layer.build:
            super().build_from_config(config)
            return
        self(tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), shape))

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The model that `get_config` described."""
        return model_from_config(cls, config, custom_objects)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """All variables in nested dicts by their paths: trainable, non-trainable, optimizer,
        metrics.

        value_format: 'backend_tensor' or 'numpy_array'.
        """
        if value_format not in ("backend_tensor", "numpy_array"):
            raise ValueError(
                f"value_format={value_format!r}: expected 'backend_tensor' or 'numpy_array'."
            )
        found: dict[str, Any] = {}
        for kind, variables in self._state_groups().items():
            inner = found.setdefault(kind, {})
            for v in variables:
                *folders, last = v.path.split("/")
                place = inner
                for folder in folders:
                    place = place.setdefault(folder, {})
                place[last] = v.numpy() if value_format == "numpy_array" else v.value
        return found

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Set variables from nested dicts as `get_state_tree` gives them."""
        for kind, variables in self._state_groups().items():
            by_path = {v.path: v for v in variables}
            for path, value in paths(state_tree.get(kind, {})):
                if path not in by_path:
                    raise ValueError(
                        f"set_state_tree(): there is no variable {path!r} among the {kind}."
                    )
                by_path[path].assign(value)

    def _state_groups(self) -> dict[str, list[Any]]:
        return {
            "trainable_variables": self.trainable_variables,
            "non_trainable_variables": self.non_trainable_variables,
            "optimizer_variables": list(self.optimizer.variables)
            if self.optimizer is not None
            else [],
            "metrics_variables": self.metrics_variables,
        }


FUNCTIONAL: dict[str, Any] = {}  # "class" -> Functional, which is a Model and so comes later


def is_graph(args: tuple, kwargs: dict[str, Any]) -> bool:
    """Whether a constructor was given inputs and outputs."""
    return (
        len(args) >= 2
        or (len(args) == 1 and "outputs" in kwargs)
        or {"inputs", "outputs"} <= set(kwargs)
    )


@cache
def functional_subclass(cls: type) -> type:
    """`cls` as a functional model."""
    functional = FUNCTIONAL["class"]
    if issubclass(cls, functional):
        return cls
    namespace = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__init__": cls.__init__,
    }
    namespace["stands_for"] = cls  # what files and the registry know it as
    return type(cls.__name__, (cls, functional), namespace)


def paths(structure: Any, prefix: str = "") -> Any:
    """(path, leaf) of nested dicts."""
    for k, v in structure.items():
        path = f"{prefix}/{k}" if prefix else k
        if isinstance(v, dict):
            yield from paths(v, path)
        else:
            yield path, v
