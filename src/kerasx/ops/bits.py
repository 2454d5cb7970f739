"""Bits of numbers, and the limits of dtypes."""

from typing import Any

import ml_dtypes
import numpy as np

from ..core.dtypes import floating, is_float, is_int, keep, name_of, np_dtype
from ..core.op import Tensor, binary, op, unary
from ..core.symbolic import KerasTensor
from .creation import ones_like
from .elementwise import choose, clip, equal, greater, isnan, less
from .tensors import cast, resolved

__all__ = ["nextafter", "saturate_cast", "signbit", "view"]


def read_as(x, dtype=None):
    """The shape and dtype that the bits of `x` have when they are read as `dtype`."""
    own = name_of(x)
    name = own if dtype is None else resolved(dtype)
    a, b = np_dtype(own).itemsize, np_dtype(name).itemsize
    if a == b:
        return KerasTensor(x.shape, name)
    last = x.shape[-1] if x.shape else 0
    if not x.shape or (last is not None and last * a % b):
        raise ValueError(
            f"view: the last axis of shape {tuple(x.shape)} in {own} does not divide into {name}."
        )
    return KerasTensor((*x.shape[:-1], last and last * a // b), name)


@op(spec=read_as, dtype=keep)
def view(x: Tensor, dtype=None) -> Tensor:
    """The bits of `x` read as `dtype`; narrower elements lie side by side on the last axis."""
    return x if dtype is None else reinterpreted(x, read_as(x, dtype).dtype)


@op(spec=read_as, dtype=keep)
def reinterpreted(x: Tensor, dtype) -> Tensor:
    """The bits of `x` read as `dtype`."""


def int_of(name: str) -> str:
    """The integer dtype of the size of a float dtype."""
    return f"int{8 * np_dtype(name).itemsize}"


@unary(lambda *_: (None, "bool"))
def signbit(x: Tensor) -> Tensor:
    """Whether each element has a minus sign; so has -0.0."""
    name = name_of(x)
    if not is_float(name) and not is_int(name):
        return less(cast(x, "int8"), 0)
    return less(reinterpreted(x, int_of(name)) if is_float(name) else x, 0)


@binary(floating)
def nextafter(x1: Tensor, x2: Tensor) -> Tensor:
    """The float that lies next to `x1` on the way to `x2`, broadcast."""
    bits = reinterpreted(x1, int_of(name_of(x1)))
    one, minus = ones_like(bits), span(name_of(bits))[0]  # the latter are the bits of -0.0
    outwards = equal(greater(x2, x1), x1 > 0)
    moved = bits + choose(outwards, one, -one)
    # by its bits: to some engines the smallest numbers equal 0, too
    zero = equal(bits, 0) | equal(bits, minus)
    moved = reinterpreted(
        choose(zero, choose(greater(x2, 0), one, one + minus), moved), name_of(x1)
    )
    moved = choose(equal(x1, x2), x2, moved)
    return choose(isnan(x1) | isnan(x2), float("nan"), moved)


def span(name: str) -> tuple[Any, Any]:
    """The lowest and the highest finite value of a dtype, as Python numbers."""
    if is_int(name):
        return int(np.iinfo(name).min), int(np.iinfo(name).max)
    return float(ml_dtypes.finfo(name).min), float(ml_dtypes.finfo(name).max)


@op(spec=lambda x, dtype: KerasTensor(x.shape, resolved(dtype)), dtype=keep)
def saturate_cast(x: Tensor, dtype) -> Tensor:
    """`x` converted to `dtype`: what lies beyond its limits becomes its lowest or highest value.

    As an integer, NaN is 0.
    """
    own, name = name_of(x), resolved(dtype)
    if "bool" in (own, name):
        return cast(x, name)
    if is_float(own) and is_int(name):
        return rounded_into(x if own == "float64" else cast(x, "float32"), name)
    (low, high), (least, most) = span(own), span(name)
    return cast(clip(x, max(low, least), min(high, most)), name)


def rounded_into(x, name):
    """Floats as integers; the highest integer may be no float, so it is put in afterwards."""
    least, most = span(name)
    limit = np_dtype(name_of(x)).type(most)
    limit = limit if int(limit) <= most else np.nextafter(limit, limit.dtype.type(0))
    out = cast(clip(choose(isnan(x), 0.0, x), float(least), float(limit)), name)
    return choose(x > float(limit), most, out)
