"""What a layer owns: its name and dtype, variables, sublayers and losses."""

import warnings
from functools import cache
from typing import Any

import numpy as np

from .. import constraints, initializers, regularizers
from ..backends import current as backend
from ..core import dtypes, policy, tree
from ..core.naming import auto_name, snake_case
from ..core.scope import LOCAL, computing_in
from ..core.structure import STRUCTURE
from ..core.tracking import Tracked, distinct, owned
from ..core.variable import Variable
from .input_spec import InputSpec

UNTRACKED = backend.MODULE_ATTRIBUTES | {"_inbound_nodes", "_given", "_kx"}
IN_ORDER = frozenset({"_chain", "_layers_in_order"})  # lists of models, which know layers by name


class Record:
    """What the library keeps of a layer, under the one name `_kx`: all others are the user's."""

    __slots__ = (
        "any_shape", "autocast", "build_config", "building", "direct", "frozen", "input_shape",
        "locked", "losses", "losses_of", "own", "path", "policy", "ready", "remat", "seen",
        "takes_training", "weights",
    )  # fmt: skip

    def __init__(self):
        self.weights: list[Variable] = []  # made by add_weight, in this order
        self.losses: list[Any] = []  # added by the call `losses_of`
        self.losses_of: Any = None
        self.build_config: Any = None  # the shapes it was built with
        self.input_shape: Any = None  # of a sample, where the constructor was given it
        self.path: str | None = None
        self.policy: Any = None  # what the dtype policy says for this layer
        self.building = False
        self.frozen: Variable | None = None  # a weight that LoRA holds fixed
        self.locked = False  # whether it takes no new variables
        self.direct = False  # whether a ready tensor may go straight to `call`,
        self.seen: Any = None  # of this shape,
        self.any_shape = False  # or of any,
        self.ready: frozenset[Any] = frozenset()  # and one of these dtypes
        self.autocast: str | None = None  # dtype that variables are read in, where it is another
        self.remat: Any = None  # the RematScope that the layer was made in
        self.own = self.takes_training = False  # about `call`: written here; has a `training`


class State(Tracked):
    """The attributes of a layer that are computed, kept apart from its fields."""

    _kx: Record
    _name: str
    _trainable: bool
    _dtype_policy: policy.DTypePolicy
    built: bool

    def take_others(self, kwargs: dict[str, Any]) -> None:
        """Older names for what an `Input` in front of the first layer of a Sequential says."""
        size = kwargs.pop("input_dim", None)
        shape = kwargs.pop("input_shape", None if size is None else (size,))
        if shape is None:
            return
        warnings.warn(
            f"{type(self).__name__}: input_shape and input_dim are older names: put "
            f"Input({tuple(shape)}) in front of the layer.",
            stacklevel=3,
        )
        self._kx.input_shape = tuple(shape)

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str | None) -> None:
        if value is not None and (not isinstance(value, str) or "/" in value):
            raise ValueError(
                f"{type(self).__name__}: name={value!r}: expected a string without '/'."
            )
        self.__dict__["_name"] = value or auto_name(snake_case(type(self).__name__))

    @property
    def dtype(self) -> str:
        """Dtype of the variables."""
        return self._kx.policy.variable_dtype

    @dtype.setter
    def dtype(self, value: Any) -> None:
        self.dtype_policy = value

    variable_dtype = property(lambda self: self._kx.policy.variable_dtype)
    compute_dtype = property(lambda self: self._kx.policy.compute_dtype)
    quantization_mode = property(lambda self: self._kx.policy.quantization_mode)

    @property
    def input_dtype(self) -> str:
        """Dtype that float inputs are brought to."""
        return self.compute_dtype

    @property
    def dtype_policy(self) -> policy.DTypePolicy:
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self.__dict__["_dtype_policy"] = policy.get(value)
        self._follow_policy("")

    def _follow_policy(self, path: str) -> None:
        """Compute by the dtype policy, which may say something for `path`."""
        chosen = self._kx.policy = self._dtype_policy.at(path)
        mixed = chosen.compute_dtype != chosen.variable_dtype
        self._kx.autocast = chosen.compute_dtype if mixed else None
        self._kx.ready = ready_dtypes(chosen.compute_dtype)
        self._kx.direct = False

    @property
    def trainable(self) -> bool:
        """Whether `fit` may change the variables."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.__dict__["_trainable"] = bool(value)
        STRUCTURE.changed()
        for child in owned(self, UNTRACKED):
            if isinstance(child, Variable):
                fixed = child is self._kx.frozen or not child.born_trainable
                child.trainable = bool(value) and not fixed
            elif child.role == "layer":
                child.trainable = value

    @property
    def supports_masking(self) -> bool:
        """Whether the layer hands on the mask of its input."""
        return self.__dict__.get("_supports_masking", False)

    @supports_masking.setter
    def supports_masking(self, value: bool) -> None:
        self.__dict__["_supports_masking"] = bool(value)

    @property
    def input_spec(self) -> Any:
        """What inputs must be: an InputSpec, a structure of them, or None."""
        return self.__dict__.get("_input_spec")

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        if value is not None and not all(isinstance(s, InputSpec) for s in tree.flatten(value)):
            raise TypeError(
                f"{type(self).__name__}: input_spec={value!r}: expected InputSpec objects."
            )
        self.__dict__["_input_spec"] = value

    # -- Variables --------------------------------------------------------------------------------
    def add_weight(
        self,
        *args: Any,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: str | None = "none",
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Variable:
        """A new variable of the layer.

        Args:
            shape: shape; all of its dimensions must be known.
            initializer: an initializer, its name, or a callable `(shape, dtype)`; None:
                glorot_uniform
                for floats, zeros for all else.
            dtype: dtype name; None: the layer's variable dtype.
            trainable: whether gradients are taken with respect to it.
            autocast: whether it is read in the compute dtype.
            regularizer: a function of the variable that gives a loss.
            constraint: a function that each new value goes through.
            aggregation: how replicas of it are brought together.
            overwrite_with_gradient: whether its gradient is its next value.
            name: name, without '/'.
        """
        if args:  # shape and initializer may come by position
            shape, initializer = (*args, initializer)[:2]
        shape = (shape,) if isinstance(shape, int) else tuple(shape or ())
        if None in shape:
            raise ValueError(
                f"{self.name}.add_weight(name={name!r}): shape={shape}: all dimensions of a "
                "variable must be known."
            )
        name_of_dtype = dtypes.standardize(dtype) if dtype else self.variable_dtype
        if initializer is None:
            initializer = "glorot_uniform" if dtypes.is_float(name_of_dtype) else "zeros"
        with computing_in(None):
            variable = Variable(
                initializers.get(initializer), shape, name_of_dtype, trainable, autocast,
                aggregation=aggregation, name=name,
            )  # fmt: skip
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        variable.overwrite_with_gradient = overwrite_with_gradient
        if not self._trainable:
            variable.trainable = False
        self._kx.weights.append(variable)
        return variable

    def add_variable(self, shape: Any, initializer: Any, dtype: Any = None, trainable: bool = True,
                     autocast: bool = True, regularizer: Any = None, constraint: Any = None,
                     name: str | None = None) -> Variable:  # fmt: skip
        """A new variable of the layer; see `add_weight`."""
        return self.add_weight(
            shape=shape, initializer=initializer, dtype=dtype, trainable=trainable,
            autocast=autocast, regularizer=regularizer, constraint=constraint, name=name,
        )  # fmt: skip

    def _children(self) -> list[Any]:
        """Variables and tracked objects that this one holds itself, in the order they came."""
        walk = LOCAL.walk
        if walk is None:
            return self._look()
        if id(self) not in walk:
            walk[id(self)] = self._look()
        return walk[id(self)]

    def _look(self) -> list[Any]:
        return distinct([*self._kx.weights, *owned(self, UNTRACKED)])

    def _tracked(self, role: str) -> list[Any]:
        return [c for c in self._children() if not isinstance(c, Variable) and c.role == role]

    @property
    def _layers(self) -> list[Any]:
        """The layers that this one holds itself."""
        return self._tracked("layer")

    def _flatten_layers(self, include_self: bool = True, recursive: bool = True) -> list[Any]:
        """The layers inside of this one, each before those that it holds."""
        found = [self] if include_self else []
        for layer in self._layers:
            found.append(layer)
            if recursive:
                found += layer._flatten_layers(include_self=False)
        return distinct(found)

    def _own_variables(self) -> list[Variable]:
        return own_variables(self._children())

    @property
    def variables(self) -> list[Variable]:
        """All variables: trainable ones, others, seeds, then those of the sublayers, metrics
        apart."""
        children = self._children()
        found = own_variables(children)
        for role in ("seed", "layer"):
            for child in children:
                if not isinstance(child, Variable) and child.role == role:
                    found += child.variables
        return distinct(found)

    @property
    def weights(self) -> list[Variable]:
        """The variables that make the function: all but seeds and metrics."""
        found = self._own_variables()
        for layer in self._layers:
            found += layer.weights
        return distinct(found)

    @property
    def trainable_variables(self) -> list[Variable]:
        """The variables that `fit` may change."""
        return [v for v in self.variables if v.trainable] if self._trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All other variables, metrics apart."""
        return [v for v in self.variables if not v.trainable] if self._trainable else self.variables

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that `fit` may change."""
        return [v for v in self.weights if v.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """All other weights."""
        return [v for v in self.weights if not v.trainable] if self._trainable else self.weights

    @property
    def metrics(self) -> list[Any]:
        """The metrics that this layer and its sublayers hold."""
        found = self._tracked("metric")
        for layer in self._layers:
            found += layer.metrics
        return distinct(found)

    @property
    def metrics_variables(self) -> list[Variable]:
        """The variables of the metrics."""
        return [v for m in self.metrics for v in m.variables]

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights`, as NumPy arrays."""
        return [v.numpy() for v in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Set `weights` from arrays of the same shapes, in the same order."""
        own = self.weights
        if len(own) != len(weights):
            raise ValueError(
                f"{self.name}.set_weights(): expected {len(own)} arrays, got {len(weights)}."
                + ("" if self.built else " The layer is not built yet.")
            )
        for variable, value in zip(own, weights):
            if tuple(np.shape(value)) != variable.shape:
                raise ValueError(
                    f"{self.name}.set_weights(): {variable.path} has shape {variable.shape}; "
                    f"got an array of shape {tuple(np.shape(value))}."
                )
        for variable, value in zip(own, weights):
            variable.assign(value)

    def count_params(self) -> int:
        """The number of scalars in `weights`."""
        if not self.built:
            raise ValueError(
                f"{self.name} is not built, so its parameters cannot be counted: call it, or "
                "build()."
            )
        return sum(int(np.prod(v.shape, dtype=np.int64)) for v in self.weights)

    def save_own_variables(self, store: Any) -> None:
        """Write the variables that this layer holds itself into `store`, as '0', '1', ..."""
        for k, variable in enumerate(self._own_variables()):
            store[str(k)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read the variables that this layer holds itself from `store`."""
        own = self._own_variables()
        if len(store) != len(own):
            names = ", ".join(v.path for v in own) or "none"
            raise ValueError(
                f"{self.name}: the file has {len(store)} variables for this layer, which has "
                f"{len(own)} ({names})."
                + (
                    ""
                    if self.built
                    else " The layer is not built: build the model before loading weights."
                )
            )
        for k, variable in enumerate(own):
            value = store[str(k)]
            if not variable.copied(value):
                variable.assign(value)

    # -- Losses -----------------------------------------------------------------------------------
    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or a list of them, to what training lowers. For use inside of `call`."""
        for x in tree.flatten(loss):
            if not hasattr(x, "dtype"):
                raise ValueError(f"{self.name}.add_loss(): expected a scalar tensor; got {x!r}.")
        context = LOCAL.call
        if context is not None and context.added is not None:
            context.added += [(self, x) for x in tree.flatten(loss)]
            return
        if self._kx.losses_of is not context:
            self._kx.losses.clear()
            self._kx.losses_of = context
        self._kx.losses += tree.flatten(loss)

    @property
    def losses(self) -> list[Any]:
        """Losses added in the latest call, and those of the regularizers of trainable weights."""
        found = [x for layer in self._flatten_layers() for x in layer._kx.losses]
        penalized = ((v.regularizer, v) for v in self.trainable_weights)
        return found + [penalty(v.value) for penalty, v in penalized if penalty is not None]


@cache
def ready_dtypes(compute: str) -> frozenset[Any]:
    """Engine dtypes that a layer computing in `compute` takes as they are."""
    return frozenset(d for n, d in backend.DTYPES.items() if n == compute or not dtypes.is_float(n))


def own_variables(children: list[Any]) -> list[Variable]:
    """The variables among what a layer holds, those that are born trainable first."""
    own = [c for c in children if isinstance(c, Variable)]
    return sorted(own, key=lambda v: not v.born_trainable)
