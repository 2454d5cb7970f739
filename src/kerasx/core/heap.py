"""Memory: the C library's heap while models run, Python's collector while they are made. Pure
Python.

A step takes and frees the same memory over and over. By default glibc gives the end of the heap
back to the system as soon as it is free, and each step has it mapped and zeroed again, page by
page: up to 40 % of the time of a step of a small convolutional network on PyTorch.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of options in <malloc.h>
LARGE = 32 * 2**20  # bytes; blocks of at least this size still come from the system, and go back
USERS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES")


@cache
def keep() -> bool:
    """Let the process keep freed memory for its next step; returns whether it does now.

    Changes nothing where the C library is another than glibc, or where the user has set one of its
    own environment variables for this.
    """
    if sys.platform != "linux" or any(name in os.environ for name in USERS):
        return False
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return False
    return bool(libc.mallopt(MMAP_THRESHOLD, LARGE) and libc.mallopt(TRIM_THRESHOLD, 2**31 - 1))


@contextmanager
def growing() -> Iterator[None]:
    """While open, the collector of cycles waits: for what makes many objects that all stay.

    It looks at all objects of the process again and again while their number grows, those of the
    engine's modules among them: up to 40 % of the time of building a model of many layers.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
