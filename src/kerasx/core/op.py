"""`@op` and its families: one declaration gives eager execution, shape and dtype
inference on symbols, a node of a graph, and documentation.

    @binary(promote)                                  # empty body: a primitive. Each backend
    def add(x1: Tensor, x2: Tensor) -> Tensor: ...    # defines `add`, or lists it as UNSUPPORTED.

    @op()                                             # with a body: derived from other ops. A
    def gelu(x: Tensor) -> Tensor: return 0.5 * x ... # backend may still define a faster `gelu`.

Binding happens once, at import: the function that a decorator returns already holds the
engine's own function. A backend's function receives tensors of the computed dtype and
canonical arguments, and returns the declared output dtype; nobody casts afterwards.
"""

import inspect
from collections.abc import Callable
from functools import cache, cached_property, update_wrapper
from typing import Any, TypeVar

from ..backends import current as backend
from . import dtypes, masks
from .arguments import Binder, each, leaves, many, opened, own_dtype, saying_sparse, shaped
from .graph import recorded
from .naming import auto_name
from .operation import Operation
from .refusal import REFUSALS, refusal
from .rules import narrow, narrowed, ready_for
from .scope import LOCAL, quietly
from .shapes import broadcast, normalize_axes, reduced
from .sparse import sparse_call
from .symbolic import REGISTRY, KerasTensor, is_symbolic, recording
from .variable import Variable, unwrap

Tensor = Any  # annotation that marks the tensors (and lists of tensors) among parameters
F = TypeVar("F", bound=Callable[..., Any])
STORED = backend.read is None  # whether what a variable stores is its tensor
SPARSE = backend.is_sparse is not None  # whether there may be sparse tensors
FAST = backend.FAST  # exact types of concrete tensors: eager calls leave by the fast door
DECLARATIONS: list["Declaration"] = []


def op(*, shape=None, dtype=None, spec=None, door=None) -> Callable[[F], F]:
    """Declare an op. With none of the arguments, its body is run on symbols and tensors alike.

    shape: rule from the arguments (tensors have `shape`, `ndim`, `dtype`) to the output's shape.
    dtype: rule from the dtype names of the tensors to (dtype to compute in, dtype of the output).
    spec: in place of `shape`, a rule from the arguments to KerasTensors: for several outputs, or
        where the dtype hangs on an argument that is no tensor.
    door: how an eager call reaches the engine.
    """

    def declare(fn: F) -> F:
        declaration = Declaration(fn, shape, dtype, spec, door or general_door)
        call = update_wrapper(declaration.bind(), fn)
        call.declaration = declaration  # type: ignore[attr-defined]
        declaration.call = REGISTRY[declaration.name] = call
        return call  # type: ignore[return-value]

    return declare


class Declaration:
    """What is known of an op: its signature, its rules and, where it is derived, its body."""

    call: Callable[..., Any]

    def __init__(self, fn, shape, dtype, spec, door):
        self.fn, self.name = fn, fn.__name__
        self.shape, self.spec, self.door = shape, spec, door
        hints = fn.__annotations__
        self.tensors = [n for n in hints if hints[n] is Tensor and n != "return"]
        self.derived = not is_stub(fn)
        self.native: Any = getattr(backend, self.name, None)
        if hasattr(self.native, "body"):  # it knows when the body has to do
            self.native.body = fn
        self.declared = dtype
        self.rule = narrowed(dtype) if dtype else None
        self.ready = ready_for(self.rule)
        DECLARATIONS.append(self)

    @property
    def in_place(self) -> bool:
        """Whether each step of a sequence stays where it is."""
        return self.door in (unary_door, binary_door) or self.name in masks.IN_PLACE

    signature = cached_property(lambda self: inspect.signature(self.fn))
    bound = cached_property(lambda self: Binder(self.signature))  # binds the arguments of a call

    @cached_property
    def lists(self) -> set[str]:
        """The arguments that are lists of tensors."""
        return self.bound.variadic | {*(self.tensors[:1] if self.door is list_door else ())}

    def bind(self, native=None) -> Callable[..., Any]:
        """The callable for users; `native` stands in for the backend's function."""
        native = native or self.native or (self.fn if self.derived else None)
        if native is None:
            return missing(self.name)
        if self.opens(native):
            return body_door(native, self)
        if native is self.fn and self.shape and backend.STRONG_SCALARS:
            native = settled(native, self)
        return self.door(native, self)

    def opens(self, native) -> bool:
        """Whether `native` is a body that gets what was given, to hand it on to other ops."""
        alone = native is self.fn and not self.rule and self.door is general_door
        return alone or not self.tensors

    def convert(self, *tensors: Any) -> list[Any]:
        """`tensors` as the engine's, in the dtype to compute in."""
        names = [dtypes.name_of(x) for x in tensors]
        to = self.rule(*names)[0] if self.rule else None
        return [backend.convert(x, to or own_dtype(x, n)) for x, n in zip(tensors, names)]

    def careful(self, native, *tensors: Any, **kwargs: Any) -> Any:
        """What `native` gives of tensors that are converted first, or of sparse ones."""
        converted: Any = self.convert(*tensors)
        if SPARSE:
            native, converted = sparse_call(backend, self.name, native, converted)
        return native(*converted, **kwargs)

    def slow(self, native, *args: Any, **kwargs: Any) -> Any:
        """The careful path: symbols, Python scalars, lists, variables, mixed dtypes."""
        if is_symbolic(args) or (kwargs and is_symbolic(kwargs.values())):
            return self.infer(args, kwargs)
        call = self.signature.bind(*args, **kwargs)
        values = call.arguments
        for n in self.tensors:
            if n in values:
                values[n] = opened(each(values[n]) if n in self.lists else values[n])
        flat = self.convert(*leaves(values, self.tensors))
        if SPARSE:
            native, flat = sparse_call(backend, self.name, native, flat)
        rest = iter(flat)
        for n in self.tensors:
            v = values.get(n)
            if v is not None:
                values[n] = (
                    [next(rest) if i is not None else None for i in v] if many(v) else next(rest)
                )
        return native(*call.args, **call.kwargs)

    def infer(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Shape and dtype of a call on symbols, recorded as one node of the graph."""
        call = self.bound(args, kwargs)
        to = dtype = None
        if self.rule or self.shape:  # from the values as they are given: a Python number is weak
            names = map(dtypes.name_of, leaves(call.arguments, self.tensors))
            to, dtype = (self.rule or narrowed(dtypes.keep))(*names)
        if self.spec or self.shape or self.rule:
            for n in self.tensors:
                if n in call.arguments:
                    call.arguments[n] = shaped(call.arguments[n], to)
        if self.spec:
            out = self.spec(*call.args, **call.kwargs)
        elif self.shape:
            out = KerasTensor(self.shape(*call.args, **call.kwargs), dtype)
        else:
            with quietly():
                out = self.fn(*call.args, **call.kwargs)  # None dims flow through the rules inside
        if SPARSE and not self.opens(self.native or self.fn):
            out = saying_sparse(self.name, list(leaves(call.arguments, self.tensors)), out)
        if not recording():
            return out
        out = recorded(OpCall(self), args, kwargs, out)
        masks.pass_on((args, kwargs), out, self.in_place)
        masks.say_lost(f"ops.{self.name}", (args, kwargs), out)
        return out


class OpCall(Operation):
    """A call of an op as it stands in a graph."""

    def __init__(self, declaration: Declaration, name: str | None = None):
        self.declaration = declaration
        self.name = name or auto_name(declaration.name)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        out = self.declaration.call(*args, **kwargs)
        if masks.TABLE:
            masks.pass_on((args, kwargs), out, self.declaration.in_place)
        return out

    __call__ = call


# -- Doors: how an eager call reaches the engine ------------------------------------------------
def unary_door(native, declaration: Declaration):
    ready = declaration.ready

    def call(x):
        try:  # costs nothing where nothing is raised
            if type(x) in FAST and x.dtype in ready:
                return native(x)
            if type(x) is KerasTensor:
                return declaration.infer((x,), {})
            return declaration.careful(native, unwrap(x))
        except REFUSALS as error:
            raise refusal(declaration, error, x) from error

    return renamed(call, declaration)


def binary_door(native, declaration: Declaration):
    ready = declaration.ready
    # engines take Python numbers beside tensors; the ops of a body would not know them as weak
    beside = weak if native is declaration.native else none

    def call(x1, x2):
        if type(x2) is Variable:  # a weight: the usual second operand of a layer
            if type(x1) is KerasTensor and LOCAL.quiet:  # whose shape is known without its value
                return declaration.infer((x1, x2), {})
            x2 = x2.stored if STORED and LOCAL.plain else x2.value
        try:
            if type(x1) in FAST:
                d1 = x1.dtype
                if type(x2) in FAST:
                    if (d1 is (d2 := x2.dtype) or d1 == d2) and d1 in ready:
                        return native(x1, x2)
                elif type(x2) in beside(d1) and d1 in ready:
                    return native(x1, x2)
            if type(x1) is Variable:
                return call(x1.value, x2)
            if type(x1) is KerasTensor or type(x2) is KerasTensor:
                return declaration.infer((x1, x2), {})
            return declaration.careful(native, x1, x2)
        except REFUSALS as error:
            raise refusal(declaration, error, x1, x2) from error

    return renamed(call, declaration)


@cache
def weak(dtype) -> tuple[type, ...]:
    """Python scalar types that leave a tensor of `dtype` as it is."""
    name = dtypes.engine_name(dtype)
    if name in backend.STRONG_SCALARS:
        return ()
    return (float, int) if dtypes.is_float(name) else (int,) if dtypes.is_int(name) else ()


def renamed(call, declaration: Declaration):
    """`call`, with its parameters under the names that the op declares: they may be keywords,
    too."""
    code, names = call.__code__, tuple(declaration.fn.__code__.co_varnames)
    own = names[: code.co_argcount]
    call.__code__ = code.replace(co_varnames=own + code.co_varnames[code.co_argcount :])
    return call


def settled(body, declaration: Declaration):
    """`body` for an engine where dtypes grow beside Python numbers: its results are cast to the
    dtype that is declared."""
    rule, strong = declaration.rule, backend.STRONG_SCALARS
    grown = backend.DTYPES["float32"]

    def call(*args, **kwargs):
        out = body(*args, **kwargs)
        if not rule or getattr(out, "dtype", None) != grown:
            return out
        if type(args[0] if args else None) in FAST and args[0].dtype == grown:
            return out
        given = declaration.signature.bind(*args, **kwargs).arguments
        name = rule(*map(dtypes.name_of, leaves(given, declaration.tensors)))[1]
        return backend.cast(out, name) if name in strong else out

    return call


def none(dtype) -> tuple[type, ...]:
    """No Python scalar types."""
    return ()


def reduction_door(native, declaration: Declaration):
    ready = declaration.ready

    def call(x, axis=None, keepdims=False):
        try:
            if type(x) in FAST and x.dtype in ready:
                return native(x, axis=one_or_many(axis, x.ndim), keepdims=keepdims)
            if type(x) is KerasTensor:
                return declaration.infer((x,), {"axis": axis, "keepdims": keepdims})
            (x,) = declaration.convert(unwrap(x))
            one = one_or_many(axis, len(x.shape))
            return declaration.careful(native, x, axis=one, keepdims=keepdims)
        except REFUSALS as error:
            raise refusal(declaration, error, x, axis, keepdims) from error

    return call


def general_door(native, declaration: Declaration):
    """Fast where the tensors come by position, and are the engine's own in one ready dtype."""
    ready, slow, tensors = declaration.ready, declaration.slow, set(declaration.tensors)
    parameters = list(declaration.signature.parameters.values())
    places = [i for i, p in enumerate(parameters) if p.name in tensors]
    if places == [0] and parameters[0].kind is not parameters[0].VAR_POSITIONAL:

        def call(*args, **kwargs):
            try:
                if args and type(args[0]) in FAST and args[0].dtype in ready:
                    return native(*args, **kwargs)
                return slow(native, *args, **kwargs)
            except REFUSALS as error:
                raise refusal(declaration, error, *args, **kwargs) from error

        return call

    first, last = places[0], places[-1] + 1
    apart = last - first > len(places)  # other arguments stand between the tensors
    last = None if parameters[last - 1].kind is inspect.Parameter.VAR_POSITIONAL else last

    def call_many(*args, **kwargs):
        if STORED and LOCAL.plain:
            args = [x.stored if type(x) is Variable else x for x in args]
        dtype = None
        try:
            for x in [args[i] for i in places if i < len(args)] if apart else args[first:last]:
                if type(x) not in FAST:
                    if x is not None:
                        return slow(native, *args, **kwargs)
                elif dtype is None:  # not compared with: NumPy takes None for float64
                    dtype = x.dtype
                elif x.dtype != dtype:
                    return slow(native, *args, **kwargs)
            if dtype is None or dtype not in ready or not tensors.isdisjoint(kwargs):
                return slow(native, *args, **kwargs)
            return native(*args, **kwargs)
        except REFUSALS as error:
            raise refusal(declaration, error, *args, **kwargs) from error

    return call_many


def list_door(native, declaration: Declaration):
    """For ops whose first argument is a list of tensors."""
    ready, slow = declaration.ready, declaration.slow

    def call(*args, **kwargs):
        xs = args[0] if args else None
        try:
            if (
                type(xs) in (list, tuple)
                and xs
                and type(xs[0]) in FAST
                and (dtype := xs[0].dtype) in ready
                and all(type(x) in FAST and x.dtype == dtype for x in xs)
            ):
                return native(*args, **kwargs)
            return slow(native, *args, **kwargs)
        except REFUSALS as error:
            raise refusal(declaration, error, *args, **kwargs) from error

    return call


def indexed_door(native, declaration: Declaration):
    """For ops of a tensor and its indices, whose dtypes stay as they are."""
    slow = declaration.slow

    def call(*args, **kwargs):
        try:
            if len(args) > 1 and type(args[1]) in FAST:
                x = args[0]
                if type(x) is Variable and STORED and LOCAL.plain:
                    return native(x.stored, *args[1:], **kwargs)
                if type(x) in FAST:
                    return native(*args, **kwargs)
            return slow(native, *args, **kwargs)
        except REFUSALS as error:
            raise refusal(declaration, error, *args, **kwargs) from error

    return call


def body_door(body, declaration: Declaration):
    infer = declaration.infer

    def call(*args, **kwargs):
        if is_symbolic(args) or (kwargs and is_symbolic(kwargs.values())):
            return infer(args, kwargs)
        try:
            return body(*args, **kwargs)
        except REFUSALS as error:
            raise refusal(declaration, error, *args, **kwargs) from error

    return call


# -- Families: a shape rule, a door, and a choice of dtype rule ---------------------------------
def unary(dtype) -> Callable[[F], F]:
    """Ops `(x)` that keep the shape."""
    return op(shape=lambda x: x.shape, dtype=dtype, door=unary_door)


def binary(dtype) -> Callable[[F], F]:
    """Ops `(x1, x2)` that broadcast."""
    return op(shape=lambda x1, x2: broadcast(x1.shape, x2.shape), dtype=dtype, door=binary_door)


def reduction(dtype) -> Callable[[F], F]:
    """Ops `(x, axis, keepdims)`; the backend gets one non-negative axis, or a sorted tuple of
    them."""

    def shape(x, axis=None, keepdims=False):
        return reduced(x.shape, axes_of(axis, x.ndim), keepdims)

    return op(shape=shape, dtype=dtype, door=reduction_door)


@cache
def _axes_of(axis, ndim: int) -> tuple[int, ...]:
    return normalize_axes(axis, ndim)


@cache
def _one_or_many(axis, ndim: int) -> int | tuple[int, ...]:
    axes = normalize_axes(axis, ndim)
    return axes[0] if len(axes) == 1 else axes


def one_or_many(axis, ndim: int) -> int | tuple[int, ...]:
    """As `axes_of`, with the axis itself where there is just one (engines are quicker so)."""
    return _one_or_many(tuple(axis) if type(axis) is list else axis, ndim)


def axes_of(axis, ndim: int) -> tuple[int, ...]:
    """`axis` (None, int or tuple) as a sorted tuple of distinct, non-negative axes."""
    return _axes_of(tuple(axis) if type(axis) is list else axis, ndim)


def is_stub(fn) -> bool:
    """Whether a body holds nothing but a docstring or `...`."""
    code = fn.__code__
    return not code.co_names and set(code.co_consts) <= {fn.__doc__, None, Ellipsis}


def missing(name: str):
    """Stands for an op that this engine does not have."""
    reason = backend.UNSUPPORTED.get(name, "it is not in the backend")

    def fail(*_, **__):
        raise NotImplementedError(
            f"ops.{name} is not available on the {backend.NAME} backend: {reason}."
        )

    return fail
