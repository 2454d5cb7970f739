"""The engines' own forms of whole steps, against the rules that they stand for."""

from importlib import import_module

import numpy as np
import pytest

from ..floats import defaulting_to

RULES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
    ("Adamax", {}),
    ("Nadam", {}),
    ("RMSprop", {}),
    ("RMSprop", {"momentum": 0.5}),
    ("RMSprop", {"momentum": 0.5, "centered": True}),
    ("RMSprop", {"centered": True}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("Ftrl", {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02,
              "l2_shrinkage_regularization_strength": 0.03, "beta": 0.1}),
    ("Lion", {}),
]  # fmt: skip
OPTIONS = [
    {},
    {"weight_decay": 0.02, "clipnorm": 0.5},
    {"clipvalue": 0.1, "use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 2},
    {"global_clipnorm": 0.5, "loss_scale_factor": 3.0},
    {"gradient_accumulation_steps": 2, "weight_decay": 0.01, "use_ema": True},
]
SHAPES = ((3, 4), (4,), (2, 3, 2), ())


@pytest.fixture
def optimizers(kx):
    return import_module(f"{kx.__name__}.optimizers")


@pytest.fixture
def run(kx, backend):
    """Takes six steps: (values of weights and optimizer, the optimizer)."""
    variable = import_module(f"{kx.__name__}.core.variable").Variable

    def take(optimizer, how, dtype="float32"):
        draw = np.random.default_rng(1)
        weights = [variable(draw.normal(size=s).astype(dtype), name="w") for s in SHAPES]
        optimizer._undecayed_names = ["none"]
        optimizer._undecayed = {id(weights[1])}
        optimizer.build(weights)
        both = [weights, optimizer.variables]

        def step(*grads):
            optimizer.apply(grads, weights)
            return optimizer.variables[0].value

        if how == "compiled":
            step = backend.compile_step(step, [*weights, *optimizer.variables])
        for _ in range(6):
            grads = [backend.convert(draw.normal(size=s).astype(dtype)) for s in SHAPES]
            if how == "by the rule":  # a step in a scope is made of the rule alone
                state = [[v.value for v in group] for group in both]
                new = optimizer.stateless_apply(state[1], grads, state[0])
                for v, x in zip([*weights, *optimizer.variables], [*new[0], *new[1]]):
                    v.assign(x)
            else:
                step(*grads)
        return [v.numpy() for group in both for v in group]

    return take


@pytest.mark.parametrize(("name", "kwargs"), RULES, ids=lambda x: x if isinstance(x, str) else "")
def test_whole_steps_are_steps_of_the_rule(optimizers, run, engine, name, kwargs):
    if engine not in ("torch", "tensorflow"):
        pytest.skip("the rule itself is all that this engine has")
    for options in OPTIONS:
        make = lambda o=options: getattr(optimizers, name)(0.05, **kwargs, **o)
        expected = run(make(), "by the rule")
        for how in ("eager", *(["compiled"] if engine == "tensorflow" and not options else [])):
            for a, b in zip(run(make(), how), expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6, err_msg=f"{how} {options}")


@pytest.fixture
def wide(kx):
    """float64 is the default."""
    with defaulting_to("float64", kx):
        yield


@pytest.mark.parametrize(("name", "kwargs"), RULES, ids=lambda x: x if isinstance(x, str) else "")
def test_steps_in_64_bits_are_steps_of_the_rule(optimizers, run, engine, wide, name, kwargs):
    if engine not in ("torch", "tensorflow"):
        pytest.skip("the rule itself is all that this engine has")
    options = {"weight_decay": 0.02, "clipnorm": 0.5, "use_ema": True}
    expected, got = (
        run(getattr(optimizers, name)(0.05, **kwargs, **options), how, "float64")
        for how in ("by the rule", "eager")
    )
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_engines_have_forms_of_the_common_rules(optimizers, engine):
    form = import_module(f"{optimizers.__name__}.optimizer").engines_form
    fused = {"torch", "tensorflow"}
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adamax", "Adadelta"):
        assert (form(getattr(optimizers, name)) is not None) == (engine in fused)
    assert form(optimizers.Muon) is None


def test_a_class_of_a_users_own_has_the_rule_that_it_defines(optimizers):
    form = import_module(f"{optimizers.__name__}.optimizer").engines_form

    class Adam(optimizers.Adam):
        def update(self, g, w, lr, m, v):
            return w, m, v

    class Renamed(optimizers.Adam):
        pass

    assert form(Adam) is None
    assert form(Renamed) is form(optimizers.Adam)


def test_weights_of_several_dtypes_go_in_groups(kx, optimizers, backend):
    variable = import_module(f"{kx.__name__}.core.variable").Variable
    weights = [
        variable(np.ones(2, "float32"), name="a"),
        variable(np.ones(2), dtype="bfloat16", name="b"),
        variable(np.ones(2, "float32"), name="c"),
    ]
    optimizer = optimizers.AdamW(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["c"])
    optimizer.apply([backend.convert(np.ones(2, "float32"))] * 3, weights)
    assert len(optimizer._plan.groups) == 3
    got = [np.asarray(w.numpy(), "float32")[0] for w in weights]
    np.testing.assert_allclose(got, [0.85, 0.85, 0.9], rtol=0.01)


def test_sparse_gradients_of_tensorflow_count_as_what_they_stand_for(kx, engine, optimizers):
    if engine != "tensorflow":
        pytest.skip("about tf.IndexedSlices")
    tf = import_module("tensorflow")
    variable = import_module(f"{kx.__name__}.core.variable").Variable
    for name in ("SGD", "Adam", "RMSprop"):
        ends = []
        for dense in (False, True):
            w, optimizer = variable(np.ones((4, 2), "float32")), getattr(optimizers, name)(0.1)
            for _ in range(2):
                g = tf.IndexedSlices(tf.ones((3, 2)), tf.constant([1, 1, 3]), tf.constant([4, 2]))
                optimizer.apply([tf.convert_to_tensor(g) if dense else g], [w])
            ends.append(w.numpy())
        np.testing.assert_array_equal(*ends)
