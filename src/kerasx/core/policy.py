"""DTypePolicy: the dtypes that a layer computes in and keeps its variables in."""

from typing import Any

from ..backends import current as backend
from . import config, dtypes
from .fields import Configurable
from .op import narrow
from .serialization import deserialize_keras_object
from .symbolic import KerasTensor


class DTypePolicy(Configurable):
    """The dtypes of a layer.

    `name` is a dtype ('float32': computes and keeps its variables in it), or 'mixed_float16' or
    'mixed_bfloat16' (computes in 16 bits, keeps variables in float32).
    """

    keras_module = "keras"
    name: Any = None

    def setup(self) -> None:
        name = self.name or config.floatx()
        if not isinstance(name, str):
            raise TypeError(
                f"DTypePolicy: name={name!r}: expected a string such as 'mixed_float16'."
            )
        self.name = name
        self.quantization_mode = None
        if name in ("mixed_float16", "mixed_bfloat16"):
            self.compute_dtype, self.variable_dtype = name.removeprefix("mixed_"), "float32"
        else:
            try:
                self.compute_dtype = self.variable_dtype = dtypes.standardize(name)
            except ValueError:
                raise ValueError(
                    f"DTypePolicy: name={name!r}: expected a dtype, 'mixed_float16' or "
                    "'mixed_bfloat16'."
                ) from None

    def convert_input(self, x: Any, autocast: bool, dtype: str | None) -> Any:
        """`x` as a tensor; floats in `dtype` where `autocast` is set."""
        if isinstance(x, KerasTensor):
            if autocast and dtypes.is_float(x.dtype) and x.dtype != dtype:
                return x.converted(dtype)
            return x
        name = dtypes.name_of(x)
        floating = dtypes.is_float(name)
        to = dtype if floating and autocast else None
        return backend.convert(x, to or narrow(dtypes.strong(name)))

    def __eq__(self, other: Any) -> bool:
        return type(self) is type(other) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self):
        return f'<DTypePolicy "{self.name}">'


FloatDTypePolicy = DTypePolicy
DEFAULT: list[DTypePolicy | None] = [None]


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none."""
    return DEFAULT[0] or DTypePolicy(config.floatx())


def set_dtype_policy(policy: Any) -> None:
    """Set the policy of layers that are given none: a name or a DTypePolicy."""
    DEFAULT[0] = None if policy is None else get(policy)


def get(identifier: Any) -> DTypePolicy:
    """The policy that a name, a dtype, a config or a policy itself stands for (None: the
    default)."""
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        return deserialize_keras_object(identifier)
    if isinstance(identifier, str):
        return DTypePolicy(identifier)
    return DTypePolicy(dtypes.standardize(identifier))
