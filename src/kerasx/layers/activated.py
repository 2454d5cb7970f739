"""The activation at the end of a layer."""

from typing import Any

from ..backends import current as backend
from ..core.registry import is_own
from .remat import remat

# On an engine that can write over a tensor: the form of an activation that does, or None where the
# tensor may be needed again.
overwriting = getattr(backend, "overwriting", None)


def activated(layer: Any, x: Any, spare: bool = False) -> Any:
    """What `layer.activation` gives for `x`; `spare`: nobody else holds `x`, which may be written
    over."""
    fn, scope = layer.activation, layer._kx.remat
    if scope is not None and scope.mode == "activations":
        return remat(fn)(x)
    if spare and overwriting is not None and is_own(fn):
        fn = overwriting(fn.__name__, x) or fn
    return fn(x)
