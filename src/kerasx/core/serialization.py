"""Objects as JSON-able configs, and back. Pure Python.

Reading a config calls nothing but `from_config` (and `build_from_config`, `compile_from_config`) of
classes that are known: those of the library, those registered, and `custom_objects`. Code is never
written, and never made from what is read.
"""

from functools import cache
from typing import Any

import numpy as np

from . import dtypes
from .naming import not_known, snake_case
from .registry import (
    BUILTIN,
    CustomObjectScope,
    by_reference,
    exported_name,
    get_function,
    get_registered_name,
    get_registered_object,
    is_own,
    module_of,
)  # fmt: skip
from .symbolic import KerasTensor

PLAIN = (str, int, float, bool, type(None))
CODE = ("__lambda__", "__typespec__")
UNREGISTERED = (
    "a file cannot make kerasx import it. If it is yours, register it with "
    "@kerasx.saving.register_keras_serializable(), or pass custom_objects={%r: ...}."
)


def serialize_keras_object(obj: Any) -> Any:
    """`obj` as a structure of dicts, lists, strings and numbers.

    Objects with `get_config` become `{"module", "class_name", "config", "registered_name"}`,
    functions their names, tuples lists. Raises ValueError for a lambda, TypeError for what has no
    config.
    """
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, PLAIN):
        return obj
    if isinstance(obj, (list, tuple)):
        return [serialize_keras_object(x) for x in obj]
    if isinstance(obj, dict):
        return {k: serialize_keras_object(v) for k, v in obj.items()}
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "config": {"value": obj.decode("utf-8")}}
    if isinstance(obj, slice):
        parts = [serialize_keras_object(p) for p in (obj.start, obj.stop, obj.step)]
        return {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), parts))}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(obj, KerasTensor):
        return serialize_symbol(obj)
    if isinstance(obj, type) or not hasattr(obj, "get_config"):
        return serialize_array(obj) if is_array(obj) else serialize_function(obj)
    return serialize_object(obj)


def is_array(obj: Any) -> bool:
    """Whether `obj` is an array of numbers: NumPy's or an engine's, and no variable."""
    if isinstance(obj, np.ndarray):
        return obj.dtype.kind not in "OSUMm"
    return hasattr(obj, "shape") and hasattr(obj, "__array__") and not hasattr(obj, "assign")


def serialize_array(obj: Any) -> Any:
    """An array, by its values."""
    kind = "__numpy__" if isinstance(obj, np.ndarray) else "__tensor__"
    if kind == "__numpy__" and not obj.ndim:
        return obj.item()
    value = obj.tolist() if hasattr(obj, "tolist") else np.asarray(obj).tolist()
    return {"class_name": kind, "config": {"value": value, "dtype": dtypes.name_of(obj)}}


def serialize_symbol(t: KerasTensor) -> dict[str, Any]:
    """A KerasTensor, by the call that made it."""
    operation, node, index = t._keras_history
    config = {
        "shape": list(t.shape),
        "dtype": t.dtype,
        "keras_history": [operation.name, node, index],
    }
    return {"class_name": "__keras_tensor__", "config": config}


def serialize_function(obj: Any) -> Any:
    """A function, by its name: the bare one where it is of this library."""
    name = getattr(obj, "__name__", None)
    if isinstance(obj, type) or not callable(obj) or name is None:
        raise TypeError(
            f"cannot serialize {obj!r} of type {type(obj).__name__}: expected numbers, strings, "
            "arrays, named functions, or objects with get_config()."
        )
    if name == "<lambda>" and not by_reference():
        raise ValueError(
            f"cannot serialize {obj!r}: a lambda has no name, and files carry no "
            "code. Use a named function, and @kerasx.saving.register_keras_serializable()."
        )
    if is_own(obj) and not (by_reference() and "<locals>" in obj.__qualname__):
        if "<locals>" in obj.__qualname__:
            raise ValueError(
                f"cannot serialize {obj!r}: what a function of this library made of others has no "
                "name. Call it in a layer of your own, and register its class."
            )
        return name
    name = get_registered_name(obj)
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": "function",
    }


def serialize_object(obj: Any) -> dict[str, Any]:
    """An object that has a config."""
    cls = type(obj).__dict__.get("stands_for", type(obj))
    registered: str | None
    module: str | None
    if is_own(cls):
        registered, module = getattr(cls, "keras_registered_name", None), module_of(cls)
    else:
        registered = get_registered_name(cls)
        module = cls.__module__ if cls.__module__ != "__main__" else None
    config = {
        "module": module,
        "class_name": exported_name(cls),
        "config": obj.get_config(),
        "registered_name": registered,
    }
    if hasattr(obj, "get_build_config") and (build := obj.get_build_config()) is not None:
        config["build_config"] = build
    if hasattr(obj, "get_compile_config"):
        config["compile_config"] = obj.get_compile_config() or {}
    return config


def deserialize_keras_object(
    config: Any, custom_objects: dict[str, Any] | None = None, safe_mode: bool = True, **kwargs: Any
) -> Any:
    """The object that `serialize_keras_object` described.

    Classes and functions are looked up among those of the library, those registered, and
    `custom_objects`; nothing is imported. `safe_mode=False` changes nothing: code is refused.

    Raises TypeError for a name that is not known, ValueError for code.
    """
    if kwargs.pop("module_objects", None):
        raise TypeError("module_objects is not available: pass custom_objects.")
    if custom_objects:
        with CustomObjectScope(custom_objects):
            return deserialize_keras_object(config)
    if isinstance(config, (list, tuple)):
        return [deserialize_keras_object(x) for x in config]
    if not isinstance(config, dict):
        return config
    if not isinstance(config.get("class_name"), str) or "config" not in config:
        return {k: deserialize_keras_object(v) for k, v in config.items()}
    name, inner = config["class_name"], config["config"]
    if name in SPECIAL:
        return SPECIAL[name](inner)
    if name in CODE:
        raise ValueError(
            f"the file holds Python code ({name}), which kerasx never runs, whatever safe_mode is. "
            "Make the model again from its source, with a named function in place of the lambda, "
            "and load its weights."
        )
    if name == "function":
        return known_function(inner)
    return revive(known_class(config.get("registered_name"), config.get("module"), name), config)


def revive(cls: Any, config: dict[str, Any]) -> Any:
    """An object of `cls`, with the build and compile that its config tells of."""
    if not hasattr(cls, "from_config"):
        raise TypeError(f"{cls!r} cannot be made from a config: it has no from_config().")
    if not isinstance(config["config"], dict):
        raise TypeError(f"{config['class_name']}: config={config['config']!r}: expected a dict.")
    obj = cls.from_config(config["config"])
    if config.get("build_config") and hasattr(obj, "build_from_config"):
        obj.build_from_config(config["build_config"])
    if config.get("compile_config") and hasattr(obj, "compile_from_config"):
        obj.compile_from_config(config["compile_config"])
    return obj


def known_function(name: Any) -> Any:
    """The function that a file names."""
    found = get_registered_object(name) or get_function(name) if isinstance(name, str) else None
    if found is None:
        raise TypeError(f"the function {name!r} is not known: {UNREGISTERED % name}")
    return found


def known_class(registered: str | None, module: str | None, name: str) -> Any:
    """The class that a file names."""
    found = get_registered_object(registered) if registered else None
    if found is None:
        found = builtin_class(module, name) or get_registered_object(name)
    if found is None:
        where = f"{module}.{name}" if module else name
        raise TypeError(f"the class {where} is not known: {UNREGISTERED % name}")
    return found


def builtin_class(module: str | None, name: str) -> Any:
    """The class of the library that genuine Keras calls `name`, by its public or private module."""
    if not module:
        return next((c for (_, n), c in BUILTIN.items() if n == name), None)
    parts = module.split(".")
    if parts[0] != "keras":
        return None
    if (module, name) in BUILTIN:
        return BUILTIN[module, name]
    if parts[1:3] == ["src", "backend"]:  # keras.src.backend.torch.optimizers.torch_adam
        parts = ["keras", *parts[4:]]
    area = ".".join(("keras", *parts[2:3])) if parts[1:2] == ["src"] else ".".join(parts[:2])
    # models stand in 'keras' itself, and policies in 'keras' or 'keras.dtype_policies'
    for place in (area, "keras", "keras.src.models.functional"):
        if (place, name) in BUILTIN:
            return BUILTIN[place, name]
    return None


def array_from(config: dict[str, Any]) -> np.ndarray:
    return np.array(config["value"], dtype=dtypes.np_dtype(dtypes.standardize(config["dtype"])))


SPECIAL = {
    "__numpy__": array_from,
    "__tensor__": array_from,
    "__bytes__": lambda c: c["value"].encode("utf-8"),
    "__slice__": lambda c: slice(
        *(deserialize_keras_object(c[k]) for k in ("start", "stop", "step"))
    ),
    "__ellipsis__": lambda c: Ellipsis,
    "__tuple__": lambda c: tuple(deserialize_keras_object(c)),
}


def get_by_name(identifier: Any, area: str, what: str) -> Any:
    """The object of `area` ('keras.losses') that a name, a config or an object itself stands for.

    Names are those of classes, in either spelling: 'GlorotUniform' or 'glorot_uniform'.
    """
    if isinstance(identifier, dict):
        return deserialize_keras_object(identifier)
    if isinstance(identifier, str):
        found = get_registered_object(identifier)
        if found is None:
            found = table(area).get(identifier)
        if found is None:
            names = {n for n in table(area) if n == snake_case(n)}
            raise ValueError(not_known(identifier, what, names))
        return found() if isinstance(found, type) else found
    if isinstance(identifier, type):
        return identifier()
    if identifier is None or callable(identifier) or hasattr(identifier, "get_config"):
        return identifier
    raise ValueError(f"{identifier!r} is not a {what}: expected a name, a config or an object.")


def table(area: str) -> dict[str, Any]:
    """Classes of `area` by name, in both spellings."""
    return _table(area, len(BUILTIN))


@cache
def _table(area: str, _known: int) -> dict[str, Any]:
    classes = {name: cls for (module, name), cls in BUILTIN.items() if module == area}
    return {snake_case(n): c for n, c in classes.items()} | classes
