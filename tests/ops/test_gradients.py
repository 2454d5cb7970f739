"""Gradients of every op, held against differences, in 64 bits.

One random direction for each sample: a gradient that is wrong anywhere is wrong along it. The
differences are taken on NumPy, once for all engines.
"""

import numpy as np
import pytest

from kerasx import with_backend

from .calls import arrays, filled, flat, named, value
from .samples import SAMPLES, UNSMOOTH, UP_TO_SIGN
from .tolerances import close

STEP = 1e-5


@pytest.fixture(scope="module")
def wide(trainer):
    """The library on an engine that differentiates, in 64 bits."""
    both = trainer, with_backend("numpy")
    for each in both:
        each.core.config.set_floatx("float64")
    yield trainer
    for each in both:
        each.core.config.set_floatx("float32")


def smooth(call):
    """The places of the float32 arrays of a call, if it has no infinities."""
    places = [n for n, a in enumerate(arrays(call)) if a.dtype == "float32" and a.size]
    return [] if any(not np.isfinite(a).all() for a in arrays(call)) else places


def total(kx, name, call, tensors, weights):
    """Sum of the float outputs of a call, each element weighted; None where there are none."""
    made = filled(call, tensors)
    op = named(kx, name)
    outputs = [
        y for y in flat(kx, op(*made.args, **made.kwargs)) if "float" in kx.core.dtypes.name_of(y)
    ]
    terms = [kx.ops.sum(y * w) for y, w in zip(outputs, weights(kx, outputs))]
    return sum(terms[1:], terms[0]) if terms else None


def weights(kx, outputs):
    draw = np.random.default_rng(1)
    return [
        kx.backends.current.convert(draw.uniform(0.5, 1.5, tuple(y.shape)), "float64")
        for y in outputs
    ]


def directions(call, places):
    draw = np.random.default_rng(2)
    inputs = arrays(call)
    return {n: draw.uniform(-1, 1, inputs[n].shape) for n in places}


SLOPES = {}  # (op, id of the call) -> slope


def difference(name, call, places):
    """The slope along the direction, on NumPy; computed once."""
    key = name, id(call)
    if key not in SLOPES:
        ends = []
        moves = directions(call, places)
        for step in (STEP, -STEP):
            moved = [
                a.astype("float64") + step * moves[n] if n in moves else a
                for n, a in enumerate(arrays(call))
            ]
            ends.append(total(with_backend("numpy"), name, call, moved, weights))
        SLOPES[key] = None if ends[0] is None else (ends[0] - ends[1]) / (2 * STEP)
    return SLOPES[key]


@pytest.mark.parametrize("name", [n for n in SAMPLES if n not in UNSMOOTH and n not in UP_TO_SIGN])
def test_gradient_is_the_limit_of_differences(wide, name):
    backend = wide.backends.current
    calls = [c for c in SAMPLES[name] if smooth(c) and difference(name, c, smooth(c)) is not None]
    variables = [
        {n: wide.core.variable.Variable(arrays(c)[n].astype("float64")) for n in smooth(c)}
        for c in calls
    ]
    flat_variables = [v for row in variables for v in row.values()]
    inputs = [[backend.convert(a, a.dtype.name) for a in arrays(c)] for c in calls]

    def loss():
        terms = [0 * wide.ops.sum(v.value) for v in flat_variables]  # torch wants each to be used
        for call, tensors, row in zip(calls, inputs, variables):
            given = [row[n].value if n in row else t for n, t in enumerate(tensors)]
            terms.append(total(wide, name, call, given, weights))
        return sum(terms[1:], terms[0]), ()

    def step():
        return backend.value_and_grad(loss, flat_variables)[2]

    if not calls:
        return
    if backend.NAME == "jax":  # quicker in one piece
        step = backend.compile_step(step, flat_variables)
    gradients = iter(step())
    for call in calls:
        moves = directions(call, smooth(call))
        along = sum(np.sum(value(wide, next(gradients)) * move) for move in moves.values())
        wanted = difference(name, call, list(moves))
        close("gradients", along, wanted, f"{name}: {call}")
