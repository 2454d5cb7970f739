"""Layers around a layer."""

from typing import Annotated, Any

from .. import ops
from ..core.serialization import deserialize_keras_object
from ..core.symbolic import KerasTensor
from .call import call_signature
from .layer import Layer


def a_layer(x: Any) -> Layer:
    """`x`, if it is a layer."""
    if not isinstance(x, Layer):
        raise ValueError("expected a Layer")
    return x


class Wrapper(Layer):
    """Base of layers around a layer, which stands in `layer`."""

    layer: Annotated[Any, a_layer]

    def build(self, input_shape: Any = None) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """An object made from what `get_config` gave."""
        return cls(**config | {"layer": deserialize_keras_object(config["layer"], custom_objects)})


class TimeDistributed(Wrapper):
    """A layer, applied to each step of a sequence by itself.

    Shapes: (B, T, ...) -> (B, T, *what the layer makes of (...)).

    All steps are given to the layer as one large batch. A layer with statistics of its own (such as
    BatchNormalization) gets them one after the other, as each step changes the statistics.
    """

    def setup(self) -> None:
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        super().build(self.of_step(input_shape))

    def of_step(self, shape: Any) -> Any:
        """The shape of one step."""
        if not isinstance(shape, (list, tuple)) or len(shape) < 3:
            raise ValueError(
                f"{self.name}: expected inputs of shape (batch, steps, ...); got {shape}."
            )
        return (shape[0], *shape[2:])

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        signature = call_signature(type(self.layer).call)
        masked = mask is not None and signature.takes_mask
        kwargs = {"training": training} if signature.takes_training else {}
        if any(
            v.dtype != "uint32" for v in self.layer.non_trainable_variables if not v.born_trainable
        ):
            return self._each(inputs, mask if masked else None, kwargs)
        shape = ops.shape(inputs)
        if masked:
            kwargs["mask"] = ops.reshape(mask, (-1, *ops.shape(mask)[2:]))
        y = self.layer.call(ops.reshape(inputs, (-1, *shape[2:])), **kwargs)
        return ops.reshape(y, (-1, shape[1], *ops.shape(y)[1:]))

    def _each(self, inputs: Any, mask: Any, kwargs: dict[str, Any]) -> Any:
        if inputs.shape[1] is None:
            raise ValueError(
                f"{self.name}: {self.layer.name} has statistics: the number of steps must be known."
            )
        steps = []
        for t in range(inputs.shape[1]):
            more = {} if mask is None else {"mask": mask[:, t]}
            steps.append(self.layer.call(inputs[:, t], **more, **kwargs))
        return ops.stack(steps, axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape that the layer makes of a step, with the steps behind the batch."""
        batch, *rest = self.layer.compute_output_shape(self.of_step(input_shape))
        return (batch, input_shape[1], *rest)

    def compute_output_spec(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        y = self.layer.compute_output_spec(KerasTensor(self.of_step(inputs.shape), inputs.dtype))
        return KerasTensor((y.shape[0], inputs.shape[1], *y.shape[1:]), y.dtype)
