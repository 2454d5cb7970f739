"""Tensors, state and steps on PyTorch: parameters change in place."""

import threading
from contextlib import nullcontext as at_once
from typing import Any

import numpy as np
import torch

from ...core import dtypes, shapes
from ...core.scope import Scope

NAME = "torch"
without_gradients = torch.no_grad
STRONG_SCALARS = frozenset()  # dtypes that a Python number does not follow
SINGULAR = torch.linalg.LinAlgError  # pyright: ignore[reportPrivateImportUsage]
REFUSALS = (RuntimeError, IndexError, SINGULAR)  # what it raises of wrong arguments
FAST = {torch.Tensor, torch.nn.Parameter}
NARROW = dtypes.NARROW
dtypes.SUMMED.update(uint8="int32", uint16="int32")  # uint32 is stored, and hardly computed with
JIT = False  # what jit_compile="auto" means
TRAINS = True
RECOMPILES = False
TRACES = False  # steps run as they are, unless they are to be compiled
compile_loop = None  # they come one after the other in any case
DTYPES = {
    n: getattr(torch, n)
    for n in (
        "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 bfloat16 float16 float32 float64 "
        "complex64 complex128 float8_e4m3fn float8_e5m2"
    ).split()
}
FOREIGN = 2  # `isbuiltin` of bfloat16 and the 8-bit floats of ml_dtypes: torch takes their bits
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Place(threading.local):
    """Where new tensors of Python numbers are made."""

    device = DEVICE


PLACE = Place()


def convert(x, dtype=None):
    to = dtype and DTYPES[dtype]
    if isinstance(x, torch.Tensor):
        return x if to is None or x.dtype is to else x.to(to)
    if isinstance(x, np.ndarray) and not (x.flags.writeable and all(s >= 0 for s in x.strides)):
        x = x.copy()
    if hasattr(x, "dtype") and not isinstance(x, (np.ndarray, np.generic)):
        x = np.asarray(x)
    if isinstance(x, np.ndarray) and x.dtype.isbuiltin == FOREIGN:
        bits = torch.as_tensor(x.view(f"int{8 * x.itemsize}"), device=DEVICE)
        return convert(bits.view(DTYPES[x.dtype.name]), dtype)
    return torch.as_tensor(x, dtype=to, device=PLACE.device)


def feed(x):
    """A batch, ready for a step: on its way to the GPU, which is not waited for."""
    usual = DEVICE != "cpu" and type(x) is np.ndarray and x.dtype.isbuiltin != FOREIGN
    if not usual:
        return convert(x)
    own = x if x.flags.writeable and x.flags.c_contiguous else x.copy()
    return torch.from_numpy(own).pin_memory().to(DEVICE, non_blocking=True)


def on_gpu(arrays):
    """The arrays in the GPU's memory; None where they would take over a quarter of what is free."""
    free, _ = torch.cuda.mem_get_info()
    return [convert(a) for a in arrays] if sum(a.nbytes for a in arrays) <= free // 4 else None


AT_ONCE = 2**19 if DEVICE == "cpu" else 2**25  # elements, for batches taken as one: 2 or 128 MB
hold = on_gpu if DEVICE == "cuda" else None  # a CPU's memory is where they are


def pick(held, index):
    """Rows of an array that is held."""
    return held[index] if type(index) is slice else held.index_select(0, index)


indices = feed  # an order of rows, parts of which are to be picked


def cast(x, dtype):
    return x.to(DTYPES[dtype])


def to_numpy(x):
    if not isinstance(x, torch.Tensor):
        return np.asarray(x)
    if x.dtype is torch.bfloat16:
        import ml_dtypes  # the one way to a bfloat16 array

        return x.detach().cpu().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return x.numpy(force=True)  # from where it is, and with what is left to do: conjugates, signs


def is_tensor(x):
    return isinstance(x, torch.Tensor)


def set_wide(on):
    """64-bit dtypes are always there."""


def device():
    return DEVICE


def devices():
    return [f"cuda:{k}" for k in range(torch.cuda.device_count())] or ["cpu:0"]


def unwrapped(x):
    if isinstance(x, VariableBase):
        return x.value  # type: ignore[attr-defined]
    if type(x) in (list, tuple):
        return type(x)(map(unwrapped, x))
    return x


class Tracing(threading.local):
    """Whether a step is being traced, on tensors that have no data."""

    on = False


TRACING = Tracing()


class VariableBase:
    """A variable stands for its value in torch's own functions."""

    @classmethod
    def __torch_function__(cls, fn, types, args=(), kwargs=None):
        return fn(*map(unwrapped, args), **{k: unwrapped(v) for k, v in (kwargs or {}).items()})


def store(value, dtype, trainable, fresh=False):
    x = convert(value, dtype).detach()
    grad = trainable and (x.is_floating_point() or x.is_complex())
    return torch.nn.Parameter(x.clone(memory_format=torch.contiguous_format), requires_grad=grad)


read = None  # what is stored is the tensor itself


def write(stored, value):
    with torch.no_grad():
        return stored.copy_(convert(value))


def on_host(stored):
    """The state of a variable, kept where the host can read it without waiting for a GPU."""
    return stored if DEVICE == "cpu" else torch.nn.Parameter(stored.cpu(), requires_grad=False)


def increase(stored, value):
    with torch.no_grad():
        stored.add_(value)


def set_trainable(stored, trainable):
    if stored.is_floating_point():
        stored.requires_grad_(trainable)


class Tapes(threading.local):
    """How many losses are under way that autograd will differentiate."""

    open = 0


TAPES = Tapes()


def value_and_grad(fn, variables):
    """`fn() -> (loss, aux)`; gives `loss, aux, gradients`."""
    TAPES.open += 1
    try:
        with torch.enable_grad():
            loss, aux = fn()
    finally:
        TAPES.open -= 1
    values = [v.value for v in variables]
    grads = torch.autograd.grad(loss, values, allow_unused=True) if values else ()
    return loss.detach(), aux, list(grads)


class Meta(Scope):
    """Variables as tensors without data."""

    def read(self, variable):
        if variable not in self.written:
            self.written[variable] = torch.empty_like(variable.stored, device="meta")
        return self.written[variable]


def infer(fn, specs):
    def run(*tensors):
        before, PLACE.device = PLACE.device, "cpu"  # a number there fits tensors anywhere
        try:
            with Meta():
                return fn(*tensors)
        finally:
            PLACE.device = before

    return shapes.by_trial(
        run, specs, lambda shape, dtype: torch.empty(shape, dtype=DTYPES[dtype], device="meta")
    )


class Parameters(dict):
    """The parameters of a module. Where one is replaced, as `torch.func.functional_call` does, the
    variable has the new one, too."""

    variables: dict[str, Any] = {}

    def __setitem__(self, name, tensor):
        super().__setitem__(name, tensor)
        if name in self.variables:
            self.variables[name].stored = tensor


class Module(torch.nn.Module):
    """Layers are torch modules: parameters(), state_dict(), to(), torch.func, torch.export and
    torch.compile work."""

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls)
        torch.nn.Module.__init__(self)
        self.__dict__["_parameters"] = own = Parameters()
        own.variables = {}
        return self

    def forward(self, *args, **kwargs):
        return self(*args, **kwargs)

    @property
    def torch_params(self):
        """The variables by their paths, as a module of torch's."""
        own: Any = self
        return torch.nn.ParameterDict({v.path: v.stored for v in own.variables})

    def adopt(self, name, child):
        """Called for each variable and layer that becomes part of this one."""
        name = name.replace(".", "_")
        if isinstance(child, torch.nn.Module):
            if not any(m is child for n, m in self._modules.items() if n != name):
                self._modules[name] = child  # torch.func puts back what has one name
        else:
            own: Any = self._parameters
            own[name], own.variables[name] = child.stored, child

    def disown(self, name):
        """Called for each variable and layer that is part of this one no more."""
        name = name.replace(".", "_")
        if self._modules.pop(name, None) is None:
            own: Any = self._parameters
            del own[name], own.variables[name]


MODULE_ATTRIBUTES = frozenset(vars(torch.nn.Module()))  # where torch.nn.Module keeps its own things
