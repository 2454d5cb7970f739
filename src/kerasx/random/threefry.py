"""Random bits that are the same on every engine: a block cipher over a counter.

The cipher is Threefry-2x32 with 20 rounds (Salmon et al., 2011, "Parallel random numbers: as easy
as 1, 2, 3"). It runs on int32, which every engine adds with wrap-around.
"""

from typing import Any

from ..backends import current as backend
from ..core.dtypes import keep
from ..core.op import Tensor, op
from ..core.symbolic import KerasTensor
from ..ops.creation import arange, zeros_like
from ..ops.logic import left_shift, right_shift
from ..ops.shaping import concatenate

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


def rotated(x: Tensor, by: int) -> Tensor:
    """The bits of `x`, moved to the left; what falls off comes in on the right."""
    return left_shift(x, by) | (right_shift(x, 32 - by) & ((1 << by) - 1))


def pair(key, x0, x1):
    return KerasTensor(x0.shape, "int32"), KerasTensor(x0.shape, "int32")


@op(spec=pair, dtype=keep)
def threefry(key: Tensor, x0: Tensor, x1: Tensor) -> Tensor:
    """The blocks (x0, x1), two words each, enciphered with the two words of `key`."""
    first, second = key[:1], key[1:]
    keys = first, second, first ^ second ^ PARITY
    x0, x1 = x0 + first, x1 + second
    for k in range(5):
        for by in ROTATIONS[k % 2]:
            x0 = x0 + x1
            x1 = rotated(x1, by) ^ x0
        x0 = x0 + keys[(k + 1) % 3]
        x1 = x1 + keys[(k + 2) % 3] + (k + 1)
    return x0, x1


def random_words(state: Tensor, count: Any, stream: Any = 0, near: Any = None) -> Tensor:
    """`count` random words, as int32, that the two words of `state` and `stream` determine.

    They are on the device of the tensor `near`, if one is given.
    """
    x0 = arange((count + 1) // 2, dtype="int32")
    return concatenate(threefry(backend.words(state, near), x0, zeros_like(x0) + stream))[:count]


def high_product(a: Tensor, b: int) -> tuple[Tensor, Tensor]:
    """(high word, low word) of the product of unsigned words with a number below 2**31."""
    a1, a0, b1, b0 = upper(a), lower(a), b >> 16, b & 0xFFFF
    low, across, back = a0 * b0, a0 * b1, a1 * b0
    middle = upper(low) + lower(across) + lower(back)
    return a1 * b1 + upper(across) + upper(back) + upper(middle), a * b


def upper(x: Tensor) -> Tensor:
    """The upper half of each word."""
    return lower(right_shift(x, 16))


def lower(x: Tensor) -> Tensor:
    """The lower half of each word."""
    return x & 0xFFFF
