"""Every op in 64 bits: where float64 is the default, nothing on its way is of 32.

The first sample of each op on JAX, which compiles every call; all of them elsewhere.
"""

import copy

import numpy as np
import pytest

from kerasx import with_backend

from ..floats import defaulting_to
from .calls import Call, arrays, assert_same, named, run, with_arrays
from .samples import SAMPLES, UP_TO_SIGN, c, f

WIDER = {"float32": "float64", "complex64": "complex128"}
# Beside the samples, numbers that 32 bits hold otherwise.
FURTHER: dict[str, list[Call]] = {
    "full": [c((2, 3), 0.1), c((2,), 0.1, "float64")],
    "full_like": [c(f(2, 3), 0.1)],
    "pad": [c(f(2, 3), 1, constant_values=0.1)],
    "leaky_relu": [c(f(2, 3), 0.1)],
    "clip": [c(f(2, 3), -0.1, 0.1)],
    "where": [c(np.array([True, False]), f(2), 0.1)],
}
NARROW = {
    ("tensorflow", "ctc_decode"): "TensorFlow's search through beams scores in 32 bits",
}


@pytest.fixture(scope="module")
def wide(kx):
    """The library on an engine, and on NumPy, in 64 bits."""
    both = kx, with_backend("numpy")
    with defaulting_to("float64", *both):
        yield both


def widened(call):
    """`call` in 64 bits; None where it is about 16."""
    call = with_arrays(lambda a: a.astype(WIDER.get(a.dtype.name, a.dtype)), copy.deepcopy(call))
    named_wider = [WIDER.get(a, a) if isinstance(a, str) else a for a in call.args]
    kwargs = {k: WIDER.get(a, a) if isinstance(a, str) else a for k, a in call.kwargs.items()}
    narrow = any(a.dtype.name in ("float16", "bfloat16") for a in arrays(call))
    return None if narrow else Call(tuple(named_wider), kwargs)


@pytest.mark.parametrize("name", SAMPLES)
def test_engines_agree_in_64_bits(wide, engine, name):
    if reason := NARROW.get((engine, name)):
        pytest.skip(reason)
    kx, reference = wide
    samples = [*FURTHER.get(name, ()), *SAMPLES[name]]
    for sample in samples[: 1 if engine == "jax" else None]:
        if (call := widened(sample)) is None:
            continue
        wanted = run(reference, named(reference, name), copy.deepcopy(call))
        got = run(kx, named(kx, name), call)
        assert_same(kx, got, wanted, signed=name not in UP_TO_SIGN, kind="wide")
