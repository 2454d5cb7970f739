"""How a layer's `call` and `build` are to be called: read once from their signatures."""

import inspect
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from ..core import tree
from ..core.masks import get_mask
from ..core.op import FAST
from ..core.scope import name_scope
from ..core.symbolic import KerasTensor

SWITCHES = {bool, type(None)}  # types of arguments that need no preparation


class CallContext:
    """What the outermost layer call tells those inside of it."""

    __slots__ = ("added", "training")

    def __init__(self, training: Any, added: list[Any] | None = None):
        self.training = training
        self.added = added  # where (layer, loss) are gathered, if not in the layers


class CallSignature:
    """The parameters of a `call` method."""

    def __init__(self, fn: Any):
        self.signature = inspect.signature(fn)
        parameters = list(self.signature.parameters.values())[1:]
        self.names = [p.name for p in parameters]
        self.variadic = any(p.kind is p.VAR_KEYWORD for p in parameters)
        self.known = set(self.names)
        self.plain = all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)
        self.required = sum(p.default is p.empty for p in parameters)
        self.takes_training = "training" in self.names
        self.takes_mask = "mask" in self.names
        self.first = self.names[0] if self.names else None

    def bind(self, owner: Any, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments by name; TypeError names the layer where they do not fit."""
        if self.plain and self.required <= len(args) <= len(self.names):
            named = dict(zip(self.names, args))
            if not kwargs:
                return named
            if kwargs.keys() <= self.known and not named.keys() & kwargs.keys():
                return named | {n: kwargs[n] for n in self.names if n in kwargs}
        try:
            bound = self.signature.bind(owner, *args, **kwargs).arguments
        except TypeError as e:
            raise TypeError(f"{type(owner).__name__}.call(): {e}.") from None
        named = dict(list(bound.items())[1:])
        for n, p in self.signature.parameters.items():
            if p.kind is p.VAR_KEYWORD and n in named:
                named |= named.pop(n)
        return named


@cache
def call_signature(fn: Any) -> CallSignature:
    """The signature of the `call` function of a class."""
    return CallSignature(fn)


@cache
def build_parameters(fn: Any) -> tuple[str, ...]:
    """Names of the parameters of a `build` function of a class."""
    return tuple(
        n
        for n, p in list(inspect.signature(fn).parameters.items())[1:]
        if p.kind is p.POSITIONAL_OR_KEYWORD
    )


def all_ready(tensors: list[Any] | tuple[Any, ...], ready: frozenset[Any]) -> bool:
    """Whether all are tensors of the engine in one of these dtypes."""
    return all(type(x) in FAST and x.dtype in ready for x in tensors)


def are_ready(args: tuple[Any, ...], kwargs: dict[str, Any], ready: frozenset[Any]) -> bool:
    """Whether a call's arguments need no preparation: such tensors, and switches but `training`."""
    return (
        all_ready(args, ready)
        and len(args) > 0
        and "training" not in kwargs
        and SWITCHES.issuperset(map(type, kwargs.values()))
    )


def is_array(x: Any) -> bool:
    """Whether `x` has a shape and a dtype."""
    return hasattr(x, "shape") and hasattr(x, "dtype")


def has_arrays(structure: Any) -> bool:
    """Whether a structure holds tensors."""
    return any(map(is_array, tree.flatten(structure)))


def shapes_of(structure: Any) -> Any:
    """The shapes of a structure of tensors."""
    return tree.map_structure(lambda x: tuple(x.shape) if is_array(x) else None, structure)


def masks_of(structure: Any) -> Any:
    """The masks of a structure of tensors; None where there is not one."""
    masks = tree.map_structure(get_mask, structure)
    return None if all(m is None for m in tree.flatten(masks)) else masks


def is_symbolic_call(arguments: dict[str, Any]) -> bool:
    """Whether a KerasTensor is among the arguments, at any depth."""
    return any(type(x) is KerasTensor for x in tree.flatten(list(arguments.values())))


def told_by_call(cls: type) -> Callable[..., Any]:
    """The inherited `compute_output_spec` of `cls`, with the parameters of its `call`."""
    inherited = cls.compute_output_spec  # type: ignore[attr-defined]

    @wraps(inherited)
    def compute_output_spec(self: Any, *args: Any, **kwargs: Any) -> Any:
        return inherited(self, *args, **kwargs)

    compute_output_spec.__signature__ = call_signature(cls.call).signature  # type: ignore[attr-defined]
    return compute_output_spec


def as_shapes(structure: Any) -> Any:
    """`structure` with its shapes as tuples (files have lists)."""
    return None if structure is None else tree.map_shape_structure(tuple, structure)


def whole(build: Callable[..., None]) -> Callable[..., None]:
    """`build` as users call it: inside of the layer's name scope, and leaving it built."""
    names = build_parameters(build)

    @wraps(build)
    def outer(self: Any, *args: Any, **kwargs: Any) -> None:
        if self._kx.building:
            build(self, *args, **kwargs)
            return
        shapes = dict(zip(names, args)) | kwargs
        with name_scope(self.name):
            self._build_with({n: as_shapes(s) for n, s in shapes.items()})

    return outer
