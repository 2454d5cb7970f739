"""Gradients of every op, held against differences, in 64 bits.

One random direction for each sample: a gradient that is wrong anywhere is wrong along it. The
differences are taken on NumPy, once for all engines.

Complex tensors are made of their two parts, and taken apart into them again: engines differ in
what they call the gradient with respect to a complex tensor, and agree on that of the parts.
"""

import numpy as np
import pytest

from kerasx import with_backend

from ..floats import defaulting_to
from .calls import arrays, filled, flat, named, run, value
from .samples import DEFINITE, SAMPLES, UNSMOOTH, UP_TO_SIGN, Call, c, each, f, i, p, valued
from .tolerances import close

STEP = 1e-5
# Calls that are there for their gradients, beside the samples.
FURTHER: dict[str, list[Call]] = {
    "cast": [c(f(2, 3), "float64")],
    "nan_to_num": [c(f(2, 3))],
    "eigh": [c(DEFINITE)],
    "eig": [c(DEFINITE @ np.diag([1, 2, 4]).astype("float32"))],
    "bincount": [c(i(4), f(4)), c(i(2, 3), weights=f(2, 3), minlength=2)],
    **each("real imag conj conjugate angle view_as_real", [c(f(3) + 1j * p(3))]),
}
# What engines have gradients of, where that is not all.
DIFFERENTIATED = {
    "qr": lambda x, mode="reduced": mode == "reduced" and x.shape[-2] >= x.shape[-1],
}
# Engines that refuse to differentiate an op, which the others do.
LACKING = {"segment_prod": "jax", "eig": "jax"}
# Matrices that are symmetric stay so: engines read one half of them, or both.
SYMMETRIC = {"cholesky", "eigh"}
# Beside UNSMOOTH: what has floats for inputs and outputs, and no gradient that is checked.
UNCHECKED: dict[str, str] = {}


@pytest.fixture(scope="module")
def wide(trainer):
    """The library on an engine that differentiates, in 64 bits."""
    with defaulting_to("float64", trainer, with_backend("numpy")):
        yield trainer


def calls_of(name):
    """The calls of an op that are differentiated."""
    has = DIFFERENTIATED.get(name, lambda *_, **__: True)
    return [c for c in (*SAMPLES[name], *FURTHER.get(name, ())) if has(*c.args, **c.kwargs)]


def smooth(call):
    """The places of the float32 and complex arrays of a call, if it has no infinities.

    Complex numbers that are real are left out: the angles of negative ones jump.
    """
    places = [
        n
        for n, a in enumerate(arrays(call))
        if a.size and (a.dtype == "float32" or (a.dtype == "complex64" and a.imag.all()))
    ]
    return [] if any(not np.isfinite(a).all() for a in arrays(call)) else places


def apart(array):
    """An array of real numbers in 64 bits; a complex one is its two parts, along a last axis."""
    parts = np.stack([array.real, array.imag], -1) if array.dtype.kind == "c" else array
    return parts.astype("float64")


def together(kx, array, x):
    """What `apart` made of `array`, or another tensor like it, as it is given to the op."""
    return kx.ops.view_as_complex(x) if array.dtype.kind == "c" else x


def total(kx, name, call, tensors, weights):
    """Sum of the float outputs of a call, each element weighted; None where there are none."""
    made = filled(call, tensors)
    op, outputs = named(kx, name), []
    found = flat(kx, op(*made.args, **made.kwargs))
    if name == "eig":  # its vectors have any phase, its values any order
        values, vectors = kx.ops.real(found[0]), kx.ops.abs(found[1])
        order = kx.ops.argsort(values)
        found = [
            kx.ops.take_along_axis(values, order, -1),
            kx.ops.take_along_axis(vectors, order[..., None, :], -1),
        ]
    for y in found:
        kind = kx.core.dtypes.name_of(y)
        if name in UP_TO_SIGN:
            outputs.append(kx.ops.abs(y))
        elif "complex" in kind:
            outputs += [kx.ops.real(y), kx.ops.imag(y)]
        elif "float" in kind:
            outputs.append(y)
    terms = [kx.ops.sum(y * w) for y, w in zip(outputs, weights(kx, outputs))]
    return sum(terms[1:], terms[0]) if terms else None


def weights(kx, outputs):
    draw = np.random.default_rng(1)
    return [
        kx.backends.current.convert(draw.uniform(0.5, 1.5, tuple(y.shape)), "float64")
        for y in outputs
    ]


def directions(name, call, places):
    draw = np.random.default_rng(2)
    moves = {n: draw.uniform(-1, 1, apart(arrays(call)[n]).shape) for n in places}
    return {n: m + m.swapaxes(-1, -2) for n, m in moves.items()} if name in SYMMETRIC else moves


SLOPES = {}  # (op, id of the call) -> slope


def difference(name, call, places):
    """The slope along the direction, on NumPy; computed once."""
    key = name, id(call)
    if key not in SLOPES:
        ends = []
        moves, kx = directions(name, call, places), with_backend("numpy")
        for step in (STEP, -STEP):
            moved = [
                together(kx, a, apart(a) + step * moves[n]) if n in moves else a
                for n, a in enumerate(arrays(call))
            ]
            ends.append(total(kx, name, call, moved, weights))
        SLOPES[key] = None if ends[0] is None else (ends[0] - ends[1]) / (2 * STEP)
    return SLOPES[key]


@pytest.mark.parametrize("name", [n for n in SAMPLES if n not in {*UNSMOOTH, *UNCHECKED}])
def test_gradient_is_the_limit_of_differences(wide, name):
    backend = wide.backends.current
    calls = [c for c in calls_of(name) if smooth(c) and difference(name, c, smooth(c)) is not None]
    variables = [
        {n: wide.core.variable.Variable(apart(arrays(c)[n])) for n in smooth(c)} for c in calls
    ]
    flat_variables = [v for row in variables for v in row.values()]
    inputs = [[backend.convert(a, a.dtype.name) for a in arrays(c)] for c in calls]

    def loss():
        terms = [0 * wide.ops.sum(v.value) for v in flat_variables]  # torch wants each to be used
        for call, tensors, row in zip(calls, inputs, variables):
            given = [
                together(wide, a, row[n].value) if n in row else t
                for n, (a, t) in enumerate(zip(arrays(call), tensors))
            ]
            terms.append(total(wide, name, call, given, weights))
        return sum(terms[1:], terms[0]), ()

    def step():
        return backend.value_and_grad(loss, flat_variables)[2]

    if not calls:
        return
    if LACKING.get(name) == backend.NAME:
        with pytest.raises(NotImplementedError):
            step()
        return
    if backend.NAME == "jax" and not any(valued(name, c) for c in calls):  # quicker in one piece
        step = backend.compile_step(step, flat_variables)
    gradients = iter(step())
    for call in calls:
        moves = directions(name, call, smooth(call))
        along = sum(np.sum(value(wide, next(gradients)) * move) for move in moves.values())
        wanted = difference(name, call, list(moves))
        close("gradients", along, wanted, f"{name}: {call}")


def floats(kx, tensors):
    """Whether there are numbers that are no integers among `tensors`."""
    names = [kx.core.dtypes.name_of(x) for x in tensors if hasattr(x, "dtype")]
    return any("float" in n or "complex" in n for n in names)


def test_every_op_from_floats_to_floats_is_differentiated(reference):
    """Or stands in UNSMOOTH or UNCHECKED, with the reason."""
    found = set()
    for name in SAMPLES:
        calls = [c for c in SAMPLES[name] if floats(reference, arrays(c))]
        if not any(floats(reference, run(reference, named(reference, name), c)) for c in calls):
            continue
        calls = [c for c in calls_of(name) if smooth(c)]
        if all(difference(name, c, smooth(c)) is None for c in calls):
            found.add(name)
    assert found - set(UNSMOOTH) == set(UNCHECKED)
