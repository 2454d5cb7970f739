"""Optimizers and schedules against genuine Keras: 20 steps, names, configs."""

from importlib import import_module

import numpy as np
import pytest

from .pairs import ENGINE, MARKS, keras, ours, trains, value

pytestmark = MARKS
SHAPES = ((3, 4), (4,), (2, 3, 4), ())
RULES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("Ftrl", {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02,
              "l2_shrinkage_regularization_strength": 0.03, "beta": 0.1}),
    ("Lion", {}),
    ("Lamb", {}),
    ("Adafactor", {}),
    ("Adafactor", {"relative_step": False, "beta_2_decay": -0.5}),
    ("Muon", {}),
    ("Muon", {"nesterov": False, "rms_rate": None}),
    ("ScheduleFreeAdamW", {"warmup_steps": 5}),
]  # fmt: skip
OPTIONS = [
    {"weight_decay": 0.02, "clipnorm": 0.5},
    {"clipvalue": 0.1, "use_ema": True, "ema_momentum": 0.8},
    {"global_clipnorm": 0.5, "loss_scale_factor": 8.0},
    {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 4,
     "gradient_accumulation_steps": 2, "weight_decay": 0.01},
]  # fmt: skip
# They divide by small numbers, cancel, or make small differences greater.
TOLERANCE = {"ScheduleFreeAdamW": 1e-5, "Ftrl": 1e-5, "Muon": 1e-5, "Nadam": 1e-5}


def numbers(tensors):
    return [value(v).astype("float64") for v in tensors]


def run(k, make, steps):
    """The optimizer, and all values, after some steps with gradients that are always the same."""
    draw = np.random.default_rng(1)
    weights = [
        k.Variable(draw.normal(size=s).astype("float32"), name=f"w{i}")
        for i, s in enumerate(SHAPES)
    ]
    optimizer = make(k.optimizers)
    optimizer.build(weights)
    step = optimizer.stateless_apply
    if ENGINE == "jax":
        step = import_module("jax").jit(step)
    state, values = [v.value for v in optimizer.variables], [w.value for w in weights]
    for _ in range(steps):
        grads = [keras.ops.convert_to_tensor(draw.normal(size=s).astype("float32")) for s in SHAPES]
        if ENGINE == "jax":
            values, state = step(state, grads, values)
        else:  # Keras has no stateless form of its own there
            optimizer.apply(grads, weights)
    return optimizer, numbers(
        [*values, *state] if ENGINE == "jax" else [*weights, *optimizer.variables]
    )


@trains
@pytest.mark.parametrize("options", OPTIONS, ids=range(len(OPTIONS)))
@pytest.mark.parametrize(("name", "kwargs"), RULES, ids=lambda x: x if isinstance(x, str) else "")
def test_twenty_steps_are_the_same(name, kwargs, options):
    if name == "ScheduleFreeAdamW" and ENGINE != "jax":
        pytest.skip("there, Keras is not what its own steps on JAX are: see the test of the paper")

    def make(optimizers):
        return getattr(optimizers, name)(0.05, name="o", **kwargs, **options)

    for library in keras, ours:  # each counts the nameless variables of a process
        library.utils.clear_session(free_memory=False)
    theirs, expected = run(keras, make, 20)
    own, got = run(ours, make, 20)
    assert [v.path for v in own.variables] == [v.path for v in theirs.variables]
    assert own.get_config() == theirs.get_config()
    tolerance = TOLERANCE.get(name, 1e-6)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def schedule_free(rate, warmup, beta_1=0.9, beta_2=0.999, epsilon=1e-8, steps=20):
    """Weights after steps of schedule-free AdamW as its paper has them (arXiv:2405.15682)."""
    draw = np.random.default_rng(1)
    y = [draw.normal(size=s).astype("float32").astype("float64") for s in SHAPES]
    x, z, v = list(y), list(y), [0.0 * w for w in y]
    for t in range(1, steps + 1):
        lr = rate * min(t / warmup, 1.0)
        for k, s in enumerate(SHAPES):
            g = draw.normal(size=s).astype("float32").astype("float64")
            v[k] = beta_2 * v[k] + (1 - beta_2) * g**2
            z[k] = z[k] - lr * g / (np.sqrt(v[k] / (1 - beta_2**t)) + epsilon)
            x[k] = (1 - 1 / t) * x[k] + z[k] / t
            y[k] = (1 - beta_1) * z[k] + beta_1 * x[k]
    return y


@trains
def test_schedule_free_steps_are_those_of_the_paper():
    def error(k):
        got = run(k, lambda o: o.ScheduleFreeAdamW(0.05, warmup_steps=5, name="o"), 20)[1]
        return max(np.abs(a - b).max() for a, b in zip(got, schedule_free(0.05, 5)))

    assert error(ours) < 1e-5
    # on other engines it reads a slot that it has written in place already
    assert error(keras) < 1e-5 if ENGINE == "jax" else error(keras) > 1e-2


def scaled(optimizers):
    inner = optimizers.Adam(0.05, name="inner")
    return optimizers.LossScaleOptimizer(
        inner, initial_scale=4.0, dynamic_growth_steps=3, name="outer"
    )


def several(optimizers):
    chosen = optimizers.OptimizerMap(
        optimizers.SGD(0.05, momentum=0.5, name="s"), {"w[01]": optimizers.Adam(0.05, name="a")}
    )
    return optimizers.MultiOptimizer(chosen, loss_scale_factor=2.0, name="m")


COMPOSED = [
    ("LossScaleOptimizer", scaled),
    ("MultiOptimizer", several),
    ("OptimizerMap", several),
]


@trains
@pytest.mark.parametrize(("name", "make"), COMPOSED[:2])
def test_optimizers_of_optimizers_make_the_same_steps(name, make):
    theirs, expected = run(keras, make, 20)
    own, got = run(ours, make, 20)
    assert [v.path for v in own.variables] == [v.path for v in theirs.variables]
    assert public(own.get_config()) == public(theirs.get_config())
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def public(config):
    """A config without the modules of classes: on torch, Keras names some that are its own."""
    if not isinstance(config, dict):
        return config
    return {k: public(v) for k, v in config.items() if k not in ("module", "registered_name")}


@trains
@pytest.mark.skipif(ENGINE == "jax", reason="Keras cannot go on with averages on JAX")
@pytest.mark.parametrize("every", [None, 3])
def test_training_with_averages_goes_on_alike_from_a_file(tmp_path, every):
    x = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)

    def fit(model):
        model.fit(x, x[:, :1] * 2, batch_size=4, epochs=3, shuffle=False, verbose=0)

    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=every), "mse")
    fit(model)
    model.save(tmp_path / "m.keras")
    models = [model, *(k.models.load_model(tmp_path / "m.keras") for k in (keras, ours))]
    for m in models:
        fit(m)
    for m in models[1:]:
        for a, b in zip(m.get_weights(), model.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@trains
@pytest.mark.parametrize("name", sorted({name for name, _ in RULES}))
def test_default_configs_are_the_same_and_go_both_ways(name):
    optimizers = ours.optimizers
    theirs, own = (getattr(o, name)(name="o") for o in (keras.optimizers, optimizers))
    assert own.get_config() == theirs.get_config()
    assert (
        optimizers.deserialize(keras.optimizers.serialize(theirs)).get_config()
        == theirs.get_config()
    )
    if name == "Lamb":  # Keras does not find its own
        return
    again = keras.optimizers.deserialize(optimizers.serialize(own))
    assert type(again) is type(theirs) and again.get_config() == theirs.get_config()


SCHEDULES = [
    ("CosineDecay", (0.1, 10), {}),
    ("CosineDecay", (0.1, 10, 0.2), {"warmup_target": 0.5, "warmup_steps": 3}),
    ("CosineDecayRestarts", (0.1, 3), {}),
    ("CosineDecayRestarts", (0.1, 3, 1.0, 0.5, 0.1), {}),
    ("ExponentialDecay", (0.1, 3, 0.5), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 3, 0.5), {}),
    ("PiecewiseConstantDecay", ([2, 5], [1.0, 0.5, 0.1]), {}),
    ("PolynomialDecay", (0.1, 4), {}),
    ("PolynomialDecay", (0.1, 4, 0.01, 2.0, True), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), SCHEDULES)
def test_schedules_are_the_same(name, args, kwargs):
    schedules = ours.optimizers.schedules
    theirs, own = (
        getattr(s, name)(*args, **kwargs) for s in (keras.optimizers.schedules, schedules)
    )
    assert schedules.serialize(own) == keras.optimizers.schedules.serialize(theirs)
    a, b = (numbers([s(k) for k in range(12)]) for s in (own, theirs))
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
