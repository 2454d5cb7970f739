"""MultiOptimizer: some weights follow one optimizer, some another."""

import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Annotated, Any, ClassVar

from ..backends import current as backend
from ..core.fields import Configurable
from ..core.registry import CustomObjectScope
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.tracking import distinct
from ..core.variable import Variable
from .optimizer import Optimizer, path_part


class OptimizerMap(Configurable, MutableMapping):
    """Optimizers by the paths of weights: each pattern is matched against a whole path.

    Args:
        default_optimizer: the optimizer of the weights that no pattern matches.
        optimizer_map: optimizers by pattern; `map[pattern] = optimizer` adds one.
    """

    def __init__(
        self, default_optimizer: Optimizer, optimizer_map: dict[str, Optimizer] | None = None
    ):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                f"OptimizerMap: default_optimizer={default_optimizer!r}: expected an optimizer."
            )
        if not isinstance(optimizer_map or {}, dict):
            raise TypeError(f"OptimizerMap: optimizer_map={optimizer_map!r}: expected a dict.")
        self._default_optimizer = default_optimizer
        self._optimizer_map: dict[str, Optimizer] = {}
        self.update(optimizer_map or {})

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of the weights that no pattern matches."""
        return self._default_optimizer

    def __call__(self, variable: Variable) -> Optimizer:
        """The optimizer of a weight; ValueError where patterns name several."""
        found = [k for k in self._optimizer_map if re.fullmatch(k, variable.path)]
        if len(found) > 1:
            raise ValueError(
                f"OptimizerMap: {variable.path} matches {', '.join(map(repr, found))}: expected at "
                "most one pattern that does."
            )
        return self._optimizer_map[found[0]] if found else self._default_optimizer

    def __getitem__(self, key: str) -> Optimizer:
        return self._optimizer_map.get(key, self._default_optimizer)

    def __setitem__(self, key: str, optimizer: Optimizer) -> None:
        if not isinstance(key, str) or not isinstance(optimizer, Optimizer):
            raise ValueError(
                f"OptimizerMap: [{key!r}] = {optimizer!r}: expected a pattern and an optimizer."
            )
        if key in self._optimizer_map:
            raise ValueError(
                f"OptimizerMap: {key!r} has an optimizer already, "
                f"{self._optimizer_map[key].name}: delete it first."
            )
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key: str) -> None:
        del self._optimizer_map[key]

    def __contains__(self, key: object) -> bool:
        return key in self._optimizer_map

    def __iter__(self) -> Iterator[str]:
        return iter(self._optimizer_map)

    def __len__(self) -> int:
        return len(self._optimizer_map)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None):
        """A map made from what `get_config` gave."""
        with CustomObjectScope(custom_objects):
            return cls(**deserialize_keras_object(config))


def chooser(x: Any) -> Any:
    """`x` as a function that gives the optimizer of a weight."""
    x = deserialize_keras_object(x) if isinstance(x, dict) else x
    if isinstance(x, Optimizer) or not callable(x):
        raise TypeError("expected an OptimizerMap, or a function from a variable to an optimizer")
    return x


class Members:
    """What of an optimizer is that of several others."""

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers that make the steps."""
        return self.__dict__.get("optimizers", [])  # files look for it among the attributes

    @property
    def loss_scale_factor(self) -> float | None:
        """What the loss is multiplied by, and gradients are divided by: one for all."""
        return self.__dict__.get("_loss_scale_factor")

    @loss_scale_factor.setter
    def loss_scale_factor(self, value: float | None) -> None:
        self.__dict__["_loss_scale_factor"] = value
        for optimizer in self.optimizers:
            optimizer.loss_scale_factor = value

    @property
    def learning_rate(self) -> Any:
        """AttributeError: each of the `optimizers` has its own."""
        raise AttributeError("a MultiOptimizer has no learning rate: see those of its `optimizers`")

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        raise AttributeError("a MultiOptimizer has no learning rate: set those of its `optimizers`")


class MultiOptimizer(Members, Optimizer):
    """Several optimizers, each for weights of its own.

    Args:
        optimizer_map: an `OptimizerMap`, or a function that gives the optimizer of a variable.
        loss_scale_factor: what the loss is multiplied by, and gradients are divided by.
        name: name, without '/'.
    """

    optimizer_map: Annotated[  # type: ignore[misc] # required, as the bases' are not
        Callable[[Variable], Optimizer], chooser
    ]
    loss_scale_factor: float | None = None
    name: Annotated[str | None, path_part] = None

    learning_rate: ClassVar[Any]  # type: ignore[no-redef]
    weight_decay: ClassVar[None] = None
    clipnorm: ClassVar[None] = None
    clipvalue: ClassVar[None] = None
    global_clipnorm: ClassVar[None] = None
    use_ema: ClassVar[bool] = False
    ema_momentum: ClassVar[float] = 0.99
    ema_overwrite_frequency: ClassVar[None] = None
    gradient_accumulation_steps: ClassVar[None] = None

    def setup(self) -> None:
        self.__dict__["_learning_rate"] = 0.0  # files hold one for the whole, too
        super().setup()
        if isinstance(self.optimizer_map, OptimizerMap):
            of = self.optimizer_map
            self._take([*of.values(), of.default_optimizer])

    def _take(self, optimizers: Iterable[Any]) -> None:
        self.__dict__["optimizers"] = distinct(optimizers)
        self.loss_scale_factor = self.loss_scale_factor

    def build(self, var_list: Iterable[Variable]) -> None:
        """Find the optimizer of each weight, and build them."""
        if self.built:
            return
        weights = list(var_list)
        chosen = [self.optimizer_map(w) for w in weights]
        for w, optimizer in zip(weights, chosen):
            if not isinstance(optimizer, Optimizer):
                raise ValueError(
                    f"{self.name}: optimizer_map gave {optimizer!r} for {w.path}: expected an "
                    "optimizer."
                )
        self._take([*self.optimizers, *chosen])
        self._chosen = {id(w): optimizer for w, optimizer in zip(weights, chosen)}
        for optimizer in self.optimizers:
            optimizer.build([w for w, o in zip(weights, chosen) if o is optimizer])
        super().build(weights)

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *(v for o in self.optimizers for v in o.variables)]

    def apply(
        self, grads: Iterable[Any], trainable_variables: Iterable[Variable] | None = None
    ) -> None:
        """Update each weight by its own optimizer; a gradient of None leaves its weight."""
        with backend.without_gradients():
            plan, grads = self._planned(list(grads), trainable_variables)
            for optimizer in self.optimizers:
                own = [(g, w) for g, w in zip(grads, plan.weights) if self._of(w) is optimizer]
                if own:
                    optimizer.apply(*zip(*own))
            self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Set weights to their moving averages, where their optimizers keep them."""
        for w in var_list:
            self._of(w).finalize_variable_values([w])

    def swap_averages(self) -> None:
        """Exchange the weights with their moving averages, where their optimizers keep them."""
        for optimizer in self.optimizers:
            optimizer.swap_averages()

    def _of(self, weight: Variable) -> Optimizer:
        self._get_variable_index(weight)
        return self._chosen[id(weight)]
