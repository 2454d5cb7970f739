"""Tensors, state and steps on TensorFlow: variables, tapes and functions."""

import threading
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.autograph.core import config as autograph
from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext as compiled_by_xla

from ...core import tree
from ...core.symbolic import KerasTensor

at_once = tf.init_scope  # while open, nothing is traced
# What a user's tf.function calls is rewritten by AutoGraph, but for libraries that it has a rule
# for, genuine Keras among them: what is no user's code it shall leave alone here, too.
autograph.CONVERSION_RULES = (
    autograph.DoNotConvert(__name__.partition(".")[0]),
    *autograph.CONVERSION_RULES,
)


class Gradients(threading.local):
    """Whether somebody may ask for gradients of what is computed."""

    wanted = True


GRADIENTS = Gradients()


@contextmanager
def without_gradients():
    before, GRADIENTS.wanted = GRADIENTS.wanted, False
    try:
        yield
    finally:
        GRADIENTS.wanted = before


NAME = "tensorflow"
STRONG_SCALARS = frozenset()  # dtypes that a Python number does not follow
REFUSALS = (  # what it raises of wrong arguments, beside ValueError, TypeError
    tf.errors.InvalidArgumentError,
    tf.errors.NotFoundError,
    tf.errors.UnimplementedError,
    tf.errors.AbortedError,  # by oneDNN's kernels
    IndexError,
)
FAST = {tf.__internal__.EagerTensor}  # type(tf.zeros(())) would start the runtime, for 0.15 s
NARROW = {"uint64": "uint32", "complex128": "complex64"}
JIT = False  # what jit_compile="auto" means
TRAINS = True
TRACES = True
RECOMPILES = False  # one graph serves batches of every size
DTYPES = {
    n: tf.dtypes.as_dtype(n)
    for n in (
        "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 bfloat16 float16 float32 float64 "
        "complex64 complex128 float8_e4m3fn float8_e5m2 string"
    ).split()
}


def in_xla():
    """Whether what is called now is traced for XLA."""
    return not tf.executing_eagerly() and compiled_by_xla(tf.compat.v1.get_default_graph())


def outside_xla(fn):
    """`fn`, where it is not for XLA, which has no such kernels: that gets the body of the op."""

    def call(*args):
        return (call.body if in_xla() else fn)(*args)

    call.body = fn  # until the op that it belongs to is declared
    return call


def convert(x, dtype=None):
    if type(x) is np.ndarray:  # which `is_tensor` takes its time to tell from a tensor
        x = tf.constant(x)
    elif isinstance(x, tf.IndexedSlices):  # what a tape gives for a table of embeddings
        x = tf.convert_to_tensor(x)
    elif hasattr(x, "dtype"):
        x = x if tf.is_tensor(x) else tf.convert_to_tensor(np.asarray(x))
    elif dtype in (None, "string") or (type(x) is float and "float" in dtype):
        return tf.convert_to_tensor(x, dtype and DTYPES[dtype])
    else:
        return tf.convert_to_tensor(np.asarray(x).astype(DTYPES[dtype].as_numpy_dtype))
    return x if dtype is None or x.dtype == DTYPES[dtype] else tf.cast(x, DTYPES[dtype])


feed = convert  # makes a batch ready for a step
AT_ONCE = 2**19  # elements of all tensors of a graph together, for batches taken as one
hold = None  # arrays stay in the host's memory


def cast(x, dtype):
    return tf.cast(x, DTYPES[dtype])


def to_numpy(x):
    x = tf.sparse.to_dense(x) if isinstance(x, tf.SparseTensor) else x
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def is_tensor(x):
    return tf.is_tensor(x)


def set_wide(on):
    """64-bit dtypes are always there."""


def device():
    return "gpu" if tf.config.list_physical_devices("GPU") else "cpu"


def devices():
    return [f"gpu:{k}" for k, _ in enumerate(tf.config.list_physical_devices("GPU"))] or ["cpu:0"]


class VariableBase:
    """A variable stands for its value in TensorFlow's own functions, and for itself in a tape's."""

    _should_act_as_resource_variable = (
        True  # tape.gradient(loss, variables) then asks for the handle
    )

    @property
    def handle(self):
        return self.stored.handle  # type: ignore[attr-defined]

    def __tf_tensor__(self, dtype=None, name=None):
        return tf.convert_to_tensor(self.value, dtype)  # type: ignore[attr-defined]


def store(value, dtype, trainable, fresh=False):
    return tf.Variable(convert(value, dtype), trainable=trainable)


def read(stored):
    return stored.value()


def write(stored, value):
    stored.assign(value)
    return stored


def increase(stored, value):
    stored.assign_add(value)


def on_host(stored):
    """The state of a variable, kept where the host can read it: no matter, here."""
    return stored


def set_trainable(stored, trainable):
    stored._trainable = trainable


def value_and_grad(fn, variables):
    """`fn() -> (loss, aux)`; gives `loss, aux, gradients`."""
    stored = [v.stored for v in variables]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(stored)
        loss, aux = fn()
    gradients = tape.gradient(loss, stored)
    # tf.gather has sparse gradients
    return (
        loss,
        aux,
        [tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g for g in gradients],
    )


def compile_step(fn, variables, jit=False, reads_only=False, batches=False):
    """`fn(*args)` as a graph for each shape of its arguments; with `batches`, where the first axis
    of each is that of the samples, one for any number of them, but in XLA."""
    if jit or not batches:
        return tf.function(fn, autograph=False, jit_compile=jit)
    graphs = {}

    def step(*args):
        tensors = [a for a in tree.flatten(args) if a is not None]
        kinds = tuple((a.dtype, a.shape[1:]) if a.ndim else (a.dtype, None) for a in tensors)
        key = (kinds, *(a is None for a in tree.flatten(args)))
        if key not in graphs:
            graphs[key] = graph_of(fn, args)
        return graphs[key](*tensors)

    return step


def graph_of(fn, args, free=1):
    """The graph of `fn(*args)`, as a function of the tensors in `args`, whose first `free` axes may
    have any size."""

    def flat(*tensors):
        rest = iter(tensors)
        return fn(*tree.map_structure(lambda a: None if a is None else next(rest), args))

    specs = [
        tf.TensorSpec([*[None] * min(free, a.ndim), *a.shape[free:]], a.dtype)
        for a in tree.flatten(args)
        if a is not None
    ]
    return tf.function(flat, autograph=False).get_concrete_function(*specs)


def infer(fn, specs):
    """KerasTensors like what `fn` gives for `specs`, by tracing it."""
    inputs = [tf.TensorSpec(s.shape, DTYPES[s.dtype]) for s in specs]
    traced = tf.function(fn, autograph=False).get_concrete_function(*inputs)
    return tree.map_structure(
        lambda t: KerasTensor(t.shape, t.dtype.name), traced.structured_outputs
    )


DEPENDENCIES = "_self_unconditional_dependency_names"  # where tf.Module keeps them, by name


class Module(tf.Module):
    """Layers are tf.Modules, so tf.saved_model and tf.train.Checkpoint see their variables."""

    def adopt(self, name, child):
        """Called for each variable and layer that becomes part of this one."""
        trackable = child if isinstance(child, tf.Module) else child.stored
        name = name.replace(".", "_")
        if vars(self).get(DEPENDENCIES, {}).get(name) is trackable:
            return  # it is known: most are told of twice, and this is slow
        self._track_trackable(  # pyright: ignore[reportAttributeAccessIssue]
            trackable, name, overwrite=True
        )

    @property
    def submodules(self):
        """All layers inside of this one."""
        own: Any = self
        return tuple(own._flatten_layers(include_self=False))

    def disown(self, name):
        """Called for each variable and layer that is part of this one no more."""
        self._delete_tracking(name.replace(".", "_"))  # pyright: ignore[reportAttributeAccessIssue]


def module_attributes():
    module = tf.Module()
    module._track_trackable(tf.Module(), "child")  # pyright: ignore[reportAttributeAccessIssue]
    return frozenset(vars(module))


MODULE_ATTRIBUTES = module_attributes()  # where tf.Module keeps its own things
