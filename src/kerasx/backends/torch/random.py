"""Draws on PyTorch: a seed is two words, (seed, count), that stay on the host."""
# pyright: reportPrivateImportUsage=false

import threading

import torch
from torch.nn.init import trunc_normal_

from .state import DEVICE, DTYPES, TRACING

WORD = 2**32
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))  # of the cipher
PARITY = 0x1BD11BDA


class Generators(threading.local):
    """One generator for each device of each thread; draws seed it anew."""

    def __init__(self):
        self.by_device: dict[torch.device, torch.Generator] = {}


GENERATORS = Generators()


def seed_words(seed, count):
    return torch.tensor([seed, count], dtype=torch.uint32)


def words(state, near=None):
    device = state.device if state.is_meta else DEVICE if near is None else near.device
    return state.view(torch.int32).to(device)


def beside(array, x):
    """An array as a tensor where `x` is."""
    return torch.as_tensor(array).to(x.device)


def threefry(key, x0, x1):
    """In place: 1.6 times as quick as with a tensor for each of the 120 steps."""
    keys = key[0], key[1], key[0] ^ key[1] ^ PARITY
    x0, x1 = x0.to(key.device) + keys[0], x1.to(key.device) + keys[1]
    fallen = torch.empty_like(x1)
    for k in range(5):
        for by in ROTATIONS[k % 2]:
            x0.add_(x1)
            torch.bitwise_right_shift(x1, 32 - by, out=fallen)
            fallen.bitwise_and_((1 << by) - 1)
            x1.bitwise_left_shift_(by).bitwise_or_(fallen).bitwise_xor_(x0)
        x0.add_(keys[(k + 1) % 3])
        x1.add_(keys[(k + 2) % 3]).add_(k + 1)
    return x0, x1


def advance(state):
    if state.is_meta or TRACING.on:
        return state, state
    seed, count = state.tolist()
    return seed_words(seed, count), seed_words(seed, (count + 1) % WORD)


def tracing():
    return False


def seed_engine(seed):
    torch.manual_seed(seed)


def generator(state, device):
    """A generator that the two words determine."""
    seed, count = state.tolist()
    # splitmix64's finalizer: generators of CPUs look at 32 of the bits alone
    z = (seed * WORD + count + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    known = GENERATORS.by_device
    if device not in known:
        known[device] = torch.Generator(device)
    return known[device].manual_seed((z ^ z >> 31) % 2**63)


def place(state, device=DEVICE):
    """(device to draw on, generator), for states that may be without data."""
    if state.is_meta:
        return torch.device("meta"), None
    device = torch.device(device)
    return device, None if TRACING.on else generator(state, device)


def wide(x):
    """`x`, with 16-bit floats as 32-bit ones: some kernels have no others."""
    return x.float() if x.element_size() == 2 else x


def draw_uniform(state, shape, dtype):
    device, source = place(state)
    return torch.rand(shape, generator=source, dtype=DTYPES[dtype], device=device)


def draw_normal(state, shape, dtype):
    device, source = place(state)
    return torch.randn(shape, generator=source, dtype=DTYPES[dtype], device=device)


def draw_truncated(state, shape, dtype):
    device, source = place(state)
    draws = wide(torch.empty(shape, dtype=DTYPES[dtype], device=device))
    return trunc_normal_(draws, 0.0, 1.0, -2.0, 2.0, source).to(DTYPES[dtype])


def draw_integers(state, shape, low, high, dtype):
    device, source = place(state)
    return torch.randint(low, high, shape, generator=source, device=device).to(DTYPES[dtype])


def draw_gamma(state, shape, alpha, dtype):
    _, source = place(state, alpha.device)
    return torch._standard_gamma(wide(alpha), source).to(DTYPES[dtype])


def draw_binomial(state, shape, counts, probabilities, dtype):
    _, source = place(state, counts.device)
    return torch.binomial(wide(counts), wide(probabilities), source).to(DTYPES[dtype])


def drop(x, state, rate, noise_shape):
    if x.is_meta:
        return torch.empty_like(x)
    _, source = place(state, x.device)
    kept = torch.empty(noise_shape, dtype=x.dtype, device=x.device).bernoulli_(
        1 - rate, generator=source
    )
    return x * kept.div_(1 - rate)
