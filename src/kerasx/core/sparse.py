"""What an op does with sparse tensors: the same on every engine that has them. Pure Python."""

from collections.abc import Callable, Sequence
from typing import Any

from .shapes import broadcast

# Ops of one tensor that give 0 for 0: of a sparse one, they change the values alone.
ZERO_TO_ZERO = frozenset(
    "absolute arcsin arcsinh arctan arctanh ceil conj copy erf expm1 fabs floor gelu imag "
    "leaky_relu log1p negative real relu relu6 rint round selu sign signbit silu sin sinh sqrt "
    "square tan tanh trunc".split()
)
REARRANGED = frozenset("cast expand_dims mean reshape squeeze sum transpose".split())
TOGETHER = frozenset("add concatenate matmul maximum minimum subtract".split())
ANY_SHAPES = frozenset(["concatenate", "matmul"])
PRODUCTS = frozenset(["matmul", "biased_matmul"])  # of a sparse and a dense tensor: dense ones


def stays(name: str, tensors: Sequence[Any], found: Sequence[bool]) -> bool:
    """Whether an op gives a sparse tensor: `found` tells which of its tensors, or symbols, are.

    It does not where it broadcasts, as that would fill places between.
    """
    if name in ZERO_TO_ZERO or name in REARRANGED:
        return found[0]
    shapes = [tuple(x.shape) for x in tensors]
    if name in TOGETHER:
        return all(found) and (name in ANY_SHAPES or len(set(shapes)) == 1)
    if name == "divide":  # of two sparse tensors, most places would be 0 / 0
        return found == [True, False] and broadcast(*shapes) == shapes[0]
    return name == "multiply" and broadcast(*shapes) in [s for s, f in zip(shapes, found) if f]


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
    if stays(name, tensors, found):
        if name == "multiply" and len({tuple(x.shape) for x in tensors}) > 1:
            full = broadcast(*(tuple(x.shape) for x in tensors))
            tensors = [x if tuple(x.shape) == full else backend.densified(x) for x in tensors]
        return backend.SPARSE_OPS[name], tensors
    if name in PRODUCTS:
        return backend.SPARSE_OPS[name], tensors
    return native, [backend.densified(x) for x in tensors]
