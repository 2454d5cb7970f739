"""Layer: a function of tensors with variables of its own."""

from collections.abc import Callable
from typing import Annotated, Any

from .. import ops, regularizers
from ..backends import current as backend
from ..core import dtypes, masks, tree
from ..core.fields import Configurable, field
from ..core.graph import recorded
from ..core.op import FAST
from ..core.operation import Operation
from ..core.registry import is_own
from ..core.scope import (
    LOCAL,
    Scope,
    aloud,
    computing_in,
    current_path,
    for_good,
    name_scope,
    quietly,
)
from ..core.serialization import serialize_keras_object
from ..core.structure import STRUCTURE
from ..core.symbolic import KerasTensor, recording
from ..core.tracking import found, may_own
from ..core.variable import Variable, unwrap
from .call import (
    CallContext,
    all_ready,
    are_ready,
    as_shapes,
    build_parameters,
    call_signature,
    has_arrays,
    is_array,
    is_symbolic_call,
    masks_of,
    shapes_of,
    told_by_call,
    whole,
)  # fmt: skip
from .input_spec import check_inputs
from .remat import remat
from .state import IN_ORDER, UNTRACKED, Record, State


def given_name(name: str | None) -> str:
    """A name as it is given; the setter of `name` checks it, and finds one where it is None."""
    return name  # type: ignore[return-value]


TRAINING = {"training"}


class Layer(Configurable, State, backend.Module, Operation):
    """A function of tensors with variables of its own: the base of all layers.

    A subclass gives `call(self, inputs, ...)`, and `build(self, input_shape)` where it has
    variables, made by `self.add_weight(...)`. It is built by its first call.

    Args:
        activity_regularizer: a regularizer of the output, or its name.
        trainable: whether `fit` may change the variables.
        dtype: a dtype, or a policy such as 'mixed_float16'.
        autocast: whether float inputs are brought to the compute dtype.
        name: name, without '/'.
    """

    activity_regularizer: Annotated[Any, regularizers.get] = field(
        default=None, kw_only=True, hidden=True, saved="changed"
    )
    trainable: bool = field(
        default=True, kw_only=True, hidden=True, attribute="_trainable", converter=bool
    )
    dtype: Any = field(default=None, kw_only=True, hidden=True, saved=False)
    autocast: bool = field(default=True, kw_only=True, hidden=True, saved="changed")
    name: str = field(default=None, kw_only=True, hidden=True, converter=given_name)

    makes_masks = False  # whether outputs get masks where inputs have none
    _of_layers = False  # whether `call` does nothing but call layers
    _casts_inputs = True  # False: what is inside knows the dtypes that it takes

    def __new__(cls, *args: Any, **kwargs: Any):
        self = super().__new__(cls, *args, **kwargs)
        self.__dict__.update(
            _kx=Record(), built=False, _trainable=True, activity_regularizer=None, autocast=True
        )
        self._kx.remat = LOCAL.remat
        self.dtype_policy = None
        return self

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = whole(cls.build)
        if "call" in cls.__dict__ and "compute_output_spec" not in cls.__dict__:
            cls.compute_output_spec = told_by_call(cls)

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(getattr(type(self), name, None), property) or name == "__dict__":
            object.__setattr__(self, name, value)
            return
        if self._kx.locked and isinstance(value, Variable) and not LOCAL.quiet:
            raise ValueError(f"{self.name} is built: it cannot get the new variable {name!r}.")
        self.__dict__[name] = value
        if may_own(type(value)):
            self._adopt(name, value)

    def _adopt(self, name: str, value: Any) -> None:
        """Tell the engine's module of the variables and layers in `value`."""
        if name in IN_ORDER:
            return
        for path, child in found(name, value):
            STRUCTURE.changed()
            waits = isinstance(child, Variable) and child.awaited is not None
            if waits and LOCAL.awaiting is not None and is_own(type(self)):
                LOCAL.awaiting.adoptions.append((self, path, child))
            elif isinstance(child, (Variable, Layer)):
                backend.Module.adopt(self, path, child)

    # -- Calls ------------------------------------------------------------------------------------
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        kx, context = self._kx, LOCAL.call
        if not kx.direct or not LOCAL.plain or masks.TABLE:
            return self._call_any(args, kwargs)
        if len(args) == 1:
            x = args[0]
            if (
                x.dtype in kx.ready and (kx.any_shape or x.shape == kx.seen)
                if type(x) in FAST
                else type(x) is list and kx.any_shape and all_ready(x, kx.ready)
            ):
                if kwargs.keys() == TRAINING and kx.takes_training:
                    if context is None:
                        return self._call_outermost(x, **kwargs)
                elif not kwargs:
                    if context is None:
                        return self.call(x) if kx.own else self._call_outermost(x)
                    if context.training is None or not kx.takes_training:
                        return self.call(x)
                    return self.call(x, training=context.training)
        elif context is not None and kx.any_shape and are_ready(args, kwargs, kx.ready):
            if context.training is None or not kx.takes_training:
                return self.call(*args, **kwargs)
            return self.call(*args, training=context.training, **kwargs)
        return self._call_any(args, kwargs)

    def _call_outermost(self, x: Any, training: Any = None) -> Any:
        """A call on one ready tensor, in a context of its own."""
        LOCAL.call = CallContext(training)
        try:
            return self.call(x) if training is None else self.call(x, training=training)
        finally:
            LOCAL.call = None

    def _call_any(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """A call in full: conversion, building, masks, training, losses."""
        signature = call_signature(type(self).call)
        alone = len(args) == 1 and not kwargs
        if not self.built:
            self._follow_policy(current_path(self.name))
        args, kwargs = tree.map_structure(self._converted, (args, kwargs))
        training = kwargs.get("training")
        if not signature.takes_training and not signature.variadic:
            kwargs.pop("training", None)  # for the layers inside, if not for this one
        named = signature.bind(self, args, kwargs)
        first = named.get(signature.first) if signature.first else None
        if self.input_spec is not None:
            check_inputs(self.input_spec, first, self.name)
        with name_scope(self.name), computing_in(self._kx.autocast):
            if not self.built:
                self._build_for(named)
            if self.input_spec is not None:  # `build` may know more
                check_inputs(self.input_spec, first, self.name)
            self._pass_masks(signature, named, kwargs)
            outer = LOCAL.call
            if training is None and outer is not None:
                training = outer.training
            absent = named.get("training") is None
            if signature.takes_training and training is not None and absent:
                kwargs["training"] = training
            LOCAL.call = (
                outer
                if outer is not None and outer.training is training
                else CallContext(training, outer and outer.added)
            )
            try:
                outputs = self._call_for(args, kwargs, is_symbolic_call(named))
                self._after(first, outputs, outer is None)
            finally:
                LOCAL.call = outer
        if alone and first is not None and type(first) in FAST:
            self._kx.seen = first.shape
        return outputs

    def _call_for(self, args: tuple, kwargs: dict[str, Any], symbolic: bool) -> Any:
        if not symbolic:
            call = self.call
            if self._kx.remat is not None:
                call = self.rematerialized_call(call, *args, **kwargs)
            return unwrap(call(*args, **kwargs))
        outputs = self.compute_output_spec(*args, **kwargs)
        return recorded(self, args, kwargs, outputs) if recording() else outputs

    def rematerialized_call(
        self, layer_call: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> Callable[..., Any]:
        """`layer_call`; computed again in the backward pass, where the `RematScope` that the layer
        was made in says so for these arguments."""
        scope = self._kx.remat
        takes = scope is not None and scope.takes(self, args, kwargs)
        return remat(layer_call) if takes else layer_call

    def _converted(self, x: Any) -> Any:
        """An argument of a call: arrays as tensors, floats in the compute dtype."""
        if is_array(x) or isinstance(x, Variable):
            casts = self.autocast and self._casts_inputs
            return self._kx.policy.convert_input(x, casts, self.compute_dtype)
        return x

    def _pass_masks(self, signature: Any, named: dict[str, Any], kwargs: dict[str, Any]) -> None:
        """Give `call` the masks of its arguments, as `mask` or `<argument>_mask`."""
        for k, (name, value) in enumerate(list(named.items())):
            if not has_arrays(value):
                continue
            for parameter in (f"{name}_mask", "mask") if k == 0 else (f"{name}_mask",):
                if parameter in signature.names and named.get(parameter) is None:
                    if (mask := masks_of(value)) is not None:
                        kwargs[parameter] = mask

    def _after(self, inputs: Any, outputs: Any, outermost: bool) -> None:
        """What follows a call: the activity regularizer's loss, and the masks of the outputs."""
        if self.activity_regularizer is not None:
            for y in tree.flatten(outputs):
                if is_array(y) and not isinstance(y, KerasTensor):
                    batch = ops.shape(y)[0] if y.ndim else 1  # the loss is a mean over samples
                    self.add_loss(ops.divide(self.activity_regularizer(y), batch))
        previous = masks_of(inputs)
        if self.supports_masking:
            if any(masks.get_mask(y) is None for y in tree.flatten(outputs) if is_array(y)):
                mask = self.compute_mask(inputs, previous)
                if mask is not None:
                    flat = tree.flatten(mask)
                    for y, m in zip(tree.flatten(outputs), flat):
                        masks.set_mask(y, m)
        if previous is not None and outermost and not (self._hands_on_masks or self._heeds_masks):
            masks.say_lost(f"{self.name} ({type(self).__name__})", inputs, outputs)

    # -- Building ---------------------------------------------------------------------------------
    def build(self, input_shape: Any) -> None:
        """Make the variables for inputs of shape `input_shape`. For subclasses to define."""
        self.built = True

    def _build_for(self, named: dict[str, Any]) -> None:
        """Build for the shapes of the arguments of a call."""
        shapes = {n: shapes_of(v) for n, v in named.items() if has_arrays(v)}
        wanted = build_parameters(type(self).build)
        if type(self).build is Layer.build:
            config: dict[str, Any] = (
                {"input_shape": next(iter(shapes.values()), None)} if shapes else {}
            )
            self._kx.build_config = config
        elif len(wanted) == 1:
            config = {wanted[0]: next(iter(shapes.values()), None)}
        else:
            config = {f"{n}_shape": s for n, s in shapes.items() if f"{n}_shape" in wanted}
        with aloud():
            self._build_with(config)

    def _build_with(self, config: dict[str, Any]) -> None:
        """Build, inside of the layer's name scope."""
        self._kx.build_config, self._kx.building = config, True
        self._follow_policy("/".join(LOCAL.names))
        try:
            with computing_in(None), for_good():
                if type(self).build is not Layer.build:
                    self.build(**config)
        finally:
            self._kx.building = False
        self._finish_build()

    def _finish_build(self) -> None:
        self._kx.path = "/".join(LOCAL.names) or self.name
        self.built = True
        STRUCTURE.changed()
        for name, value in list(vars(self).items()):
            if isinstance(value, (list, tuple, dict, set)) and name not in UNTRACKED:
                self._adopt(name, value)  # what came in since
        attributes = set(map(id, vars(self).values()))
        for variable in self._kx.weights:
            if id(variable) not in attributes:
                self._adopt(variable.name, variable)
        if not self._trainable:
            self.trainable = False  # nor are the layers inside
        self._kx.own = is_own(type(self))
        self._kx.any_shape = self.input_spec is None
        self._kx.takes_training = call_signature(type(self).call).takes_training
        self._kx.direct = (
            self._kx.autocast is None
            and self.activity_regularizer is None
            and self._kx.remat is None
            and (not self.supports_masking or (is_own(self.compute_mask) and not self.makes_masks))
        )

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes that the layer was built with, or None."""
        shapes = self._kx.build_config
        if not shapes or len(shapes) > 1:
            return {"shapes_dict": shapes} if shapes else shapes
        return {"input_shape": next(iter(shapes.values()))}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Build with the shapes that `get_build_config` gave."""
        if config and not self.built:
            wanted = build_parameters(type(self).build)
            shapes = config.get("shapes_dict") or {wanted[0]: config["input_shape"]}
            with name_scope(self.name):
                self._build_with({n: as_shapes(s) for n, s in shapes.items()})

    @property
    def path(self) -> str:
        """Where the layer stands: the names of the layers around it and its own."""
        return self._kx.path or self.name

    # -- Inference of shapes and masks ------------------------------------------------------------
    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Shape and dtype of the outputs, as KerasTensors."""
        by_shape = type(self).compute_output_shape
        if not is_own(by_shape) or not (self.built or by_shape is Layer.compute_output_shape):
            shape = self.compute_output_shape(shapes_of(args[0]) if args else shapes_of(kwargs))
            return tree.map_shape_structure(lambda s: KerasTensor(s, self.compute_dtype), shape)
        return self._inferred(args, kwargs)

    _hands_on_masks = False  # whether the layers inside see to the masks

    @property
    def _heeds_masks(self) -> bool:
        """Whether a mask may end here: `call` takes it, or a user's `compute_mask` says so."""
        return self.supports_masking and (
            call_signature(type(self).call).takes_mask or not is_own(type(self).compute_mask)
        )

    _foreign = property(lambda self: not is_own(type(self).call), doc="Whether `call` is not ours.")

    def _inferred(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What `call` gives for KerasTensors."""
        with quietly():
            try:
                with Scope():  # what `call` writes to variables is not meant
                    return tree.map_structure(unwrap, self.call(*args, **kwargs))
            except Exception as symbolic_error:
                if not self._foreign:
                    raise
                # it may call the engine: let the engine say
                return self._ask_engine(symbolic_error, args, kwargs)

    def _ask_engine(self, symbolic_error: Exception, args: tuple, kwargs: dict[str, Any]) -> Any:
        """Shape and dtype of the outputs of an opaque `call`, by the engine's abstract
        evaluation."""
        leaves = tree.flatten((args, kwargs))
        symbols = [x for x in leaves if isinstance(x, KerasTensor)]

        def run(*tensors: Any) -> Any:
            rest = iter(tensors)
            filled = [next(rest) if isinstance(x, KerasTensor) else x for x in leaves]
            a, k = tree.pack_sequence_as((args, kwargs), filled)
            with Scope():
                return tree.map_structure(unwrap, self.call(*a, **k))

        try:
            return backend.infer(run, symbols)
        except Exception as engine_error:
            raise engine_error from symbolic_error

    def compute_output_shape(self, input_shape: Any, *more: Any, **kwargs: Any) -> Any:
        """The shape of the outputs, given the shapes of the inputs."""
        if not self.built and type(self).build is not Layer.build:
            raise NotImplementedError(
                f"{type(self).__name__}.compute_output_shape(): the layer is not built, so its "
                "shapes are not known."
            )

        def symbol(shape: Any) -> KerasTensor:
            return KerasTensor(shape, self.compute_dtype)

        spec = self.compute_output_spec(
            *(tree.map_shape_structure(symbol, a) for a in (input_shape, *more)), **kwargs
        )
        return tree.map_structure(lambda t: t.shape, spec)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the outputs, given that of the inputs."""
        return previous_mask

    def add_metric(self, *_: Any, **__: Any) -> None:
        """Raises NotImplementedError: metrics are given to `compile`, or held as attributes."""
        raise NotImplementedError(
            f"{type(self).__name__}.add_metric(): give metrics to compile(metrics=[...]), or make "
            "one an attribute and call its update_state()."
        )

    # -- Pure calls -------------------------------------------------------------------------------
    def stateless_call(
        self,
        trainable_variables: Any,
        non_trainable_variables: Any,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> Any:
        """A call that reads the given values and changes nothing.

        Returns (outputs, non-trainable values after the call), and the losses if asked for.
        """
        if not self.built:
            raise ValueError(f"{self.name}.stateless_call(): the layer is not built yet.")
        pairs = []
        for kind, given in (
            ("trainable", trainable_variables),
            ("non_trainable", non_trainable_variables),
        ):
            own = getattr(self, f"{kind}_variables")
            if len(own) != len(given):
                raise ValueError(
                    f"{self.name}.stateless_call(): expected {len(own)} {kind}_variables; got "
                    f"{len(given)}."
                )
            pairs += zip(own, given)
        with Scope(
            (v, getattr(x, "value", x) if isinstance(x, Variable) else x) for v, x in pairs
        ) as scope:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
            after = [scope.read(v) for v in self.non_trainable_variables]
        return (outputs, after, losses) if return_losses else (outputs, after)

    # -- Config -----------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        config = super().get_config()
        base = {"name": self.name, "trainable": self.trainable}
        base["dtype"] = serialize_keras_object(self.dtype_policy)
        return base | {k: v for k, v in config.items() if k not in base}

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
