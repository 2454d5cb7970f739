"""Adam and its kin: steps scaled by running moments of the gradient."""

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..core.variable import Variable
from .optimizer import Rate, Rule, step_number


class Moments(Rule):
    """Base of the optimizers that keep a running mean and a running square of the gradient."""

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    slots = (("momentum", "velocity"),)


def moved(rule: Moments, g: Any, m: Any, v: Any) -> tuple[Any, Any]:
    """The moments with gradient `g` taken in."""
    return m + (g - m) * (1.0 - rule.beta_1), v + (ops.square(g) - v) * (1.0 - rule.beta_2)


def unbias(beta: float, step: Any) -> Any:
    """`1 - beta ** step`: what of a running mean that began with 0 is data."""
    return 1.0 - beta**step


class Adam(Moments):
    """Steps scaled by running moments of the gradient. Source: arXiv:1412.6980, end of section 2.

    With `amsgrad`, by the greatest running square so far. Source: Reddi et al., ICLR 2018.
    """

    learning_rate: Rate = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False

    @property
    def slots(self) -> Sequence[Any]:  # type: ignore[override]
        return (*Moments.slots, "velocity_hat") if self.amsgrad else Moments.slots

    def step_size(self, lr: Any) -> Any:
        t = step_number(self, lr)
        return lr * unbias(self.beta_2, t) ** 0.5 / unbias(self.beta_1, t)

    def update(self, g: Any, w: Any, lr: Any, m: Any, v: Any, v_max: Any = None) -> Any:
        m, v = moved(self, g, m, v)
        if v_max is None:
            return w - m * lr / (ops.sqrt(v) + self.epsilon), m, v
        v_max = ops.maximum(v_max, v)
        return w - m * lr / (ops.sqrt(v_max) + self.epsilon), m, v, v_max


class AdamW(Adam):
    """Adam with weight decay. Source: arXiv:1711.05101."""

    learning_rate: Rate = 0.001
    weight_decay: float = 0.004
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    amsgrad: bool = False

    def setup(self) -> None:
        if self.weight_decay is None:
            raise ValueError("AdamW: weight_decay=None: expected a number. Adam goes without it.")
        super().setup()


class Adamax(Moments):
    """Adam with the greatest gradient for the root mean square. Source: arXiv:1412.6980, 7."""

    slots = (("momentum", "norm"),)

    def step_size(self, lr: Any) -> Any:
        return lr / unbias(self.beta_1, step_number(self, lr))

    def update(self, g: Any, w: Any, lr: Any, m: Any, u: Any) -> Any:
        m = m + (g - m) * (1.0 - self.beta_1)
        u = ops.maximum(u * self.beta_2, ops.absolute(g))
        return w - m * lr / (u + self.epsilon), m, u


class Nadam(Moments):
    """Adam with Nesterov's momentum. Source: Dozat, ICLR workshop 2016."""

    def build(self, var_list: Any) -> None:
        if self.built:
            return
        super().build(var_list)
        # Keras keeps it outside of the optimizer's own names, behind all slots
        self._product = Variable(1.0, dtype="float32", trainable=False)
        self._variables.append(self._product)

    def step_size(self, lr: Any) -> tuple[Any, Any, Any]:
        t = step_number(self, lr)
        now = self.beta_1 * (1.0 - 0.5 * ops.power(0.96, t))
        later = self.beta_1 * (1.0 - 0.5 * ops.power(0.96, t + 1.0))
        product = ops.cast(self._product.value, now.dtype) * now
        self._product.assign(product)
        root = ops.sqrt(unbias(self.beta_2, t))
        return (
            lr * root * later / (1.0 - product * later),
            lr * root * (1.0 - now) / (1.0 - product),
            root,
        )

    def update(self, g: Any, w: Any, lr: Any, m: Any, v: Any) -> Any:
        of_m, of_g, root = lr
        m, v = moved(self, g, m, v)
        return w - (m * of_m + g * of_g) / (ops.sqrt(v) + self.epsilon * root), m, v


class Lamb(Moments):
    """Adam's steps, each as long as a part `lr` of its weight. Source: arXiv:1904.00962."""

    def step_size(self, lr: Any) -> tuple[Any, Any, Any]:
        t = step_number(self, lr)
        return lr, unbias(self.beta_1, t), unbias(self.beta_2, t)

    def update(self, g: Any, w: Any, lr: Any, m: Any, v: Any) -> Any:
        lr, part_1, part_2 = lr
        m, v = moved(self, g, m, v)
        step = (m / part_1) / (ops.sqrt(v / part_2) + self.epsilon)
        length, wanted = length_of(step), length_of(w)
        both = ops.logical_and(wanted > 0.0, length > 0.0)
        trust = ops.where(both, wanted / ops.where(both, length, 1.0), 1.0)
        return w - step * (trust * lr), m, v


def length_of(x: Any) -> Any:
    """The Euclidean norm of all elements."""
    return ops.sqrt(ops.sum(ops.square(x)))


class ScheduleFreeAdamW(Moments):
    """Adam on weights near the mean of where the steps lead: no schedule is needed.

    The steps are those of the slot `momentum`, at a rate that rises over `warmup_steps`; `beta_1`
    is how near to the mean the weights are. Source: arXiv:2405.15682.
    """

    learning_rate: Rate = 0.0025
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    warmup_steps: int = 0

    def add_slot(self, weight: Variable, name: str) -> Variable:
        if name == "velocity":
            return super().add_slot(weight, name)
        return self.add_variable_from_reference(weight, name, lambda shape, dtype: weight.value)

    def step_size(self, lr: Any) -> tuple[Any, Any, Any]:
        t = step_number(self, lr)
        rising = ops.minimum(t / self.warmup_steps, 1.0) if self.warmup_steps else 1.0
        return lr * rising, unbias(self.beta_2, t), 1.0 / t

    def update(self, g: Any, w: Any, lr: Any, z: Any, v: Any) -> Any:
        lr, known, share = lr
        v = v + (ops.square(g) - v) * (1.0 - self.beta_2)
        mean = (w - z * (1.0 - self.beta_1)) / self.beta_1  # of all z: w lies between it and z
        z = z - g * lr / (ops.sqrt(v / known) + self.epsilon)
        mean = mean + (z - mean) * share
        return mean * self.beta_1 + z * (1.0 - self.beta_1), z, v
