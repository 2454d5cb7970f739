"""Tests in which another float dtype is the default."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def defaulting_to(floatx: str, *libraries: Any) -> Iterator[None]:
    """While open, `floatx` is the default float dtype of `libraries`; float32 after it."""
    for library in libraries:
        library.config.set_floatx(floatx)
    try:
        yield
    finally:
        for library in libraries:
            library.config.set_floatx("float32")
