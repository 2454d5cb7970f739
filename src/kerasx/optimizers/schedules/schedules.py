"""Schedules: functions of the step, counted from 0, that give a learning rate.

They run inside of compiled steps: no branch looks at the step.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any

from ... import ops
from ...core import config
from ...core.fields import Configurable, positive
from ...core.serialization import deserialize_keras_object, serialize_keras_object

MODULE = "keras.optimizers.schedules"  # where files look for the classes
Steps = Annotated[float, positive]


def real(x: Any) -> Any:
    """`x` as a tensor of the default float dtype."""
    return ops.cast(x, config.floatx())


class LearningRateSchedule(Configurable):
    """A learning rate as a function of the step: subclasses define `__call__(step)`."""

    keras_module = MODULE

    def __call__(self, step: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} needs a method __call__(step) that gives the learning rate."
        )


class Decay(LearningRateSchedule):
    """A schedule that follows from how far the training has come."""

    keras_module = MODULE

    def progress(self, step: Any) -> Any:
        """Steps done, in units of `decay_steps`; whole ones where `staircase` is set."""
        p = ops.divide(real(step), self.decay_steps)  # type: ignore[attr-defined]
        return ops.floor(p) if self.staircase else p  # type: ignore[attr-defined]


class ExponentialDecay(Decay):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    With `staircase`, the exponent is rounded down.
    """

    keras_module = MODULE

    initial_learning_rate: float
    decay_steps: Steps
    decay_rate: float
    staircase: bool = False
    name: str = "ExponentialDecay"

    def __call__(self, step: Any) -> Any:
        factor = ops.power(real(self.decay_rate), self.progress(step))
        return ops.multiply(factor, self.initial_learning_rate)


class InverseTimeDecay(Decay):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    With `staircase`, `step / decay_steps` is rounded down.
    """

    keras_module = MODULE

    initial_learning_rate: float
    decay_steps: Steps
    decay_rate: float
    staircase: bool = False
    name: str = "InverseTimeDecay"

    def __call__(self, step: Any) -> Any:
        slowing = ops.add(ops.multiply(self.progress(step), self.decay_rate), 1.0)
        return ops.divide(self.initial_learning_rate, slowing)


class PiecewiseConstantDecay(LearningRateSchedule):
    """`values[k]`, where k is the number of `boundaries` that the step lies beyond.

    The step of a boundary itself still has the value before it.
    """

    keras_module = MODULE

    boundaries: Sequence[float]
    values: Sequence[float]
    name: str = "PiecewiseConstant"

    def setup(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"PiecewiseConstantDecay: {len(self.boundaries)} boundaries part "
                f"{len(self.boundaries) + 1} "
                f"values; got {len(self.values)}."
            )

    def __call__(self, step: Any) -> Any:
        step, rate = real(step), real(self.values[0])
        for boundary, value in zip(self.boundaries, self.values[1:]):
            rate = ops.where(ops.greater(step, boundary), real(value), rate)
        return rate


class PolynomialDecay(LearningRateSchedule):
    """From `initial_learning_rate` to `end_learning_rate` in `decay_steps`, as `(1 - t) ** power`.

    With `cycle`, it begins anew at the height it has come down to: `decay_steps` is replaced by the
    next multiple of it.
    """

    keras_module = MODULE

    initial_learning_rate: float
    decay_steps: Steps
    end_learning_rate: float = 0.0001
    power: float = 1.0
    cycle: bool = False
    name: str = "PolynomialDecay"

    def __call__(self, step: Any) -> Any:
        step, span = real(step), real(self.decay_steps)
        if self.cycle:
            rounds = ops.ceil(ops.divide(step, span))
            span = ops.multiply(span, ops.maximum(rounds, 1.0))
        else:
            step = ops.minimum(step, span)
        left = ops.power(ops.subtract(1.0, ops.divide(step, span)), self.power)
        height = self.initial_learning_rate - self.end_learning_rate
        return ops.add(ops.multiply(left, height), self.end_learning_rate)


def cosine(fraction: Any) -> Any:
    """Half a wave, from 1 at 0 down to 0 at 1."""
    return ops.multiply(ops.add(ops.cos(ops.multiply(fraction, math.pi)), 1.0), 0.5)


def above(alpha: float, part: Any) -> Any:
    """What `part` becomes where 0 is raised to `alpha`, and 1 stays."""
    return ops.add(ops.multiply(part, 1.0 - alpha), alpha)


class CosineDecay(LearningRateSchedule):
    """A straight line up to `warmup_target`, then half a cosine wave down to `alpha` times that.

    Without a `warmup_target`, the wave begins at `initial_learning_rate`. Source: arXiv:1608.03983.
    """

    keras_module = MODULE

    initial_learning_rate: float
    decay_steps: Steps
    alpha: float = 0.0
    name: str = "CosineDecay"
    warmup_target: float | None = None
    warmup_steps: int = 0

    def __call__(self, step: Any) -> Any:
        step = real(step)
        if self.warmup_target is None:
            return self.wave(step, self.initial_learning_rate)
        part = ops.divide(step, max(self.warmup_steps, 1))
        rise = ops.multiply(part, self.warmup_target - self.initial_learning_rate)
        wave = self.wave(ops.subtract(step, self.warmup_steps), self.warmup_target)
        warming = ops.less(step, self.warmup_steps)
        return ops.where(warming, ops.add(rise, self.initial_learning_rate), wave)

    def wave(self, step: Any, height: float) -> Any:
        """The decay from `height`, `step` steps after its begin."""
        fraction = ops.divide(ops.clip(step, 0.0, self.decay_steps), self.decay_steps)
        return ops.multiply(above(self.alpha, cosine(fraction)), height)


class CosineDecayRestarts(LearningRateSchedule):
    """Half cosine waves, each `t_mul` times as long and `m_mul` times as high as the one before.

    Source: SGDR, arXiv:1608.03983.
    """

    keras_module = MODULE

    initial_learning_rate: float
    first_decay_steps: Steps
    t_mul: float = 2.0
    m_mul: float = 1.0
    alpha: float = 0.0
    name: str = "SGDRDecay"

    def __call__(self, step: Any) -> Any:
        done = ops.divide(real(step), self.first_decay_steps)
        if self.t_mul == 1.0:
            restarts = ops.floor(done)
            fraction = ops.subtract(done, restarts)
        else:  # the lengths so far are a geometric series: (t_mul ** n - 1) / (t_mul - 1)
            grown = ops.subtract(1.0, ops.multiply(done, 1.0 - self.t_mul))
            restarts = ops.floor(ops.divide(ops.log(grown), math.log(self.t_mul)))
            length = ops.power(real(self.t_mul), restarts)
            before = ops.divide(ops.subtract(1.0, length), 1.0 - self.t_mul)
            fraction = ops.divide(ops.subtract(done, before), length)
        wave = ops.multiply(ops.power(real(self.m_mul), restarts), cosine(fraction))
        return ops.multiply(above(self.alpha, wave), self.initial_learning_rate)


def serialize(learning_rate_schedule: Any) -> Any:
    """The config of a schedule."""
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The schedule that `serialize` described."""
    return deserialize_keras_object(config, custom_objects)
