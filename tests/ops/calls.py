"""Running the sample calls on an engine, and looking at what comes out."""

import copy
from functools import cache
from operator import attrgetter

import numpy as np

from .samples import SAMPLES, Call
from .tolerances import close

SIGNED = {("torch", "uint32"): "int32"}  # sums of bytes; see docs/differences.md


def named(kx, name):
    """The op `name`, which may be `image.resize`."""
    return attrgetter(name)(kx.ops)


def is_array(x):
    return isinstance(x, np.ndarray)


def with_arrays(fn, x):
    """`x` with `fn` applied to the arrays in it: arguments, and lists of arrays."""
    if isinstance(x, Call):
        return Call(
            tuple(with_arrays(fn, a) for a in x.args),
            {k: with_arrays(fn, a) for k, a in x.kwargs.items()},
        )
    if isinstance(x, (list, tuple)) and any(map(is_array, x)):
        return type(x)(fn(i) if is_array(i) else i for i in x)
    return fn(x) if is_array(x) else x


def arrays(call):
    """The arrays among the arguments, in order."""
    found = []
    with_arrays(lambda a: found.append(a) or a, call)
    return found


def filled(call, tensors):
    """`call` with `tensors` in the place of its arrays."""
    rest = iter(tensors)
    return with_arrays(lambda _: next(rest), call)


def tensor(kx, array):
    return kx.backends.current.convert(array, array.dtype.name)


def run(kx, op, call):
    """What `op` gives on `kx`, as a flat list."""
    call = with_arrays(lambda a: tensor(kx, a), call)
    with np.errstate(all="ignore"):  # NumPy warns of infinities; the others are silent
        return flat(kx, op(*call.args, **call.kwargs))


def flat(kx, outputs):
    return [x for x in kx.core.tree.flatten(outputs) if x is not None]


def dtype_of(kx, x):
    return kx.core.dtypes.name_of(x)


def known_as(kx, name):
    """The dtypes that may stand, on the engine of `kx`, for what is `name` on NumPy."""
    return {name, SIGNED.get((kx.backends.current.NAME, name), name)}


def value(kx, x):
    return np.asarray(kx.backends.current.to_numpy(x)) if hasattr(x, "dtype") else x


def assert_same(kx, got, wanted, signed=True, steps=0, kind="engines"):
    """Both lists hold the same values in the same dtypes; `wanted` are of NumPy.

    steps: by how much integers may differ. kind: which tolerances hold.
    """
    assert len(got) == len(wanted)
    for y, z in zip(got, wanted):
        if not hasattr(z, "dtype"):
            assert y == z
            continue
        name = np.asarray(z).dtype.name
        assert dtype_of(kx, y) in known_as(kx, name)
        y, z = value(kx, y), value(kx, z)
        close(kind, *((y, z) if signed else (abs(y), abs(z))), steps=steps)


@cache
def expected(reference, name):
    """What NumPy gives for each sample of an op."""
    op = named(reference, name)
    return [run(reference, op, copy.deepcopy(call)) for call in SAMPLES[name]]
