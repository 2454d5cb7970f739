"""Settings: engine, floatx, epsilon, image layout, logging, limits."""

from .backends import ENGINE
from .core.config import (
    SETTINGS,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)  # fmt: skip
from .core.policy import dtype_policy, set_dtype_policy


def backend() -> str:
    """The name of the engine that this library is bound to."""
    return ENGINE


def set_backend(backend: str) -> None:
    """Nothing where `backend` is the engine in use; an error for another one.

    The engine is bound at import: `kerasx.with_backend(backend)` gives the library on another
    engine.
    """
    if backend != ENGINE:
        raise RuntimeError(
            f"set_backend({backend!r}): this library is bound to {ENGINE} since its import. Use "
            f"kerasx.with_backend({backend!r}) beside it, or set KERASX_BACKEND={backend} before "
            "the import."
        )


def is_flash_attention_enabled() -> bool | None:
    """Whether attention runs on flash kernels: None leaves the choice to the engine."""
    return SETTINGS.flash_attention


def enable_flash_attention() -> None:
    """Ask for flash kernels in attention."""
    SETTINGS.flash_attention = True


def disable_flash_attention() -> None:
    """Keep attention from flash kernels."""
    SETTINGS.flash_attention = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress is printed, rather than logged."""
    return SETTINGS.interactive_logging


def enable_interactive_logging() -> None:
    """Print progress to standard output."""
    SETTINGS.interactive_logging = True


def disable_interactive_logging() -> None:
    """Send progress to Python's `logging`."""
    SETTINGS.interactive_logging = False


def is_traceback_filtering_enabled() -> bool:
    """Whether frames of the library would be cut from tracebacks; kerasx never cuts any."""
    return SETTINGS.traceback_filtering


def enable_traceback_filtering() -> None:
    """Kept for Keras's sake: kerasx shows tracebacks whole."""
    SETTINGS.traceback_filtering = True


def disable_traceback_filtering() -> None:
    """Kept for Keras's sake: kerasx shows tracebacks whole."""
    SETTINGS.traceback_filtering = False


def is_nnx_enabled() -> bool:
    """Whether Flax's NNX keeps the state: it does not."""
    return SETTINGS.nnx_enabled


def enable_unsafe_deserialization() -> None:
    """An error: kerasx has no unsafe way to read a file."""
    raise RuntimeError(
        "enable_unsafe_deserialization(): a file never carries code here, so there is nothing to "
        "enable. "
        "Register your classes and functions with kerasx.saving.register_keras_serializable()."
    )


def portable_random() -> bool:
    """Whether random numbers are the same on every engine."""
    return SETTINGS.portable_random


def set_portable_random(portable: bool) -> None:
    """Draw the same random numbers on every engine, eager and compiled; slower than the engines do.

    What is compiled already goes on as it was. The draws: see `kerasx.random`.
    """
    SETTINGS.portable_random = bool(portable)


def max_epochs() -> int | None:
    """The greatest number of epochs that `fit` runs, or None."""
    return SETTINGS.max_epochs


def set_max_epochs(max_epochs: int | None) -> None:
    """Limit the epochs of every `fit`; None: no limit."""
    SETTINGS.max_epochs = limit("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The greatest number of steps in an epoch of `fit`, or None."""
    return SETTINGS.max_steps_per_epoch


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limit the steps of every epoch of `fit`; None: no limit."""
    SETTINGS.max_steps_per_epoch = limit("max_steps_per_epoch", max_steps_per_epoch)


def limit(name: str, value: int | None) -> int | None:
    """`value`, if it is None or a positive integer."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ValueError(f"{name}={value!r}: expected a positive integer or None.")
    return value
