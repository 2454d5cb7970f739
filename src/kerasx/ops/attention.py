"""Attention: means of values, weighed by how well keys fit queries."""

import math

from ..core import config
from ..core.dtypes import floating, name_of
from ..core.op import Tensor, op
from .activation import softmax
from .creation import arange
from .elementwise import greater_equal, tanh, where
from .linear import einsum
from .normalization import widened
from .shaping import expand_dims, repeat, swapaxes
from .tensors import cast, shape

MASKED = -1e30  # finite: where all is masked, the weights are even, not NaN


def attended(query, key, value, *_, **__):
    shapes = [tuple(t.shape) for t in (query, key, value)]
    if any(len(s) != 4 for s in shapes):
        raise ValueError(
            f"dot_product_attention: query, key and value of shapes {shapes}: expected rank 4 of "
            "each, (batch, time, heads, features)."
        )
    (_, _, heads, _), (_, _, groups, _), (_, _, others, _) = shapes
    if None not in (heads, groups, others) and (groups != others or heads % groups):
        raise ValueError(
            f"dot_product_attention: {heads} heads of query, {groups} of key, {others} of value: "
            "expected as many of key as of value, and a multiple of that of query."
        )
    return (*shapes[0][:3], shapes[2][3])


@op(shape=attended, dtype=floating)
def dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    bias: Tensor = None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
) -> Tensor:
    """`softmax(query @ key * scale + bias) @ value`, head by head.

    query: (batch, queries, heads, features).
    key, value: (batch, keys, groups, features); `heads` is a multiple of `groups`, and as many
        heads share a group.
    bias: added to the logits; broadcasts to (batch, heads, queries, keys).
    mask: where it is False, a query does not see a key; of the shape of `bias`, or without heads.
    scale: 1 / sqrt(features) by default.
    is_causal: query `i` sees the keys up to `i`.
    flash_attention: True asks for the engine's flash kernel, False does without, None is open.
    attn_logits_soft_cap: a bound that the scaled logits approach, by tanh.
    """
    attended(query, key, value)
    flash = config.SETTINGS.flash_attention if flash_attention is None else flash_attention
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if mask is not None:
        mask = cast(mask, "bool")
        mask = expand_dims(mask, 1) if len(mask.shape) == 3 else mask
    arguments = query, key, value, bias, mask, scale, bool(is_causal)
    usual = attn_logits_soft_cap is None and query.shape[-1] == value.shape[-1]
    if flash and not usual:
        raise ValueError(
            "dot_product_attention: flash_attention=True: flash kernels know no soft cap, and want "
            f"values of {query.shape[-1]} features, as queries; got {value.shape[-1]}."
        )
    if flash:
        return attend_flash(*arguments)
    if usual:
        return attend(*arguments, flash)
    return by_parts(*arguments, attn_logits_soft_cap)


@op(shape=attended)
def attend_flash(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor, mask: Tensor, scale, causal
) -> Tensor:
    """Canonical attention by the engine's flash kernel; an error where there is none."""
    raise ValueError(
        "dot_product_attention: flash_attention=True: this engine has no flash kernel."
    )


@op(shape=attended)
def attend(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor, mask: Tensor, scale, causal, flash
) -> Tensor:
    """Canonical attention: `bias` and the boolean `mask` are None, or broadcast to the logits.

    flash: None, or False for an engine that must not choose a flash kernel.
    """
    return by_parts(query, key, value, bias, mask, scale, causal)


def by_parts(query, key, value, bias, mask, scale, causal, cap=None) -> Tensor:
    """Attention as it is written, with the softmax in 32 bits or more."""
    shared = query.shape[2] // key.shape[2]
    if shared > 1:
        key, value = repeat(key, shared, 2), repeat(value, shared, 2)
    logits = widened(einsum("btnh,bsnh->bnts", query, key)) * scale
    logits = logits if cap is None else cap * tanh(logits / cap)
    logits = logits if bias is None else logits + widened(bias)
    if causal:
        rows, columns = arange(shape(query)[1]), arange(shape(key)[1])
        logits = where(greater_equal(expand_dims(rows, 1), columns), logits, MASKED)
    logits = logits if mask is None else where(mask, logits, MASKED)
    # head by head, as the products are made: XLA would make the whole of another order slower
    heads = einsum("bnts,bsnh->bnth", cast(softmax(logits), name_of(value)), value)
    return swapaxes(heads, 1, 2)
