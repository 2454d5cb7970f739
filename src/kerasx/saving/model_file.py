"""save_model, load_model, save_weights, load_weights."""

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from ..core.heap import growing
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.variable import Awaiting
from .archive import CONFIG, METADATA, WEIGHTS, open_archive, open_member, read_json, write_member
from .hdf5 import IN_MEMORY, open_reader, open_writer
from .replace import replacing
from .shards import open_shards, write_shards
from .state import Source, load_state, save_state

FORMAT_VERSION = "3.15.1"  # the version of Keras whose format this is


class MissingFile(FileNotFoundError, ValueError):
    """There is no such file: Keras raises the one of these for weights, the other for models."""


def save_model(
    model: Any, filepath: Any, overwrite: bool = True, zipped: bool | None = None, **kwargs: Any
) -> None:
    """Write a model to a `.keras` file: config, weights, optimizer state.

    The file is replaced whole when all is written; until then an old one stays as it was.

    Raises FileExistsError where `overwrite` is False and there is one, ValueError for another
    extension.
    """
    refuse_arguments("save_model", kwargs)
    path = os.fspath(filepath)
    if zipped is False:
        raise NotImplementedError(
            "save_model(): zipped=False: models are written as one file only."
        )
    if path.endswith((".h5", ".hdf5")):
        raise NotImplementedError(
            f"save_model(): {path}: files of Keras 2 are not written. Use '.keras'."
        )
    if not path.endswith(".keras"):
        raise ValueError(f"save_model(): {path}: expected a name that ends in '.keras'.")
    refuse_existing(path, overwrite)
    config = json.dumps(serialize_keras_object(model))
    date = datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = json.dumps({"keras_version": FORMAT_VERSION, "date_saved": date})
    with (
        replacing(path) as file,
        tempfile.SpooledTemporaryFile(IN_MEMORY, dir=os.path.dirname(path) or ".") as weights,
    ):
        with open_writer(weights) as sink:
            save_state(model, sink)
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(METADATA, metadata)
            archive.writestr(CONFIG, config)
            write_member(archive, WEIGHTS, weights)


def load_model(
    filepath: Any,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """The model in a `.keras` file, of this library or of genuine Keras.

    Args:
        filepath: path of the file.
        custom_objects: classes and functions of yours that the file names, by their names.
        compile: whether the model is compiled as it was, and the optimizer's state restored.
        safe_mode: changes nothing: code in files is never run.

    Raises ValueError for a file that is damaged or holds what it should not, TypeError for a class
    or function that is not known.
    """
    path = existing(filepath)
    if path.endswith((".h5", ".hdf5")):
        raise NotImplementedError(
            f"load_model(): {path}: models of Keras 2 are not read. Load it in genuine Keras, "
            "and save it as .keras."
        )
    with open_archive(path) as archive:
        config = read_json(archive, CONFIG)
        if not isinstance(config, dict) or "class_name" not in config:
            raise ValueError(f"{path} is not read: {CONFIG} describes no model.")
        if not compile:
            config.pop("compile_config", None)
        with growing(), Awaiting():
            model = deserialize_keras_object(config, custom_objects, safe_mode=safe_mode)
            with open_member(archive, WEIGHTS) as file, open_reader(file, path) as source:
                load_state(model, source)
    return model


def save_weights(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    max_shard_size: float | None = None,
    **kwargs: Any,
) -> None:
    """Write the weights, and the optimizer's state, to a `.weights.h5` file.

    max_shard_size: greatest size in GB of one file; then `filepath` ends in `.weights.json`, and
        names the files beside it.
    """
    refuse_arguments("save_weights", kwargs)
    path = os.fspath(filepath)
    ending = ".weights.h5" if max_shard_size is None else ".weights.json"
    if not path.endswith(ending):
        raise ValueError(f"save_weights(): {path}: expected a name that ends in {ending!r}.")
    refuse_existing(path, overwrite)
    if max_shard_size is not None:
        write_shards(model, path, max_shard_size)
        return
    with replacing(path) as file, open_writer(file) as sink:
        save_state(model, sink)


def load_weights(model: Any, filepath: Any, skip_mismatch: bool = False, **kwargs: Any) -> None:
    """Read weights into a model from a `.weights.h5`, `.weights.json` or `.keras` file.

    skip_mismatch: leave out, with a warning, objects whose variables do not fit.

    Raises ValueError where variables do not fit, or the model is not built.
    """
    refuse_arguments("load_weights", kwargs)
    path = existing(filepath)
    if not model.built:
        raise ValueError(
            f"load_weights(): {model.name} is not built: call it on data, or build(), before."
        )
    with open_weights(path) as source:
        load_state(model, source, skip_mismatch)


@contextmanager
def open_weights(path: str) -> Iterator[Source]:
    """The weights in a file, by its extension."""
    if path.endswith(".keras"):
        with (
            open_archive(path) as archive,
            open_member(archive, WEIGHTS) as file,
            open_reader(file, path) as source,
        ):
            yield source
    elif path.endswith((".h5", ".hdf5")):
        with open(path, "rb") as file, open_reader(file, path) as source:
            yield source
    elif path.endswith(".weights.json"):
        with open_shards(path) as source:
            yield source
    else:
        raise ValueError(
            f"{path}: expected a name that ends in '.weights.h5', '.weights.json' or '.keras'."
        )


def existing(filepath: Any) -> str:
    """The path, if there is a file."""
    path = os.fspath(filepath)
    if not os.path.isfile(path):
        raise MissingFile(f"{path}: there is no such file.")
    return path


def refuse_existing(path: str, overwrite: bool) -> None:
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} exists already: pass overwrite=True, or another name.")


def refuse_arguments(owner: str, kwargs: dict[str, Any]) -> None:
    if kwargs:
        raise ValueError(f"{owner}(): unknown arguments {', '.join(map(repr, kwargs))}.")
