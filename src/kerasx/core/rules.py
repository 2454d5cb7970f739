"""Dtype rules, as the engine follows them: without the dtypes that it does not compute in."""

from functools import cache
from typing import Any

from ..backends import current as backend
from . import config, dtypes

RULES: list[tuple[Any, set[Any]]] = []  # with the engine dtypes that each leaves alone


def narrow(name: str) -> str:
    """`name`, or the dtype that the engine computes in instead of it."""
    return name if config.SETTINGS.floatx == "float64" else backend.NARROW.get(name, name)


@cache
def narrowed(rule):
    """A dtype rule as this engine follows it."""
    keeps = getattr(rule, "kept", False)

    @cache
    def follow(*names: str):
        to, out = rule(*names)
        if to is None or (keeps and to in names):  # what stays as it is, is not narrowed
            return to, out
        return narrow(to), tuple(map(narrow, out)) if isinstance(out, tuple) else narrow(out)

    return follow


def computed(rule, name: str) -> str | None:
    """The dtype that a rule computes in, given one tensor of dtype `name`."""
    try:
        return rule(name)[0]
    except (TypeError, ValueError):  # the rule takes no such dtype
        return ""


@cache
def ready_for(rule) -> set[Any]:
    """The engine dtypes that a dtype rule takes as they are: one set for each rule, kept up to
    date."""
    ready: set[Any] = set()
    RULES.append((rule, ready))
    fill(rule, ready)
    return ready


def fill(rule, ready: set[Any]) -> None:
    """Find anew the engine dtypes that a dtype rule takes as they are."""
    ready.clear()
    for name, engine_dtype in backend.DTYPES.items():
        if rule is None or computed(rule, name) in (None, name):
            ready.add(engine_dtype)


def refresh(_: str) -> None:
    """Follow a change of floatx."""
    backend.set_wide(config.floatx() == "float64")
    for rule, ready in RULES:
        if rule is not None:
            rule.cache_clear()
        fill(rule, ready)


config.LISTENERS.append(refresh)
