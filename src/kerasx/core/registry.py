"""Where the classes and functions that files may name are found. Pure Python.

Nothing is imported, and nothing is called, because a file names it: what is not registered here,
or given as `custom_objects`, does not exist.
"""

import sys
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

T = TypeVar("T")
ROOT = __name__.split(".")[0]
INSIDE = f"{ROOT}."

BUILTIN: dict[tuple[str, str], Any] = {}  # (module as Keras writes it, class name) -> class
CUSTOM: dict[str, Any] = {}  # "package>name" -> class or function
NAMES: dict[Any, str] = {}  # the other way
FUNCTION_AREAS = ("activations", "losses", "metrics", "ops")  # where files may name functions of


class Local(threading.local):
    def __init__(self):
        self.objects: list[dict[str, Any]] = []
        self.references: References | None = None


LOCAL = Local()


class References:
    """While open, configs name classes and functions of the user's by their places in `objects`.

    Such a config goes with its `objects`, as in a pickle: nothing needs to be registered, and a
    function no name.
    """

    def __init__(self):
        self.objects: dict[str, Any] = {}

    def __enter__(self):
        self.outer, LOCAL.references = LOCAL.references, self
        return self

    def __exit__(self, *_: Any):
        LOCAL.references = self.outer

    def name(self, obj: Any) -> str:
        """The name of `obj` in `objects`."""
        for name, held in self.objects.items():
            if held is obj:
                return name
        name = f"{getattr(obj, '__name__', type(obj).__name__)}#{len(self.objects)}"
        self.objects[name] = obj
        return name


def by_reference() -> bool:
    """Whether configs are being made that go with the objects they name."""
    return LOCAL.references is not None


def is_own(obj: Any) -> bool:
    """Whether a class or function is part of this library."""
    module = getattr(obj, "__module__", "")
    return module.startswith(INSIDE) or module == ROOT


def module_of(cls: type) -> str:
    """The public module that saved files give for a class of this library: 'keras.layers'."""
    explicit = cls.__dict__.get("keras_module")
    return explicit or "keras." + cls.__module__.split(".")[1]


def exported_name(cls: type) -> str:
    """The name that saved files give for a class: where Keras exports it under another, that."""
    return cls.__dict__.get("keras_name") or cls.__name__


def enlist(cls: type) -> None:
    """Make a class of this library known to files."""
    if is_own(cls):
        BUILTIN[module_of(cls), exported_name(cls)] = cls


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Decorator: a class or function that saved files may name, as 'package>name'.

    Raises ValueError where a class lacks `get_config`.
    """

    def register(obj: T) -> T:
        key = f"{package}>{name or obj.__name__}"  # type: ignore[attr-defined]
        if isinstance(obj, type) and not hasattr(obj, "get_config"):
            raise ValueError(
                f"{obj.__name__}: a class that is registered needs a get_config() method."
            )
        CUSTOM[key], NAMES[obj] = obj, key
        return obj

    return register


def get_registered_name(obj: Any) -> str:
    """The name under which files know `obj`: 'package>name', or its own name."""
    if isinstance(obj, type):
        obj = obj.__dict__.get("stands_for", obj)
    if LOCAL.references is not None:
        return LOCAL.references.name(obj)
    return NAMES.get(obj) or obj.__name__


def get_registered_object(
    name: str,
    custom_objects: dict[str, Any] | None = None,
    module_objects: dict[str, Any] | None = None,
) -> Any:
    """The class or function registered as `name`, or None.

    Objects of scopes and of `custom_objects` are found by their bare names, too.
    """
    if not (LOCAL.objects or custom_objects or module_objects):
        return CUSTOM.get(name)
    given = (*reversed(LOCAL.objects), custom_objects or {})
    for table in (*given, CUSTOM, module_objects or {}):
        if name in table:
            return table[name]
    short = name.rpartition(">")[2]
    return next((table[short] for table in given if short in table), None)


def get_function(name: str) -> Any:
    """The public function of this library that files call `name`, or None."""
    if name.startswith("_") or name in ("get", "serialize", "deserialize"):
        return None
    for area in FUNCTION_AREAS:
        found = getattr(sys.modules.get(f"{ROOT}.{area}"), name, None)
        if isinstance(found, FunctionType) and is_own(found):
            return found
    return None


def get_custom_objects() -> dict[str, Any]:
    """The table of registered classes and functions, to read or to change."""
    return CUSTOM


class CustomObjectScope:
    """While open, the given names are known to files.

    with custom_object_scope({"MyLayer": MyLayer}):
        model = load_model("m.keras")
    """

    def __init__(self, custom_objects: dict[str, Any] | None = None):
        self.custom_objects = custom_objects or {}

    def __enter__(self):
        LOCAL.objects.append(self.custom_objects)
        return self

    def __exit__(self, *_: Any):
        LOCAL.objects.pop()


custom_object_scope = CustomObjectScope
