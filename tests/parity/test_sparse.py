"""Which ops keep sparse tensors sparse, as their symbols say and as their tensors are, against
genuine Keras.

Keras's symbols and tensors do not always agree. Where they do, ours say the same; and ours always
agree with each other.
"""

import itertools
import os
from operator import attrgetter

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from kerasx import with_backend  # noqa: E402

from ..ops.calls import arrays, filled, flat, named  # noqa: E402
from ..ops.samples import HOST, SAMPLES  # noqa: E402

CALLS = 3  # of each op
ENGINE = keras.backend.backend()
ours = with_backend(ENGINE)
backend = ours.backends.current
NAMES = [n for n in SAMPLES if n not in HOST and hasattr(keras.ops, n)]
# Where Keras is not followed, beside sums and means of all elements: those are dense.
DIFFERS = {
    "bincount": "counts are dense, unless sparse ones are asked for",
    "digitize": "0 is in a bin of its own number",
}
if ENGINE == "tensorflow":
    DIFFERS["multiply"] = "dense where it is the sparse tensor that is broadcast"

pytestmark = [
    pytest.mark.skipif(backend.is_sparse is None, reason=f"{ENGINE} has no sparse tensors"),
    pytest.mark.filterwarnings("ignore"),  # of genuine Keras
]


def chosen(call):
    """Which of the arrays of a call are sparse, in turn; those without axes never are."""
    each = [(False, True) if a.ndim and a.size else (False,) for a in arrays(call)]
    return [flags for flags in itertools.product(*each) if any(flags)] if len(each) < 4 else []


def of_symbols(symbol, op, call, flags):
    made = filled(
        call, [symbol(a.shape, a.dtype.name, sparse=s) for a, s in zip(arrays(call), flags)]
    )
    return [getattr(y, "sparse", False) for y in flat(ours, op(*made.args, **made.kwargs))]


def of_tensors(op, call, flags):
    tensors = [backend.convert(a, a.dtype.name) for a in arrays(call)]
    made = filled(call, [backend.sparsified(t) if s else t for t, s in zip(tensors, flags)])
    out = op(*made.args, **made.kwargs)
    return [backend.is_sparse(y) for y in (out if isinstance(out, (list, tuple)) else [out])]


def tried(fn, *args, **kwargs):
    try:
        return fn(*args, **kwargs)
    except Exception:  # what genuine Keras does not have, or its engine
        return None


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sparse_is_so_in_keras(name):
    op, theirs = named(ours, name), attrgetter(name)(keras.ops)
    differs = 0
    for call in SAMPLES[name][:CALLS]:
        for flags in chosen(call):
            with np.errstate(all="ignore"):
                symbols = tried(of_symbols, ours.KerasTensor, op, call, flags)
                tensors = tried(of_tensors, op, call, flags)
                wanted = tried(of_symbols, keras.KerasTensor, theirs, call, flags)
                theirs_are = tried(of_tensors, theirs, call, flags)
            if tensors is None:
                assert theirs_are is None, (call, flags)
                continue
            if symbols is not None:
                assert symbols == tensors, (call, flags)
            if wanted is not None and wanted == theirs_are:
                shapes = [tuple(np.shape(y)) for y in flat(ours, op(*call.args, **call.kwargs))]
                agreed = all(t == w or not s for t, w, s in zip(tensors, wanted, shapes))
                assert agreed or name in DIFFERS, (call, flags, tensors, wanted)
                differs += not agreed
    assert bool(differs) == (name in DIFFERS)
