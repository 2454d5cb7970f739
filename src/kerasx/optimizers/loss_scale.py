"""LossScaleOptimizer: keeps gradients of 16 bits from vanishing."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from .. import ops
from ..backends import current as backend
from ..core.fields import positive
from ..core.serialization import deserialize_keras_object
from ..core.variable import Variable
from .branch import run_if
from .optimizer import Optimizer, path_part


def inner(x: Any) -> Any:
    """`x` as the optimizer that is wrapped."""
    x = deserialize_keras_object(x) if isinstance(x, dict) else x
    if not isinstance(x, Optimizer):
        raise TypeError("expected an optimizer")
    return x


class LossScaleOptimizer(Optimizer):
    """An optimizer for gradients of a loss that is multiplied by a large number.

    The number is halved, and the step left out, where a gradient is not finite; it is doubled after
    `dynamic_growth_steps` steps that were. Clipping, decay and so on are the inner optimizer's.

    Args:
        inner_optimizer: the optimizer that makes the steps.
        initial_scale: the number at first.
        dynamic_growth_steps: steps without overflow after which it is doubled.
        name: name, without '/'.
    """

    inner_optimizer: Annotated[Any, inner]  # type: ignore[misc] # required, as the bases' are not
    initial_scale: Annotated[float, positive] = 32768.0
    dynamic_growth_steps: Annotated[int, positive] = 2000
    name: Annotated[str | None, path_part] = None

    learning_rate: ClassVar[Any]  # type: ignore[no-redef]
    weight_decay: ClassVar[None] = None
    clipnorm: ClassVar[None] = None
    clipvalue: ClassVar[None] = None
    global_clipnorm: ClassVar[None] = None
    use_ema: ClassVar[bool] = False
    ema_momentum: ClassVar[float] = 0.99
    ema_overwrite_frequency: ClassVar[None] = None
    loss_scale_factor: ClassVar[None] = None
    gradient_accumulation_steps: ClassVar[None] = None

    def setup(self) -> None:
        self.__dict__["_learning_rate"] = 0.0  # files hold one for the wrapper, too
        super().setup()
        self.step_counter = self.add_variable((), dtype="int32", name="step_counter")
        self.dynamic_scale = self.add_variable(
            (),
            lambda shape, dtype: ops.full(shape, self.initial_scale, dtype),
            "float32",
            name="dynamic_scale",
        )

    def build(self, var_list: Iterable[Variable]) -> None:
        weights = list(var_list)
        self.inner_optimizer.build(weights)
        super().build(weights)

    @property
    def variables(self) -> list[Variable]:
        return [*self._variables, *self.inner_optimizer.variables]

    @property
    def iterations(self) -> Any:
        return self.inner_optimizer.iterations

    @property
    def learning_rate(self) -> Any:
        """The learning rate of the inner optimizer."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    def check_finite(self, grads: Iterable[Any]) -> Any:
        """Whether all elements of all gradients are finite, as a tensor."""
        finite = [ops.all(ops.isfinite(g)) for g in grads if g is not None]
        return ops.all(ops.stack(finite))

    def apply(
        self, grads: Iterable[Any], trainable_variables: Iterable[Variable] | None = None
    ) -> None:
        """Update the weights by their gradients, if these are finite; adapt the scale."""
        with backend.without_gradients():
            grads = list(grads)
            weights = (
                self._trainable_variables
                if trainable_variables is None
                else list(trainable_variables)
            )
            if not self.built:
                self.build(weights)
            scale, count = self.dynamic_scale.value, self.step_counter.value + 1
            finite = self.check_finite(grads)
            unscaled = [
                None
                if g is None
                else g / ops.cast(scale, w.dtype)
                if not w.overwrite_with_gradient
                else g
                for g, w in zip(grads, weights)
            ]
            run_if(
                finite,
                lambda: self.inner_optimizer.apply(unscaled, weights),
                [*weights, *self.inner_optimizer.variables],
            )
            grown = ops.equal(count, self.dynamic_growth_steps)
            kept = ops.logical_and(finite, ops.logical_not(grown))
            self.step_counter.assign(ops.where(kept, count, 0))
            factor = ops.where(finite, ops.where(grown, 2.0, 1.0), 0.5)
            self.dynamic_scale.assign(scale * factor)

    def scale_loss(self, loss: Any) -> Any:
        """The loss to take gradients of: times the scale as it is now."""
        return self.inner_optimizer.scale_loss(loss) * self.dynamic_scale.value

    def finalize_variable_values(self, var_list: Iterable[Variable]) -> None:
        """Set weights to their moving averages, where the inner optimizer keeps them."""
        self.inner_optimizer.finalize_variable_values(var_list)
