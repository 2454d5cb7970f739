"""Layers that act while a model trains: dropout, noise, penalties on activity."""

import math
from typing import Annotated, Any, ClassVar

from .. import ops, random, regularizers
from ..core.fields import field, fraction
from ..core.serialization import serialize_keras_object
from ..random.draw import scaled
from .fields import DataFormat, NotNegative, Seed
from .input_spec import InputSpec
from .layer import Layer

Rate = Annotated[float, fraction]


class Noisy(Layer):
    """Base of layers that draw random numbers while they train, where `amount` is not zero."""

    amount: ClassVar[str] = "rate"

    def setup(self) -> None:
        self.supports_masking = True
        if getattr(self, self.amount) > 0:
            given = isinstance(self.seed, random.SeedGenerator)
            self.seed_generator = self.seed if given else random.SeedGenerator(self.seed)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        return super().compute_output_spec(inputs)  # as in inference: nothing is drawn


class Dropout(Noisy):
    """While it trains, `inputs / (1 - rate)`, with a share of `rate` zeros at random places.

    noise_shape: a shape that broadcasts against that of the inputs; places that share an element of
        it
    are dropped together. None in it stands for the size of the inputs.
    """

    rate: Rate
    noise_shape: Any = None
    seed: Seed = None

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        return random.dropout(inputs, self.rate, self._noise_shape(inputs), self.seed_generator)

    def _noise_shape(self, inputs: Any) -> Any:
        return self.noise_shape


class SpatialDropout(Dropout):
    """Base of the dropouts of whole channels."""

    rank: ClassVar[int]
    noise_shape: ClassVar[Any] = None
    rate: Rate
    seed: Seed = None
    name: str | None = None
    dtype: Any = field(default=None, saved=False)

    def setup(self) -> None:
        super().setup()
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def _noise_shape(self, inputs: Any) -> Any:
        first = getattr(self, "data_format", "channels_last") == "channels_first"
        sizes, ones = ops.shape(inputs), (1,) * self.rank
        return (sizes[0], sizes[1], *ones) if first else (sizes[0], *ones, sizes[-1])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, as values that JSON can hold."""
        names = [n for n in ("rate", "seed", "name", "data_format") if n in self.FIELDS]
        config = {n: serialize_keras_object(getattr(self, n)) for n in names}
        return config | {"dtype": self.dtype_policy.name}


class SpatialDropout1D(SpatialDropout):
    """Dropout of whole channels of a sequence: (batch, steps, channels) -> the same."""

    rank = 1


class SpatialDropout2D(SpatialDropout):
    """Dropout of whole channels of an image: (batch, height, width, channels) -> the same."""

    rank = 2
    rate: Rate  # type: ignore[misc]  # in front of data_format
    data_format: DataFormat = None


class SpatialDropout3D(SpatialDropout):
    """Dropout of whole channels of a volume: (batch, *space, channels) -> the same."""

    rank = 3
    rate: Rate  # type: ignore[misc]  # in front of data_format
    data_format: DataFormat = None


class GaussianNoise(Noisy):
    """While it trains, `inputs` plus normally distributed noise of deviation `stddev`."""

    amount = "stddev"
    stddev: NotNegative
    seed: Seed = None

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.stddev == 0:
            return inputs
        noise = random.normal(
            ops.shape(inputs), 0.0, self.stddev, self.compute_dtype, self.seed_generator
        )
        return inputs + noise


class GaussianDropout(Noisy):
    """While it trains, `inputs` times normal noise of mean 1 and variance `rate / (1 - rate)`."""

    rate: Rate
    seed: Seed = None

    def setup(self) -> None:
        super().setup()
        if self.rate == 1:
            raise ValueError("GaussianDropout: rate=1: expected less: the noise would be infinite.")

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        stddev = math.sqrt(self.rate / (1 - self.rate))
        return inputs * random.normal(
            ops.shape(inputs), 1.0, stddev, self.compute_dtype, self.seed_generator
        )


LEAST = -1.7580993408473766  # the limit of `selu` at minus infinity, arXiv:1706.02515


class AlphaDropout(Noisy):
    """While it trains, `inputs` with the least value of `selu` at random places.

    Mean and variance are kept: it goes with `selu`. Source: arXiv:1706.02515.
    """

    rate: Rate
    noise_shape: Any = None
    seed: Seed = None

    def call(self, inputs: Any, training: Any = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        sizes = ops.shape(inputs)
        if self.noise_shape is not None:
            sizes = tuple(n if m is None else m for m, n in zip(self.noise_shape, sizes))
        draws = random.uniform(sizes, dtype=self.compute_dtype, seed=self.seed_generator)
        kept = ops.where(ops.greater_equal(draws, self.rate), inputs, LEAST)
        scale = ((1 - self.rate) * (1 + self.rate * LEAST**2)) ** -0.5 if self.rate < 1 else 0.0
        return scaled(kept, scale, -scale * LEAST * self.rate)


class ActivityRegularization(Layer):
    """The input; `l1 * sum(abs(x)) + l2 * sum(square(x))` of it is added to the loss."""

    l1: NotNegative = 0.0
    l2: NotNegative = 0.0
    activity_regularizer: ClassVar[Any] = None  # which is what this layer is made of: no argument

    def setup(self) -> None:
        self.supports_masking = True
        self.__dict__["activity_regularizer"] = regularizers.L1L2(self.l1, self.l2)

    def call(self, inputs: Any) -> Any:
        return inputs
