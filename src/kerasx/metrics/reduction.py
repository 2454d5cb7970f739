"""Sums and means over batches, of values or of functions of targets and predictions."""

from collections.abc import Callable
from typing import Any, ClassVar

from .. import ops
from ..core import masks
from ..core.serialization import deserialize_keras_object
from ..losses.lookup import serialize
from ..losses.loss import LABELLED, combined, same_rank
from .metric import Metric


def per_sample(values: Any, weight: Any, reduce: Callable[..., Any], dtype: str) -> tuple[Any, Any]:
    """Values reduced to one for each sample and weighted, and the weights (None: all are 1)."""
    values = ops.convert_to_tensor(values, dtype)
    if weight is None:
        return beyond(values, 1, reduce), None
    weight = ops.convert_to_tensor(weight, dtype)
    values, weight = same_rank(values, weight)
    if (rank := len(weight.shape)) > 1:
        weight = ops.broadcast_to(weight, ops.shape(values))
        return beyond(values * weight, 1, reduce), beyond(weight, 1, reduce)
    return beyond(values, rank, reduce) * weight, weight


def beyond(x: Any, axis: int, reduce: Callable[..., Any]) -> Any:
    """`x` reduced over the axes from `axis` on."""
    rank = len(x.shape)
    return reduce(x, tuple(range(axis, rank))) if rank > axis else x


class Sum(Metric):
    """The weighted sum of the values."""

    name: str | None = "sum"
    dtype: Any = None

    def setup(self) -> None:
        super().setup()
        self.total = self.add_weight(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values, with one weight for each sample or value."""
        values, _ = per_sample(values, sample_weight, ops.sum, self.dtype)
        self.total.assign_add(ops.sum(values))

    def result(self) -> Any:
        """The sum so far."""
        return self.total.value


class Mean(Metric):
    """The weighted mean of the values."""

    name: str | None = "mean"
    dtype: Any = None

    def setup(self) -> None:
        super().setup()
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Take in values, with one weight for each sample or value."""
        if isinstance(sample_weight, int) and not values.shape:
            self.total.assign_add(values * sample_weight)
            self.count.assign_add(sample_weight)
            return
        values, weight = per_sample(values, sample_weight, ops.mean, self.dtype)
        self.total.assign_add(ops.sum(values))
        if weight is None:
            self.count.assign_add(ops.shape(values)[0] if len(values.shape) else 1)
        else:
            self.count.assign_add(ops.sum(weight))

    def result(self) -> Any:
        """The mean so far; 0 before any value came in."""
        return ops.divide_no_nan(self.total.value, self.count.value)


class MeanMetricWrapper(Mean):
    """The weighted mean of `fn(y_true, y_pred, **kwargs)`, which gives one value for each sample.

    A subclass may have `fn` as its attribute, and the further parameters of `fn` as its fields.
    """

    fn: ClassVar[Callable[..., Any]]

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ):
        self.name, self.dtype = name, dtype
        self.setup()
        self._fn, self._options = fn, kwargs

    def setup(self) -> None:
        super().setup()
        self._fn: Callable[..., Any] = getattr(type(self), "fn", missing)
        self._options = {n: getattr(self, n) for n in self.FIELDS if n not in Metric.FIELDS}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions.

        What the mask of `y_pred`, or of what `fn` gives, leaves out does not count.
        """
        mask = masks.get_mask(y_pred)
        if self._fn not in LABELLED:
            y_true = ops.convert_to_tensor(y_true, self.dtype)
        values = self._fn(y_true, ops.convert_to_tensor(y_pred, self.dtype), **self._options)
        mask = combined(mask, masks.get_mask(values))
        if mask is not None:
            sample_weight = masked(sample_weight, mask, self.dtype)
        super().update_state(values, sample_weight)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        config = super().get_config()
        return (
            config
            if hasattr(type(self), "fn")
            else config | {"fn": serialize(self._fn)} | self._options
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MeanMetricWrapper":
        """A metric made from what `get_config` gave."""
        if "fn" in config:
            config = config | {"fn": deserialize_keras_object(config["fn"])}
        return cls(**config)


def missing(*_: Any, **__: Any) -> Any:
    """Stands for a function until there is one."""
    raise NotImplementedError("MeanMetricWrapper: there is no function to take the mean of.")


def of_seen(weight: Any, y_pred: Any, dtype: str) -> Any:
    """Weights, with zeros where the mask of the predictions leaves out."""
    mask = masks.get_mask(y_pred)
    return weight if mask is None else masked(weight, mask, dtype)


def masked(weight: Any, mask: Any, dtype: str) -> Any:
    """Weights with zeros where the mask leaves out."""
    mask = ops.cast(mask, dtype)
    if weight is None:
        return mask
    weight, mask = same_rank(ops.convert_to_tensor(weight, dtype), mask)
    while len(weight.shape) < len(mask.shape):  # one weight for each sample
        weight = ops.expand_dims(weight, -1)
    return weight * mask
