"""How a suite goes over its checks."""

from collections.abc import Callable
from typing import Any


def run_checks(
    suite: str, checks: tuple[Callable[[Any], None], ...], sample: Any, subject: Any, without: Any
) -> None:
    """Run the checks of a suite but those named in `without`; AssertionError names the check."""
    names = [check.__name__ for check in checks]
    if unknown := sorted(set(without) - set(names)):
        raise ValueError(f"{suite}: without={unknown}: expected some of {names}.")
    for check in checks:
        if check.__name__ in without:
            continue
        try:
            check(sample)
        except Exception as e:
            words = check.__name__.replace("_", " ")
            raise AssertionError(f"{type(subject).__name__}: {words}: {e}") from e


def expect_instance(suite: str, x: Any, base: type) -> None:
    """TypeError where `x` is not an object of a class."""
    if not isinstance(x, base):
        hint = f"{x.__name__}(...)" if isinstance(x, type) else f"a {base.__name__}"
        raise TypeError(f"{suite}: expected an object such as {hint}; got {x!r}.")
