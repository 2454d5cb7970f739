"""Optimizers with a rate of their own for each element, from the squares of its gradients."""

from typing import Annotated, Any

from .. import ops
from ..core.variable import Variable
from .optimizer import Rate, Rule, step_number


def not_negative(x: Any) -> Any:
    """`x`, if it is not less than zero."""
    if x < 0:
        raise ValueError("expected a number that is not negative")
    return x


def not_positive(x: Any) -> Any:
    """`x`, if it is not greater than zero."""
    if x > 0:
        raise ValueError("expected a number that is not positive")
    return x


class Adagrad(Rule):
    """Steps divided by the root of the sum of all squares so far. Source: JMLR 12 (2011) 2121."""

    learning_rate: Rate = 0.001
    initial_accumulator_value: float = 0.1
    epsilon: float = 1e-7

    slots = ("accumulator",)

    def add_slot(self, weight: Variable, name: str) -> Variable:
        return self.add_variable_from_reference(
            weight, name, constant(self.initial_accumulator_value)
        )

    def update(self, g: Any, w: Any, lr: Any, total: Any) -> Any:
        total = total + ops.square(g)
        return w - g * lr / ops.sqrt(total + self.epsilon), total


class Adadelta(Rule):
    """Steps taken of late over gradients seen of late, as units. Source: arXiv:1212.5701."""

    learning_rate: Rate = 0.001
    rho: float = 0.95
    epsilon: float = 1e-7

    slots = (("accumulated_grad", "accumulated_delta_var"),)

    def update(self, g: Any, w: Any, lr: Any, seen: Any, taken: Any) -> Any:
        seen = seen * self.rho + ops.square(g) * (1.0 - self.rho)
        step = g * ops.sqrt(taken + self.epsilon) / ops.sqrt(seen + self.epsilon)
        return w - step * lr, seen, taken * self.rho + ops.square(step) * (1.0 - self.rho)

    def update_step(self, grad: Any, variable: Variable, learning_rate: Any) -> None:
        super().update_step(grad, variable, learning_rate)  # Keras calls the first `grad` here


class RMSprop(Rule):
    """Steps divided by a running root mean square of the gradient.

    With `centered`, by the running standard deviation. Source: Hinton, lecture 6e (2012).
    """

    learning_rate: Rate = 0.001
    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        kept = {"velocity": True, "momentum": self.momentum > 0, "average_gradient": self.centered}
        return tuple(name for name, wanted in kept.items() if wanted)

    def update(self, g: Any, w: Any, lr: Any, v: Any, *rest: Any) -> Any:
        v = v * self.rho + ops.square(g) * (1.0 - self.rho)
        new, variance = [v], v
        if self.centered:
            mean = rest[-1] * self.rho + g * (1.0 - self.rho)
            new.append(mean)
            variance = v - ops.square(mean)
        step = g * lr / ops.sqrt(variance + self.epsilon)
        if self.momentum > 0:
            step = rest[0] * self.momentum + step
            new.insert(1, step)
        return w - step, *new


class Ftrl(Rule):
    """Follow the regularized leader. Source: McMahan et al., KDD 2013; `beta` as there."""

    learning_rate: Rate = 0.001
    learning_rate_power: Annotated[float, not_positive] = -0.5
    initial_accumulator_value: Annotated[float, not_negative] = 0.1
    l1_regularization_strength: Annotated[float, not_negative] = 0.0
    l2_regularization_strength: Annotated[float, not_negative] = 0.0
    l2_shrinkage_regularization_strength: Annotated[float, not_negative] = 0.0
    beta: float = 0.0

    slots = (("accumulator", "linear"),)

    def add_slot(self, weight: Variable, name: str) -> Variable:
        start = self.initial_accumulator_value if name == "accumulator" else 0.0
        return self.add_variable_from_reference(weight, name, constant(start))

    def update(self, g: Any, w: Any, lr: Any, total: Any, linear: Any) -> Any:
        power, l1 = -self.learning_rate_power, self.l1_regularization_strength
        shrunk = g + w * (2.0 * self.l2_shrinkage_regularization_strength)
        new = total + ops.square(g)
        linear = linear + shrunk - w * ((ops.power(new, power) - ops.power(total, power)) / lr)
        l2 = self.l2_regularization_strength + self.beta / (2.0 * lr)
        curvature = ops.power(new, power) / lr + l2 * 2.0
        return (ops.clip(linear, -l1, l1) - linear) / curvature, new, linear


class Adafactor(Rule):
    """Steps divided by a root mean square that is kept by rows and columns.

    Only weights of two axes or more have rows and columns, the last two axes; of others the whole
    is kept. The learning rate is a part of each weight's own root mean square; with
    `relative_step`, at most `1 / sqrt(step)`. Source: arXiv:1804.04235.
    """

    learning_rate: Rate = 0.001
    beta_2_decay: float = -0.8
    epsilon_1: float = 1e-30
    epsilon_2: float = 1e-3
    clip_threshold: float = 1.0
    relative_step: bool = True

    slots = (("rows", "columns", "velocity"),)

    def add_slot(self, weight: Variable, name: str) -> Variable:
        if name == "velocity":
            return super().add_slot(weight, name)
        if weight.ndim < 2:  # files hold an integer in their place
            self._variables.append(Variable(0, dtype="int32", trainable=False, name=weight.name))
            return self._variables[-1]
        left_out = -1 if name == "rows" else -2
        shape = [n for k, n in enumerate(weight.shape) if k != weight.ndim + left_out]
        return self.add_variable(shape, dtype=weight.dtype, name=weight.name)

    def step_size(self, lr: Any) -> tuple[Any, Any]:
        t = step_number(self, lr)
        if self.relative_step:
            lr = ops.minimum(lr, ops.rsqrt(t))
        return lr, 1.0 - ops.power(t, self.beta_2_decay)

    def update(self, g: Any, w: Any, lr: Any, rows: Any, columns: Any, v: Any) -> Any:
        lr, kept = lr
        square, new = ops.square(g) + self.epsilon_1, 1.0 - kept
        if len(w.shape) < 2:
            v = v * kept + square * new
        else:
            rows = rows * kept + ops.mean(square, axis=-1) * new
            columns = columns * kept + ops.mean(square, axis=-2) * new
            share = rows / ops.mean(rows, axis=-1, keepdims=True)
            v = ops.expand_dims(share, -1) * ops.expand_dims(columns, -2)
        step = g / ops.sqrt(v)
        step = step / ops.maximum(rms(step) / self.clip_threshold, 1.0)
        return w - step * (lr * ops.maximum(rms(w), self.epsilon_2)), rows, columns, v


def rms(x: Any) -> Any:
    """The root mean square of all elements."""
    return ops.sqrt(ops.mean(ops.square(x)))


def constant(value: float) -> Any:
    """An initializer that gives `value` everywhere."""
    return lambda shape, dtype: ops.full(shape, value, dtype)
