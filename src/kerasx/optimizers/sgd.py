"""Optimizers that follow the gradient itself, or its direction."""

from typing import Annotated, Any

from .. import ops
from ..core.fields import fraction
from .optimizer import Optimizer, Rate, Rule


def open_fraction(x: Any) -> Any:
    """`x`, if it lies in (0, 1]."""
    if not 0 < x <= 1:
        raise ValueError(
            "expected a number in (0, 1]: with 0, only the sign of each gradient counts"
        )
    return x


class SGD(Optimizer):
    """Gradient descent, with a velocity where `momentum` is not 0.

    `w += velocity`, where `velocity = momentum * velocity - lr * g`; with `nesterov`, the step is
    the one that the velocity will take next.
    """

    learning_rate: Rate = 0.01
    momentum: Annotated[float, fraction] = 0.0
    nesterov: bool = False

    @property
    def slots(self) -> tuple[str, ...]:
        return ("momentum",) if self.momentum else ()

    def update(self, g: Any, w: Any, lr: Any, velocity: Any = None) -> Any:
        if velocity is None:
            return w - lr * g
        velocity = velocity * self.momentum - lr * g
        step = velocity * self.momentum - lr * g if self.nesterov else velocity
        return w + step, velocity


class Lion(Rule):
    """Steps of one size in the direction of the gradient's sign. Source: arXiv:2302.06675."""

    learning_rate: Rate = 0.001
    beta_1: Annotated[float, open_fraction] = 0.9
    beta_2: float = 0.99

    slots = ("momentum",)

    def update(self, g: Any, w: Any, lr: Any, m: Any) -> Any:
        direction = ops.sign(m * self.beta_1 + g * (1.0 - self.beta_1))
        return w - lr * direction, m * self.beta_2 + g * (1.0 - self.beta_2)
