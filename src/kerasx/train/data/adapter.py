"""Batches from whatever users hold: arrays, PyDatasets, generators, other libraries' data sets."""

import math
from collections.abc import Callable, Iterator
from copy import copy
from itertools import chain, count, repeat
from typing import Any

import numpy as np

from ... import ops
from ...backends import current as backend
from ...core import config, dtypes, tree
from .ahead import made_ahead
from .pydataset import PyDataset
from .unpack import unpack_x_y_sample_weight

GATHERED = 2**20  # bytes of small batches that are shuffled together
ALIGNED = 64  # bytes: XLA copies what begins elsewhere
LoopFor = Callable[[Any, bool], Any]  # (a batch, whether the last one is shorter) -> a loop


class Batches:
    """An epoch's batches, as often as asked: (x, y, sample_weight) of arrays."""

    size: int | None = None  # number of batches, where it is known
    batch_size: int | None = None
    is_ragged = False  # whether the last batch is known to be shorter than the others

    def first(self) -> tuple[Any, Any, Any]:
        """A batch to learn shapes and dtypes from; iteration still begins with it."""
        raise NotImplementedError

    def epoch(self) -> Iterator[tuple[Any, Any, Any]]:
        """The batches of one epoch."""
        raise NotImplementedError

    def end_epoch(self) -> None:
        """Called after each epoch."""

    def resident(self) -> "Batches":
        """The same batches, from memory of the device where that can be."""
        return self


class ArrayBatches(Batches):
    """Slices of arrays of one length, in order or shuffled."""

    def __init__(self, data: Any, batch_size: int | None, shuffle: Any = False):
        self.arrays = tree.map_structure(as_array, tuple(data))  # x, y, sample_weight
        self.held: Any = None  # the arrays in the device's memory
        self.flat = not any(map(tree.is_nested, self.arrays))
        lengths = self._lengths()
        self.length = lengths[0]
        self.batch_size = checked_size(batch_size)
        self.shuffle = shuffle

    @property
    def size(self) -> int:  # type: ignore[override]
        return math.ceil(self.length / (self.batch_size or self.length))

    @property
    def is_ragged(self) -> bool:  # type: ignore[override]
        return self.size > 1 and self.length % (self.batch_size or 1) > 0

    def _lengths(self) -> list[int]:
        names = ("x", "y", "sample_weight")
        sizes = {
            name: sorted({len(a) if a.ndim else 0 for a in tree.flatten(part) if a is not None})
            for name, part in zip(names, self.arrays)
        }
        distinct = sorted({n for found in sizes.values() for n in found})
        if len(distinct) != 1:
            said = (
                ", ".join(f"{k}: {', '.join(map(str, v))}" for k, v in sizes.items() if v)
                or "no arrays"
            )
            raise ValueError(f"all arrays must have the same number of samples; got {said}.")
        if distinct[0] == 0:
            raise ValueError("there are no samples: the arrays have length 0.")
        return distinct

    def first(self) -> tuple[Any, Any, Any]:
        return self._each(lambda a: a[: self.batch_size], self.arrays)

    def resident(self) -> "ArrayBatches":
        held = backend.hold and backend.hold(
            [a for a in tree.flatten(self.arrays) if a is not None]
        )
        if not held:
            return self
        rest, there = iter(held), copy(self)
        there.held = self._each(lambda _: next(rest), self.arrays)
        return there

    def epoch(self) -> Iterator[tuple[Any, Any, Any]]:
        n = self.batch_size or self.length
        order = self._order(n)
        if order is not None and self.held is not None:
            order = backend.indices(order)
        full = self.length // n * n
        yield from self._pieces(order, full, (n,))
        if full < self.length:
            yield self._between(order, full, self.length)

    def groups(self, loop_for: LoopFor, weigh: Any) -> Iterator[tuple[Any, Any, Any]]:
        """As `grouped`; a last batch that is filled up comes with the numbers of samples."""
        first = self.first()
        loop = loop_for(weigh(first) if weigh else first, self.is_ragged)
        n, steps = self.batch_size or self.length, loop.size  # it may change for the next epoch
        order = self._order(n)
        start, full = (self.length // size * size for size in (steps * n, n))
        rows = np.full(steps, n, np.int32) if loop.fills_up else None
        for batches in self._pieces(order, start, (steps, n), weigh):
            yield loop, batches, rows
        if loop.fills_up and full < self.length:
            real = np.arange(start, self.length) if order is None else order[start:]
            count = -(-len(real) // n)
            rows = np.full(count, n, np.int32)
            rows[-1] -= count * n - len(real)
            samples = self._slice(np.concatenate([real, np.resize(real, n - rows[-1])]))
            yield loop, self._stacked(samples, count, weigh), rows
            return
        if start < full:
            count = (full - start) // n
            samples = self._between(order, start, full)
            yield loop, self._stacked(samples, count, weigh), None if rows is None else rows[:count]
        if full < self.length:
            last = self._stacked(self._between(order, full, self.length), 1, weigh)
            loop = loop_for(tree.map_structure(entry, last), False) if full else loop
            yield loop, last, None

    def _pieces(
        self, order: Any, end: int, sizes: tuple[int, ...], weigh: Any = None
    ) -> Iterator[tuple[Any, Any, Any]]:
        """The samples up to `end`, in arrays whose first axes are of `sizes`; small ones are
        gathered many at once."""
        size = many = math.prod(sizes)
        if self.held is None:
            width = sum(a.nbytes for a in tree.flatten(self.arrays) if a is not None) / self.length
            many *= max(1, int(GATHERED // (width * size or 1)))
        for base in range(0, end, many):
            samples = self._between(order, base, min(base + many, end))
            samples = weigh(samples) if weigh else samples
            if many == size:
                yield self._each(lambda a: shaped(a, sizes), samples)
            else:
                yield from entries(self._each(lambda a: shaped(a, (-1, *sizes)), samples))

    def _stacked(self, samples: Any, count: int, weigh: Any) -> Any:
        """The samples in `count` batches along a new first axis."""
        samples = weigh(samples) if weigh else samples
        return self._each(lambda a: shaped(a, (count, len(a) // count)), samples)

    def _each(self, fn: Callable[[np.ndarray], np.ndarray], samples: Any) -> Any:
        """`fn` of all arrays in (x, y, sample_weight)."""
        if self.flat:
            return tuple([a if a is None else fn(a) for a in samples])
        return tree.map_structure(lambda a: a if a is None else fn(a), samples)

    def _order(self, n: int) -> np.ndarray | None:
        if not self.shuffle:
            return None
        if self.shuffle != "batch":
            return np.random.permutation(self.length)
        starts = np.random.permutation(self.length // n) * n
        tail = np.arange(self.length // n * n, self.length)
        return np.concatenate([(starts[:, None] + np.arange(n)).ravel(), tail])

    def _between(self, order: Any, start: int, stop: int) -> tuple[Any, Any, Any]:
        """The samples from place `start` of the order to place `stop`."""
        return self._slice(slice(start, stop) if order is None else order[start:stop])

    def _slice(self, index: Any) -> tuple[Any, Any, Any]:
        if self.held is not None:
            return self._each(lambda a: backend.pick(a, index), self.held)
        if type(index) is slice:
            return self._each(lambda a: a[index], self.arrays)
        return self._each(lambda a: gathered(a, index), self.arrays)

    def cut(self, batch_size: int | None, steps: int | None) -> "ArrayBatches":
        """The same samples, in batches of `batch_size`; None: in so many `steps`."""
        other = copy(self)
        if batch_size is None and steps:
            batch_size = math.ceil(self.length / steps)
        other.batch_size = checked_size(batch_size)
        return other

    def split(self, fraction: float) -> "tuple[ArrayBatches, ArrayBatches]":
        """All but the last `fraction` of the samples, and those, which are never shuffled."""
        cut = math.floor(self.length * (1.0 - fraction))
        if not 0 < cut < self.length:
            raise ValueError(
                f"validation_split={fraction}: leaves {cut} of {self.length} samples to train on: "
                "expected a fraction in (0, 1) that leaves both parts a sample."
            )
        parts = [
            tree.map_structure(lambda a, s=s: None if a is None else a[s], self.arrays)
            for s in (slice(0, cut), slice(cut, None))
        ]
        return (
            ArrayBatches(parts[0], self.batch_size, self.shuffle),
            ArrayBatches(parts[1], self.batch_size),
        )


class IterableBatches(Batches):
    """Batches of an iterable: a generator goes on where it stopped, all else begins anew each
    epoch."""

    def __init__(self, data: Any):
        self.data = data
        self.once = iter(data) if iter_is_self(data) else None
        self.ahead: list[Any] = []
        if hasattr(data, "__len__"):
            self.size = len(data)

    def first(self) -> tuple[Any, Any, Any]:
        if self.once is None:
            return batch_of(next(iter(self.data)))
        if not self.ahead:
            self.ahead.append(next(self.once))
        return batch_of(self.ahead[0])

    def epoch(self) -> Iterator[tuple[Any, Any, Any]]:
        if self.once is None:
            return map(batch_of, iter(self.data))
        ahead, self.ahead = self.ahead, []
        return map(batch_of, chain(ahead, self.once))


class PyDatasetBatches(Batches):
    """The batches of a PyDataset, in order or shuffled."""

    def __init__(self, data: PyDataset, shuffle: Any):
        self.data, self.shuffle = data, bool(shuffle)
        self.size = data.num_batches

    def first(self) -> tuple[Any, Any, Any]:
        return batch_of(self.data[0])

    def epoch(self) -> Iterator[tuple[Any, Any, Any]]:
        data = self.data
        data.on_epoch_begin()
        if self.size is None:
            order = count()
        else:
            order = np.random.permutation(self.size) if self.shuffle else range(self.size)
        places = map(int, order)
        alone = data.workers <= 1 and not data.use_multiprocessing
        return map(batch_of, map(data.__getitem__, places) if alone else made_ahead(data, places))

    def end_epoch(self) -> None:
        self.data.on_epoch_end()


def grouped(
    batches: Iterator[Any], loop_for: LoopFor, weigh: Any
) -> Iterator[tuple[Any, Any, None]]:
    """(loop, batches of one shape along a new first axis, None), as many as the loop takes."""
    held: list[Any] = []
    loop: Any = None

    def stacked() -> tuple[Any, Any, None]:
        arrays = tree.map_structure(lambda *a: None if a[0] is None else np.stack(a), *held)
        held.clear()
        return loop, arrays, None

    for batch in batches:
        batch = weigh(batch) if weigh else batch
        if held and (len(held) == loop.size or shapes(held[0]) != shapes(batch)):
            yield stacked()
        if not held:
            loop = loop_for(batch, False)
        held.append(batch)
    if held:
        yield stacked()


def gathered(a: np.ndarray, index: Any) -> np.ndarray:
    """The samples at `index`, in memory that engines take as it is."""
    shape = (len(index), *a.shape[1:])
    room = np.empty(math.prod(shape) * a.itemsize + ALIGNED, np.uint8)
    first = -room.ctypes.data % ALIGNED
    out = room[first : first + math.prod(shape) * a.itemsize].view(a.dtype).reshape(shape)
    return np.take(a, index, 0, out, mode="clip")  # which, unlike "raise", writes it directly


def shaped(a: Any, sizes: tuple[int, ...]) -> Any:
    """An array with `sizes` in place of its first axis, where it is: the device may hold it."""
    own = np if isinstance(a, np.ndarray) else ops
    return own.reshape(a, (*sizes, *a.shape[1:]))


def entries(samples: tuple[Any, Any, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """What (x, y, sample_weight) hold at each place of their first axis."""
    rows = zip(*(repeat(None) if a is None else a for a in tree.flatten(samples)))
    if any(map(tree.is_nested, samples)):
        return (tree.pack_sequence_as(samples, list(row)) for row in rows)
    return rows  # type: ignore[return-value]


def entry(a: Any) -> Any:
    """The first entry of an array, where there is an array."""
    return None if a is None else a[0]


def shapes(batch: Any) -> list[Any]:
    """The shapes of a structure of arrays."""
    return [None if a is None else a.shape for a in tree.flatten(batch)]


def batches_of(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    batch_size: int | None = None,
    shuffle: Any = False,
    steps: int | None = None,
) -> Batches:
    """The batches of `x`: arrays (then `y` and `sample_weight` go with it), or something that
    gives batches.

    steps: in how many batches arrays are cut where no `batch_size` is given.

    Raises ValueError where lengths differ, or where `y` comes beside a data set that holds its own.
    """
    if isinstance(x, Batches):
        return x
    if x is None:
        raise ValueError("x=None: there is nothing to compute on: give arrays or a data set.")
    if is_arrays(x):
        data = ArrayBatches((x, y, sample_weight), batch_size, shuffle)
        return data.cut(batch_size, steps) if steps else data
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"{name} cannot be given beside a {type(x).__name__}, which gives it itself. "
                "If x is one array, make it one: np.array(x)."
            )
    if batch_size is not None:
        raise ValueError(
            f"batch_size cannot be given beside a {type(x).__name__}, which makes its own batches."
        )
    if isinstance(x, PyDataset):
        return PyDatasetBatches(x, shuffle)
    if hasattr(x, "__iter__"):
        return IterableBatches(x)
    raise ValueError(
        f"x={type(x).__name__}: expected arrays, a PyDataset, or an iterable of batches."
    )


def is_arrays(x: Any) -> bool:
    """Whether `x` is an array, or a structure of arrays."""
    leaves = tree.flatten(x)
    return bool(leaves) and all(
        hasattr(a, "shape") and (hasattr(a, "dtype") or hasattr(a, "__array__")) for a in leaves
    )


def as_array(a: Any) -> Any:
    """`a` as a NumPy array, floats in floatx."""
    if a is None:
        return None
    if not hasattr(a, "shape"):
        raise ValueError(f"expected arrays; got {type(a).__name__}. Use np.array(...).")
    array = backend.to_numpy(a) if backend.is_tensor(a) else np.asarray(a)
    name = dtypes.engine_name(array.dtype)
    if dtypes.is_float(name) and name != config.floatx():
        return array.astype(dtypes.np_dtype(config.floatx()))
    if array.dtype == object:
        raise ValueError("arrays of Python objects cannot be trained on: convert them to numbers.")
    return array


def batch_of(data: Any) -> tuple[Any, Any, Any]:
    """A batch of another library as (x, y, sample_weight) of NumPy arrays."""
    return tree.map_structure(as_array, unpack_x_y_sample_weight(data))


def iter_is_self(x: Any) -> bool:
    """Whether `x` is an iterator, which can be gone through once."""
    return hasattr(x, "__next__")


def checked_size(batch_size: int | None) -> int:
    """`batch_size`, or 32."""
    size = 32 if batch_size is None else batch_size
    if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
        raise ValueError(f"batch_size={batch_size!r}: expected a positive integer.")
    return int(size)
