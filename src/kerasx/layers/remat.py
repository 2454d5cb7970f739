"""Rematerialization: what the backward pass needs is computed again, not kept."""

from collections.abc import Callable, Iterable
from functools import wraps
from math import prod
from typing import Any

from .. import ops
from ..backends import current as backend
from ..core import masks, tree
from ..core.scope import LOCAL, Scope, quietly
from ..core.symbolic import KerasTensor
from ..core.variable import Variable
from ..ops.frames import arrays_as_tensors, full_value, has_symbols, joined, split
from .call import CallContext, is_array

MODES = ("full", "activations", "larger_than", "list_of_layers", None)


class RematScope:
    """While open, the layers that are made compute their inside again in the backward pass.

    That takes memory for the inputs of layers alone, and the time of one more forward pass.

    Args:
        mode: 'full': all layers, but for models made of layers; 'activations': activation functions
            alone; 'larger_than': layers with an output of more than `output_size_threshold`
            elements, the batch counted; 'list_of_layers': those named in `layer_names`; None: none.
        output_size_threshold: how many elements an output may have, for 'larger_than'.
        layer_names: names of layers, for 'list_of_layers'.
    """

    def __init__(
        self,
        mode: str | None = "full",
        output_size_threshold: int = 1024,
        layer_names: Iterable[str] | None = None,
    ):
        if mode not in MODES:
            raise ValueError(f"RematScope: mode={mode!r}: expected one of {MODES}.")
        if isinstance(layer_names, str):
            raise ValueError(f"RematScope: layer_names={layer_names!r}: expected a list of names.")
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = list(layer_names or ())
        self._outer: list[Any] = []

    def __enter__(self):
        self._outer.append(LOCAL.remat)
        LOCAL.remat = self if self.mode else None
        return self

    def __exit__(self, *_: Any):
        LOCAL.remat = self._outer.pop()

    def takes(self, layer: Any, args: tuple, kwargs: dict[str, Any]) -> bool:
        """Whether this call of `layer` is to be made again in the backward pass."""
        if self.mode == "list_of_layers":
            return layer.name in self.layer_names
        if self.mode == "activations" or (layer._of_layers and not layer._foreign):
            return False
        return self.mode == "full" or any(
            n > self.output_size_threshold for n in sizes(layer, args, kwargs)
        )


def sizes(layer: Any, args: tuple, kwargs: dict[str, Any]) -> list[float]:
    """How many elements the outputs of a call have; infinity where a size is not known."""

    def symbol(x: Any) -> Any:
        return KerasTensor(x.shape, ops.dtype(x)) if is_array(x) else x

    args, kwargs = tree.map_structure(symbol, (args, kwargs))
    outer, LOCAL.call = LOCAL.call, CallContext(None, [])  # losses go nowhere
    try:
        with quietly():
            outputs = layer.compute_output_spec(*args, **kwargs)
    finally:
        LOCAL.call = outer
    shapes = [y.shape for y in tree.flatten(outputs) if y is not None]
    return [float("inf") if None in s else prod(s) for s in shapes]


def remat(f: Callable) -> Callable:
    """`f`, which the backward pass computes again: of the first time its arguments alone are kept.

    It may read and write variables, draw, and call layers, as if it ran once.
    """

    @wraps(f, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        given = arrays_as_tensors((args, kwargs))
        return f(*args, **kwargs) if has_symbols(given) else Repeatable(f, given).run()

    return call


class First(Scope):
    """While open, all that is read of variables is kept: it is the same the second time."""

    def read(self, variable: Any) -> Any:
        if variable in self.written:
            return self.written[variable]
        if variable not in self.values:
            self.values[variable] = super().read(variable)
        return self.values[variable]


class Repeatable:
    """A call of `f` that can be made twice, and leaves what one would leave."""

    out: Any  # the structure of the outputs
    counts: tuple[int, int]  # how many tensors these are, and how many have masks
    masked: list[int]
    variables: list[Variable]  # that are written
    owners: list[Any]  # the layers that add losses

    def __init__(self, f: Callable, given: Any):
        self.f = f
        self.xs, self.frame = split(given)
        self.masks = masks.masks_in(self.xs)
        self.circumstances = dict(vars(LOCAL))
        self.values: dict[Any, Any] = {}
        self.held = [] if backend.CAPTURES else stand_ins(LOCAL.scope)

    def again(self, *tensors: Any) -> list[Any]:
        """The call on other tensors: outputs, their masks, what is written, and losses."""
        xs, held = tensors[: len(self.xs)], tensors[len(self.xs) :]
        now, outer = vars(LOCAL).copy(), self.circumstances.get("call")
        restore(self.circumstances)  # the backward pass may run elsewhere, and in another thread
        added: list[Any] = []
        LOCAL.call = outer and CallContext(outer.training, added)
        try:
            masks.set_masks(list(xs), self.masks)
            args, kwargs = joined(xs, self.frame)
            with First(self.values | dict(zip(self.held, held))) as scope:
                out = self.f(*args, **kwargs)
        finally:
            restore(now)
        ys, self.out = split(out)
        found = {k: m for k, m in enumerate(masks.masks_in(ys)) if m is not None}
        self.counts, self.masked = (len(ys), len(found)), list(found)
        self.variables, self.owners = list(scope.written), [layer for layer, _ in added]
        self.values = scope.values
        return [*ys, *found.values(), *scope.written.values(), *(loss for _, loss in added)]

    def run(self) -> Any:
        """What `f` gives; its writes and losses are made good."""
        scope: Any = LOCAL.scope  # there is one where anything is held
        held = [scope.read(v) for v in self.held]
        given: Any = backend.rematerialized(self.again, *self.xs, *held)
        found = iter(given)
        ys, found_masks = ([next(found) for _ in range(n)] for n in self.counts)
        for k, mask in zip(self.masked, found_masks):
            masks.set_mask(ys[k], mask)
        for variable in self.variables:
            if self.values.get(variable) is variable.stored:  # which may be changed in place
                self.values[variable] = ops.copy(full_value(variable))
            variable.write(next(found))
        for layer, loss in zip(self.owners, found):
            layer.add_loss(loss)
        return joined(ys, self.out)


def restore(circumstances: dict[str, Any]) -> None:
    """Let LOCAL be as it was."""
    vars(LOCAL).clear()
    vars(LOCAL).update(circumstances)


def stand_ins(scope: Scope | None) -> list[Variable]:
    """Variables that have other values in the open scopes, with respect to which somebody may
    differentiate."""
    found: dict[Variable, None] = {}
    while scope is not None:
        found |= dict.fromkeys((*scope.values, *scope.written))
        scope = scope.outer
    return list(found)
