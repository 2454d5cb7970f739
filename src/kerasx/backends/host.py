"""NumPy's counter-based generator, for what every engine draws on the host."""

import numpy as np


def host_generator(seed, count):
    """The generator of one draw: the same numbers for the same two words, wherever it runs."""
    return np.random.Generator(np.random.Philox(key=[int(seed), int(count)]))


def truncated_normal(source, shape, dtype):
    """Standard normal draws, of which those outside of [-2, 2] are drawn again."""
    draws = np.asarray(source.standard_normal(shape, dtype))
    while (far := np.abs(draws) > 2).any():
        draws[far] = source.standard_normal(far.sum(), dtype)
    return draws
