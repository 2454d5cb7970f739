"""`.weights.h5` files, as genuine Keras lays them out: a group `<path>/vars` for each object.

Arrays are plain datasets `0`, `1`, ...; what HDF5 has no type for (bfloat16, float8) is raw bytes
with the dtype's name beside it. On reading, each link, group and dataset is checked before it is
opened: files cannot point outside of themselves, nor claim more than they hold.
"""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from ..core import dtypes
from .state import Arrays

VARS = "vars"
MAX_GROWTH = 1100  # deflate's greatest ratio is 1032
IN_MEMORY = 1 << 26  # bytes of a file that is read whole, and of one that is made there
KINDS = "fiubcV"
HARD = 0  # h5py.h5l.TYPE_HARD: the link to an object of the same file


class Writer:
    """A sink that writes an HDF5 file."""

    def __init__(self, file: Any):
        h5 = hdf5()
        self.file = file.id
        self.links = h5.h5p.create(h5.h5p.LINK_CREATE)
        self.links.set_create_intermediate_group(True)
        self.layout = h5.h5p.create(h5.h5p.DATASET_CREATE)
        self.layout.set_obj_track_times(False)  # the same arrays make the same bytes
        self.kinds: dict[np.dtype, Any] = {}  # HDF5's types and shapes of what was written
        self.spaces: dict[tuple[int, ...], Any] = {}

    def group(self, path: str, name: str) -> Arrays:
        group = hdf5().h5g.create(self.file, f"{path}/{VARS}".lstrip("/").encode(), self.links)
        self.attribute(group, "name", name)
        names: list[str] = []

        def write(key: str, value: np.ndarray) -> None:
            self.array(group, key, value)
            names.append(key)

        return Arrays(None, write, lambda: names)

    def array(self, group: Any, name: str, value: np.ndarray) -> None:
        """Write `value` as a dataset."""
        h5, label = hdf5(), None
        if value.dtype.kind not in "fiubc" or value.dtype.isbuiltin != 1:
            label, value = value.dtype.name, value.view(f"V{value.dtype.itemsize}")
        kind, space = self.kind(value.dtype), self.space(value.shape)
        dataset = h5.h5d.create(group, name.encode(), kind, space, self.layout)
        if value.size:
            dataset.write(h5.h5s.ALL, h5.h5s.ALL, np.ascontiguousarray(value))
        if label:
            self.attribute(dataset, "dtype", label)

    def attribute(self, owner: Any, name: str, text: str) -> None:
        """Write a text as an attribute of a group or dataset."""
        dtype = hdf5().string_dtype()
        place = hdf5().h5a.create(owner, name.encode(), self.kind(dtype), self.space(()))
        place.write(np.array(text, dtype))

    def kind(self, dtype: np.dtype) -> Any:
        """HDF5's type for `dtype`."""
        if dtype not in self.kinds:
            self.kinds[dtype] = hdf5().h5t.py_create(dtype, logical=True)
        return self.kinds[dtype]

    def space(self, shape: tuple[int, ...]) -> Any:
        """HDF5's object for `shape`."""
        if shape not in self.spaces:
            h5s = hdf5().h5s
            self.spaces[shape] = h5s.create_simple(shape) if shape else h5s.create(h5s.SCALAR)
        return self.spaces[shape]


class Reader:
    """A source that reads an HDF5 file; `image`: all of its bytes, where they are at hand."""

    def __init__(self, file: Any, size: int, image: bytes):
        self.file, self.size, self.image = file.id, size, image
        self.links: dict[str, int] = {}  # kinds of all links that groups of this file lead to
        self.held: dict[str, list[str]] = {}  # the names in each group
        self.file.links.visit(self.note, info=True)
        self.plain: list[tuple[Any, np.dtype]] = []  # HDF5's types whose bytes are NumPy's own

    def note(self, path: bytes, link: Any) -> None:
        """Keep a link, while all are looked at."""
        name = path.decode(errors="replace")
        self.links[name] = link.type  # `link` itself is another one's in the next call
        self.held.setdefault(name.rpartition("/")[0], []).append(name.rpartition("/")[2])

    def group(self, path: str) -> Arrays:
        place = f"{path}/{VARS}".lstrip("/")
        if not self.has(place):
            return Arrays(None, None, list)
        names = self.held.get(place, [])
        return Arrays(lambda name: self.array(f"{place}/{name}"), None, lambda: names)

    def has(self, path: str) -> bool:
        """Whether there is something at `path`, reached by way of groups of this file alone."""
        if path in self.links:
            check_link(self.links[path], path)
            return True
        above = path.rpartition("/")[0]
        if above and self.has(above):
            self.open(above, hdf5().h5g.GroupID)  # which has nothing of that name
        return False

    def open(self, path: str, kind: Any) -> Any:
        """The object at `path`, which is to be of class `kind`: GroupID or DatasetID."""
        check_link(self.links[path], path)
        found = hdf5().h5o.open(self.file, path.encode())
        if not isinstance(found, kind):
            wanted = "an array" if kind is hdf5().h5d.DatasetID else "a group"
            raise ValueError(f"/{path} in the file of weights is not {wanted}.")
        return found

    def array(self, path: str) -> np.ndarray:
        """The array at `path`."""
        dataset = self.open(path, hdf5().h5d.DatasetID)
        shape, (dtype, plain) = dataset.shape, self.dtype(dataset.get_type())
        offset = check_dataset(dataset, shape, dtype, f"/{path}", self.size)
        value = np.empty(shape, dtype)
        if value.size and self.image and plain and offset is not None:  # as HDF5 would, but quicker
            value[...] = np.frombuffer(self.image, dtype, value.size, offset).reshape(shape)
        elif value.size:
            dataset.read(hdf5().h5s.ALL, hdf5().h5s.ALL, value)
        return value if dtype.kind != "V" else labelled(dataset, value, f"/{path}")

    def dtype(self, kind: Any) -> tuple[np.dtype, bool]:
        """NumPy's dtype for a type of HDF5's, and whether its bytes are the same."""
        for known, dtype in self.plain:
            if known == kind:
                return dtype, True
        dtype = kind.dtype
        if plain := dtype.kind in "fiu" and kind == hdf5().h5t.py_create(dtype):
            self.plain.append((kind, dtype))
        return dtype, plain


def labelled(dataset: Any, value: np.ndarray, where: str) -> np.ndarray:
    """Raw bytes, as the dtype that is named beside them."""
    label = hdf5().Dataset(dataset).attrs.get("dtype")
    known = dtypes.np_dtype(dtypes.standardize(label)) if isinstance(label, str) else None
    if known is None or known.itemsize != value.dtype.itemsize:
        raise ValueError(f"{where} holds raw bytes of dtype {label!r}, which is not known.")
    return value.view(known)


def check_link(kind: int, path: str) -> None:
    """Raise ValueError for a link to another place or file."""
    if kind != HARD:
        raise ValueError(f"/{path} is a link to another place or file, which is not followed.")


def check_dataset(dataset: Any, shape: Any, dtype: np.dtype, where: str, size: int) -> int | None:
    """Where in this file a dataset begins, if it lies there in one piece.

    Raises ValueError unless it holds the numbers that it claims to, in this file.
    """
    if shape is None or dtype.kind not in KINDS:
        raise ValueError(f"{where} is no array of numbers.")
    if dtype.kind == "V" and dtype.names:
        raise ValueError(f"{where} is a table, not an array of numbers.")
    present, claimed = dataset.get_storage_size(), math.prod(shape) * dtype.itemsize
    offset, packed = dataset.get_offset(), False
    if offset is None:  # what lies in one piece in this file has one
        layout = dataset.get_create_plist()
        kind = layout.get_layout()
        if kind == hdf5().h5d.VIRTUAL or layout.get_external_count():
            raise ValueError(f"{where} keeps its values in another file, which is not opened.")
        packed = kind == hdf5().h5d.CHUNKED
    inside = present <= size and (offset is None or offset + present <= size)
    if not inside or claimed > present * (MAX_GROWTH if packed else 1):
        raise ValueError(f"{where} claims shape {shape}, {claimed} bytes; the file has {present}.")
    return offset


def hdf5() -> Any:
    """The package h5py, imported when the first file is read or written."""
    import h5py

    return h5py


@contextmanager
def open_writer(file: IO[bytes]) -> Iterator[Writer]:
    """A sink that writes to an open, empty file."""
    with hdf5().File(file, "w") as h5:
        yield Writer(h5)


@contextmanager
def open_reader(file: IO[bytes], path: Any) -> Iterator[Reader]:
    """A source that reads an open file; `path` is what errors call it."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    try:
        # HDF5 reads a few hundred bytes at a time: better from memory
        image = file.read() if size <= IN_MEMORY else b""
        h5 = hdf5().File(hdf5().h5f.open_file_image(image) if image else file, "r")
    except (OSError, ValueError) as e:
        raise ValueError(f"{path} is not read: it is no HDF5 file, or damaged ({e}).") from e
    with h5:
        if "layer_names" in h5.attrs or "model_config" in h5.attrs or "model_weights" in h5:
            raise NotImplementedError(
                f"{path} is a file of Keras 2. Load it in genuine Keras, and save it as .keras or "
                ".weights.h5."
            )
        yield Reader(h5, size, image)
