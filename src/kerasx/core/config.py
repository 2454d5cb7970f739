"""Settings shared by all of a loaded library: floatx, epsilon, image data format, ...

Read once from `kerasx.json` (in `$KERASX_HOME`, `$KERAS_HOME` or `~/.kerasx`); set by the
functions of
`kerasx.config`. Pure Python.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

FLOATS = ("float16", "bfloat16", "float32", "float64")
FORMATS = ("channels_last", "channels_first")


def home() -> Path:
    """The folder of settings and cached data."""
    for variable in ("KERASX_HOME", "KERAS_HOME"):
        if folder := os.environ.get(variable):
            return Path(folder)
    return Path.home() / ".kerasx"


def read() -> dict[str, Any]:
    """The settings file, or {} where there is none."""
    try:
        text = (home() / "kerasx.json").read_text()
    except OSError:
        return {}
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as e:
        raise ValueError(
            f"{home() / 'kerasx.json'} is not valid JSON: {e}. Mend or delete it."
        ) from None
    if not isinstance(settings, dict):
        raise ValueError(f"{home() / 'kerasx.json'}: expected a JSON object.")
    return settings


class Settings:
    """The values now in force."""

    floatx = "float32"
    epsilon = 1e-7
    image_data_format = "channels_last"
    nnx_enabled = False
    flash_attention: bool | None = None
    interactive_logging = True
    traceback_filtering = True
    max_epochs: int | None = None
    max_steps_per_epoch: int | None = None
    portable_random = False
    unsafe_deserialization = False


SETTINGS = Settings()
LISTENERS: list[Callable[[str], None]] = []  # called with the new floatx


def floatx() -> str:
    """Name of the default float dtype."""
    return SETTINGS.floatx


def set_floatx(value: str) -> None:
    """Set the default float dtype: 'float16', 'bfloat16', 'float32' or 'float64'.

    With 'float64' every engine computes in 64 bits where it is given 64 bits.
    """
    SETTINGS.floatx = one_of("floatx", value, FLOATS)
    for listener in LISTENERS:
        listener(value)


def epsilon() -> float:
    """The small number that keeps divisions and logarithms finite."""
    return SETTINGS.epsilon


def set_epsilon(value: float) -> None:
    """Set the number that keeps divisions and logarithms finite."""
    SETTINGS.epsilon = float(value)


def image_data_format() -> str:
    """'channels_last' or 'channels_first': where `data_format=None` points."""
    return SETTINGS.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set the default layout of images: 'channels_last' or 'channels_first'."""
    SETTINGS.image_data_format = one_of("data_format", data_format, FORMATS)


def data_format(value: str | None) -> str:
    """`value`, checked, or the default layout where it is None."""
    if value is None:
        return SETTINGS.image_data_format
    return one_of("data_format", value, FORMATS)


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> Any:
    """`value`, if it is among `choices`."""
    if value not in choices:
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(repr, choices))}.")
    return value


def load(settings: dict[str, Any]) -> None:
    """Put the known entries of a settings file in force."""
    SETTINGS.floatx = one_of("floatx", settings.get("floatx", "float32"), FLOATS)
    SETTINGS.epsilon = float(settings.get("epsilon", 1e-7))
    SETTINGS.image_data_format = one_of(
        "image_data_format", settings.get("image_data_format", "channels_last"), FORMATS
    )
    SETTINGS.max_epochs = settings.get("max_epochs")
    SETTINGS.max_steps_per_epoch = settings.get("max_steps_per_epoch")


load(read())
