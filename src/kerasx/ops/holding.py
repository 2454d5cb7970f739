"""Masked sequences through recurrent kernels that know no mask: forced gates hold the state."""

from typing import Any

import numpy as np

from ..backends import current as backend
from .creation import arange
from .elementwise import maximum, where
from .indexing import take_along_axis
from .logic import logical_and, logical_not
from .reduce import any as any_of
from .reduce import cumsum
from .reduce import max as max_of
from .reduce import sum as sum_of
from .shaping import concatenate, expand_dims, squeeze
from .tensors import cast

FORCED = 1e4  # sigmoid(1e4) is exactly 1 and sigmoid(-1e4) exactly 0, in 16 bits too


def pays(plain: Any) -> bool:
    """Whether `plain`, an op for sequences without masks, is the engine's own."""
    return plain.declaration.native is not None


def forced(x: Any, mask: Any, kernel: Any, signs: tuple[int, ...]) -> tuple[Any, Any]:
    """`x` and `kernel` with one more feature, which forces gates to 1 or 0 where `mask` hides."""
    hidden = expand_dims(logical_not(mask), -1)
    row = np.repeat(np.asarray(signs, "float32") * FORCED, kernel.shape[1] // len(signs))
    x = concatenate([where(hidden, 0.0, x), cast(hidden, x.dtype)], -1)
    return x, concatenate([kernel, cast(row[None], kernel.dtype)], 0)


def is_at_ends(mask: Any, *states: Any) -> bool:
    """Whether `mask` hides the ends of sequences alone: those in front only if states are zero.

    It waits for the values of the mask; where these are not known, False.
    """
    if not backend.values_known(mask):
        return False
    begins = logical_and(mask[:, 1:], logical_not(mask[:, :-1]))
    runs = sum_of(cast(begins, "int32"), 1) + cast(mask[:, 0], "int32")
    if bool(any_of(runs > 1)):
        return False
    return not bool(any_of(begins)) or not any(bool(any_of(s != 0)) for s in states)


def lstm(
    plain: Any, x: Any, h: Any, c: Any, kernel: Any, recurrent_kernel: Any, bias: Any, mask: Any,
    zero_output_for_mask: bool,
) -> tuple[Any, Any, Any]:  # fmt: skip
    """(outputs, last h, last c) with a mask that `is_at_ends`, by `plain`.

    The memory is held where the mask hides. The output moves there, but nothing that is seen comes
    behind it, or there is no memory yet.
    """
    x, kernel = forced(x, mask, kernel, (-1, 1, 0, 0))
    y, _, c = plain(x, h, c, kernel, recurrent_kernel, bias)
    steps = arange(mask.shape[1], dtype="int32")
    last = max_of(where(mask, steps, -1), 1, keepdims=True)  # -1 where nothing is seen
    final = squeeze(take_along_axis(y, expand_dims(maximum(last, 0), -1), 1), 1)
    h = where(last < 0, h, final)
    kept = 0.0
    if not zero_output_for_mask:
        behind = logical_and(steps > last, last >= 0)
        kept = where(expand_dims(behind, -1), expand_dims(h, 1), 0.0)
    return where(expand_dims(mask, -1), y, kept), h, c


def gru(
    plain: Any, x: Any, h: Any, kernel: Any, recurrent_kernel: Any, bias: Any, mask: Any,
    zero_output_for_mask: bool,
) -> tuple[Any, Any]:  # fmt: skip
    """(outputs, last h) with any mask, by `plain`: the state, which is the output, is held."""
    x, kernel = forced(x, mask, kernel, (1, 0, 0))
    y, h = plain(x, h, kernel, recurrent_kernel, bias)
    shown = mask if zero_output_for_mask else cumsum(cast(mask, "int32"), 1) > 0
    return where(expand_dims(shown, -1), y, 0.0), h
