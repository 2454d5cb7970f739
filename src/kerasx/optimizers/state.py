"""What an optimizer owns: its variables, their names and order, and the learning rate.

Files hold the variables by their number, so the order is part of the format: the iteration, the
learning rate (where it is a number), averages, accumulated gradients, then the slots.
"""

import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import initializers, ops
from ..backends import current as backend
from ..core import config
from ..core.heap import growing
from ..core.naming import auto_name, snake_case
from ..core.scope import computing_in, name_scope
from ..core.serialization import deserialize_keras_object
from ..core.tracking import Tracked
from ..core.variable import Variable, unwrap
from .schedules import LearningRateSchedule

ZEROS = initializers.Zeros()  # of most variables: looking it up each time takes longer than it does


def rate(x: Any) -> Any:
    """`x` as a learning rate: a float, a schedule or a function without arguments."""
    if isinstance(x, dict):
        x = deserialize_keras_object(x)
    if callable(x):
        return x
    try:
        return float(x)
    except (TypeError, ValueError):
        raise ValueError(
            "expected a number, a schedule or a function that gives a number"
        ) from None


class State(Tracked):
    """The variables of an optimizer, and its learning rate."""

    role: ClassVar[str] = "optimizer"
    slots: Sequence[str | Sequence[str]] = ()
    name: Any
    use_ema: Any
    swapped: bool
    gradient_accumulation_steps: Any

    def __new__(cls, *args: Any, **kwargs: Any):
        self = super().__new__(cls, *args, **kwargs)
        self.__dict__.update(
            built=False, _variables=[], _trainable_variables=[], _index={}, _slots=[],
            _averages=[], _accumulated=[], _undecayed=set(), _undecayed_names=[], _plan=None,
            swapped=False,  # whether the weights are the averages now, and the other way round
        )  # fmt: skip
        return self

    def _begin(self) -> None:
        """Make what there is before any weight is known."""
        self.name = self.name or auto_name(snake_case(type(self).__name__))
        self._iterations = self.add_variable(
            (), dtype="int32", aggregation="only_first_replica", name="iteration"
        )
        self._iterations.stored = backend.on_host(self._iterations.stored)
        given = self.__dict__["_learning_rate"]
        if not callable(given):
            self._learning_rate = self.add_variable(
                (), lambda shape, dtype: np.full(shape, given, dtype), name="learning_rate"
            )
            self._learning_rate.stored = backend.on_host(self._learning_rate.stored)

    @property
    def iterations(self) -> Any:
        """The number of updates done: steps, or groups of steps whose gradients are gathered."""
        n = self.gradient_accumulation_steps
        return ops.floor_divide(self._iterations.value, n) if n else self._iterations

    # -- Learning rate ----------------------------------------------------------------------------
    @property
    def learning_rate(self) -> Any:
        """The variable that holds the learning rate; its value now, where it follows a schedule."""
        held = self._learning_rate
        return held if isinstance(held, Variable) else self._current_rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        held = self.__dict__.get("_learning_rate")
        if held is None:
            self._learning_rate = value  # the constructor's: made a variable once there is a name
            return
        value = rate(value)
        if callable(value):
            self._variables = [v for v in self._variables if v is not held]
            self._learning_rate = value
        elif isinstance(held, Variable):
            held.assign(value)
        else:
            raise TypeError(
                f"{self.name}: the learning rate follows {held!r}, so it cannot be set to a "
                "number. Make the optimizer with a number, if you need to set it later."
            )

    def _current_rate(self) -> Any:
        """The learning rate of this step, as a tensor or a number."""
        held = self._learning_rate
        if isinstance(held, Variable):
            return held.value
        return held(unwrap(self.iterations)) if isinstance(held, LearningRateSchedule) else held()

    # -- Variables --------------------------------------------------------------------------------
    @property
    def variables(self) -> list[Variable]:
        """All variables, in the order in which files hold them."""
        return list(self._variables)

    def add_variable(
        self,
        shape: Any,
        initializer: Any = "zeros",
        dtype: Any = None,
        aggregation: str | None = "none",
        layout: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new variable of the optimizer."""
        start = ZEROS if initializer == "zeros" else initializers.get(initializer)
        with name_scope(self.name), computing_in(None):
            variable = Variable(
                start, shape, dtype or config.floatx(), trainable=False,
                aggregation=aggregation, layout=layout, name=name,
            )  # fmt: skip
        self._variables.append(variable)
        return variable

    def add_variable_from_reference(
        self, reference_variable: Variable, name: str | None = None, initializer: Any = "zeros"
    ) -> Variable:
        """A new variable of the shape and dtype of a weight, named after it."""
        with computing_in(None):
            dtype = reference_variable.dtype
        return self.add_variable(
            reference_variable.shape, initializer, dtype,
            name=f"{reference_variable.path.replace('/', '_')}_{name or 'var'}",
        )  # fmt: skip

    def add_optimizer_variables(
        self,
        trainable_variables: Iterable[Variable],
        name: str | Sequence[str],
        initializer: Any = "zeros",
    ) -> Any:
        """A new variable for each weight, in a list; for several names, a tuple of such lists."""
        names = [name] if isinstance(name, str) else list(name)
        kinds = (
            initializer if isinstance(initializer, (list, tuple)) else [initializer] * len(names)
        )
        rows = [
            [
                self.add_variable_from_reference(w, n, kind) if steps(w) else None
                for n, kind in zip(names, kinds)
            ]
            for w in trainable_variables
        ]
        columns = tuple(map(list, zip(*rows))) if rows else tuple([] for _ in names)
        return columns[0] if isinstance(name, str) else columns

    @growing()
    def build(self, variables: Iterable[Variable]) -> None:
        """Make the variables that go with these weights."""
        if self.built:
            return
        weights = self._trainable_variables = list(variables)
        self._index = {id(w): k for k, w in enumerate(weights)}
        for part in self._undecayed_names:
            self._undecayed |= {id(w) for w in weights if re.search(part, w.name)}
        if self.use_ema:
            self._averages = self.add_optimizer_variables(weights, "average")
        if self.gradient_accumulation_steps:
            self._accumulated = self.add_optimizer_variables(weights, "gradient_accumulator")
        self._slots = [[] for _ in weights]
        for group in self.slots:
            names = (group,) if isinstance(group, str) else group
            for w, row in zip(weights, self._slots):
                row += [self.add_slot(w, name) if steps(w) else None for name in names]
        self.built = True

    def add_slot(self, weight: Variable, name: str) -> Variable | None:
        """The new variable for slot `name` of a weight: zeros of its shape. None: it needs none."""
        return self.add_variable_from_reference(weight, name)

    def _get_variable_index(self, variable: Variable) -> int:
        """The place of a weight among those that the optimizer was built with."""
        if id(variable) not in self._index:
            raise ValueError(
                f"{self.name}: {variable.path} is not among the weights that it was built with. "
                "Make a new optimizer for a new set of weights."
            )
        return self._index[id(variable)]

    def exclude_from_weight_decay(
        self, var_list: Iterable[Variable] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Keep weight decay away from some weights; to be called before `build`.

        Args:
            var_list: these weights.
            var_names: weights whose names contain one of these.
        """
        if self.built:
            raise ValueError(
                f"{self.name}: exclude_from_weight_decay() must be called before build()."
            )
        self._undecayed = {id(v) for v in var_list or ()}
        self._undecayed_names = list(var_names or ())

    # -- Values -----------------------------------------------------------------------------------
    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set `variables` from arrays of the same shapes, in the same order."""
        if not self.built:
            raise ValueError(f"{self.name}.set_weights(): call build(trainable_variables) first.")
        if len(weights) != len(self.variables):
            raise ValueError(
                f"{self.name}.set_weights(): expected {len(self.variables)} arrays; "
                f"got {len(weights)}."
            )
        for variable, value in zip(self.variables, weights):
            if tuple(np.shape(value)) != variable.shape:
                raise ValueError(
                    f"{self.name}.set_weights(): {variable.path} has shape {variable.shape}; "
                    f"got an array of shape {tuple(np.shape(value))}."
                )
        for variable, value in zip(self.variables, weights):
            variable.assign(value)

    def save_own_variables(self, store: Any) -> None:
        """Write the variables into `store`, as '0', '1', ..."""
        for k, variable in enumerate(self.variables):
            store[str(k)] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Read the variables from `store`; warns, and leaves them, where their number differs."""
        own = self.variables
        if len(store) != len(own):
            warnings.warn(
                f"{self.name}: the file has {len(store)} variables for the optimizer, which has "
                f"{len(own)}: its state is not loaded. Build it for the same weights, with the "
                "same arguments.",
                stacklevel=2,
            )
            return
        for k, variable in enumerate(own):
            variable.assign(store[str(k)])

    def assign(self, variable: Variable, value: Any) -> None:
        """Set a variable."""
        variable.assign(value)

    def assign_add(self, variable: Variable, value: Any) -> None:
        """Add to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Variable, value: Any) -> None:
        """Subtract from a variable."""
        variable.assign_sub(value)


def steps(weight: Variable) -> bool:
    """Whether a weight moves by steps, rather than being replaced by its gradient."""
    return not weight.overwrite_with_gradient
