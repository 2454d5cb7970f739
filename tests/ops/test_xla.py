"""TensorFlow's `jit_compile=True`: what XLA makes of each op, and of its gradient.

A few ops by default, all of them where `exhaustive` is asked for.
"""

import numpy as np
import pytest

from kerasx import with_backend

from .calls import arrays, assert_same, expected, filled, flat, named, tensor, value
from .samples import HOST, SAMPLES, UNSMOOTH, UP_TO_SIGN, valued
from .test_gradients import smooth, total
from .tolerances import close

# What XLA cannot compile, and why.
NOT_COMPILED = {
    "eig": "XLA has no eigenvalues of matrices that are not symmetric",
    "unique": "without `size`, the shape hangs on values",
}
USUAL = ["matmul", "det", "i0", "top_k", "image.resize", "image.affine_transform", "lstm"]


def rarely(names, usual):
    """All `names` as parameters; those that are not `usual`, for the exhaustive tests."""
    return [pytest.param(n, marks=() if n in usual else pytest.mark.exhaustive) for n in names]


NAMES = rarely([name for name in SAMPLES if name not in HOST], USUAL)


@pytest.fixture(scope="module")
def kx(request):
    """The library on TensorFlow, where that is among the engines."""
    if "tensorflow" not in request.config.engines:
        pytest.skip("tensorflow is not among the engines asked for")
    return with_backend("tensorflow")


def compiled(fn, *args):
    """What XLA makes of `fn(*args)`."""
    import tensorflow as tf

    return tf.function(fn, autograph=False, jit_compile=True)(*args)


def calls_of(name):
    """(place, call) of the samples that XLA compiles."""
    return [
        (n, call)
        for n, call in enumerate(SAMPLES[name])
        if not (name in NOT_COMPILED and (name != "unique" or valued(name, call)))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_compiled(kx, reference, name):
    op, chosen = named(kx, name), calls_of(name)

    def step(*inputs):
        made = [filled(call, tensors) for (_, call), tensors in zip(chosen, inputs)]
        return [flat(kx, op(*m.args, **m.kwargs)) for m in made]

    inputs = [[tensor(kx, a) for a in arrays(call)] for _, call in chosen]
    for (n, _), got in zip(chosen, compiled(step, *inputs) if chosen else ()):
        assert_same(kx, got, expected(reference, name)[n], signed=name not in UP_TO_SIGN)


def ones(kx, outputs):
    """What each output counts."""
    return [1.0] * len(outputs)


SMOOTH = [p for p in NAMES if p.values[0] not in {*UNSMOOTH, *UP_TO_SIGN}]


@pytest.mark.parametrize("name", SMOOTH)
def test_its_gradient_is_compiled(kx, name):
    import tensorflow as tf

    chosen = [call for _, call in calls_of(name) if smooth(call) and not valued(name, call)]

    def step(*inputs):
        found = []
        for call, tensors in zip(chosen, inputs):
            with tf.GradientTape() as tape:
                sources = [tensors[n] for n in smooth(call)]
                tape.watch(sources)
                y = total(kx, name, call, tensors, ones)
            slopes = [] if y is None else tape.gradient(y, sources, None, "zero")
            found.append([tf.convert_to_tensor(slope) for slope in slopes])
        return found

    inputs = [[tensor(kx, a) for a in arrays(call)] for call in chosen]
    wanted = step(*inputs)
    for got, row in zip(compiled(step, *inputs) if chosen else (), wanted):
        for y, z in zip(got, row):
            y, z = value(kx, y), value(kx, z)
            size = np.abs(z[np.isfinite(z)]).max(initial=1)  # what cancels out leaves as much
            close("engines", y / size, z / size)


DRAWS = {
    "gamma": lambda r, seed: r.gamma((2000,), 3.0, seed=seed),
    "beta": lambda r, seed: r.beta((2000,), 2.0, 3.0, seed=seed),
    "binomial": lambda r, seed: r.binomial((2000,), 9.0, 0.4, seed=seed),
    "truncated_normal": lambda r, seed: r.truncated_normal((2000,), seed=seed),
    "randint": lambda r, seed: r.randint((2000,), 0, 9, seed=seed),
    "categorical": lambda r, seed: r.categorical(np.ones((1, 4), "float32"), 2000, seed=seed),
    "dropout": lambda r, seed: r.dropout(np.ones(2000, "float32"), 0.3, seed=seed),
}


@pytest.mark.parametrize("name", rarely(DRAWS, ["gamma", "binomial"]))
def test_draws_are_compiled(kx, name):
    seeds = kx.random.SeedGenerator(3), kx.random.SeedGenerator(3)
    draw = DRAWS[name]
    got = value(kx, compiled(lambda: draw(kx.random, seeds[0])))
    wanted = value(kx, draw(kx.random, seeds[1]))
    assert got.dtype == wanted.dtype
    np.testing.assert_allclose(got.mean(), wanted.mean(), 0.1, 0.1)
    np.testing.assert_allclose(got.std(), wanted.std(), 0.1)


@pytest.mark.parametrize("name", NOT_COMPILED)
def test_what_is_not_compiled_says_so(kx, name):
    call = next(call for call in SAMPLES[name] if name != "unique" or valued(name, call))
    inputs = [tensor(kx, a) for a in arrays(call)]
    with pytest.raises(Exception, match=r"XLA|compile"):
        compiled(lambda *tensors: named(kx, name)(*filled(call, tensors).args), *inputs)
