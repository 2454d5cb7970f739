"""Random numbers, from an int (the same each time), a SeedGenerator, or None."""

from .draw import (
    beta,
    binomial,
    categorical,
    dropout,
    gamma,
    normal,
    randint,
    shuffle,
    truncated_normal,
    uniform,
)  # fmt: skip
from .seed import SeedGenerator
