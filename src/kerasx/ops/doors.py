"""Doors of ops whose first arguments are tensors, and the others canonical."""

from ..backends import current as backend
from ..core.refusal import REFUSALS, refusal
from ..core.scope import LOCAL
from ..core.symbolic import KerasTensor
from ..core.variable import unwrap

FAST = backend.FAST


def pair_door(native, declaration):
    """Two tensors, then canonical arguments."""
    ready, slow = declaration.ready, declaration.slow

    def call(x, kernel, *rest):
        if type(x) is not KerasTensor or not LOCAL.quiet:  # else shapes do, which are known
            kernel = unwrap(kernel)
        try:
            if (
                type(x) in FAST
                and type(kernel) in FAST
                and x.dtype == kernel.dtype
                and x.dtype in ready
            ):
                return native(x, kernel, *rest)
            return slow(native, x, kernel, *rest)
        except REFUSALS as error:
            raise refusal(declaration, error, x, kernel, *rest) from error

    return call


def triple_door(native, declaration):
    """Three tensors, then canonical arguments."""
    ready, slow = declaration.ready, declaration.slow

    def call(x, kernel, bias, *rest):
        if type(x) is not KerasTensor or not LOCAL.quiet:
            kernel, bias = unwrap(kernel), unwrap(bias)
        try:
            if (
                type(x) in FAST
                and type(kernel) in FAST
                and type(bias) in FAST
                and x.dtype == kernel.dtype == bias.dtype
                and x.dtype in ready
            ):
                return native(x, kernel, bias, *rest)
            return slow(native, x, kernel, bias, *rest)
        except REFUSALS as error:
            raise refusal(declaration, error, x, kernel, bias, *rest) from error

    return call
