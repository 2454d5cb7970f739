"""Seeds: where random numbers begin, and how far they have come."""

import random
from typing import Any

import numpy as np

from ..backends import current as backend
from ..backends.host import host_generator
from ..core.fields import Configurable
from ..core.naming import auto_name, snake_case
from ..core.scope import name_scope
from ..core.tracking import Tracked
from ..core.variable import Variable

WORD = 2**32


class SeedGenerator(Configurable, Tracked):
    """A state that gives another seed at each draw.

    The state is a Variable of two 32-bit words, (seed, count of the draws so far), so that it takes
    part in compiled steps and is saved with the layer that holds it.

    seed: an int in [0, 2**32); None draws one.
    """

    role = "seed"

    def __init__(self, seed: int | None = None, name: str | None = None, **kwargs: Any):
        if kwargs:
            raise ValueError(f"SeedGenerator: unknown arguments {sorted(kwargs)}.")
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.seed = seed if seed is None else checked(seed)
        with name_scope(self.name):
            self.state = Variable(
                backend.seed_words(make_default_seed() if seed is None else seed, 0),
                dtype="uint32",
                trainable=False,
                autocast=False,
                aggregation="only_first_replica",
                name=f"{snake_case(type(self).__name__)}_state",
            )
        self.state.stored = backend.on_host(self.state.stored)

    @property
    def variables(self) -> list[Variable]:
        """The state, alone in a list."""
        return [self.state]

    def next(self, ordered: bool = True) -> Any:
        """The state, as a seed for one draw; then counts it."""
        now, later = backend.advance(self.state.value)
        self.state.write(later)
        return now

    def host(self) -> np.random.Generator:
        """NumPy's generator for one draw, outside of tracing; then counts it."""
        return host_generator(*map(int, backend.to_numpy(self.next())))

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "name": self.name}


def checked(seed: Any) -> int:
    """`seed`, if it is an int in [0, 2**32)."""
    if not isinstance(seed, (int, np.integer)):
        raise ValueError(f"seed={seed!r}: expected an integer, a SeedGenerator or None.")
    if not 0 <= seed < WORD:
        raise OverflowError(f"seed={seed}: expected an integer in [0, 2**32).")
    return int(seed)


class Source:
    """What `seed=None` draws from: one for each loaded library."""

    def __init__(self):
        self.numbers = random.Random()
        self.generator: SeedGenerator | None = None


SOURCE = Source()


def make_default_seed() -> int:
    """A seed for one who gave none; `set_random_seed` determines which."""
    return SOURCE.numbers.randrange(1, 10**9)


def global_seed_generator() -> SeedGenerator:
    """The generator that draws with `seed=None` use, made when first used."""
    if SOURCE.generator is None:
        SOURCE.generator = SeedGenerator(name="global_seed_generator")
    return SOURCE.generator


def set_random_seed(seed: int) -> None:
    """Make what is random follow from `seed`: in Python, NumPy, the engine and kerasx."""
    seed = checked(seed)
    random.seed(seed)
    np.random.seed(seed)
    backend.seed_engine(seed)
    SOURCE.numbers.seed(seed)
    SOURCE.generator = None


def draw_seed(seed: Any) -> Any:
    """The two words that one draw starts from."""
    if isinstance(seed, SeedGenerator):
        return seed.next()
    if seed is not None:
        return backend.seed_words(checked(seed), 0)
    if backend.tracing():
        raise ValueError(
            "seed=None in a function that is being traced would draw the same numbers at each run: "
            "pass a SeedGenerator, made outside of it."
        )
    return global_seed_generator().next()


def draw_seeds(seed: Any, n: int) -> list[Any]:
    """The words that `n` draws start from, all different."""
    if seed is None or isinstance(seed, SeedGenerator):
        return [draw_seed(seed) for _ in range(n)]
    return [backend.seed_words(checked(seed), i) for i in range(n)]
