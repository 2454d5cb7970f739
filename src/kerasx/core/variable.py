"""Variable: a named, typed place for a tensor."""

from typing import Any

import numpy as np

from ..backends import current as backend
from . import dtypes
from .naming import auto_name
from .registry import is_own
from .scope import LOCAL, current_path
from .structure import STRUCTURE
from .symbolic import REGISTRY, KerasTensor, Operators

READ = backend.read  # how what is stored gives the tensor; None where it is the tensor
INCREASE = backend.increase  # adds to what is stored, in place; None where nothing is in place
AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")


class Variable(Operators, backend.VariableBase):
    """A tensor that lasts: a weight, a counter, a statistic.

    Args:
        initializer: an array-like, or a callable `(shape, dtype) -> tensor` (then `shape` is
            required).
        shape: shape, where `initializer` is a callable.
        dtype: dtype name; that of an array given, else floatx.
        trainable: whether gradients are taken with respect to it.
        autocast: whether it is read in the compute dtype of the layer that runs.
        aggregation: how replicas of it are brought together: 'none', 'mean', 'sum',
            'only_first_replica'.
    """

    name = path = ""
    regularizer = constraint = None
    aggregation: str | None = "none"
    synchronization: str | None = "auto"
    overwrite_with_gradient = False
    stored: Any  # what the engine keeps; made when first asked for, where the value is awaited
    awaited: Any = None  # the initializer of a variable whose value a file will give

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str | None = "none",
        synchronization: str | None = "auto",
        name: str | None = None,
        layout: Any = None,
        **kwargs: Any,
    ):
        if kwargs:
            raise TypeError(f"Variable: unknown arguments {sorted(kwargs)}.")
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Variable: name={name!r}: expected a string without '/'.")
        if aggregation not in AGGREGATIONS:
            raise ValueError(
                f"Variable: aggregation={aggregation!r}: expected one of {AGGREGATIONS}."
            )
        self.name = name or auto_name("variable")
        self.path = current_path(self.name)
        self.autocast, self.aggregation, self.synchronization = (
            autocast,
            aggregation,
            synchronization,
        )
        self.layout = layout
        self._trainable = self.born_trainable = bool(trainable)
        if callable(initializer):
            if shape is None:
                raise ValueError(
                    f"Variable {self.name}: an initializer that is a callable needs `shape`."
                )
            shape, dtype = tuple(shape), dtypes.standardize(dtype)
            if LOCAL.awaiting is not None and may_wait(initializer, dtype):
                self.awaited, self._shape, self._dtype = initializer, shape, dtype
                LOCAL.awaiting.variables.append(self)
        else:
            initializer = initializer.value if isinstance(initializer, Variable) else initializer
            if dtype is None:
                dtype = dtypes.strong(dtypes.name_of(initializer))
        if self.awaited is None:
            self._begin(initializer, shape, dtypes.standardize(dtype))
        self._floating = dtypes.is_float(self._dtype)
        STRUCTURE.changed()

    def _begin(self, initializer: Any, shape: Any, dtype: str) -> None:
        """Have the first value."""
        with backend.at_once():  # a function may be being traced
            value = initializer(shape, dtype=dtype) if callable(initializer) else initializer
            self.stored = backend.store(value, dtype, self._trainable, is_fresh(initializer))
        self._dtype = dtypes.engine_name(self.stored.dtype)
        self._shape = tuple(self.stored.shape)
        if shape is not None and tuple(shape) != self._shape:
            raise ValueError(
                f"Variable {self.name}: shape={tuple(shape)}, but the initial value has "
                f"{self._shape}."
            )

    def __getattr__(self, name: str) -> Any:
        """What is stored, of a variable that is asked for its value before the file gave one."""
        if name != "stored" or self.awaited is None:
            raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}.")
        initializer, self.awaited = self.awaited, None
        self._begin(initializer, self._shape, self._dtype)
        return self.stored

    @property
    def value(self) -> Any:
        """The tensor, as the scope and the dtype policy in force have it."""
        if LOCAL.plain:
            return READ(self.stored) if READ else self.stored
        x = self._full
        to = LOCAL.autocast
        if to is not None and self.autocast and self._floating and to != self._dtype:
            return x.twin(to) if type(x) is KerasTensor else backend.cast(x, to)
        return x

    def assign(self, value: Any) -> Any:
        """Set the value; returns it."""
        value = unwrap(value)
        if type(value) is KerasTensor:  # a layer is asked what it would give
            return self._foretell(value)
        return self._full if self.copied(value) else self._assign(value)

    def copied(self, value: Any) -> bool:
        """Whether `value` is an array that fits as it is: then it is the value now."""
        fits = (
            type(value) is np.ndarray
            and LOCAL.scope is None
            and value.shape == self._shape
            and value.dtype == dtypes.np_dtype(self._dtype)
        )
        if fits:
            self.write(value)  # which copies: no need to make a tensor of it first
        return fits

    def _assign(self, value: Any) -> Any:
        value = backend.convert(value, self._dtype)
        if tuple(value.shape) != self._shape:
            raise ValueError(
                f"Variable {self.path}: cannot assign a value of shape {tuple(value.shape)} "
                f"to a variable of shape {self._shape}."
            )
        self.write(value)
        return value

    def _foretell(self, value: KerasTensor) -> KerasTensor:
        """Let the variable have `value`, which is not there yet, in the scope that is open."""
        if LOCAL.scope is None:
            raise TypeError(f"Variable {self.path}: cannot assign {value!r}, which has no value.")
        known = KerasTensor(self._shape, self._dtype)
        LOCAL.scope.write(self, known)
        return known

    def write(self, value: Any) -> None:
        """Set the value, which is a tensor of the right dtype and shape: checks nothing."""
        scope = LOCAL.scope
        if scope is not None:
            scope.write(self, value)
        elif self.awaited is None:
            self.stored = backend.write(self.stored, value)
        else:
            self.stored, self.awaited = backend.store(value, self._dtype, self._trainable), None

    def assign_add(self, value: Any) -> Any:
        """Add `value`; returns the new value."""
        if INCREASE is not None and LOCAL.scope is None:
            plain = type(value) in (int, float)
            INCREASE(self.stored, value if plain else backend.convert(unwrap(value), self._dtype))
            return self.value
        return self.assign(REGISTRY["add"](self._full, value))

    def assign_sub(self, value: Any) -> Any:
        """Subtract `value`; returns the new value."""
        return self.assign(REGISTRY["subtract"](self._full, value))

    @property
    def _full(self) -> Any:
        """The value in the variable's own dtype."""
        if LOCAL.scope is not None and (x := LOCAL.scope.read(self)) is not self.stored:
            return x
        return READ(self.stored) if READ else self.stored

    @property
    def shape(self) -> tuple[int, ...]:
        return self._shape

    @property
    def ndim(self) -> int:
        return len(self._shape)

    @property
    def dtype(self) -> str:
        """Name of the dtype that it is read in."""
        if LOCAL.autocast is not None and self.autocast and self._floating:
            return LOCAL.autocast
        return self._dtype

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        STRUCTURE.changed()
        if self.awaited is None:
            backend.set_trainable(self.stored, self._trainable)

    def numpy(self) -> np.ndarray:
        """The value as a NumPy array of its own: what becomes of the one is nothing to the
        other."""
        return np.array(backend.to_numpy(self.value))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.numpy(), dtype)

    def __len__(self) -> int:
        return self._shape[0]

    def __iter__(self):
        return iter(self.value)

    def __bool__(self) -> bool:
        return bool(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __float__(self) -> float:
        return float(self.numpy())

    def __repr__(self):
        about = f"path={self.path}, shape={self._shape}, dtype={self._dtype}"
        return f"<Variable {about}, value={self.value}>"


def is_fresh(initializer: Any) -> bool:
    """Whether what an initializer gives is nobody else's, so that it need not be copied."""
    return getattr(initializer, "fresh", False) is True and is_own(type(initializer))


def may_wait(initializer: Any, dtype: str) -> bool:
    """Whether a value may be made later, or never: nothing but the value is known by it then."""
    return is_own(type(initializer)) and dtype not in backend.NARROW


class Awaiting:
    """While open, variables wait for the values that a file will give them: nothing is drawn only
    to be written over.

    One that is read before gets its first value then. At the end, those get theirs that the file
    had nothing for and chance decides, and layers tell their engine's modules of all that they
    have. The others, such as the zeros that an optimizer begins with, wait until they are read.
    """

    def __init__(self):
        self.variables: list[Variable] = []
        self.adoptions: list[tuple[Any, str, Variable]] = []  # (module, name, child)

    def __enter__(self):
        self.outer, LOCAL.awaiting = LOCAL.awaiting, self
        return self

    def __exit__(self, kind: Any, *_: Any):
        LOCAL.awaiting = self.outer
        if kind is not None:  # there will be no model
            return
        for variable in self.variables:
            if hasattr(variable.awaited, "seed"):
                _ = variable.stored
        for module, name, child in self.adoptions:
            backend.Module.adopt(module, name, child)


def unwrap(x: Any) -> Any:
    """The value of a Variable; anything else as it is."""
    return x.value if type(x) is Variable else x


__all__ = ["AGGREGATIONS", "KerasTensor", "Variable", "unwrap"]
