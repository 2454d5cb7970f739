"""Draws. The engine draws the standard distributions; the rest is derived from those."""

from typing import Any

from ..core import config
from ..core.dtypes import floating as of_floats
from ..core.dtypes import is_float, is_int, keep, standardize
from ..core.op import Tensor, narrow, op
from ..core.symbolic import KerasTensor
from ..core.variable import unwrap
from ..ops.creation import zeros_like
from ..ops.elementwise import add, floor, log, maximum, multiply
from ..ops.indexing import take
from ..ops.reduce import argmax
from ..ops.shaping import broadcast_to, expand_dims
from ..ops.sorting import argsort
from ..ops.tensors import cast
from ..ops.tensors import shape as sizes
from . import portable
from .seed import draw_seed, draw_seeds


# -- What each engine draws, from two words -----------------------------------------------------
def drawn(state, shape, *rest):
    return KerasTensor(shape, rest[-1])


@op(spec=drawn)
def draw_uniform(state: Tensor, shape, dtype) -> Tensor:
    """Floats in [0, 1)."""


@op(spec=drawn)
def draw_normal(state: Tensor, shape, dtype) -> Tensor:
    """Floats of mean 0 and variance 1, normally distributed."""


@op(spec=drawn)
def draw_truncated(state: Tensor, shape, dtype) -> Tensor:
    """Floats as of `draw_normal`, of which those outside of [-2, 2] are drawn again."""


@op(spec=drawn)
def draw_integers(state: Tensor, shape, low, high, dtype) -> Tensor:
    """Integers in [low, high), which are ints."""


@op(spec=drawn)
def draw_gamma(state: Tensor, shape, alpha, dtype) -> Tensor:
    """Floats of the gamma distribution of rate 1; `alpha` is a tensor of the shape and dtype."""
    return portable.gamma(state, shape, alpha, dtype)


@op(spec=drawn)
def draw_binomial(state: Tensor, shape, counts, probabilities, dtype) -> Tensor:
    """How many of `counts` trials succeed; both are tensors of the shape and dtype."""
    return portable.binomial(state, shape, counts, probabilities, dtype)


@op(shape=lambda x, *_: x.shape, dtype=lambda *names: (None, keep(*names)[1]))
def drop(x: Tensor, state: Tensor, rate, noise_shape) -> Tensor:
    """`x / (1 - rate)`, with zeros at random places: each with probability `rate`.

    `noise_shape` broadcasts against `x`: places that share an element of it are dropped together.
    """


@op(spec=drawn)
def standard_normal(state: Tensor, shape, dtype) -> Tensor:
    """As `draw_normal`, or what takes its place."""
    return chosen(draw_normal, portable.normal)(state, shape, dtype)


def draw_beta(states: Any, shape: Any, alpha: Tensor, beta: Tensor, dtype: str) -> Tensor:
    """Of two gamma draws, the part that the first has in their sum."""
    a, b = (draw_gamma(s, shape, x, dtype) for s, x in zip(states, (alpha, beta)))
    return a / (a + b)


def chosen(native, portable):
    """Which of two functions draws."""
    return portable if config.SETTINGS.portable_random else native


def scaled(draws: Any, by: Any, plus: Any) -> Tensor:
    """`draws * by + plus`."""
    if type(by) in (int, float) and type(plus) in (int, float) and (by, plus) == (1, 0):
        return draws
    if config.SETTINGS.portable_random:
        return portable.scaled(draws, by, plus)
    return add(multiply(draws, by), plus)


# -- Public -------------------------------------------------------------------------------------
def floating(name: str, dtype: Any) -> str:
    """A float dtype, floatx by default."""
    dtype = narrow(standardize(dtype or config.floatx()))
    if not is_float(dtype):
        raise ValueError(f"{name}: dtype={dtype!r}: expected a float dtype.")
    return dtype


def spread(value: Any, shape: Any, dtype: str) -> Tensor:
    """`value` as a tensor of that shape and dtype."""
    return broadcast_to(cast(unwrap(value), dtype), shape)


def parameter(value: Any, dtype: str) -> Any:
    """A Python number as it is, anything else as a tensor."""
    return value if isinstance(value, (int, float)) else cast(value, dtype)


def uniform(
    shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Floats that are evenly distributed over [minval, maxval)."""
    dtype = floating("uniform", dtype)
    low, high = parameter(minval, dtype), parameter(maxval, dtype)
    draws = chosen(draw_uniform, portable.uniform)(draw_seed(seed), tuple(shape), dtype)
    return scaled(draws, high - low, low)


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Floats that are normally distributed."""
    dtype = floating("normal", dtype)
    draws = chosen(draw_normal, portable.normal)(draw_seed(seed), tuple(shape), dtype)
    by, plus = parameter(stddev, dtype), parameter(mean, dtype)
    return scaled(draws, by, plus)


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Floats that are normally distributed, but none further from `mean` than two `stddev`."""
    dtype = floating("truncated_normal", dtype)
    draws = chosen(draw_truncated, portable.truncated)(draw_seed(seed), tuple(shape), dtype)
    by, plus = parameter(stddev, dtype), parameter(mean, dtype)
    return scaled(draws, by, plus)


def randint(shape: Any, minval: Any, maxval: Any, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Integers that are evenly distributed over [minval, maxval)."""
    dtype = narrow(standardize(dtype))
    if not is_int(dtype):
        raise ValueError(f"randint: dtype={dtype!r}: expected an integer dtype.")
    if isinstance(minval, int) and isinstance(maxval, int):
        if minval >= maxval:
            raise ValueError(
                f"randint: minval={minval}, maxval={maxval}: expected minval to be smaller."
            )
        draw = chosen(draw_integers, portable.integers)
        return draw(draw_seed(seed), tuple(shape), minval, maxval, dtype)
    low, high = cast(minval, "float32"), cast(maxval, "float32")
    draws = chosen(draw_uniform, portable.uniform)(draw_seed(seed), tuple(shape), "float32")
    return cast(floor(scaled(draws, high - low, low)), dtype)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Floats of the gamma distribution of shape `alpha` and rate 1."""
    dtype = floating("gamma", dtype)
    draw, shape = chosen(draw_gamma, portable.gamma), tuple(shape)
    return draw(draw_seed(seed), shape, spread(alpha, shape, dtype), dtype)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Floats in [0, 1] of the beta distribution."""
    dtype, shape = floating("beta", dtype), tuple(shape)
    alpha, beta = spread(alpha, shape, dtype), spread(beta, shape, dtype)
    return chosen(draw_beta, portable.beta)(draw_seeds(seed, 2), shape, alpha, beta, dtype)


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """How many of `counts` trials succeed, each with the given probability, as floats."""
    dtype, shape = floating("binomial", dtype), tuple(shape)
    counts, probabilities = spread(counts, shape, dtype), spread(probabilities, shape, dtype)
    draw = chosen(draw_binomial, portable.binomial)
    return draw(draw_seed(seed), shape, counts, probabilities, dtype)


def gumbel(state: Tensor, shape: Any) -> Tensor:
    """float32 draws, the largest of which, added to logits, is a draw from their softmax."""
    return -log(-log(maximum(draw_uniform(state, shape, "float32"), 1e-37)))


def numbered(logits, num_samples, dtype="int32", seed=None):
    if len(logits.shape) != 2:
        raise ValueError(
            f"categorical: logits of shape {tuple(logits.shape)}: expected (batch, classes)."
        )
    return KerasTensor((logits.shape[0], num_samples), narrow(standardize(dtype)))


@op(spec=numbered, dtype=of_floats)
def categorical(logits: Tensor, num_samples, dtype="int32", seed=None) -> Tensor:
    """Classes, `num_samples` for each row of `logits` (batch, classes).

    The softmax of a row tells how likely each is.
    """
    numbered(logits, num_samples, dtype)
    batch, classes = sizes(logits)
    noise = chosen(gumbel, portable.gumbel)(draw_seed(seed), (batch, num_samples, classes))
    return cast(argmax(expand_dims(cast(logits, "float32"), 1) + noise, axis=-1), dtype)


@op(shape=lambda x, *_, **__: x.shape)
def shuffle(x: Tensor, axis=0, seed=None) -> Tensor:
    """`x` with its slices along `axis` in random order."""
    draw = chosen(draw_integers, portable.integers)
    ranks = draw(draw_seed(seed), (sizes(x)[axis],), 0, 2**31 - 1, "int32")
    return take(x, argsort(ranks), axis)


@op(shape=lambda inputs, *_, **__: inputs.shape, dtype=of_floats)
def dropout(inputs: Tensor, rate, noise_shape=None, seed=None) -> Tensor:
    """`inputs / (1 - rate)`, with zeros at random places: each with probability `rate`.

    noise_shape: a shape that broadcasts against that of `inputs`; places that share an element
    of it are dropped together. None stands for the size of `inputs`.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout: rate={rate}: expected a number in [0, 1].")
    if rate == 0 or rate == 1:
        return inputs if rate == 0 else zeros_like(inputs)
    shape = sizes(inputs)
    if noise_shape is not None:
        shape = tuple(n if m is None else m for m, n in zip(noise_shape, shape, strict=True))
    return chosen(drop, portable.drop)(inputs, draw_seed(seed), rate, shape)
