"""Bidirectional: a recurrent layer run forwards, and another run backwards."""

from typing import Annotated, Any

from ... import ops
from ...core import tree
from ...core.fields import choice, field
from ...core.serialization import deserialize_keras_object
from ...core.symbolic import KerasTensor
from ..layer import Layer

MERGES = {
    "concat": lambda a, b: ops.concatenate([a, b], axis=-1),
    "sum": ops.add,
    "ave": lambda a, b: ops.multiply(ops.add(a, b), 0.5),
    "mul": ops.multiply,
}


def recurrent(layer: Any) -> Any:
    """`layer`, if it can be run in both directions."""
    needed = ("go_backwards", "return_sequences", "return_state", "stateful")
    if not isinstance(layer, Layer) or not all(hasattr(layer, n) for n in needed):
        raise ValueError("expected a recurrent layer such as LSTM")
    return layer


def turned(layer: Any, direction: str, backwards: bool) -> Any:
    """A layer like `layer`, of another name and direction."""
    name = layer.name.removeprefix("forward_").removeprefix("backward_")
    changes = {"name": f"{direction}_{name}", "go_backwards": backwards}
    return type(layer).from_config(layer.get_config() | changes)


class Bidirectional(Layer):
    """The outputs of a recurrent layer and of one like it that runs backwards, brought together.

    With `return_state` in the layer, the states of both follow. `initial_state` is a list: states
    of the forward layer, then of the backward layer.

    Args:
        layer: the layer, such as LSTM. It is copied.
        merge_mode: 'concat', 'sum', 'mul' or 'ave'; None: a pair of outputs.
        weights: arrays to begin with: those of the forward layer, then those of the backward layer.
        backward_layer: the layer that runs backwards; None: one like `layer`.
    """

    layer: Annotated[Any, recurrent]
    merge_mode: Annotated[Any, choice("concat", "sum", "mul", "ave", None)] = "concat"
    weights: Any = field(default=None, saved=False, attribute="initial_weights")
    backward_layer: Annotated[Any, recurrent] = None

    def setup(self) -> None:
        self.supports_masking = True
        backwards = self.layer.go_backwards
        self.layer = self.forward_layer = turned(self.layer, "forward", backwards)
        if self.backward_layer is None:
            self.backward_layer = turned(self.layer, "backward", not backwards)
        self._check()
        if (
            self.layer.return_sequences
        ):  # a masked step has no output of its own in either direction
            self.forward_layer.zero_output_for_mask = self.backward_layer.zero_output_for_mask = (
                True
            )
        self.stateful = self.layer.stateful
        self.return_sequences = self.layer.return_sequences
        self.return_state = self.layer.return_state
        self.input_spec = self.layer.input_spec

    def _check(self) -> None:
        one, other = self.forward_layer, self.backward_layer
        if one.go_backwards == other.go_backwards:
            raise ValueError(
                f"Bidirectional: both layers have go_backwards={one.go_backwards}: "
                "expected them to differ."
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(one, name) != getattr(other, name):
                raise ValueError(
                    f"Bidirectional: {name} differs between the layers: expected the same."
                )

    @property
    def go_backwards(self) -> bool:
        """Whether the forward layer begins at the end."""
        return self.forward_layer.go_backwards

    @property
    def states(self) -> Any:
        """The states that stateful layers keep: forward, then backward."""
        if self.forward_layer.states is None:
            return None
        return [*self.forward_layer.states, *self.backward_layer.states]

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape)
        if self.initial_weights is not None:
            self.set_weights(self.initial_weights)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None
    ) -> Any:
        first, second = {}, {}
        if initial_state is not None:
            half = len(initial_state) // 2
            first, second = (
                {"initial_state": s} for s in (initial_state[:half], initial_state[half:])
            )
        forth = self.forward_layer(sequences, mask=mask, training=training, **first)
        back = self.backward_layer(sequences, mask=mask, training=training, **second)
        states: list[Any] = []
        if self.return_state:
            states = [*forth[1:], *back[1:]]
            forth, back = forth[0], back[0]
        if self.return_sequences:
            back = ops.flip(back, axis=1)
        y = (forth, back) if self.merge_mode is None else MERGES[self.merge_mode](forth, back)
        if not self.return_state:
            return y
        return (*y, *states) if self.merge_mode is None else (y, *states)

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """The mask of the sequence where outputs of all steps are given; states have none."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        masks = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            layers = (self.forward_layer, self.backward_layer)
            masks += [None for layer in layers for _ in tree.flatten(layer.state_size)]
        return masks[0] if len(masks) == 1 else tuple(masks)

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """The shapes of the outputs and, with `return_state`, of the states."""
        shapes = [
            x.compute_output_shape(sequences_shape)
            for x in (self.forward_layer, self.backward_layer)
        ]
        states: list[Any] = []
        if self.return_state:
            states = [s for shape in shapes for s in shape[1:]]
            shapes = [shape[0] for shape in shapes]
        if self.merge_mode is None:
            return (*shapes, *states)
        y = shapes[0]
        if self.merge_mode == "concat":
            y = (*y[:-1], y[-1] + shapes[1][-1])
        return (y, *states) if self.return_state else y

    def compute_output_spec(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = None
    ) -> Any:
        shapes = self.compute_output_shape(sequences.shape)
        return tree.map_shape_structure(
            lambda s: KerasTensor(s, self.forward_layer.compute_dtype), shapes
        )

    def reset_state(self) -> None:
        """Let the next batch begin with states of zeros."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """An object made from what `get_config` gave."""
        layers = {n: config[n] for n in ("layer", "backward_layer") if config.get(n) is not None}
        return cls(
            **config | {n: deserialize_keras_object(c, custom_objects) for n, c in layers.items()}
        )
