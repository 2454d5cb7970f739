"""The array ops against genuine Keras on the same engine, over the rows of `tests/ops/samples`."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from ..ops.calls import flat, value, with_arrays  # noqa: E402
from ..ops.samples import SAMPLES, UP_TO_SIGN  # noqa: E402
from ..ops.samples_image import SIGNAL  # noqa: E402
from ..ops.samples_nn import NN  # noqa: E402
from ..ops.tolerances import close  # noqa: E402

ENGINE = keras.backend.backend()
UNFILLED = {"empty", "empty_like"}  # what is in them is anybody's guess

# Calls where Keras is not followed, by engine and reason: ops, and the places of calls in their
# rows. docs/differences.md says what is done instead.
DIFFERS = {
    "jax": {
        "16 bits: infinities become the largest numbers": "saturate_cast 8",
        "fills up with the first element": "unique 2",
        "equal elements, and those in no order, in another": "argpartition 0 3",
        "the place of a whole number is rounded below it": "percentile 5",
        "opposite signs lose the ends, too": "geomspace 8",
    },
    "numpy": {
        "integers computed in integers": "erf 4, rsqrt 4, reciprocal 4, clip 2, trapezoid 7",
        "integers computed in 16 bits": "logaddexp2 8, nextafter 8",
        "integers computed in 64 bits": "logsumexp 2, det 2, select 1 3, cdist 2, psnr 2, polar 2, "
        "cholesky 3, inv 3, solve 4, eigh 2, qr 3, svd 4",
        "booleans, or integers beside a number, become others": "floor_divide 6, fmod 6, "
        "conj 5, conjugate 5",
        "places and counts are int64": "where 3, top_k 0 1 2 3, unique 1 2 3 7 8, "
        "histogram 1 2 3 4 5 6",
        "the maximum of integers goes through float64": "segment_max 2, segment_min 2",
        "equal elements in another order": "argsort 2, argpartition 4",
        "numbers beside 16 bits count as 32": "nextafter 11, geomspace 7 8",
        "infinities give the wrong end": "saturate_cast 0 8",
        "integers cut off, not rounded": "geomspace 3",
    },
    "torch": {
        "one matrix of places, not a vector for each axis": "where 3, nonzero 0 1 2 3 4 5",
        "weights of all elements are taken for those of an axis": "average 3",
        "a single width is that of the first axis; symmetric is reflect": "pad 0 4",
        "places are int64; unsorted ones in another order": "top_k 0 1 2, unique 2 3 7 8, "
        "argpartition 0 1 2 3 4",
        "sums over another axis of three": "dot 4",
        "a tensor; of nothing, a float": "size 0 1 2 3",
        "NaN taken for 0": "heaviside 9",
        "computed in 64 bits, where the neighbour is another": "nextafter 9 10 11",
        "infinities give the wrong end": "saturate_cast 0 8",
        "uint16 becomes int32": "saturate_cast 9",
        "no dtype, no single point, no opposite signs": "geomspace 3 6 8",
        "no modes where the shorter vector comes first": "correlate 7 10",
    },
    "tensorflow": {
        "equal infinities are apart": "isclose 1 2",
        "dtype passed over": "prod 8",
        "vectors laid end to end": "vstack 0 3",
        "a list taken for a tuple": "get_item 5",
        "16 bits: the largest numbers, for infinities": "segment_max 1, segment_min 1",
        "a tensor": "size 0 1 2 3 4",
        "integers computed in integers": "psnr 2",
        "integers beside a number become int32": "fmod 6",
        "NaN taken for 0": "heaviside 9",
        "2**x overflows": "ldexp 4",
        "computed in 64 bits, where the neighbour is another": "nextafter 9 10 11",
        "infinities give the wrong end": "saturate_cast 0 8",
        "fills up with the first element": "unique 8",
        "edges of integers, of one number, of nothing": "histogram 3 4 5",
        "turned by another angle": "rot90 3",
        "blocks before channels": "space_to_depth 1, depth_to_space 1",
        "numbers beside 16 bits count as 32": "geomspace 7 8",
        "equal elements in another order": "argpartition 1 2 3",
        "integers computed in 64 bits": "select 1 3",
        "a single index is unravelled backwards": "unravel_index 6",
        "zeros where the shorter vector comes first": "correlate 10",
    },
}
KNOWN = {
    (words[0], int(place)): reason
    for reason, calls in DIFFERS[ENGINE].items()
    for words in map(str.split, calls.split(", "))
    for place in words[1:]
}
OTHERS = {*NN, *SIGNAL}  # rows that have parity tests of their own
ROWS = [n for n in SAMPLES if n not in UNFILLED | OTHERS and hasattr(keras.ops, n)]


@pytest.fixture(scope="module")
def kx():
    from kerasx import with_backend

    return with_backend(ENGINE)


def check(kx, name, call, wanted):
    ours = with_arrays(kx.ops.convert_to_tensor, call)
    got = flat(kx, getattr(kx.ops, name)(*ours.args, **ours.kwargs))
    assert len(got) == len(wanted)
    for y, z in zip(got, wanted, strict=True):
        if not hasattr(z, "dtype"):
            assert y == z
            continue
        assert kx.core.dtypes.name_of(y) == keras.backend.standardize_dtype(z.dtype)
        y, z = (np.asarray(value(kx, a)) for a in (y, z))
        y, z = (abs(y), abs(z)) if name in UP_TO_SIGN else (y, z)
        close("keras", y, z, call)


@pytest.mark.parametrize("name", ROWS)
def test_values_and_dtypes_are_those_of_keras(kx, name):
    for place, call in enumerate(SAMPLES[name]):
        theirs = with_arrays(keras.ops.convert_to_tensor, call)
        with np.errstate(all="ignore"):
            try:
                wanted = flat(kx, getattr(keras.ops, name)(*theirs.args, **theirs.kwargs))
            except Exception:  # what genuine Keras does not have on this engine
                continue
            if (name, place) in KNOWN:
                with pytest.raises((AssertionError, TypeError)):  # else it differs no longer
                    check(kx, name, call, wanted)
            else:
                check(kx, name, call, wanted)
