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

ENGINE = keras.backend.backend()
# Where Keras is not followed, and why: by the op, and the place of the call in its row.
DIFFERS = {
    "empty": "what is in it is anybody's guess",
    "empty_like": "what is in it is anybody's guess",
    "saturate_cast 8": "infinities in 16 bits go no further than the limits of these, in Keras",
    "unique 2": "JAX fills up with the first element, the others with 0",
}
# On the engines whose own answers differ from JAX's; docs/differences.md says in what.
ELSEWHERE = {
    "numpy": "erf rsqrt reciprocal floor_divide clip where logsumexp segment_max segment_min "
    "argsort top_k det fmod nextafter saturate_cast conj conjugate polar unique histogram "
    "geomspace argpartition select cdist psnr trapezoid",
    "torch": "where nonzero sum max min average pad top_k dot size sinc heaviside nextafter "
    "saturate_cast unique geomspace argpartition correlate",
    "tensorflow": "isclose prod vstack get_item segment_max segment_min size fmod heaviside ldexp "
    "nextafter saturate_cast unique histogram rot90 space_to_depth depth_to_space geomspace "
    "argpartition select unravel_index correlate",
}
OTHERS = {*NN, *SIGNAL}  # rows that have parity tests of their own
KNOWN = {*DIFFERS, *ELSEWHERE.get(ENGINE, "").split(), *OTHERS}
ROWS = [n for n in SAMPLES if n not in KNOWN and hasattr(keras.ops, n)]
REFUSALS = Exception  # engines refuse with exceptions of their own


@pytest.fixture(scope="module")
def kx():
    from kerasx import with_backend

    return with_backend(ENGINE)


@pytest.mark.parametrize("name", ROWS)
def test_values_and_dtypes_are_those_of_keras(kx, name):
    for place, call in enumerate(SAMPLES[name]):
        if f"{name} {place}" in DIFFERS:
            continue
        theirs = with_arrays(keras.ops.convert_to_tensor, call)
        try:
            wanted = flat(kx, getattr(keras.ops, name)(*theirs.args, **theirs.kwargs))
        except REFUSALS:
            continue  # what genuine Keras does not have on this engine
        ours = with_arrays(kx.ops.convert_to_tensor, call)
        got = flat(kx, getattr(kx.ops, name)(*ours.args, **ours.kwargs))
        assert len(got) == len(wanted), call
        for y, z in zip(got, wanted, strict=True):
            if not hasattr(z, "dtype"):
                assert y == z, call
                continue
            assert kx.core.dtypes.name_of(y) == keras.backend.standardize_dtype(z.dtype), call
            y, z = (value(kx, a) for a in (y, z))
            kind = "complex128" if y.dtype.kind == "c" else "float64"
            y, z = y.astype(kind), z.astype(kind)
            y, z = (abs(y), abs(z)) if name in UP_TO_SIGN else (y, z)
            np.testing.assert_allclose(y, z, 3e-3, 1e-4, err_msg=str(call))
