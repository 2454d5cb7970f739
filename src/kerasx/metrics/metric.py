"""Metric: a number gathered over batches."""

from typing import Any, ClassVar

import numpy as np

from .. import initializers
from ..core import config, policy
from ..core.dtypes import np_dtype
from ..core.fields import Configurable, field
from ..core.naming import auto_name, snake_case
from ..core.scope import Scope, name_scope
from ..core.tracking import Tracked, distinct, owned
from ..core.variable import Variable


class Metric(Configurable, Tracked):
    """A number gathered over batches: subclasses define `update_state(...)` and `result()`.

    Its state is made with `add_weight`; an update reads nothing back from the device.

    Args:
        dtype: a dtype or policy: what is computed and kept in; None: floatx.
        name: name.
    """

    keras_module = "keras"
    role: ClassVar[str] = "metric"
    dtype: Any = field(default=None, kw_only=True)
    name: str | None = field(default=None, kw_only=True)

    def setup(self) -> None:
        self.name = self.name or auto_name(snake_case(type(self).__name__))
        self.dtype_policy = policy.get(self.dtype or config.floatx())
        self.dtype = self.dtype_policy.compute_dtype
        self._weights: list[Variable] = []

    # -- State ------------------------------------------------------------------------------------
    def add_variable(
        self,
        shape: Any,
        initializer: Any,
        dtype: Any = None,
        aggregation: str | None = "sum",
        name: str | None = None,
    ) -> Variable:
        """A new variable of the metric.

        Args:
            shape: shape.
            initializer: an initializer, its name, or a callable `(shape, dtype)`.
            dtype: dtype name; None: that of the metric.
            aggregation: how replicas of it are brought together.
            name: name, without '/'.
        """
        with name_scope(str(self.name).replace("/", ">")):
            variable = Variable(
                initializers.get(initializer), shape, dtype or self.dtype,
                trainable=False, autocast=False, aggregation=aggregation, name=name,
            )  # fmt: skip
        self._weights.append(variable)
        return variable

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """A new variable of the metric, a scalar zero unless told otherwise."""
        return self.add_variable(
            shape, "zeros" if initializer is None else initializer, dtype, name=name
        )

    @property
    def variables(self) -> list[Variable]:
        """The state: that of the metric itself, then that of the metrics that it holds."""
        held = owned(self)
        own = [c for c in held if isinstance(c, Variable)]
        inner = [v for c in held if isinstance(c, Metric) for v in c.variables]
        return distinct(own + inner)

    def reset_state(self) -> None:
        """Set the state to zeros."""
        for v in self.variables:
            v.assign(np.zeros(v.shape, np_dtype(v.dtype)))

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in a batch."""
        raise NotImplementedError(f"{type(self).__name__} does not define update_state().")

    def result(self) -> Any:
        """The number, for all that was taken in."""
        raise NotImplementedError(f"{type(self).__name__} does not define result().")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.update_state(*args, **kwargs)
        return self.result()

    # -- Pure counterparts ------------------------------------------------------------------------
    def _standing_in(self, values: Any) -> Scope:
        """A scope in which the variables have other values."""
        own = self.variables
        if len(values) != len(own):
            raise ValueError(
                f"{self.name}: expected the values of {len(own)} variables "
                f"({', '.join(v.name for v in own)}); got {len(values)}."
            )
        return Scope(
            zip(own, (getattr(x, "value", x) if isinstance(x, Variable) else x for x in values))
        )

    def stateless_update_state(self, metric_variables: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """The values of the variables after an update from `metric_variables`; changes nothing."""
        with self._standing_in(metric_variables) as scope:
            self.update_state(*args, **kwargs)
            return [scope.read(v) for v in self.variables]

    def stateless_result(self, metric_variables: Any) -> Any:
        """The result for the values `metric_variables` of the variables."""
        with self._standing_in(metric_variables):
            return self.result()

    def stateless_reset_state(self) -> list[Any]:
        """The values of the variables after a reset; changes nothing."""
        with Scope() as scope:
            self.reset_state()
            return [scope.read(v) for v in self.variables]

    # -- Config -----------------------------------------------------------------------------------
    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        return {"name": self.name, "dtype": self.dtype} | super().get_config()

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"
