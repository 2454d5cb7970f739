"""Several engines in one process: the library, loaded again under another name."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from .backends import ENGINE
from .backends.choice import check

ROOT = Path(__file__).parent


def with_backend(engine: str) -> ModuleType:
    """The whole library bound to `engine`: 'jax', 'torch', 'tensorflow' or 'numpy'.

    All imports inside of the library are relative, so a second copy under another name shares
    nothing with the first but the engines. The copy is made once for each engine.

    Raises ValueError for an unknown engine, ModuleNotFoundError for one that is not installed.
    """
    check(engine, "with_backend")
    own = sys.modules[__package__ or ""]
    if engine == ENGINE:
        return own
    default = sys.modules.get(ROOT.name)
    if default is not None and getattr(default, "__engine__", None) == engine:
        return default
    name = f"{ROOT.name}__{engine}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
        )
        assert spec and spec.loader
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]
