"""kerasx: the Keras 3 API, written once, on NumPy, JAX, PyTorch and TensorFlow."""

import gc as _gc

_collects = _gc.isenabled()
_gc.disable()  # modules are not garbage, and to look for some in TensorFlow's heap takes 0.2 s
try:
    from . import (
        activations,
        backend,
        callbacks,
        config,
        constraints,
        dtype_policies,
        initializers,
        layers,
        losses,
        metrics,
        mixed_precision,
        models,
        ops,
        optimizers,
        random,
        regularizers,
        saving,
        tree,
        utils,
    )  # fmt: skip
    from .backends import ENGINE as __engine__
    from .core.function import Function
    from .core.operation import Operation
    from .core.policy import DTypePolicy, FloatDTypePolicy
    from .core.scope import StatelessScope, SymbolicScope, name_scope
    from .core.symbolic import KerasTensor
    from .core.variable import Variable
    from .initializers import Initializer
    from .instances import with_backend
    from .layers import Input, InputSpec, Layer
    from .layers.remat import RematScope, remat
    from .losses import Loss
    from .metrics import Metric
    from .models import Model, Sequential
    from .optimizers import Optimizer
    from .regularizers import Regularizer
finally:
    if not _gc.get_freeze_count():
        _gc.freeze()  # and back: what was imported counts as old, and is not looked through at once
        _gc.unfreeze()
    if _collects:
        _gc.enable()

__version__ = "0.1.0"


def version() -> str:
    """The version of kerasx."""
    return __version__
