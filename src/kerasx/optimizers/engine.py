"""Optimizers that the engine has of its own, under the interface that all others have."""

import warnings
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

import numpy as np

from ..backends import current as backend
from ..core.fields import field
from ..core.registry import get_registered_object
from ..core.scope import LOCAL
from ..core.variable import Variable
from .optimizer import Optimizer
from .plan import Group
from .state import steps


def native(x: Any) -> Any:
    """What makes the steps of an optimizer of the engine's own."""
    find = getattr(backend, "native_optimizer", None)
    found = find and find(x)
    if found is None:
        raise TypeError(
            "expected an optimizer of the engine in use: an optax transformation on jax; on torch "
            "a class of torch.optim, a function of parameters that makes one, or an instance"
        )
    return found


class EngineOptimizer(Optimizer):
    """An optax transformation (jax) or a torch.optim optimizer (torch) that trains a model.

    `compile(optimizer=optax.adam(1e-3))` makes one; by hand, it can be given clipping, averages,
    gradient accumulation and loss scaling as well. Weights are a list, in the order of the model's
    `trainable_variables`.

    A saved model holds its state, but cannot hold the optimizer itself, which is code: that is
    given again, as `load_model(path, custom_objects={"optax": optax.adam(1e-3)})` or
    `custom_objects={"torch.optim": torch.optim.Adam}`.

    Args:
        definition: the transformation; or the class, a function of parameters, or an instance that
            is over the model's parameters.
    """

    definition: Annotated[Any, native] = field(saved=False)  # type: ignore[misc] # required
    learning_rate: ClassVar[Any]  # type: ignore[no-redef]
    weight_decay: ClassVar[None] = None

    def setup(self) -> None:
        self.__dict__["_learning_rate"] = lambda: 1.0  # not ours: no variable stands for it
        self._state: dict[str, Any] = {}
        super().setup()

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the variables that go with these weights."""
        if self.built:
            return
        weights = list(variables)
        super().build(weights)
        self._own = list(self._variables)
        self._moving = [w for w in weights if steps(w)]
        self._keep(self.definition.begin([w.stored for w in self._moving]))

    def _keep(self, state: dict[str, Any]) -> None:
        """Bring the variables of the state up to date; make those that are new."""
        made = {}
        for name, x in state.items():
            held = self._state.get(name)
            if isinstance(held, Variable):
                if x is not held.stored:
                    held.assign(x)
            elif backend.is_tensor(x):
                path = f"state_{len(self._variables)}"
                held = Variable(x, trainable=False, autocast=False, name=path)
                self._variables.append(held)
                self._state[name], made[name] = held, held.stored
            else:
                self._state[name] = x
        self.definition.restore(made)

    def _follow_rule(self, grads: list[Any], groups: list[Group], lr: Any) -> None:
        if LOCAL.scope is not None and self.definition.IN_PLACE:
            raise NotImplementedError(
                f"{self.name}: {self.definition.LABEL} works in place: there is no stateless step."
            )
        given = {
            id(w): g
            for group in groups
            for g, w in zip(group.gradients(grads), group.weights, strict=True)
        }
        state = {n: x.value if isinstance(x, Variable) else x for n, x in self._state.items()}
        new, state = self.definition.step(
            state, [given.get(id(w)) for w in self._moving], [w.value for w in self._moving]
        )
        for w, value in zip(self._moving, new):
            if id(w) in given and value is not w.stored:
                w.assign(value)
        self._keep(state)

    @property
    def learning_rate(self) -> Any:
        """The learning rate, where the engine's optimizer tells it."""
        rate = self.definition.rate(self._state) if self.built else None
        if rate is None:
            raise AttributeError(f"{self.name}: {self.definition.LABEL} keeps the learning rate.")
        return rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        rate = self.learning_rate
        if isinstance(rate, Variable):
            rate.assign(value)
            return
        factor = float(value) / rate  # groups keep their proportions
        new = {n: x * factor for n, x in self._state.items() if n.startswith("lr.")}
        self._state |= new
        self.definition.restore(new)

    # -- Files ------------------------------------------------------------------------------------
    def save_own_variables(self, store: Any) -> None:
        for k, variable in enumerate(self._own if self.built else self._variables):
            store[str(k)] = variable.numpy()
        for name, x in self._state.items():
            tensor = isinstance(x, Variable)
            store[f"{'state' if tensor else 'number'}.{name}"] = x.numpy() if tensor else x

    def load_own_variables(self, store: Any) -> None:
        state = {n.partition(".")[2]: n for n in store if "." in n}
        begun = any(isinstance(x, Variable) for x in self._state.values())
        if len(store) - len(state) != len(self._own) or (
            begun and state.keys() != self._state.keys()
        ):
            warnings.warn(
                f"{self.name}: the file holds the state of another optimizer: it is not loaded. "
                "Compile with the one that was saved.",
                stacklevel=2,
            )
            return
        for k, variable in enumerate(self._own):
            variable.assign(store[str(k)])
        values = {
            name: np.asarray(store[key]).item()
            if key.startswith("number.")
            else backend.convert(np.asarray(store[key]))
            for name, key in state.items()
        }
        self._keep(values)
        self.definition.restore({n: x for n, x in values.items() if not backend.is_tensor(x)})

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"definition": self.definition.LABEL}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None):
        label = config["definition"]
        found = get_registered_object(label, custom_objects) if isinstance(label, str) else label
        if found is None:
            raise ValueError(
                f"the model was trained by an optimizer of {label}, which a file cannot hold: give "
                f'it as custom_objects={{"{label}": ...}}, and its state is taken up; or load with '
                "compile=False."
            )
        return super().from_config(config | {"definition": found}, custom_objects)
