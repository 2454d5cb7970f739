"""Initializers that draw, on the host."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np

from ..backends.host import host_generator, truncated_normal
from ..core.dtypes import is_float, standardize
from ..core.fields import choice, positive
from ..core.serialization import deserialize_keras_object
from ..random.seed import SeedGenerator, checked, make_default_seed
from .initializer import Initializer, tensor

# Of a normal distribution that is cut off at two standard deviations, those that are left.
TRUNCATED_STDDEV = 0.87962566103423978


def seeded(seed: Any) -> Any:
    """A seed: an int or a SeedGenerator (or its config)."""
    seed = deserialize_keras_object(seed)
    return seed if isinstance(seed, SeedGenerator) else checked(seed)


Seed = Annotated[int | SeedGenerator | None, seeded]


class Drawn(Initializer):
    """Base of what draws.

    With an int as `seed`, each call gives the same values; so it does with None, which is replaced
    by an int once, when the initializer is made. A SeedGenerator goes on at each call.
    """

    keras_module = "kerasx.initializers"  # Keras has no such name
    fresh = True
    seed: Seed = None

    def setup(self) -> None:
        self.begin = make_default_seed() if self.seed is None else self.seed

    def source(self) -> np.random.Generator:
        """The generator of the next call."""
        return (
            self.begin.host()
            if isinstance(self.begin, SeedGenerator)
            else host_generator(self.begin, 0)
        )

    def draw(self, kind: str, shape: Any, dtype: Any) -> tuple[np.ndarray, str]:
        """(standard draws, 'uniform', 'normal' or 'truncated_normal'; the dtype's name)."""
        dtype = standardize(dtype)
        if not is_float(dtype):
            raise ValueError(f"{type(self).__name__}: dtype={dtype!r}: expected a float dtype.")
        source, wide = self.source(), "float64" if dtype == "float64" else "float32"
        if kind == "uniform":
            return np.asarray(source.random(tuple(shape), wide)), dtype
        if kind == "normal":
            return np.asarray(source.standard_normal(tuple(shape), wide)), dtype
        return truncated_normal(source, tuple(shape), wide), dtype


class RandomUniform(Drawn):
    """Evenly distributed over [minval, maxval)."""

    minval: float = -0.05
    maxval: float = 0.05
    seed: Seed = None

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        values, dtype = self.draw("uniform", shape, dtype)
        return tensor(values * (self.maxval - self.minval) + self.minval, dtype)


class RandomNormal(Drawn):
    """Normally distributed."""

    mean: float = 0.0
    stddev: float = 0.05
    seed: Seed = None

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        values, dtype = self.draw("normal", shape, dtype)
        return tensor(values * self.stddev + self.mean, dtype)


class TruncatedNormal(Drawn):
    """Normally distributed, none further from `mean` than two `stddev`."""

    mean: float = 0.0
    stddev: float = 0.05
    seed: Seed = None

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        values, dtype = self.draw("truncated_normal", shape, dtype)
        return tensor(values * self.stddev + self.mean, dtype)


class Orthogonal(Drawn):
    """A matrix with orthonormal columns (or rows, if those are fewer), times `gain`.

    Further axes are taken as rows. Source: arXiv:1312.6120.
    """

    gain: float = 1.0
    seed: Seed = None

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        if len(shape) < 2:
            raise ValueError(f"Orthogonal: shape={tuple(shape)}: expected two or more axes.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        values, dtype = self.draw("normal", (max(rows, columns), min(rows, columns)), dtype)
        q, r = np.linalg.qr(values.astype("float64"))
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)  # else the signs would depend on the method
        return tensor(self.gain * (q if rows >= columns else q.T).reshape(tuple(shape)), dtype)


class VarianceScaling(Drawn):
    """Draws whose variance is `scale` over the number of inputs, of outputs, or their mean.

    mode: which number: 'fan_in', 'fan_out' or 'fan_avg'.
    distribution: 'truncated_normal' (also 'normal'), 'untruncated_normal' or 'uniform'.
    input_axes, output_axes: the axes of the weight that lead in and out; the last but one, and the
        last, by default. Both fans are multiplied by the sizes of the others.
    """

    scale: Annotated[float, positive] = 1.0
    mode: Annotated[str, choice("fan_in", "fan_out", "fan_avg")] = "fan_in"
    distribution: Annotated[
        str, choice("truncated_normal", "normal", "untruncated_normal", "uniform")
    ] = "truncated_normal"
    seed: Seed = None
    input_axes: int | Sequence[int] | None = None
    output_axes: int | Sequence[int] | None = None

    def setup(self) -> None:
        super().setup()
        if self.distribution == "normal":
            self.distribution = "truncated_normal"

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        fan_in, fan_out = fans(tuple(shape), self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1.0, fan))
        if self.distribution == "uniform":
            values, dtype = self.draw("uniform", shape, dtype)
            return tensor((2 * values - 1) * (math.sqrt(3) * stddev), dtype)
        if self.distribution == "untruncated_normal":
            values, dtype = self.draw("normal", shape, dtype)
            return tensor(values * stddev, dtype)
        values, dtype = self.draw("truncated_normal", shape, dtype)
        return tensor(values * (stddev / TRUNCATED_STDDEV), dtype)


def fans(
    shape: tuple[int, ...], input_axes: Any = None, output_axes: Any = None
) -> tuple[float, float]:
    """(number of inputs, number of outputs) that an element of a weight of `shape` meets."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    if input_axes is None or output_axes is None:
        input_axes, output_axes = -2, -1
    sizes = []
    taken: set[int] = set()
    for axes in (input_axes, output_axes):
        places = {a % len(shape) for a in ([axes] if isinstance(axes, int) else axes)}
        sizes.append(math.prod(shape[a] for a in places))
        taken |= places
    rest = math.prod(n for i, n in enumerate(shape) if i not in taken)
    return sizes[0] * rest, sizes[1] * rest


class GlorotUniform(VarianceScaling):
    """Uniform, of variance 2 / (inputs + outputs). Source: Glorot and Bengio, AISTATS 2010."""

    scale: ClassVar[float] = 1.0
    mode: ClassVar[str] = "fan_avg"
    distribution: ClassVar[str] = "uniform"


class GlorotNormal(VarianceScaling):
    """Truncated normal, of variance 2 / (inputs + outputs). Source: as of GlorotUniform."""

    scale: ClassVar[float] = 1.0
    mode: ClassVar[str] = "fan_avg"
    distribution: ClassVar[str] = "truncated_normal"


class LecunUniform(VarianceScaling):
    """Uniform, of variance 1 / inputs. Source: arXiv:1706.02515."""

    scale: ClassVar[float] = 1.0
    mode: ClassVar[str] = "fan_in"
    distribution: ClassVar[str] = "uniform"


class LecunNormal(VarianceScaling):
    """Truncated normal, of variance 1 / inputs. Source: arXiv:1706.02515."""

    scale: ClassVar[float] = 1.0
    mode: ClassVar[str] = "fan_in"
    distribution: ClassVar[str] = "truncated_normal"


class HeUniform(VarianceScaling):
    """Uniform, of variance 2 / inputs. Source: arXiv:1502.01852."""

    scale: ClassVar[float] = 2.0
    mode: ClassVar[str] = "fan_in"
    distribution: ClassVar[str] = "uniform"


class HeNormal(VarianceScaling):
    """Truncated normal, of variance 2 / inputs. Source: arXiv:1502.01852."""

    scale: ClassVar[float] = 2.0
    mode: ClassVar[str] = "fan_in"
    distribution: ClassVar[str] = "truncated_normal"
