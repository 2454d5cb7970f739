"""Chooses the engine once per loaded library.

A copy of the library loaded as `kerasx__torch` is bound to torch (see `with_backend`); the one
loaded as `kerasx` follows `KERASX_BACKEND`, `KERAS_BACKEND`, the settings file, and what is
installed.
"""

import importlib

from .choice import choose

ENGINE = __name__.split(".")[0].partition("__")[2] or choose()[0]
current = importlib.import_module(f".{ENGINE}", __name__)
