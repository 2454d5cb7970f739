"""Tensors, state and steps on JAX: arrays cannot change, so functions are made pure."""

from contextlib import nullcontext as without_gradients

import jax
import jax.numpy as jnp
import numpy as np

from ...core import dtypes, shapes
from ...core.scope import Scope
from .sparse import densified, is_sparse

at_once = jax.ensure_compile_time_eval  # while open, nothing is traced
NAME = "jax"
STRONG_SCALARS = frozenset()  # dtypes that a Python number does not follow
REFUSALS = (
    IndexError,
    OverflowError,
)  # what it raises of wrong arguments, beside ValueError, TypeError
FAST = {type(jnp.zeros(()))}
NARROW = dtypes.NARROW
JIT = True  # what jit_compile="auto" means
TRAINS = True
RECOMPILES = True  # a batch of another size is compiled for anew
TRACES = True  # a compiled step is Python code that ran once
DTYPES = {
    n: jnp.dtype(n)
    for n in (
        "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 bfloat16 float16 float32 float64 "
        "complex64 complex128 float8_e4m3fn float8_e5m2"
    ).split()
}


def available(dtype):
    """The engine's dtype for a name; 32 bits for 64 where x64 is off."""
    return jax.dtypes.canonicalize_dtype(DTYPES[dtype])


def convert(x, dtype=None):
    if is_sparse(x):
        return x if dtype in (None, x.dtype) else x.astype(available(dtype))
    return made(jnp.asarray, x, dtype and available(dtype))


def made(make, x, dtype):
    """`make(x, dtype)`, which takes twice the time where it is told a dtype that `x` has."""
    return make(x) if type(x) is np.ndarray and x.dtype == dtype else make(x, dtype)


def feed(x):
    """A batch, ready for a step: compiled functions take arrays as they are, and quicker."""
    return x


AT_ONCE = 2**18  # elements of all tensors of a graph together, for batches taken as one


def hold(arrays):
    """The arrays in the device's memory; None where they would take over a quarter of it, or where
    it has none of its own."""
    known = jax.devices()[0].memory_stats() if jax.default_backend() != "cpu" else None
    room = known["bytes_limit"] // 4 if known and "bytes_limit" in known else 0
    return jax.device_put(arrays) if 0 < sum(a.nbytes for a in arrays) <= room else None


@jax.jit
def gathered(held, index):
    return held.at[index].get(mode="promise_in_bounds")


def pick(held, index):
    """Rows of an array that is held."""
    if type(index) is slice:  # which would be compiled for anew
        index = np.arange(*index.indices(len(held)))
    return gathered(held, indices(index))


def indices(order):
    """An order of rows, parts of which are to be picked: on the host, where parts cost nothing."""
    return order.astype("int32", copy=False)


def cast(x, dtype):
    return x.astype(available(dtype))


def to_numpy(x):
    return np.asarray(densified(x))


def is_tensor(x):
    return isinstance(x, jax.Array) or is_sparse(x)


def set_wide(on):
    """64-bit dtypes are off in JAX unless asked for."""
    jax.config.update("jax_enable_x64", on)


def device():
    return jax.devices()[0].platform


def devices():
    return [f"{d.platform}:{d.id}" for d in jax.devices()]


class VariableBase:
    """A variable stands for its value in JAX's own functions."""

    def __jax_array__(self):
        return self.value  # type: ignore[attr-defined]


def store(value, dtype, trainable, fresh=False):
    """`fresh`: nobody else holds the value, so that a step may give its buffer away."""
    if fresh and type(value) in FAST and value.dtype == available(dtype):
        return value
    return made(jnp.array, value, available(dtype))


read = None  # what is stored is the tensor itself


def write(stored, value):
    return jnp.array(value)  # a copy: a step gives its buffers away, so nobody else may hold them


increase = None  # arrays are not added to


def on_host(stored):
    """The state of a variable, kept where the host can read it: no matter, here."""
    return stored


def set_trainable(stored, trainable):
    """Arrays know nothing of it."""


class Static:
    """Carries what is no array through JAX's transformations, compared by identity."""

    def __init__(self, items):
        self.items = items


jax.tree_util.register_static(Static)


def value_and_grad(fn, variables):
    """`fn() -> (loss, aux)`; gives `loss, aux, gradients` and makes fn's writes good."""

    def pure(values):
        with Scope(zip(variables, values)) as scope:
            loss, aux = fn()
        written = dict(scope.written)
        return loss, (aux, Static(list(written)), list(written.values()))

    values = [v.value for v in variables]
    (loss, (aux, keys, new)), grads = jax.value_and_grad(pure, has_aux=True)(values)
    for variable, value in zip(keys.items, new):
        variable.write(value)
    return loss, aux, grads


def compile_step(fn, variables, jit=True, reads_only=False, batches=False):
    """`fn(*args)` compiled; the state in `variables` is donated and written back.

    reads_only: whether `fn` writes to few of them, if any: then nothing is donated.
    """

    def pure(values, args):
        with Scope(zip(variables, values)) as scope:
            out = fn(*args)
        changed = list(scope.written) if reads_only else variables
        # first the state: a donated array goes to the first output of its shape
        return [scope.read(v) for v in changed], Static(changed), out

    jitted = jax.jit(pure, donate_argnums=() if reads_only else 0)

    def step(*args):
        values, changed, out = jitted([v.stored for v in variables], args)
        for v, value in zip(changed.items, values):
            v.stored = value
        return out

    return step if jit else fn


def infer(fn, specs):
    def run(*shaped):
        with Scope():  # what fn writes to variables is forgotten
            return jax.eval_shape(fn, *shaped)

    def abstract(shape, dtype):
        return jax.ShapeDtypeStruct(shape, DTYPES[dtype])

    return shapes.by_trial(run, specs, abstract)


class Module:
    """What a layer is to the engine: nothing, here."""

    def adopt(self, name, child):
        """Called for each variable and layer that becomes part of this one."""

    def disown(self, name):
        """Called for each variable and layer that is part of this one no more."""


MODULE_ATTRIBUTES = frozenset()
