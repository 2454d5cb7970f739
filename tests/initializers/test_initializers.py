"""Initializers: the same weights everywhere, the right spread, names and configs."""

import numpy as np
import pytest

from kerasx import with_backend

from ..ops.calls import value

DRAWN = [
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "GlorotUniform",
    "HeNormal",
    "Orthogonal",
]


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_weights_are_bit_equal_on_every_engine(pytestconfig, name, dtype):
    made = []
    for engine in pytestconfig.engines:
        kx = with_backend(engine)
        made.append(
            np.asarray(value(kx, getattr(kx.initializers, name)(seed=3)((4, 5), dtype)), "float64")
        )
    assert all((x == made[0]).all() for x in made)


def test_set_random_seed_determines_the_weights(kx):
    def weights():
        kx.random.seed.set_random_seed(5)
        return value(kx, kx.initializers.get("glorot_uniform")((3, 2))).tolist()

    assert weights() == weights()


@pytest.mark.parametrize("name", DRAWN)
def test_an_initializer_repeats_itself_but_for_a_generator(reference, name):
    cls = getattr(reference.initializers, name)
    for seed in (None, 3):
        one = cls(seed=seed)
        assert (one((3, 3)) == one((3, 3))).all()
    one = cls(seed=reference.random.SeedGenerator(3))
    assert (one((3, 3)) != one((3, 3))).any()
    assert (cls()((3, 3)) != cls()((3, 3))).any()


# distribution, variance, largest, each times the fan
SPREADS = [
    ("truncated_normal", 2, 2 * np.sqrt(2) / 0.8796),
    ("uniform", 2, np.sqrt(6)),
    ("untruncated_normal", 2, np.inf),
]


@pytest.mark.parametrize("distribution, variance, largest", SPREADS, ids=[s[0] for s in SPREADS])
def test_variance_is_scaled_by_the_fan(reference, distribution, variance, largest):
    for mode, fan in (("fan_in", 9 * 20), ("fan_out", 9 * 30), ("fan_avg", 9 * 25)):
        x = reference.initializers.VarianceScaling(2.0, mode, distribution, 1)((3, 3, 20, 30))
        np.testing.assert_allclose(x.var() * fan, variance, rtol=0.1)
        assert np.abs(x).max() * np.sqrt(fan) <= largest + 1e-3


def test_fans_of_named_axes(reference):
    fans = reference.initializers.random.fans
    assert fans((7,)) == (7, 7) and fans(()) == (1, 1) and fans((2, 3)) == (2, 3)
    assert fans((5, 2, 3)) == (10, 15)
    assert fans((2, 3, 5), (0, 1), (2,)) == (6, 5)
    assert fans((2, 3, 5), 0, -1) == (6, 15)


@pytest.mark.parametrize("shape", [(6, 4), (2, 3, 4), (3, 5)])
def test_orthogonal_columns_or_rows(reference, shape):
    x = reference.initializers.Orthogonal(gain=2.0, seed=1)(shape).reshape(-1, shape[-1])
    x = x if x.shape[0] >= x.shape[1] else x.T
    np.testing.assert_allclose(x.T @ x, 4 * np.eye(x.shape[1]), atol=1e-5)


def test_those_without_chance(reference):
    make = reference.initializers
    assert make.Identity(2.0)((2, 3)).tolist() == [[2, 0, 0], [0, 2, 0]]
    assert make.Constant([1, 2])((2, 2), "int32").tolist() == [[1, 2], [1, 2]]
    assert make.Ones()((2,), "bool").tolist() == [True, True]
    assert make.Zeros()((2,)).dtype == "float32"


NAMES = {
    "glorot_uniform": "GlorotUniform",
    "HeNormal": "HeNormal",
    "zero": "Zeros",
    "one": "Ones",
    "normal": "RandomNormal",
    "uniform": "RandomUniform",
    "identity": "Identity",
    "IdentityInitializer": "Identity",
    "stft": "STFT",
    "OrthogonalInitializer": "Orthogonal",
    "truncated_normal": "TruncatedNormal",
}


@pytest.mark.parametrize("name", NAMES)
def test_get_knows_the_names(reference, name):
    assert type(reference.initializers.get(name)).__name__ == NAMES[name]


def test_get_takes_classes_objects_configs_arrays_and_callables(reference):
    make = reference.initializers
    one = make.RandomNormal(stddev=2.0, seed=reference.random.SeedGenerator(4))
    assert make.get(one) is one and isinstance(make.get(make.Ones), make.Ones)
    again = make.get(make.serialize(one))
    assert (again((3,)) == one((3,))).all() and again.stddev == 2
    assert make.get(np.ones(2))((2,)).tolist() == [1, 1]
    assert make.get(None) is None and make.get(np.zeros) is np.zeros
    clone = make.GlorotUniform(seed=3).clone()
    assert clone.get_config() == {"seed": 3, "input_axes": None, "output_axes": None}


ERRORS = {
    "'foo'": lambda make: make.get("foo"),
    "3 is not": lambda make: make.get(3),
    "scale=0": lambda make: make.VarianceScaling(scale=0),
    "mode='a'": lambda make: make.VarianceScaling(mode="a"),
    "expected two or more axes": lambda make: make.Orthogonal()((3,)),
    "expected a matrix": lambda make: make.Identity()((3,)),
    "expected a float dtype": lambda make: make.RandomNormal()((3,), "int32"),
    "seed='a'": lambda make: make.RandomNormal(seed="a"),
    "side='a'": lambda make: make.STFT(side="a"),
}


@pytest.mark.parametrize("words", ERRORS)
def test_errors_say_what_was_wrong(reference, words):
    with pytest.raises(ValueError) as error:
        ERRORS[words](reference.initializers)
    assert words in str(error.value)
