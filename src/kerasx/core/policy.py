"""DTypePolicy: the dtypes that a layer computes in and keeps its variables in."""

import re
from collections.abc import Iterator, MutableMapping
from functools import cache
from typing import Any

from ..backends import current as backend
from . import config, dtypes
from .fields import Configurable
from .op import narrow
from .serialization import deserialize_keras_object, serialize_keras_object
from .symbolic import KerasTensor

MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}  # policy -> dtype to compute in


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
        if "_from_" in name:  # 'int8_from_float32'
            raise ValueError(
                f"DTypePolicy: name={name!r}: there are no quantized policies yet: expected a "
                "dtype, 'mixed_float16' or 'mixed_bfloat16'."
            )
        self.name = name
        try:
            self._compute = dtypes.standardize(MIXED.get(name, name))
        except ValueError:
            raise ValueError(
                f"DTypePolicy: name={name!r}: expected a dtype, 'mixed_float16' or "
                "'mixed_bfloat16'."
            ) from None

    @property
    def compute_dtype(self) -> str:
        """Name of the dtype to compute in."""
        return self._compute

    @property
    def variable_dtype(self) -> str:
        """Name of the dtype of variables."""
        return "float32" if self.name in MIXED else self._compute

    @property
    def quantization_mode(self) -> str | None:
        """How weights are quantized, or None."""
        return None

    def at(self, path: str) -> "DTypePolicy":
        """The policy of the layer that stands at `path`."""
        return self

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


class DTypePolicyMap(DTypePolicy, MutableMapping):
    """Policies of layers by their paths: `policies["encoder/.*"] = "mixed_bfloat16"`.

    A key is a path, or a regular expression that matches the whole of one. Everything else has the
    default policy. Given as `dtype` to a layer, it holds for those inside that are given it, too.

    Args:
        default_policy: a policy or its name; None: that of layers that are given none.
        policy_map: {path or expression: policy or its name} to begin with.
    """

    keras_module = "keras.dtype_policies"

    def __init__(self, default_policy: Any = None, policy_map: dict[str, Any] | None = None):
        if not isinstance(policy_map or {}, dict):
            raise TypeError(f"DTypePolicyMap: policy_map={policy_map!r}: expected a dict.")
        self._default, self._policies = default_policy, {}
        for path, policy in (policy_map or {}).items():
            self[path] = policy

    @property
    def default_policy(self) -> DTypePolicy:
        """The policy of all that no key matches."""
        return get(self._default)

    @property
    def name(self) -> str:
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self) -> str:
        """That of the default policy."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self) -> str:
        """That of the default policy."""
        return self.default_policy.variable_dtype

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        policies = {k: serialize_keras_object(p) for k, p in self._policies.items()}
        return {"default_policy": serialize_keras_object(self._default), "policy_map": policies}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "DTypePolicyMap":
        """An object made from what `get_config` gave."""
        policies = config["policy_map"].items()
        return cls(
            deserialize_keras_object(config["default_policy"], custom_objects),
            {k: deserialize_keras_object(p, custom_objects) for k, p in policies},
        )

    def __eq__(self, other: Any) -> bool:
        return type(self) is type(other) and self.get_config() == other.get_config()

    __hash__ = object.__hash__

    def at(self, path: str) -> DTypePolicy:
        return self[path]

    def __repr__(self):
        policies = {k: p.name for k, p in self._policies.items()}
        return f"<DTypePolicyMap {policies}, else {self.default_policy.name}>"

    def __getitem__(self, path: str) -> DTypePolicy:
        if path in self._policies:
            return self._policies[path]
        found = [key for key in self._policies if re.fullmatch(key, path)]
        if len(found) > 1:
            raise ValueError(f"DTypePolicyMap: {path!r} matches several keys: {found}.")
        return self._policies[found[0]] if found else self.default_policy

    def __setitem__(self, path: str, policy: Any) -> None:
        if path in self._policies:
            raise ValueError(f"DTypePolicyMap: {path!r} has a policy already: {self[path]}.")
        self._policies[path] = get(policy)

    def __delitem__(self, path: str) -> None:
        del self._policies[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._policies)

    def __len__(self) -> int:
        return len(self._policies)


class FloatDTypePolicy(DTypePolicy):
    """A DTypePolicy, by another name."""

    keras_module = "keras"


DEFAULT: list[DTypePolicy | None] = [None]


def dtype_policy() -> DTypePolicy:
    """The policy of layers that are given none."""
    return DEFAULT[0] or named(config.floatx())


@cache
def named(name: str) -> DTypePolicy:
    """The policy of that name: each layer asks for one."""
    return DTypePolicy(name)


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
