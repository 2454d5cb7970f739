"""Draws: reproducible, of the right distribution, and right in compiled steps."""

import numpy as np
import pytest

from ..ops.calls import value

N = (20_000,)
# name, arguments, mean, standard deviation, least, largest
DRAWS = [
    ("uniform", (-1.0, 3.0), 1, 4 / np.sqrt(12), -1, 3),
    ("normal", (1.0, 2.0), 1, 2, -np.inf, np.inf),
    ("truncated_normal", (1.0, 2.0), 1, 2 * 0.8796, -3, 5),
    ("randint", (-3, 4), 0, 2, -3, 3),
    ("gamma", (2.5,), 2.5, np.sqrt(2.5), 0, np.inf),
    ("beta", (2.0, 3.0), 0.4, 0.2, 0, 1),
    ("binomial", (10, 0.3), 3, np.sqrt(2.1), 0, 10),
]


@pytest.mark.parametrize(
    "name, args, mean, deviation, least, most", DRAWS, ids=[d[0] for d in DRAWS]
)
def test_draws_have_their_distribution(kx, name, args, mean, deviation, least, most):
    x = value(kx, getattr(kx.random, name)(N, *args, seed=7))
    assert x.dtype == ("int32" if name == "randint" else "float32")
    assert abs(x.mean() - mean) < 5 * deviation / np.sqrt(x.size)
    np.testing.assert_allclose(x.std(), deviation, rtol=0.03)
    assert least <= x.min() and x.max() <= most


@pytest.mark.parametrize("name, args", [d[:2] for d in DRAWS], ids=[d[0] for d in DRAWS])
def test_an_int_repeats_and_a_generator_goes_on(kx, name, args):
    def draw(seed):
        return value(kx, getattr(kx.random, name)((50,), *args, seed=seed)).tolist()

    generator = kx.random.SeedGenerator(1)
    assert draw(1) == draw(1) != draw(2)
    assert draw(generator) != draw(generator)


def test_a_generator_counts_its_draws(kx):
    generator = kx.random.SeedGenerator(42)
    assert value(kx, generator.next()).tolist() == [42, 0]
    assert generator.state.numpy().tolist() == [42, 1]
    assert (
        generator.state.shape == (2,)
        and generator.state.dtype == "uint32"
        and not generator.state.trainable
    )
    again = kx.random.SeedGenerator.from_config(generator.get_config())
    assert again.state.numpy().tolist() == [42, 0]


def test_set_random_seed_repeats_what_no_seed_was_given(kx):
    def draws():
        kx.random.seed.set_random_seed(5)
        return kx.random.SeedGenerator().state.numpy().tolist(), value(
            kx, kx.random.normal((3,))
        ).tolist()

    assert draws() == draws()


def test_dropout_keeps_the_mean(kx):
    y = value(kx, kx.random.dropout(np.ones(N, "float32"), 0.2, seed=3))
    assert set(np.unique(y)) == {0, np.float32(1.25)}
    assert abs((y == 0).mean() - 0.2) < 0.02
    assert (value(kx, kx.random.dropout(y, 0.0, seed=3)) == y).all()
    assert not value(kx, kx.random.dropout(y, 1.0, seed=3)).any()


def test_dropout_shares_the_noise_along_axes_of_one(kx):
    y = value(
        kx, kx.random.dropout(np.ones((30, 4), "float32"), 0.5, noise_shape=(None, 1), seed=3)
    )
    assert (y == y[:, :1]).all() and 0 < y.mean() < 2


def test_compiled_steps_draw_anew_each_time(kx):
    backend, generator = kx.backends.current, kx.random.SeedGenerator(1)
    x = backend.convert(np.ones(64, "float32"))

    def fn(x):
        return kx.random.dropout(x, 0.5, seed=generator)

    step = fn if backend.NAME == "torch" else backend.compile_step(fn, [generator.state])
    assert value(kx, step(x)).tolist() != value(kx, step(x)).tolist()
    assert generator.state.numpy().tolist() == [1, 2]


def test_finding_shapes_draws_nothing(kx):
    generator = kx.random.SeedGenerator(1)
    symbol = kx.KerasTensor((None, 3))
    assert kx.random.dropout(symbol, 0.5, seed=generator).shape == (None, 3)
    assert kx.random.categorical(symbol, 5, seed=generator).shape == (None, 5)
    kx.backends.current.infer(lambda x: kx.random.dropout(x, 0.5, seed=generator), [symbol])
    if (
        kx.backends.current.NAME != "tensorflow"
    ):  # which traces, so the variable counts nothing either
        assert generator.state.numpy().tolist() == [1, 0]


def test_categorical_follows_the_logits(kx):
    logits = np.log(np.array([[0.1, 0.2, 0.7], [1, 1e-30, 1e-30]], "float32"))
    x = value(kx, kx.random.categorical(logits, 5000, seed=1))
    assert x.shape == (2, 5000) and x.dtype == "int32" and not x[1].any()
    np.testing.assert_allclose(np.bincount(x[0]) / 5000, [0.1, 0.2, 0.7], atol=0.03)


def test_shuffle_permutes_slices(kx):
    x = np.arange(40, dtype="int32").reshape(2, 20)
    y = value(kx, kx.random.shuffle(x, axis=1, seed=1))
    assert (y != x).any() and (np.sort(y, 1) == x).all() and (y[1] - y[0] == 20).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_floats_stay_below_the_limit(kx, dtype):
    x = np.asarray(value(kx, kx.random.uniform((5000,), dtype=dtype, seed=1)), "float32")
    assert x.min() >= 0 and x.max() < 1


ERRORS = {
    "'int32': expected a float": lambda r: r.normal((2,), dtype="int32"),
    "'float32': expected an integer": lambda r: r.randint((2,), 0, 3, dtype="float32"),
    "expected minval to be smaller": lambda r: r.randint((2,), 3, 3),
    "(batch, classes)": lambda r: r.categorical(np.zeros(3, "float32"), 2),
    "rate=2": lambda r: r.dropout(np.zeros(3, "float32"), 2),
    "seed='a'": lambda r: r.normal((2,), seed="a"),
    "seed=1.5": lambda r: r.SeedGenerator(1.5),
    "unknown arguments": lambda r: r.SeedGenerator(1, foo=2),
}


@pytest.mark.parametrize("words", ERRORS)
def test_errors_say_what_was_wrong(reference, words):
    with pytest.raises(ValueError) as error:
        ERRORS[words](reference.random)
    assert words in str(error.value)
