"""`.weights.h5` files, as genuine Keras lays them out: a group `<path>/vars` for each object.

Arrays are plain datasets `0`, `1`, ...; what HDF5 has no type for (bfloat16, float8) is raw bytes
with the dtype's name beside it. On reading, each link, group and dataset is checked before it is
opened: files cannot point outside of themselves, nor claim more than they hold.
"""

import io
import math
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
        self.file = file.id
        self.links = hdf5().h5p.create(hdf5().h5p.LINK_CREATE)
        self.links.set_create_intermediate_group(True)

    def group(self, path: str, name: str) -> Arrays:
        group = hdf5().h5g.create(self.file, f"{path}/{VARS}".lstrip("/").encode(), self.links)
        write_attribute(group, "name", name)
        names: list[str] = []

        def write(key: str, value: np.ndarray) -> None:
            write_array(group, key, value)
            names.append(key)

        return Arrays(None, write, lambda: names)


class Reader:
    """A source that reads an HDF5 file."""

    def __init__(self, file: Any, size: int):
        self.size = size
        self.groups: dict[str, Any] = {"": file.id}  # those that were opened, by path

    def group(self, path: str) -> Arrays:
        place = f"{path}/{VARS}".lstrip("/")
        group = self.find(place)
        names = [n.decode() for n in group] if group is not None else []
        return Arrays(lambda key: self.array(group, place, key), None, lambda: names)

    def find(self, path: str) -> Any:
        """The group at `path`, or None."""
        if path not in self.groups:
            above, _, name = path.rpartition("/")
            parent = self.find(above)
            found = None if parent is None else open_object(parent, above, name)
            if found is not None and not isinstance(found, hdf5().h5g.GroupID):
                raise ValueError(f"{path!r} is no group in the file of weights.")
            self.groups[path] = found
        return self.groups[path]

    def array(self, group: Any, path: str, name: str) -> np.ndarray:
        """The array called `name` in `group`, which is at `path`."""
        where = f"/{path}/{name}"
        dataset = open_object(group, path, name)
        if not isinstance(dataset, hdf5().h5d.DatasetID):
            raise ValueError(f"{where} is a group; expected an array.")
        shape, dtype = dataset.shape, dataset.dtype
        check_dataset(dataset, shape, dtype, where, self.size)
        value = np.empty(shape, dtype)
        if value.size:
            dataset.read(hdf5().h5s.ALL, hdf5().h5s.ALL, value)
        if dtype.kind != "V":
            return value
        label = hdf5().Dataset(dataset).attrs.get("dtype")
        known = dtypes.np_dtype(dtypes.standardize(label)) if isinstance(label, str) else None
        if known is None or known.itemsize != dtype.itemsize:
            raise ValueError(f"{where} holds raw bytes of dtype {label!r}, which is not known.")
        return value.view(known)


def open_object(group: Any, path: str, name: str) -> Any:
    """What `name` stands for in the group at `path`, or None; a link to elsewhere is refused."""
    try:
        link = group.links.get_info(name.encode())
    except KeyError:
        return None
    if link.type != HARD:
        raise ValueError(
            f"/{path}/{name} is a link to another place or file, which is not followed."
        )
    return hdf5().h5o.open(group, name.encode())


def check_dataset(dataset: Any, shape: Any, dtype: np.dtype, where: str, size: int) -> None:
    """Raise ValueError unless a dataset holds the numbers that it claims to, in this file."""
    if shape is None or dtype.kind not in KINDS:
        raise ValueError(f"{where} is no array of numbers.")
    if dtype.kind == "V" and dtype.names:
        raise ValueError(f"{where} is a table, not an array of numbers.")
    layout = dataset.get_create_plist()
    kind = layout.get_layout()
    if kind == hdf5().h5d.VIRTUAL or layout.get_external_count():
        raise ValueError(f"{where} keeps its values in another file, which is not opened.")
    present, claimed = dataset.get_storage_size(), math.prod(shape) * dtype.itemsize
    packed = kind == hdf5().h5d.CHUNKED
    offset = None if packed else dataset.get_offset()
    inside = present <= size and (offset is None or offset + present <= size)
    if not inside or claimed > present * (MAX_GROWTH if packed else 1):
        raise ValueError(f"{where} claims shape {shape}, {claimed} bytes; the file has {present}.")


def write_array(group: Any, name: str, value: np.ndarray) -> None:
    """Write `value` as a dataset."""
    label = None
    if value.dtype.kind not in "fiubc" or value.dtype.isbuiltin != 1:
        label, value = value.dtype.name, value.view(f"V{value.dtype.itemsize}")
    h5 = hdf5()
    kind = h5.h5t.py_create(value.dtype, logical=True)
    space = h5.h5s.create_simple(value.shape) if value.ndim else h5.h5s.create(h5.h5s.SCALAR)
    layout = h5.h5p.create(h5.h5p.DATASET_CREATE)
    layout.set_obj_track_times(False)  # the same arrays make the same bytes
    dataset = h5.h5d.create(group, name.encode(), kind, space, layout)
    if value.size:
        dataset.write(h5.h5s.ALL, h5.h5s.ALL, np.ascontiguousarray(value))
    if label:
        write_attribute(dataset, "dtype", label)


def write_attribute(owner: Any, name: str, text: str) -> None:
    """Write a text as an attribute of a group or dataset."""
    h5 = hdf5()
    kind = h5.h5t.py_create(h5.string_dtype(), logical=True)
    place = h5.h5a.create(owner, name.encode(), kind, h5.h5s.create(h5.h5s.SCALAR))
    place.write(np.array(text, h5.string_dtype()))


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
