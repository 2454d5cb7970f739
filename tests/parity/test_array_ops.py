"""The array ops against genuine Keras, over the rows of `tests/ops/samples`: values and dtypes."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from ..ops.calls import flat, value, with_arrays  # noqa: E402
from ..ops.samples import SAMPLES, UP_TO_SIGN  # noqa: E402
from ..ops.samples_nn import NN  # noqa: E402

# Where Keras is not followed, and why.
DIFFERS = {
    "empty": "what is in it is anybody's guess",
    "empty_like": "what is in it is anybody's guess",
}
ROWS = [n for n in SAMPLES if n not in NN and n not in DIFFERS and hasattr(keras.ops, n)]


@pytest.fixture(scope="module")
def jax():
    from kerasx import with_backend

    return with_backend("jax")


@pytest.mark.parametrize("name", ROWS)
def test_values_and_dtypes_are_those_of_keras(jax, name):
    for call in SAMPLES[name]:
        theirs = with_arrays(keras.ops.convert_to_tensor, call)
        try:
            wanted = flat(jax, getattr(keras.ops, name)(*theirs.args, **theirs.kwargs))
        except (AttributeError, IndexError, NotImplementedError, TypeError, ValueError):
            continue  # what genuine Keras does not have on this engine
        ours = with_arrays(jax.ops.convert_to_tensor, call)
        got = flat(jax, getattr(jax.ops, name)(*ours.args, **ours.kwargs))
        assert len(got) == len(wanted), call
        for y, z in zip(got, wanted, strict=True):
            if not hasattr(z, "dtype"):
                assert y == z, call
                continue
            assert jax.core.dtypes.name_of(y) == np.asarray(z).dtype.name, call
            y, z = (np.asarray(a, "float64") for a in (value(jax, y), z))
            y, z = (abs(y), abs(z)) if name in UP_TO_SIGN else (y, z)
            np.testing.assert_allclose(y, z, 3e-3, 1e-4, err_msg=str(call))
