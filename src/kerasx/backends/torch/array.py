"""PyTorch: tensors."""

# ruff: noqa: I001 - the imports are a table of the contract

from builtins import slice as range_of

import torch
from torch import (  # names and meanings that already match the contract
    add, amax, amin, arccos, arccosh, arcsin, arcsinh, arctan, arctanh,
    bitwise_not as bitwise_invert, ceil, clone as copy, cos, cosh,
    divide, eq as equal, erf, erfc, erfinv, exp, expm1, floor, fmax, fmin, fmod, gcd, gt as greater,
    ge as greater_equal, i0, imag as imaginary_part, isfinite, isinf, isnan, lt as less,
    le as less_equal, log, log10, log1p, log2, logical_not, mean, remainder as mod,
    multiply, negative, ne as not_equal, tensor_split as pieces, real as real_part,
    pow as power, reciprocal, reshape, flip as reverse, roll as rotate, rsqrt, sign, sin, sinh,
    sqrt, square, squeeze as squeezed, subtract, tan, tanh, tile as tiled, unsqueeze as unsqueezed,
    subtract as difference, where as either,
)  # fmt: skip

from .state import DEVICE, DTYPES, TRACING

# stored, but hardly computed with
UNSIGNED = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}


def sizes(x):
    return tuple(x.shape)


def as_size(x):
    return int(x)


def by_doubles(fn):
    """`fn` of tensors; a GPU has no products of integers, so there doubles stand in for them."""
    if DEVICE == "cpu":
        return fn

    def call(x1, x2, *rest, **options):
        if x1.is_floating_point() or x1.is_complex():
            return fn(x1, x2, *rest, **options)
        return fn(x1.double(), x2.double(), *rest, **options).long().to(x1.dtype)

    return call


matmul, summed_products = by_doubles(torch.matmul), by_doubles(torch.tensordot)


def gammainc(x1, x2):
    if x1.element_size() == 2 and x1.device.type == "cuda":  # which has it in 32 and 64 bits
        return torch.special.gammainc(x1.float(), x2.float()).to(x1.dtype)
    return torch.special.gammainc(x1, x2)


def paired(fn):
    """`fn` of two tensors, which a Python number may stand in for."""

    def call(x1, x2):
        return fn(x1, x2 if isinstance(x2, torch.Tensor) else x1.new_tensor(x2))

    return call


arctan2 = paired(torch.arctan2)
bitwise_and, bitwise_or, bitwise_xor = map(
    paired, (torch.bitwise_and, torch.bitwise_or, torch.bitwise_xor)
)
left_shift, right_shift = paired(torch.bitwise_left_shift), paired(torch.bitwise_right_shift)
logical_and, logical_or, logical_xor = map(
    paired, (torch.logical_and, torch.logical_or, torch.logical_xor)
)


def floor_divide(x1, x2):
    return torch.div(x1, x2, rounding_mode="floor")


def by_bits(condition, x1, x2):
    """As torch.where, which a GPU has for signed integers alone: their bits are the same."""
    signed = UNSIGNED.get(getattr(x1, "dtype", torch.bool))
    if not signed:
        return torch.where(condition, x1, x2)
    return torch.where(condition, x1.view(signed), x2.view(signed)).view(x1.dtype)


choose = torch.where if DEVICE == "cpu" else by_bits


def maximum(x1, x2):
    return torch.maximum(x1, x2) if isinstance(x2, torch.Tensor) else torch.clamp_min(x1, x2)


def minimum(x1, x2):
    return torch.minimum(x1, x2) if isinstance(x2, torch.Tensor) else torch.clamp_max(x1, x2)


def mirrored(x):
    return x.conj().resolve_conj()


complex_of, gcd, hypot, fmod, fmax, fmin = map(
    paired, (torch.complex, gcd, torch.hypot, fmod, fmax, fmin)
)
gammainc, logaddexp2 = paired(gammainc), paired(torch.logaddexp2)


def absolute(x):
    return x if x.dtype is torch.bool else torch.absolute(x)


def trunc(x):
    return torch.trunc(x) if x.is_floating_point() else x


def round(x, decimals=0):
    if x.is_floating_point():
        return torch.round(x, decimals=decimals)
    return x if decimals >= 0 else torch.round(x.double(), decimals=decimals).to(x.dtype)


def stop_gradient(x):
    return x.detach()


# -- Reductions ---------------------------------------------------------------------------------
def sum(x, axis, keepdims):
    if x.dtype in UNSIGNED:
        return torch.sum(x.long(), axis, keepdims).to(x.dtype)
    return torch.sum(x, axis, keepdims, dtype=x.dtype) if axis != () else x


def product(x, axis, keepdims):
    dtype = x.dtype
    x = x.long() if dtype in UNSIGNED else x
    for a in reversed((axis,) if isinstance(axis, int) else axis):
        x = torch.prod(x, a, keepdims, dtype=x.dtype)
    return x.to(dtype)


def all(x, axis, keepdims):
    return torch.all(x, axis, keepdims)


def any(x, axis, keepdims):
    return torch.any(x, axis, keepdims)


def argmax(x, axis=None, keepdims=False):
    return extreme(torch.argmax, x, axis, keepdims)


def argmin(x, axis=None, keepdims=False):
    return extreme(torch.argmin, x, axis, keepdims)


def extreme(find, x, axis, keepdims):
    x = x.byte() if x.dtype is torch.bool else x
    return find(x, axis, keepdims).int()


def running_sum(x, axis):
    return torch.cumsum(x, axis, dtype=x.dtype)


def running_product(x, axis):
    return torch.cumprod(x, axis, dtype=x.dtype)


# -- Creation -----------------------------------------------------------------------------------
def filled(shape, value, dtype):
    return torch.full(shape, value, dtype=DTYPES[dtype], device=DEVICE)


def steps(start, stop, step, dtype):
    return torch.arange(start, stop, step, dtype=DTYPES[dtype], device=DEVICE)


# -- Moving elements ----------------------------------------------------------------------------
def concatenate(xs, axis=0):
    return torch.cat(tuple(xs), axis)


def stack(x, axis=0):
    return torch.stack(tuple(x), axis)


def transpose(x, axes=None):
    return x.permute(tuple(reversed(range(x.ndim))) if axes is None else axes)


def broadcast_to(x, shape):
    return torch.broadcast_to(x, shape)


def repeated(x, repeats, axis):
    if not isinstance(repeats, int):
        repeats = torch.as_tensor(repeats, device=x.device)
    return torch.repeat_interleave(x, repeats, axis)


def padded(x, widths, value):
    return torch.nn.functional.pad(x, [n for pair in reversed(widths) for n in pair], value=value)


def clip(x, x_min, x_max):
    return x if x_min is x_max is None else torch.clamp(x, x_min, x_max)


def taken(x, indices, axis):
    if indices.dtype is not torch.int32:
        indices = indices.long()
    if axis == 0 and x.ndim == 2 and x.is_floating_point() and x.device.type == "cpu":
        try:
            return torch.embedding(x, indices)  # its gradient is ten times as fast
        except IndexError:
            pass  # some are negative, or it is raised again
    return x[(range_of(None),) * axis + (indices,)]


def taken_along(x, indices, axis):
    indices = indices.long()
    if x.device.type == "cpu" and not TRACING.on:
        try:
            return torch.take_along_dim(x, indices, axis)
        except (IndexError, RuntimeError):
            pass  # some are negative, or it is raised again
    indices = torch.where(indices < 0, indices + x.shape[axis], indices)
    return torch.take_along_dim(x, indices, axis)


def reinterpreted(x, dtype):
    x = x.contiguous() if x.numel() else x.new_empty(x.shape)  # of nothing, any stride will do
    return x.view(DTYPES[dtype])


def get_item(x, key):
    keys = key if isinstance(key, tuple) else (key,)
    if not [k for k in keys if isinstance(k, range_of) and (k.step or 1) < 0]:
        return x[key]
    # slices that run backwards are not available: reverse first
    real = [k for k in keys if k is not None and k is not Ellipsis]
    axes, out, axis = [], [], 0
    for k in keys:
        if k is Ellipsis:
            axis += x.ndim - len(real)
        elif isinstance(k, range_of) and (k.step or 1) < 0:
            n, places = x.shape[axis], range(*k.indices(x.shape[axis]))
            k = range_of(n - 1 - places[0], n - places[-1], -k.step) if places else range_of(0, 0)
            axes.append(axis)
        out.append(k)
        axis += k is not None and k is not Ellipsis
    return x.flip(axes)[tuple(out)]


def nonzero(x):
    return tuple(i.int() for i in torch.nonzero(x, as_tuple=True))


def slice(inputs, start_indices, shape):
    return inputs[window(start_indices, shape)]


def slice_update(inputs, start_indices, updates):
    out = inputs.clone()
    out[window(start_indices, updates.shape)] = updates.to(inputs.dtype)
    return out


def window(start, shape):
    return tuple(range_of(int(a), int(a) + n) for a, n in zip(start, shape))


MEET = {"max": "amax", "min": "amin", "mul": "prod"}


def scattered(inputs, indices, updates, reduction):
    at = tuple(indices.long().movedim(-1, 0))
    if reduction in (None, "add"):
        return inputs.index_put(at, updates, accumulate=reduction == "add")
    # scatter_reduce wants one index along one axis: rows of a matrix
    lead, rest = inputs.shape[: len(at)], inputs.shape[len(at) :]
    rows = torch.zeros_like(at[0])
    for n, i in zip(lead, at):
        rows = rows * n + torch.where(i < 0, i + n, i)
    flat = inputs.reshape(lead.numel(), rest.numel())
    rows = rows.reshape(-1, 1).expand(-1, rest.numel())
    return flat.scatter_reduce(
        0, rows, updates.expand(*at[0].shape, *rest).reshape(rows.shape), MEET[reduction]
    ).reshape(inputs.shape)


# -- Order --------------------------------------------------------------------------------------
def ordered(x, axis):
    return torch.sort(x, axis).values


def order(x, axis):
    return torch.sort(x, stable=True, dim=axis).indices.int()


SOME = 1024  # elements that are sorted sooner than looked through twice


def top_k(x, k, sorted=True):
    if x.dtype is torch.bool:
        values, indices = top_k(x.byte(), k, sorted)
        return values.bool(), indices
    if x.numel() > SOME:
        values, indices = torch.topk(x, min(k + 1, x.shape[-1]))
        if all_differ(values):
            return values[..., :k], indices[..., :k].int()
    # stable, so that of equal elements the first comes first, as on the other engines
    values, indices = torch.sort(x, stable=True, descending=True)
    return values[..., :k], indices[..., :k].int()


def all_differ(values):
    """Whether each element of sorted rows is known to differ from the next."""
    try:
        return bool((values[..., :-1] > values[..., 1:]).all())
    except RuntimeError:  # they are not known: tensors without data, or vmap's
        return False


def places(sorted_sequence, values, side):
    return torch.searchsorted(sorted_sequence, values, side=side, out_int32=True)


# -- Contractions -------------------------------------------------------------------------------
def contract(x1, x2, axes1, axes2):
    return summed_products(x1, x2, (axes1, axes2))  # pyright: ignore[reportArgumentType]


def biased_matmul(x, kernel, bias):
    if x.ndim == 2:
        return torch.addmm(bias, x, kernel)
    if x.ndim < 2:
        return torch.matmul(x, kernel) + bias
    flat = torch.addmm(bias, x.reshape(-1, x.shape[-1]), kernel)
    return flat.view(*x.shape[:-1], kernel.shape[-1])


def einsum(subscripts, *operands, **_):
    own = operands[0].dtype
    if DEVICE == "cuda" and not (own.is_floating_point or own.is_complex):  # see `by_doubles`
        return torch.einsum(subscripts, *(x.double() for x in operands)).long().to(own)
    return torch.einsum(subscripts, *operands)
