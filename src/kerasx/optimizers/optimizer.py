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
from ..core.registry import CustomObjectScope
from ..core.scope import LOCAL, Scope
from ..core.serialization import serialize_keras_object
from ..core.variable import Variable, unwrap
from .branch import run_if
from .state import State, rate, steps

Rate = Annotated[Any, rate]


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
        """What `update` gets as `lr`: a tensor or a tuple of them, computed once a step."""
        return lr

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """Bring one variable, and the slots that go with it, up to date."""
        self._follow_rule([gradient], [variable], learning_rate)

    # -- The step ---------------------------------------------------------------------------------
    def apply(
        self, grads: Iterable[Any], trainable_variables: Iterable[Variable] | None = None
    ) -> None:
        """Update the weights by their gradients; a gradient of None leaves its weight.

        Builds the optimizer, if that is not done, for `trainable_variables`; None: those it was
        built with.
        """
        with backend.without_gradients():
            pairs = self._paired(list(grads), trainable_variables)
            if self.loss_scale_factor is not None:
                pairs = [(g / self.loss_scale_factor if steps(w) else g, w) for g, w in pairs]
            for g, w in pairs:
                if not steps(w):
                    w.assign(g)
            moving = [(g, w) for g, w in pairs if steps(w)]
            if self.gradient_accumulation_steps:
                self._gather(moving)
            else:
                self._advance(moving)
            weights = [w for _, w in pairs]
            if self.use_ema:
                self._average([w for w in weights if steps(w)])
            for w in weights:
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
        if self.use_ema:
            for w in var_list:
                w.assign(ops.copy(self._averages[self._get_variable_index(w)].value))

    def swap_averages(self) -> None:
        """Exchange the weights with their moving averages."""
        for w, average in zip(self._trainable_variables, self._averages):
            if average is not None:
                before = ops.copy(w.value)
                w.assign(ops.copy(average.value))
                average.assign(before)

    # -- Parts of the step ------------------------------------------------------------------------
    def _paired(
        self, grads: list[Any], variables: Iterable[Variable] | None
    ) -> list[tuple[Any, Variable]]:
        """(gradient, variable) for each gradient that there is, in the dtype of the variable."""
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
        for w in weights:
            self._get_variable_index(w)
        missing = [w.path for g, w in zip(grads, weights) if g is None]
        if missing and len(missing) == len(weights):
            raise ValueError(
                f"{self.name}.apply(): there is no gradient for any variable: does the loss depend "
                "on them?"
            )
        if missing:
            warnings.warn(
                f"{self.name}.apply(): no gradients for {', '.join(missing)}: the loss does not "
                "depend on them.",
                stacklevel=3,
            )
        return [
            (backend.convert(unwrap(g), w.dtype), w)
            for g, w in zip(grads, weights)
            if g is not None
        ]

    def _advance(self, pairs: list[tuple[Any, Variable]]) -> None:
        """Clip, decay and update."""
        if not pairs:
            return
        grads, weights = self._clipped([g for g, _ in pairs]), [w for _, w in pairs]
        lr = self._current_rate()
        if type(self).update_step is Optimizer.update_step:
            self._follow_rule(grads, weights, lr, decay=True)
            return
        for g, w in zip(grads, weights):
            if part := self.decay_of(w):
                w.assign(w.value * (1.0 - lr * part))
            self.update_step(g, w, lr)

    def _follow_rule(
        self, grads: list[Any], weights: list[Variable], lr: Any, decay: bool = False
    ) -> None:
        """`update` for each weight, or the engine's own form of it for all of them."""
        size = self.step_size(lr)
        fused = self.fused if LOCAL.scope is None and is_current(type(self)) else None
        if fused and alike(weights):
            whole = tree.map_structure(lambda x: ops.cast(x, weights[0].dtype), size)
            rows = zip(*(self._slots[self._get_variable_index(w)] for w in weights))
            slots = [[s.stored for s in column] for column in rows]
            decayed = [w.stored for w in weights if decay and self.decay_of(w)]
            factor = 1.0 - lr * self.weight_decay if decayed else None
            if fused(
                grads,
                [w.stored for w in weights],
                *slots,
                size=whole,
                decayed=decayed,
                factor=factor,
            ):
                return
        sizes: dict[str, Any] = {}
        for g, variable in zip(grads, weights):
            w, dtype = variable.value, variable.dtype
            if dtype not in sizes:
                sizes[dtype] = tree.map_structure(lambda x, to=dtype: ops.cast(x, to), (size, lr))
            size_here, lr_here = sizes[dtype]
            if part := decay and self.decay_of(variable):
                w = w - w * (lr_here * part)
            slots = self._slots[self._get_variable_index(variable)]
            new = self.update(g, w, size_here, *(s if s is None else s.value for s in slots))
            for v, value in zip((variable, *slots), new if isinstance(new, tuple) else (new,)):
                if v is not None:
                    v.assign(value)

    def decay_of(self, weight: Variable) -> float | None:
        """The part of a weight, times the learning rate, that is taken off it; None: nothing."""
        return None if id(weight) in self._undecayed else self.weight_decay

    def _clipped(self, grads: list[Any]) -> list[Any]:
        """Gradients no longer than they may be."""
        if self.clipnorm is not None:
            return [g * part_within(norm([g]), self.clipnorm, g) for g in grads]
        if self.clipvalue is not None:
            return [ops.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.global_clipnorm is not None:
            total = norm(grads)
            return [g * part_within(total, self.global_clipnorm, g) for g in grads]
        return grads

    def _gather(self, pairs: list[tuple[Any, Variable]]) -> None:
        """Add gradients up; update by their mean at every `gradient_accumulation_steps`-th step."""
        n = self.gradient_accumulation_steps
        sums = [self._accumulated[self._get_variable_index(w)] for _, w in pairs]
        for (g, _), total in zip(pairs, sums):
            total.assign_add(g)

        def advance() -> None:
            self._advance([(total.value / n, w) for (_, w), total in zip(pairs, sums)])
            for total in sums:
                total.assign(ops.zeros_like(total.value))

        due = ops.equal(ops.mod(self._iterations.value + 1, n), 0)
        run_if(due, advance, [w for _, w in pairs] + self.variables)

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

    @property
    def fused(self) -> Callable[..., bool] | None:
        """The engine's own form of `update` for all weights at once, which works in place, or None.

        It takes lists: gradients, weights, and each slot; `size` from `step_size`; and the
        weights to multiply by `factor` first. It gives False, having done nothing, where it
        cannot take these tensors.
        """
        return None

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


def norm(tensors: list[Any]) -> Any:
    """The Euclidean norm of all elements of `tensors`, in float32 at least."""
    total = ops.sum(ops.square(widened(tensors[0])))
    for x in tensors[1:]:
        total = total + ops.sum(ops.square(widened(x)))
    return ops.sqrt(total)


def widened(x: Any) -> Any:
    return ops.cast(x, "float32") if dtypes.name_of(x) in ("float16", "bfloat16") else x


def part_within(length: Any, limit: float, like: Any) -> Any:
    """The factor that brings a norm of `length` down to `limit`; 1 where it is within."""
    return ops.cast(limit / ops.maximum(length, limit), dtypes.name_of(like))


def alike(weights: list[Variable]) -> bool:
    """Whether all weights have one dtype."""
    return all(w.dtype == weights[0].dtype for w in weights)


@cache
def is_current(cls: type[Optimizer]) -> bool:
    """Whether the `fused` of a class stands for its `update`: no subclass has given another one."""
    owners = [next(c for c in cls.__mro__ if n in vars(c)) for n in ("fused", "update")]
    return issubclass(*owners)
