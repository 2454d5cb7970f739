"""KerasTensor: a shape, a dtype and the call that made it. Pure Python."""

from typing import Any

from . import dtypes
from .naming import auto_name
from .scope import LOCAL

REGISTRY: dict[str, Any] = {}  # op name -> bound function; fills as `ops` is imported


class Operators:
    """Python's operators, by the ops of the same meaning."""

    __array_priority__ = 1000  # NumPy arrays leave `array + x` to x


def _infix(name: str, swap: bool = False):
    if swap:
        return lambda self, other: REGISTRY[name](other, self)
    return lambda self, other: REGISTRY[name](self, other)


def _prefix(name: str):
    return lambda self: REGISTRY[name](self)


INFIX = dict(
    add="add", sub="subtract", mul="multiply", truediv="divide", floordiv="floor_divide",
    mod="mod", pow="power", matmul="matmul", xor="logical_xor",
    lshift="left_shift", rshift="right_shift",
)  # fmt: skip
INFIX["and"], INFIX["or"] = "logical_and", "logical_or"
COMPARE = dict(gt="greater", ge="greater_equal", lt="less", le="less_equal", getitem="get_item")

for _dunder, _name in INFIX.items():
    setattr(Operators, f"__{_dunder}__", _infix(_name))
    setattr(Operators, f"__r{_dunder}__", _infix(_name, swap=True))
for _dunder, _name in COMPARE.items():
    setattr(Operators, f"__{_dunder}__", _infix(_name))
for _dunder, _name in dict(
    neg="negative", abs="absolute", invert="logical_not", round="round"
).items():
    setattr(Operators, f"__{_dunder}__", _prefix(_name))


class EngineCalled(TypeError):
    """An engine's own function met a KerasTensor, which has no value."""


class KerasTensor(Operators):
    """A tensor that is not there yet: the shape (None where unknown) and dtype that it will
    have."""

    shape: tuple[int | None, ...] = ()
    dtype = "float32"
    sparse = ragged = False
    _node: Any  # the call that made it
    _keras_mask: Any

    _keras_history: (
        Any  # (operation, which of its calls, which output): set by the node that makes it
    )

    def __init__(
        self,
        shape: Any,
        dtype: Any = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        if (
            kwargs.pop("ragged_rank", None) is not None
            or kwargs.pop("row_splits_dtype", None) is not None
        ):
            raise NotImplementedError("ragged KerasTensors are not available.")
        if kwargs:
            raise TypeError(f"KerasTensor: unknown arguments {sorted(kwargs)}.")
        if ragged:
            raise NotImplementedError("ragged KerasTensors are not available.")
        self.shape = tuple(shape)
        self.dtype = (
            dtype if type(dtype) is str and dtype in dtypes.ALLOWED else dtypes.standardize(dtype)
        )
        self.sparse, self.ragged = sparse, ragged
        self.record_history = record_history
        self._name = name

    @property
    def name(self) -> str:
        if self._name is None:
            self._name = auto_name("keras_tensor")
        return self._name

    ndim = property(lambda self: len(self.shape))
    ragged_rank = property(lambda self: None)
    row_splits_dtype = property(lambda self: None)

    def converted(self, dtype: Any) -> "KerasTensor":
        """This tensor as the code of a layer sees it; a graph still holds the one that it stands
        for."""
        other = self.twin(dtype)
        other.__dict__["_origin"] = self.origin
        return other

    def twin(self, dtype: Any = None) -> "KerasTensor":
        """Another tensor of the same shape and mask, that no call has made yet."""
        other = KerasTensor(self.shape, dtype or self.dtype, sparse=self.sparse)
        if "_keras_mask" in self.__dict__:
            other._keras_mask = self._keras_mask
        return other

    @property
    def origin(self) -> "KerasTensor":
        """The tensor of the graph that this one stands for: mostly itself."""
        return self.__dict__.get("_origin", self)

    def reshape(self, newshape: Any) -> Any:
        """`ops.reshape(self, newshape)`."""
        return REGISTRY["reshape"](self, newshape)

    def squeeze(self, axis: Any = None) -> Any:
        """`ops.squeeze(self, axis)`."""
        return REGISTRY["squeeze"](self, axis)

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def refuse(self, *_: Any, **__: Any):
        raise EngineCalled(
            f"{self!r} has no value: an engine's own function cannot take it. Use kerasx.ops, "
            "or wrap the call in a Layer and give it this tensor."
        )

    __array__ = __len__ = __iter__ = __int__ = __float__ = __index__ = __bool__ = refuse


def is_symbolic(values: Any) -> bool:
    """Whether a KerasTensor is among `values`, alone or one list deep."""
    for x in values:
        kind = type(x)
        if kind is KerasTensor:
            return True
        if (kind is list or kind is tuple) and any(type(i) is KerasTensor for i in x):
            return True
    return False


def recording() -> bool:
    """Whether symbolic calls leave nodes behind."""
    return not LOCAL.quiet
