"""What an engine refuses, in the kinds of exceptions that Keras has and in words of ours."""

import re
from typing import Any

from ..backends import current as backend
from . import dtypes, scope
from .symbolic import KerasTensor
from .variable import unwrap

REFUSALS = backend.REFUSALS


class OutOfRange(ValueError, IndexError):
    """An index or an axis that is not there."""


def symbols(v: Any) -> Any:
    """`v`, an argument of an op, with symbols in the place of tensors."""
    if type(v) in (list, tuple):
        return type(v)(map(symbols, v))
    v = unwrap(v)
    is_tensor = backend.is_tensor(v) or type(v).__name__ == "ndarray"
    return KerasTensor(tuple(v.shape), dtypes.name_of(v)) if is_tensor else v


def refusal(declaration: Any, error: Exception, *args: Any, **kwargs: Any) -> Exception:
    """The ValueError or TypeError in which the op says that the engine raised `error`.

    The rules for symbols say it best; where they find nothing wrong, the engine is quoted. Errors
    that do not come from the arguments pass: those of the device, and of users' functions.
    """
    if type(error) not in REFUSALS or any(map(callable, (*args, *kwargs.values()))):
        raise error
    made, named = symbols(args), {k: symbols(v) for k, v in kwargs.items()}
    try:
        with scope.quietly():
            declaration.infer(made, named)
    except (TypeError, ValueError) as said:
        return said.with_traceback(None)
    except IndexError as said:
        return OutOfRange(f"{declaration.name}: {said}")
    except Exception:  # a rule that does not know the arguments either
        pass
    words = re.sub(r"\{\{.*?\}\} ?|\[Op:.*", "", str(error).split("\n")[0]).strip(" .")
    kind = OutOfRange if isinstance(error, IndexError) else ValueError
    given = ", ".join([*map(described, made), *(f"{k}={described(v)}" for k, v in named.items())])
    return kind(f"{declaration.name}: {words}; got ({given}).")


def described(v: Any) -> str:
    """A tensor by its dtype and shape, anything else as it is."""
    if isinstance(v, KerasTensor):
        return f"{v.dtype} {v.shape}"
    if type(v) in (list, tuple):
        return f"[{', '.join(map(described, v))}]"
    return repr(v)[:100]
