"""`.weights.h5` files, as genuine Keras lays them out: a group `<path>/vars` for each object.

Arrays are plain datasets `0`, `1`, ...; what HDF5 has no type for (bfloat16, float8) is raw bytes
with the dtype's name beside it. On reading, each link, group and dataset is checked before it is
opened: files cannot point outside of themselves, nor claim more than they hold.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from ..core import dtypes
from .state import Arrays

VARS = "vars"
MAX_GROWTH = 1100  # deflate's greatest ratio is 1032
KINDS = "fiubcV"
HARD = 0  # h5py.h5l.TYPE_HARD: the link to an object of the same file


class Writer:
    """A sink that writes an HDF5 file."""

    def __init__(self, file: Any):
        self.file = file

    def group(self, path: str, name: str) -> Arrays:
        group = self.file.create_group(f"{path}/{VARS}".lstrip("/"))
        group.attrs["name"] = name
        return Arrays(None, lambda key, value: write_array(group, key, value), lambda: list(group))


class Reader:
    """A source that reads an HDF5 file."""

    def __init__(self, file: Any, size: int):
        self.size = size
        self.groups: dict[str, Any] = {"": file}  # those that were opened, by path

    def group(self, path: str) -> Arrays:
        group = self.find(f"{path}/{VARS}".lstrip("/"))
        names = list(group) if group is not None else []
        return Arrays(lambda key: self.array(group, key), None, lambda: names)

    def find(self, path: str) -> Any:
        """The group at `path`, or None."""
        if path not in self.groups:
            above, _, name = path.rpartition("/")
            parent = self.find(above)
            found = None if parent is None else self.open(parent, name)
            if found is not None and not is_group(found):
                raise ValueError(f"{path!r} is no group in the file of weights.")
            self.groups[path] = found
        return self.groups[path]

    def open(self, group: Any, name: str) -> Any:
        """What `name` stands for in `group`, or None; a link to elsewhere is refused."""
        try:
            link = group.id.links.get_info(name.encode())
        except KeyError:
            return None
        if link.type != HARD:
            raise ValueError(
                f"{group.name}/{name} is a link to another place or file, which is not followed."
            )
        return group[name]

    def array(self, group: Any, name: str) -> np.ndarray:
        """The array called `name` in `group`."""
        dataset = self.open(group, name)
        where = f"{group.name}/{name}"
        if is_group(dataset):
            raise ValueError(f"{where} is a group; expected an array.")
        check_dataset(dataset, where, self.size)
        value = dataset[...]
        if value.dtype.kind != "V":
            return value
        label = dataset.attrs.get("dtype")
        dtype = dtypes.np_dtype(dtypes.standardize(label)) if isinstance(label, str) else None
        if dtype is None or dtype.itemsize != value.dtype.itemsize:
            raise ValueError(f"{where} holds raw bytes of dtype {label!r}, which is not known.")
        return value.view(dtype)


def is_group(obj: Any) -> bool:
    """Whether an HDF5 object is a group."""
    return hasattr(obj, "keys")


def check_dataset(dataset: Any, where: str, size: int) -> None:
    """Raise ValueError unless a dataset holds the numbers that it claims to, in this file."""
    if not hasattr(dataset, "shape") or dataset.shape is None or dataset.dtype.kind not in KINDS:
        raise ValueError(f"{where} is no array of numbers.")
    if dataset.dtype.kind == "V" and dataset.dtype.names:
        raise ValueError(f"{where} is a table, not an array of numbers.")
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"{where} keeps its values in another file, which is not opened.")
    present = dataset.id.get_storage_size()
    packed = dataset.chunks is not None
    offset = dataset.id.get_offset() if not packed else None
    inside = present <= size and (offset is None or offset + present <= size)
    if not inside or dataset.nbytes > present * (MAX_GROWTH if packed else 1):
        raise ValueError(
            f"{where} claims shape {dataset.shape}, {dataset.nbytes} bytes; the file has {present}."
        )


def write_array(group: Any, name: str, value: np.ndarray) -> None:
    """Write `value` as a dataset."""
    if value.dtype.kind in "fiubc" and value.dtype.isbuiltin == 1:
        group.create_dataset(name, data=value)
        return
    raw = np.ascontiguousarray(value).view(f"V{value.dtype.itemsize}").reshape(value.shape)
    group.create_dataset(name, data=raw).attrs["dtype"] = value.dtype.name


def hdf5() -> Any:
    """The package h5py, imported when the first file is read or written."""
    import h5py

    return h5py


@contextmanager
def open_writer(file: BinaryIO) -> Iterator[Writer]:
    """A sink that writes to an open, empty file."""
    with hdf5().File(file, "w") as h5:
        yield Writer(h5)


@contextmanager
def open_reader(file: BinaryIO, path: Any) -> Iterator[Reader]:
    """A source that reads an open file; `path` is what errors call it."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    try:
        h5 = hdf5().File(file, "r")
    except OSError as e:
        raise ValueError(f"{path} is not read: it is no HDF5 file, or damaged ({e}).") from e
    with h5:
        if "layer_names" in h5.attrs or "model_config" in h5.attrs or "model_weights" in h5:
            raise NotImplementedError(
                f"{path} is a file of Keras 2. Load it in genuine Keras, and save it as .keras or "
                ".weights.h5."
            )
        yield Reader(h5, size)
