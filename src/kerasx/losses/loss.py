"""Loss: what training lowers, one number for a batch."""

from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, ClassVar, TypeVar

import numpy as np

from .. import ops
from ..core import config, masks, policy, tree
from ..core.dtypes import floating, name_of
from ..core.fields import Configurable, choice, field
from ..core.naming import auto_name, snake_case
from ..core.op import narrow
from ..core.present import mask_for
from ..core.registry import enlist
from ..core.serialization import serialize_keras_object

F = TypeVar("F", bound=Callable[..., Any])
Reduction = Annotated[
    str | None,
    choice("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None),
]


LABELLED: set[Any] = set()  # functions whose targets are integers


# -- Functions of targets and predictions ---------------------------------------------------------
def measure(fn: F) -> F:
    """Decorator for `fn(y_true, y_pred, ...)`: both come in as float tensors of the same rank."""

    @wraps(fn)
    def call(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        y_pred = floats(y_pred)
        y_true, y_pred = same_rank(ops.convert_to_tensor(y_true, y_pred.dtype), y_pred)
        if apart(a := tuple(y_true.shape), b := tuple(y_pred.shape)):
            raise ValueError(
                f"{fn.__name__}: targets of shape {a} do not fit predictions of shape {b}."
            )
        return fn(y_true, y_pred, *args, **kwargs)

    enlist(call)  # files may name it  # type: ignore[arg-type]
    return call  # type: ignore[return-value]


def labelled(fn: F) -> F:
    """Decorator for `fn(y_true, y_pred, ...)`: targets as integers, predictions as floats."""

    @wraps(fn)
    def call(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        return fn(ops.convert_to_tensor(y_true, "int32"), floats(y_pred), *args, **kwargs)

    LABELLED.add(call)
    enlist(call)  # type: ignore[arg-type]
    return call  # type: ignore[return-value]


def floats(x: Any) -> Any:
    """`x` as a tensor of the float dtype that its own dtype computes in."""
    return ops.convert_to_tensor(x, narrow(floating(name_of(x))[1]))


def apart(a: tuple[int | None, ...], b: tuple[int | None, ...]) -> bool:
    """Whether tensors of these shapes cannot be broadcast to one."""
    return any(m != n and None not in (m, n) and 1 not in (m, n) for m, n in zip(a[::-1], b[::-1]))


def same_rank(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Both, where one has a last axis of size one that the other lacks, with it or without it."""
    rank1, rank2 = len(x1.shape), len(x2.shape)
    if rank1 == rank2 + 1 and x1.shape[-1] == 1:
        return (x1, ops.expand_dims(x2, -1)) if rank2 == 1 else (ops.squeeze(x1, -1), x2)
    if rank2 == rank1 + 1 and x2.shape[-1] == 1:
        return (ops.expand_dims(x1, -1), x2) if rank1 == 1 else (x1, ops.squeeze(x2, -1))
    return x1, x2


# -- Reduction ------------------------------------------------------------------------------------
def reduced(values: Any, weight: Any, mask: Any, reduction: str | None) -> Any:
    """The samples' values as one number, weighted; what the mask leaves out does not count."""
    if weight is not None:
        values, weight = aligned("sample_weight", values, weight)
        values = values * weight
    if mask is not None:
        values, mask = aligned("mask", values, mask)
        values = values * mask
    if (rows := rows_of(values)) is not None:
        values = values * rows
        mask = rows if mask is None else mask * rows
    if reduction in (None, "none"):
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and weight is not None:
        share = weight if mask is None else aligned("mask", weight, mask)[0] * mask
        return ops.divide_no_nan(ops.sum(values), ops.sum(share))
    if mask is None:
        return ops.mean(values)
    return ops.divide_no_nan(ops.sum(values), ops.sum(mask * ops.ones_like(values)))


def rows_of(values: Any) -> Any:
    """1 for the rows of `values` that are samples, 0 for others, in its dtype and rank; None: all
    are."""
    mask = mask_for(values)
    if mask is None:
        return None
    return ops.cast(ops.reshape(mask, (-1,) + (1,) * (len(values.shape) - 1)), values.dtype)


def aligned(what: str, values: Any, weight: Any) -> tuple[Any, Any]:
    """Values and what weighs them, brought to shapes that can be multiplied."""
    values, weight = same_rank(values, weight)
    a, b = tuple(values.shape), tuple(weight.shape)
    if apart(a, b):
        raise ValueError(
            f"{what} of shape {b} does not fit losses of shape {a}: "
            f"expected {a}, or {(*a[:1], *[1] * (len(a) - 1))} for one weight for each sample."
        )
    return values, weight


def combined(mask1: Any, mask2: Any) -> Any:
    """The mask of what both masks let pass; None lets all pass."""
    if mask1 is None or mask2 is None:
        return mask2 if mask1 is None else mask1
    return ops.logical_and(*same_rank(mask1, mask2))


# -- Classes --------------------------------------------------------------------------------------
class Loss(Configurable):
    """A scalar that tells how far predictions are from targets: subclasses define `call`.

    Args:
        name: name.
        reduction: how the values of the samples become one number: 'sum_over_batch_size' and 'mean'
            (their mean), 'sum', 'mean_with_sample_weight' (their sum over the sum of the weights),
            'none' or None (they do not).
        dtype: a dtype or policy: what is computed in; None: floatx.
    """

    keras_module = "keras"
    name: str | None = field(default=None, kw_only=True)
    reduction: Reduction = field(default="sum_over_batch_size", kw_only=True)
    dtype: Any = field(default=None, kw_only=True, saved=False)

    def setup(self) -> None:
        self.name = self.name or auto_name(snake_case(type(self).__name__))
        self.dtype_policy = policy.get(self.dtype or config.floatx())
        self.dtype = self.dtype_policy.compute_dtype

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        raise NotImplementedError(f"{type(self).__name__} does not define call(y_true, y_pred).")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        mask = masks.get_mask(y_pred)
        if self._function() not in LABELLED:
            y_true = self._converted(y_true)
        losses = self.call(y_true, self._converted(y_pred))
        mask = combined(mask, masks.get_mask(losses))
        dtype = self.dtype
        weight = None if sample_weight is None else ops.convert_to_tensor(sample_weight, dtype)
        mask = None if mask is None else ops.cast(mask, dtype)
        return reduced(ops.convert_to_tensor(losses, dtype), weight, mask, self.reduction)

    def _function(self) -> Any:
        """The function that gives the values, where there is one."""

    def _converted(self, x: Any) -> Any:
        """A structure of arrays as one of tensors; nested lists of numbers are arrays."""
        if hasattr(x, "dtype") or not tree.is_nested(x):
            return ops.convert_to_tensor(x, self.dtype)
        leaves = tree.flatten(x)
        if isinstance(x, (list, tuple)) and not any(hasattr(leaf, "dtype") for leaf in leaves):
            return ops.convert_to_tensor(np.asarray(x), self.dtype)
        return tree.map_structure(self._converted, x)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        config_ = {"name": self.name, "reduction": self.reduction} | super().get_config()
        if self.dtype_policy.name != config.floatx():
            config_["dtype"] = serialize_keras_object(self.dtype_policy)
        return config_

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


class Measured(Loss):
    """A loss whose values are those of a function of the class: `fn(y_true, y_pred, ...)`.

    The further parameters of `fn` are fields.
    """

    keras_module = "kerasx.losses"  # no name for files
    fn: ClassVar[Callable[..., Any]]
    reduction: Reduction = "sum_over_batch_size"
    name: str | None = None
    dtype: Any = field(default=None, saved=False)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        options = {n: getattr(self, n) for n in self.FIELDS if n not in Loss.FIELDS}
        return type(self).fn(y_true, y_pred, **options)

    def _function(self) -> Any:
        return type(self).fn


class LossFunctionWrapper(Loss):
    """A loss made of any function `fn(y_true, y_pred)` that gives one value for each sample."""

    keras_module = "kerasx.losses"
    fn: Any
    reduction: Reduction = "sum_over_batch_size"
    name: str | None = None
    dtype: Any = field(default=None, saved=False)

    def setup(self) -> None:
        self.name = self.name or getattr(self.fn, "__name__", None)
        super().setup()

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        return self.fn(*same_rank(y_true, y_pred))

    def _function(self) -> Any:
        return self.fn
