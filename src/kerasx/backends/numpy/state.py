"""Tensors, state and steps on NumPy: reference and inference."""

from contextlib import nullcontext as at_once
from contextlib import nullcontext as without_gradients

import numpy as np

from ...core import dtypes, shapes
from ...core.scope import Scope

NAME = "numpy"
STRONG_SCALARS = {"bfloat16", *dtypes.FLOAT8}  # NumPy gives float32 for these and a Python number
REFUSALS = (
    IndexError,
    OverflowError,
)  # what it raises of wrong arguments, beside ValueError, TypeError
FAST = {np.ndarray}
NARROW = dtypes.NARROW
JIT = False  # what jit_compile="auto" means
TRAINS = False
RECOMPILES = False
TRACES = False  # steps run as they are, unless they are to be compiled
compile_loop = None  # they come one after the other in any case
DTYPES = {
    n: dtypes.np_dtype(n)
    for n in (
        "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 bfloat16 float16 float32 float64 "
        "complex64 complex128 float8_e4m3fn float8_e5m2"
    ).split()
}


def convert(x, dtype=None):
    return np.asarray(x, dtype and DTYPES[dtype])


feed = convert  # makes a batch ready for a step
AT_ONCE = 2**19  # elements of all tensors of a graph together, for batches taken as one
hold = None  # arrays stay in the host's memory


def cast(x, dtype):
    return x.astype(DTYPES[dtype])


def to_numpy(x):
    return np.asarray(x)


def is_tensor(x):
    return isinstance(x, np.ndarray)


def set_wide(on):
    """Called when floatx changes to or from float64."""


def device():
    return "cpu"


def devices():
    return ["cpu:0"]


class VariableBase:
    """What a variable is to the engine: nothing, here."""


def store(value, dtype, trainable, fresh=False):
    return np.array(value, DTYPES[dtype])


read = None  # what is stored is the tensor itself


def write(stored, value):
    return np.array(value)  # a copy: arrays can change


increase = None  # arrays are not added to


def on_host(stored):
    """The state of a variable, kept where the host can read it: no matter, here."""
    return stored


def set_trainable(stored, trainable):
    """Arrays know nothing of it."""


def value_and_grad(fn, variables):
    raise NotImplementedError(
        "the numpy backend does not differentiate, so it cannot train. Choose jax, torch or "
        "tensorflow: "
        "KERASX_BACKEND=jax, or kerasx.models.to_backend(model, 'jax')."
    )


def compile_step(fn, variables, jit=True, reads_only=False, batches=False):
    return fn


def infer(fn, specs):
    def run(*arrays):
        with Scope():  # what fn writes to variables is forgotten
            return fn(*arrays)

    return shapes.by_trial(run, specs, lambda shape, dtype: np.zeros(shape, DTYPES[dtype]))


class Module:
    """What a layer is to the engine: nothing, here."""

    def adopt(self, name, child):
        """Called for each variable and layer that becomes part of this one."""

    def disown(self, name):
        """Called for each variable and layer that is part of this one no more."""


MODULE_ATTRIBUTES = frozenset()
