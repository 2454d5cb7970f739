"""What an op does with sparse tensors: the same on every engine that has them. Pure Python."""

from collections.abc import Callable, Sequence
from typing import Any

from .shapes import broadcast

# Ops of one tensor that give 0 for 0: of a sparse one, they change the values alone.
ZERO_TO_ZERO = frozenset(
    "absolute arcsin arcsinh arctan arctanh ceil conj erf expm1 floor gelu imag leaky_relu log1p "
    "negative real relu relu6 rint round selu sign silu sin sinh sqrt square tan tanh trunc".split()
)
OF_SPARSE_ALONE = frozenset(["add", "subtract"])  # with a dense tensor, they give a dense one


def keeps(name: str, tensors: Sequence[Any], found: Sequence[bool]) -> bool:
    """Whether the engines can keep a tensor sparse: not where it broadcasts."""
    if name in OF_SPARSE_ALONE:
        return all(found)
    shapes = [tuple(x.shape) for x in tensors]
    return name != "multiply" or broadcast(*shapes) == shapes[found.index(True)]


def sparse_call(
    backend: Any, name: str, native: Callable, tensors: Sequence[Any]
) -> tuple[Callable, Sequence[Any]]:
    """(what to call in place of an op's own function, the tensors to call it with).

    Where the engine has the op for sparse tensors, that; else these become dense.
    """
    found = [backend.is_sparse(x) for x in tensors]
    if not any(found):
        return native, tensors
    if name in ZERO_TO_ZERO:
        return backend.by_values(native), tensors
    if name in backend.SPARSE_OPS and keeps(name, tensors, found):
        return backend.SPARSE_OPS[name], tensors
    return native, [backend.densified(x) for x in tensors]
