"""Optimizer: what all rules share: clipping, weight decay, averaging, accumulation.

A rule is the maths of one weight:

    class Momentum(Optimizer):
        learning_rate: Rate = 0.01
        momentum: float = 0.9
        slots = ("velocity",)

        def update(self, g, w, lr, velocity):
            velocity = self.momentum * velocity - lr * g
            return w + velocity, velocity

`update` takes and gives tensors; the base keeps a Variable per slot and weight. What depends on the
step alone is computed once for all weights, in `step_size`. An optimizer written for Keras, with
`build` and `update_step` that assigns variables, works too.
"""

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Annotated, Any

from .. import ops
from ..backends import current as backend
from ..core import dtypes, tree
from ..core.fields import Configurable, field
from ..core.registry import CustomObjectScope, is_own
from ..core.scope import LOCAL, Scope
from ..core.serialization import serialize_keras_object
from ..core.variable import Variable, unwrap
from .branch import run_if
from .clipping import clipped
from .plan import Group, Plan
from .state import State, rate, steps

Rate = Annotated[Any, rate]
# On an engine where a graph costs time to make: the rule of one weight, made once for each shape.
traced_once = getattr(backend, "traced_once", lambda fn: fn)


def step_count(n: Any) -> int:
    """`n`, if gradients can be gathered over so many steps."""
    if int(n) != n or n < 2:
        raise ValueError("expected None or an integer of at least 2")
    return int(n)


def path_part(name: Any) -> str:
    """`name`, if it can stand in the path of a variable."""
    if not isinstance(name, str) or "/" in name:
        raise ValueError("expected a string without '/'")
    return name


def step_number(optimizer: Any, lr: Any) -> Any:
    """The number of the step that is made, counted from 1, in the dtype of rate `lr`."""
    return ops.cast(unwrap(optimizer.iterations), dtypes.name_of(lr)) + 1.0


class Optimizer(Configurable, State):
    """The rule by which weights follow their gradients: the base of all optimizers.

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: part of each weight, times the learning rate, taken off it at each step.
        clipnorm: greatest norm of the gradient of one weight.
        clipvalue: greatest magnitude of an element of a gradient.
        global_clipnorm: greatest norm of all gradients together.
        use_ema: whether a moving average of each weight is kept.
        ema_momentum: part of the average that stays at each step.
        ema_overwrite_frequency: steps after which weights are set to their averages; None: only by
            `finalize_variable_values`.
        loss_scale_factor: what the loss is multiplied by, and gradients are divided by.
        gradient_accumulation_steps: steps whose gradients are averaged into one update.
        name: name, without '/'.
    """

    learning_rate: Rate
    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    loss_scale_factor: float | None = None
    gradient_accumulation_steps: Annotated[int | None, step_count] = None
    name: Annotated[str | None, path_part] = None
    decay: Any = field(default=None, hidden=True, saved=False)

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "learning_rate" in cls.FIELDS:  # it is a Variable by now: `get_config` knows
            cls.FIELDS["learning_rate"].saved = False

    def setup(self) -> None:
        clippings = {n: getattr(self, n) for n in ("clipnorm", "clipvalue", "global_clipnorm")}
        if sum(v is not None for v in clippings.values()) > 1:
            given = ", ".join(f"{n}={v}" for n, v in clippings.items())
            raise ValueError(f"{type(self).__name__}: {given}: expected at most one of them.")
        if self.use_ema:
            check_averaging(self)
        if self.decay is not None:
            warnings.warn(
                f"{type(self).__name__}: decay={self.decay} is ignored: give a schedule as "
                "learning_rate.",
                stacklevel=4,
            )
        self._begin()

    # -- The rule, for subclasses -----------------------------------------------------------------
    def update(self, g: Any, w: Any, lr: Any, *slots: Any) -> Any:
        """The new weight, or a tuple of it and the new slots, given gradient `g` and weight `w`.

        `lr` is what `step_size` gave, in the dtype of the weight.
        """
        raise NotImplementedError(
            f"{type(self).__name__} needs a method update(g, w, lr, *slots), or "
            "update_step(gradient, variable, learning_rate)."
        )

    def step_size(self, lr: Any) -> Any:
        """What `update` gets as `lr`: a tensor or a tuple of them, computed once a step.

        `lr` is a float64 tensor where a weight is one, else float32.
        """
        return lr

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Bring one variable, and the slots that go with it, up to date."""
        group = Group()
        group.add(0, variable, self._slots[self._get_variable_index(variable)])
        self._follow_rule([gradient], [group], learning_rate)

    # -- The step ---------------------------------------------------------------------------------
    def apply(
        self, grads: Iterable[Any], trainable_variables: Iterable[Variable] | None = None
    ) -> None:
        """Update the weights by their gradients; a gradient of None leaves its weight.

        Builds the optimizer, if that is not done, for `trainable_variables`; None: those it was
        built with.
        """
        with backend.without_gradients():
            plan, grads = self._planned(list(grads), trainable_variables)
            if self.loss_scale_factor is not None:
                part = self.loss_scale_factor
                grads = [g if k in plan.replaced else g / part for k, g in enumerate(grads)]
            for k in plan.replaced:
                plan.weights[k].assign(grads[k])
            if plan.replaced:
                grads = [g for k, g in enumerate(grads) if k not in plan.replaced]
            if self.gradient_accumulation_steps:
                self._gather(grads, plan)
            else:
                self._advance(grads, plan)
            if self.use_ema:
                self._average(plan.moving)
            for w in plan.weights:
                if w.constraint is not None:
                    w.assign(w.constraint(w))
            self._iterations.assign_add(1)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Update the weights, given (gradient, variable) pairs; the count of steps."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def stateless_apply(
        self,
        optimizer_variables: Sequence[Any],
        grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[Any], list[Any]]:
        """(trainable values, optimizer values) after a step from those given; changes nothing."""
        if not self.built:
            raise ValueError(
                f"{self.name}.stateless_apply(): call build(trainable_variables) first."
            )
        held = (self._trainable_variables, self.variables)
        given = (list(trainable_variables), list(optimizer_variables))
        for what, own, values in zip(("trainable_variables", "optimizer_variables"), held, given):
            if len(own) != len(values):
                raise ValueError(
                    f"{self.name}.stateless_apply(): expected {len(own)} {what}; got {len(values)}."
                )
        own, values = [*held[0], *held[1]], [*given[0], *given[1]]
        with Scope((v, unwrap(x)) for v, x in zip(own, values)) as scope:
            self.apply(grads, self._trainable_variables)
            after = [[scope.read(v) for v in group] for group in held]
        return after[0], after[1]

    def scale_loss(self, loss: Any) -> Any:
        """The loss to take gradients of: times `loss_scale_factor`, where there is one."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Set weights to their moving averages, where these are kept: the end of a training."""
        if self.swapped:
            self.swap_averages()
        if self.use_ema:
            for w in var_list:
                w.assign(ops.copy(self._averages[self._get_variable_index(w)].value))

    def swap_averages(self) -> None:
        """Exchange the weights with their moving averages."""
        self.swapped = not self.swapped
        for w, average in zip(self._trainable_variables, self._averages):
            if average is not None:
                before = ops.copy(w.value)
                w.assign(ops.copy(average.value))
                average.assign(before)

    # -- Parts of the step ------------------------------------------------------------------------
    def _planned(
        self, grads: list[Any], variables: Iterable[Variable] | None
    ) -> tuple[Plan, list[Any]]:
        """The plan for the weights that have gradients, and these, in the dtypes of the weights."""
        if variables is None:
            if not self.built:
                raise ValueError(
                    f"{self.name}.apply(): give trainable_variables, or call build() first."
                )
            weights = self._trainable_variables
        else:
            weights = list(variables)
            if not self.built:
                self.build(weights)
        if len(grads) != len(weights):
            raise ValueError(
                f"{self.name}.apply(): got {len(grads)} gradients for {len(weights)} variables: "
                "expected one for each."
            )
        if any(g is None for g in grads):
            self._tell_of_missing(grads, weights)
            weights = [w for g, w in zip(grads, weights) if g is not None]
            grads = [g for g in grads if g is not None]
        plan = self._plan
        if plan is None or not plan.serves(self, weights):
            plan = self._plan = Plan(self, weights)
        return plan, [as_stored(g, w) for g, w in zip(grads, weights)]

    def _tell_of_missing(self, grads: list[Any], weights: list[Variable]) -> None:
        """Warn of weights without gradients; ValueError where there are no others."""
        missing = [w.path for g, w in zip(grads, weights) if g is None]
        if len(missing) == len(weights):
            raise ValueError(
                f"{self.name}.apply(): there is no gradient for any variable: does the loss depend "
                "on them?"
            )
        warnings.warn(
            f"{self.name}.apply(): no gradients for {', '.join(missing)}: the loss does not "
            "depend on them.",
            stacklevel=4,
        )

    def _advance(self, grads: list[Any], plan: Plan) -> None:
        """Clip, decay and update."""
        if not grads:
            return
        grads = clipped(grads, self.clipnorm, self.clipvalue, self.global_clipnorm)
        lr = self._current_rate()
        if is_own(type(self).update_step):
            self._follow_rule(grads, plan.groups, lr)
            return
        for g, w in zip(grads, plan.moving):
            if part := self.decay_of(w):
                w.assign(w.value * (1.0 - lr * part))
            self.update_step(g, w, lr)

    def _follow_rule(self, grads: list[Any], groups: list[Group], lr: Any) -> None:
        """`update` for each weight, or the engine's own form of it for a whole group."""
        wide = any(group.weights[0].dtype == "float64" for group in groups)
        lr = ops.cast(lr, "float64" if wide else "float32")
        size = self.step_size(lr)
        fused = engines_form(type(self)) if LOCAL.scope is None else None
        update = traced_once(self.update)
        for group in groups:
            own = group.gradients(grads)
            decay = lr * group.decay if group.decay else None
            if fused and fused(self, size, decay, own, *group.stored()):
                continue
            here, taken = tree.map_structure(
                lambda x, to=group.weights[0].dtype: None if x is None else ops.cast(x, to),
                (size, decay),
            )
            for g, variable, slots in zip(own, group.weights, group.slots):
                w = variable.value
                if taken is not None:
                    w = w - w * taken
                new = update(g, w, here, *(s if s is None else s.value for s in slots))
                for v, value in zip((variable, *slots), new if isinstance(new, tuple) else (new,)):
                    if v is not None:
                        v.assign(value)

    def decay_of(self, weight: Variable) -> float | None:
        """The part of a weight, times the learning rate, that is taken off it; None: nothing."""
        return None if id(weight) in self._undecayed else self.weight_decay

    def _gather(self, grads: list[Any], plan: Plan) -> None:
        """Add gradients up; update by their mean at every `gradient_accumulation_steps`-th step."""
        n = self.gradient_accumulation_steps
        sums = [self._accumulated[self._get_variable_index(w)] for w in plan.moving]
        for g, total in zip(grads, sums):
            total.assign_add(g)

        def advance() -> None:
            self._advance([total.value / n for total in sums], plan)
            for total in sums:
                total.assign(ops.zeros_like(total.value))

        due = ops.equal(ops.mod(self._iterations.value + 1, n), 0)
        run_if(due, advance, [*plan.moving, *self.variables])

    def _average(self, weights: list[Variable]) -> None:
        """Move the averages towards the weights; at the first step they are the weights."""
        step = unwrap(self.iterations)
        kept = ops.where(ops.equal(step, 0), 0.0, self.ema_momentum)
        n = self.ema_overwrite_frequency
        due = n and ops.equal(ops.mod(step + 1, n), 0)
        for w in weights:
            average, part = self._averages[self._get_variable_index(w)], ops.cast(kept, w.dtype)
            new = average.assign(average.value * part + w.value * (1.0 - part))
            if n:
                w.assign(ops.where(due, new, w.value))

    # -- Config -----------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        config, held = super().get_config(), self._learning_rate
        if "learning_rate" in self.FIELDS:
            number = isinstance(held, Variable)
            config["learning_rate"] = (
                float(held.numpy()) if number else serialize_keras_object(held)
            )
        return {n: config[n] for n in ("name", *Optimizer.FIELDS) if n in config} | config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None):
        """An optimizer made from what `get_config` gave."""
        with CustomObjectScope(custom_objects):
            return cls(**config)


class Rule(Optimizer):
    """Base of the optimizers that are given here: their `build` calls its argument as Keras's."""

    def build(self, var_list: Iterable[Variable]) -> None:
        """Make the variables that go with these weights."""
        super().build(var_list)


def check_averaging(optimizer: Optimizer) -> None:
    """Raise ValueError where the arguments of the moving average make none."""
    name, momentum, n = (
        type(optimizer).__name__,
        optimizer.ema_momentum,
        optimizer.ema_overwrite_frequency,
    )
    if not 0 <= momentum <= 1:
        raise ValueError(f"{name}: ema_momentum={momentum}: expected a number in [0, 1].")
    if n is not None and (not isinstance(n, int) or n < 1):
        raise ValueError(
            f"{name}: ema_overwrite_frequency={n}: expected None or a positive integer."
        )


def as_stored(gradient: Any, weight: Variable) -> Any:
    """A gradient as a tensor of the weight's dtype."""
    if type(gradient) in backend.FAST and gradient.dtype == weight.stored.dtype:
        return gradient
    return backend.convert(unwrap(gradient), weight.dtype)


@cache
def engines_form(cls: type[Optimizer]) -> Callable[..., bool] | None:
    """The engine's own form of a class's `update`, for all weights of a group at once, or None.

    For the `update` of Adam it is the backend's `fused_adam(rule, size, decay, grads, weights,
    *slots)`, which works in place: `rule` is the optimizer, `size` what `step_size` gave, `decay`
    the part of each weight to take off first, or None; then lists of tensors, weights and slots, as
    the engine stores them. It gives False, having done nothing, where it cannot take these.
    """
    owner = next(c for c in cls.__mro__ if "update" in vars(c))
    return getattr(backend, f"fused_{owner.__name__.lower()}", None) if is_own(owner) else None
