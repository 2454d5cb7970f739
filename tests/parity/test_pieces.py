"""Initializers, regularizers, constraints and dtype policies against genuine Keras."""

import numpy as np
import pytest

from .pairs import MARKS, close, genuine, gradients_of, keras, ours, plain, trains, value

pytestmark = MARKS

SHAPE = (4, 3)
INITIALIZERS = [
    ("Constant", {"value": 0.5}), ("Zeros", {}), ("Ones", {}), ("Identity", {}),
    ("GlorotNormal", {"seed": 1}), ("GlorotUniform", {}), ("HeNormal", {}), ("HeUniform", {}),
    ("LecunNormal", {}), ("LecunUniform", {}), ("Orthogonal", {"gain": 1.5}),
    ("RandomNormal", {"mean": 1.0, "stddev": 0.1}), ("RandomUniform", {"minval": -1.0, "seed": 3}),
    ("TruncatedNormal", {"stddev": 0.1}), ("STFT", {"side": "imag", "window": "hann"}),
    ("VarianceScaling", {"scale": 2.0, "mode": "fan_avg", "distribution": "uniform"}),
]  # fmt: skip
FIXED = ("Constant", "Zeros", "Ones", "Identity", "STFT")  # those that draw nothing
REGULARIZERS = [
    ("L1", {"l1": 0.2}),
    ("L2", {}),
    ("L1L2", {"l1": 0.1, "l2": 0.3}),
    ("OrthogonalRegularizer", {"factor": 0.1, "mode": "rows"}),
    ("OrthogonalRegularizer", {"mode": "columns"}),
]
CONSTRAINTS = [
    ("MaxNorm", {}),
    ("MaxNorm", {"max_value": 1.0, "axis": [0, 1]}),
    ("NonNeg", {}),
    ("UnitNorm", {"axis": 1}),
    ("MinMaxNorm", {"min_value": 0.5, "rate": 0.3}),
]
W = 3 * np.random.default_rng(0).normal(size=SHAPE).astype("float32")


def both(area, name, kwargs):
    """(Keras's object, ours); their configs are the same, and are read on the other side."""
    mine, genuine = getattr(ours, area), getattr(keras, area)
    theirs, own = (getattr(m, name)(**kwargs) for m in (genuine, mine))
    assert plain(mine.serialize(own)) == plain(genuine.serialize(theirs))
    for module, config in ((mine, genuine.serialize(theirs)), (genuine, mine.serialize(own))):
        assert plain(module.deserialize(config).get_config()) == plain(theirs.get_config())
    return theirs, own


@pytest.mark.parametrize(("name", "kwargs"), INITIALIZERS, ids=str)
def test_initializers(name, kwargs):
    theirs, own = both("initializers", name, kwargs)
    shape = (8, 1, 10) if name == "STFT" else SHAPE
    got, want = value(own(shape)), value(theirs(shape))
    if name in FIXED:
        close(got, want, 1e-5)
    else:  # other numbers, of the same distribution
        shape = (300, 200)
        got, want = value(own(shape)), value(theirs(shape))
        for what in (np.mean, np.std, np.min, np.max):
            scale = want.std() * (0.05 if what in (np.mean, np.std) else 1.5)
            assert abs(what(got) - what(want)) < scale, what
    assert got.dtype == want.dtype


@pytest.mark.parametrize(("name", "kwargs"), REGULARIZERS, ids=str)
def test_regularizers(name, kwargs):
    theirs, own = both("regularizers", name, kwargs)
    w = keras.ops.convert_to_tensor(W)
    got = value(own(w))
    with genuine():
        want = value(theirs(w))
    close(got, want, 1e-5)


@trains
@pytest.mark.parametrize(("name", "kwargs"), REGULARIZERS, ids=str)
def test_gradients_of_regularizers(name, kwargs):
    theirs, own = both("regularizers", name, kwargs)
    close(gradients_of(own, W), gradients_of(theirs, W), 1e-4)


@pytest.mark.parametrize(("name", "kwargs"), CONSTRAINTS, ids=str)
def test_constraints(name, kwargs):
    theirs, own = both("constraints", name, kwargs)
    w = keras.ops.convert_to_tensor(W)
    close(value(own(w)), value(theirs(w)), 1e-5)


POLICIES = ["float32", "float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"]


@pytest.mark.parametrize("kind", ["DTypePolicy", "FloatDTypePolicy"])
@pytest.mark.parametrize("name", POLICIES)
def test_policies(name, kind):
    theirs, own = both("dtype_policies", kind, {"name": name})
    for what in ("name", "compute_dtype", "variable_dtype", "quantization_mode"):
        assert getattr(own, what) == getattr(theirs, what)
    for k in (ours, keras):
        assert k.dtype_policies.get(name) == k.dtype_policies.DTypePolicy(name)
        assert k.dtype_policies.get(k.dtype_policies.serialize(own)).name == name


def net(k, dtype):
    """A model whose layers stand at `net/first`, `net/deep/inner`, `net/last`."""

    class Net(k.Model):
        def __init__(self):
            super().__init__(name="net", dtype=dtype)
            self.first, self.last = (k.layers.Dense(3, name=n, dtype=dtype) for n in FIRST_AND_LAST)
            inner = k.layers.Dense(3, name="inner", dtype=dtype)
            self.deep = k.Sequential([inner], name="deep")

        def call(self, x):
            return self.last(self.deep(self.first(x)))

    return Net()


FIRST_AND_LAST = ("first", "last")
MAPS = [
    (None, {}),
    ("float32", {"net/first": "mixed_float16"}),
    ("mixed_bfloat16", {"net/first": "float32", "net/deep/.*": "mixed_float16"}),
    ("float32", {".*": "mixed_bfloat16"}),
    ("float32", {"first": "mixed_float16", "net": "mixed_bfloat16"}),
    ("float32", {".*inner.*": "float16", ".*/last": "mixed_float16"}),
]


@pytest.mark.parametrize(("default", "policies"), MAPS)
def test_maps_of_policies(default, policies):
    def described(k):
        chosen = k.dtype_policies.DTypePolicyMap(default)
        for path, name in policies.items():
            chosen[path] = k.dtype_policies.DTypePolicy(name)
        model = net(k, chosen)
        y = model(W)
        layers = [model, model.first, model.deep, model.deep.layers[0], model.last]
        members = [len(chosen), list(chosen), [chosen[p].name for p in (*chosen, "else")]]
        config = k.dtype_policies.serialize(chosen)
        again = k.dtype_policies.deserialize(config)
        return {
            "layers": [(layer.path, layer.compute_dtype, layer.variable_dtype) for layer in layers],
            "weights": [(w.path, str(w.dtype)) for w in model.weights],
            "output": keras.backend.standardize_dtype(y.dtype),
            "map": [chosen.name, chosen.compute_dtype, chosen.variable_dtype],
            "members": members,
            "config": plain(config),
            "again": plain(again.get_config()),
        }

    want = described(keras)
    got = described(ours)
    for what in want:
        assert got[what] == want[what], what


@pytest.mark.parametrize("wrong", [[1], "float32", 3])
def test_maps_refuse_what_keras_refuses(wrong):
    for k in (keras, ours):
        with pytest.raises((TypeError, ValueError)):
            k.dtype_policies.DTypePolicyMap(policy_map=wrong)


@pytest.mark.parametrize(
    "name", ["int8_from_float32", "float8_from_mixed_bfloat16", "int4/32_from_float32"]
)
def test_quantized_policies_say_that_they_are_not_there(name):
    with pytest.raises(ValueError, match="quantized"):
        ours.dtype_policies.get(name)
