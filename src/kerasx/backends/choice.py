"""Which engine to use, and why. Imports none."""

import os
from importlib.util import find_spec

from ..core import config

ENGINES = ("jax", "torch", "tensorflow", "numpy")


def installed() -> list[str]:
    """The engines that can be imported, in order of preference."""
    return [e for e in ENGINES if find_spec(e) is not None]


def choose() -> tuple[str, str]:
    """The engine to use, and the reason."""
    for variable in ("KERASX_BACKEND", "KERAS_BACKEND"):
        if name := os.environ.get(variable):
            return check(name, variable), f"{variable}={name}"
    if name := config.read().get("backend"):
        file = str(config.home() / "kerasx.json")
        return check(name, file), f'"backend": "{name}" in {file}'
    there = installed()
    if not there:
        raise ModuleNotFoundError("no engine is installed: pip install numpy, or 'kerasx[jax]'.")
    return there[0], f"first installed of {', '.join(ENGINES)}"


def check(name: str, source: str) -> str:
    """`name`, if it is an engine that is installed."""
    if name not in ENGINES:
        raise ValueError(
            f"{source}: {name!r} is not an engine: expected one of {', '.join(ENGINES)}."
        )
    if find_spec(name) is None:
        raise ModuleNotFoundError(
            f"{source}: engine {name!r} is not installed: pip install 'kerasx[{name}]', "
            f"or choose one that is: {', '.join(installed())}."
        )
    return name
