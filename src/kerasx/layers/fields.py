"""Types of fields that many layers have: activations, initializers, formats, sizes."""

from typing import Annotated, Any

from .. import activations, constraints, initializers, regularizers
from ..core import config
from ..core.fields import choice, takes_none


@takes_none
def activation(x: Any) -> Any:
    """The activation that a name, a function or None stands for."""
    return activations.get(x)


@takes_none
def data_format(x: Any) -> str:
    """'channels_last' or 'channels_first'; the default layout for None."""
    return config.data_format(x)


def whole(x: Any) -> int:
    """`x` as an int, if it is a whole number."""
    if isinstance(x, bool) or not hasattr(x, "__index__"):
        raise ValueError("expected a whole number")
    return int(x)


def count(x: Any) -> int:
    """`x` as an int, if it is a whole number greater than zero."""
    if whole(x) < 1:
        raise ValueError("expected a positive number")
    return int(x)


def not_negative(x: Any) -> Any:
    """`x`, if it is zero or greater."""
    if x is None or not x >= 0:
        raise ValueError("expected a number that is not negative")
    return x


def lower(x: Any) -> Any:
    """A string in lower case; anything else as it is."""
    return x.lower() if isinstance(x, str) else x


def per_axis(owner: Any, name: str, value: Any, n: int, convert: Any = count) -> tuple[int, ...]:
    """`value` as a tuple of `n` ints: one for all axes, or one for each."""
    try:
        values = tuple(value) if hasattr(value, "__iter__") else (value,) * n
        if len(values) == n:
            return tuple(map(convert, values))
    except ValueError:
        pass
    what = "a positive number" if convert is count else "a whole number"
    raise ValueError(f"{type(owner).__name__}: {name}={value!r}: expected {what}, or {n} of them.")


def sides_per_axis(owner: Any, name: str, value: Any, n: int) -> tuple[tuple[int, int], ...]:
    """`value` as (low, high) for each of `n` axes: one number, or a number or pair for each."""
    values = tuple(value) if hasattr(value, "__iter__") else (value,) * n
    try:
        pairs = [tuple(v) if hasattr(v, "__iter__") else (v, v) for v in values]
        if len(pairs) == n and all(len(p) == 2 and min(map(whole, p)) >= 0 for p in pairs):
            return tuple((int(low), int(high)) for low, high in pairs)
    except ValueError:
        pass
    raise ValueError(
        f"{type(owner).__name__}: {name}={value!r}: expected a whole number that is not negative, "
        f"{n} of them, or {n} pairs of them."
    )


Activation = Annotated[Any, activation]
Initializer = Annotated[Any, initializers.get]
Regularizer = Annotated[Any, regularizers.get]
Constraint = Annotated[Any, constraints.get]
Count = Annotated[int, count]
NotNegative = Annotated[float, not_negative]
DataFormat = Annotated[Any, data_format]
Lower = Annotated[str, lower]
Padding = Annotated[str, lower, choice("valid", "same")]
Seed = Any  # an int, a SeedGenerator or None
