"""MultiOptimizer and OptimizerMap: who steps what, and what files hold of it."""

from importlib import import_module

import numpy as np
import pytest


@pytest.fixture
def optimizers(kx):
    return import_module(f"{kx.__name__}.optimizers")


@pytest.fixture
def weights(kx):
    variable = import_module(f"{kx.__name__}.core.variable").Variable
    return [variable(np.ones(2, "float32"), name=n) for n in ("a_kernel", "a_bias", "b_kernel")]


def test_a_pattern_matches_a_whole_path(optimizers, weights):
    default, other = optimizers.SGD(), optimizers.Adam()
    by = lambda pattern: optimizers.OptimizerMap(default, {pattern: other})(weights[0])
    assert [by(p) is other for p in ("a_.*", ".*kernel", "a_kernel")] == [True] * 3
    assert [by(p) is default for p in ("a_", "kernel", "b_.*")] == [True] * 3


def test_patterns_may_not_compete(optimizers, weights):
    both = {"a_.*": optimizers.SGD(), ".*kernel": optimizers.Adam()}
    with pytest.raises(ValueError, match=r"a_kernel matches 'a_\.\*', '\.\*kernel'"):
        optimizers.OptimizerMap(optimizers.SGD(), both)(weights[0])


def test_a_map_is_a_mapping_and_has_a_config(optimizers):
    chosen = optimizers.OptimizerMap(optimizers.SGD(name="d"))
    chosen["a"] = adam = optimizers.Adam(0.25, name="x")
    assert (len(chosen), list(chosen), chosen["a"]) == (1, ["a"], adam)
    assert "b" not in chosen and chosen["b"] is chosen.default_optimizer
    again = optimizers.deserialize(optimizers.serialize(chosen))
    assert type(again) is optimizers.OptimizerMap
    assert again.get_config() == chosen.get_config()
    with pytest.raises(ValueError, match="already"):
        chosen["a"] = optimizers.SGD()
    del chosen["a"]
    assert not chosen


def test_wrong_maps_are_refused(optimizers):
    with pytest.raises(TypeError, match="default_optimizer=3"):
        optimizers.OptimizerMap(3)
    with pytest.raises(TypeError, match="expected a dict"):
        optimizers.OptimizerMap(optimizers.SGD(), 3)
    with pytest.raises(ValueError, match="expected a pattern"):
        optimizers.OptimizerMap(optimizers.SGD(), {"a": 3})
    with pytest.raises(TypeError, match="OptimizerMap"):
        optimizers.MultiOptimizer(optimizers.SGD())


def test_each_weight_follows_its_own_optimizer(optimizers, weights, backend):
    fast, slow = optimizers.SGD(0.5, momentum=0.5, name="fast"), optimizers.SGD(0.1, name="slow")
    both = optimizers.MultiOptimizer(optimizers.OptimizerMap(slow, {"a_.*": fast}), name="both")
    both.apply([backend.convert(np.ones(2, "float32"))] * 3, weights)
    np.testing.assert_allclose([w.numpy()[0] for w in weights], [0.5, 0.5, 0.9])
    assert both.optimizers == [fast, slow]
    assert [v.path for v in both.variables] == [
        "both/iteration", "both/learning_rate", "fast/iteration", "fast/learning_rate",
        "fast/a_kernel_momentum", "fast/a_bias_momentum", "slow/iteration", "slow/learning_rate",
    ]  # fmt: skip
    assert int(both.iterations) == int(fast.iterations) == 1


def test_the_generic_suite_holds(kx, optimizers):
    check = import_module(f"{kx.__name__}.testing").check_optimizer
    chosen = optimizers.OptimizerMap(optimizers.SGD(0.05), {"w[01]": optimizers.Adam(0.05)})
    check(optimizers.MultiOptimizer(chosen))


def test_a_function_may_choose(optimizers, weights, backend):
    both = optimizers.MultiOptimizer(
        lambda v: optimizers.SGD(0.5 if v.path.startswith("a") else 0.1)
    )
    both.apply([backend.convert(np.ones(2, "float32"))] * 3, weights)
    np.testing.assert_allclose([w.numpy()[0] for w in weights], [0.5, 0.5, 0.9])
    assert len(both.optimizers) == 3
    with pytest.raises(ValueError, match="gave 3 for a_kernel"):
        optimizers.MultiOptimizer(lambda v: 3).build(weights)


def test_the_loss_scale_is_one_for_all_and_cancels(optimizers, weights, backend):
    inner = optimizers.SGD(1.0)
    both = optimizers.MultiOptimizer(optimizers.OptimizerMap(inner), loss_scale_factor=4.0)
    assert (both.scale_loss(1.0), inner.loss_scale_factor) == (4.0, 4.0)
    both.apply([backend.convert(np.full(2, 4.0, "float32"))] * 3, weights)
    assert [w.numpy()[0] for w in weights] == [0.0] * 3


def test_rates_are_those_of_the_members(optimizers):
    both = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.SGD()))
    with pytest.raises(AttributeError, match="optimizers"):
        both.learning_rate
    with pytest.raises(AttributeError, match="optimizers"):
        both.learning_rate = 0.1


def test_missing_gradients_leave_their_weights(optimizers, weights, backend):
    both = optimizers.MultiOptimizer(
        optimizers.OptimizerMap(optimizers.SGD(1.0), {"a_.*": optimizers.SGD(0.5)})
    )
    with pytest.warns(UserWarning, match="no gradients for a_kernel, a_bias"):
        both.apply([None, None, backend.convert(np.ones(2, "float32"))], weights)
    assert [w.numpy()[0] for w in weights] == [1.0, 1.0, 0.0]


def test_it_trains_saves_and_goes_on(trainer, tmp_path):
    kx = trainer
    layers, optimizers = kx.layers, kx.optimizers
    model = kx.Sequential([layers.Input((2,)), layers.Dense(3, name="x"), layers.Dense(1)])
    chosen = optimizers.OptimizerMap(optimizers.SGD(0.1), {".*x/.*": optimizers.Adam(0.1)})
    model.compile(optimizers.MultiOptimizer(chosen), "mse")
    x, y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")
    model.fit(x, y, epochs=2, verbose=0)
    model.save(tmp_path / "m.keras")
    again = kx.models.load_model(tmp_path / "m.keras")
    for m in (model, again):
        m.fit(x, y, epochs=2, verbose=0)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    kinds = [type(o).__name__ for o in again.optimizer.optimizers]
    assert kinds == ["Adam", "SGD"] and int(again.optimizer.iterations) == 4


@pytest.mark.parametrize("options", [{"use_ema": True}, {"gradient_accumulation_steps": 2}])
def test_a_stateless_step_is_the_step(optimizers, weights, backend, options):
    both = optimizers.MultiOptimizer(
        optimizers.OptimizerMap(optimizers.SGD(0.5), {"a_.*": optimizers.Adam(0.5, **options)})
    )
    both.build(weights)
    grads = [backend.convert(np.ones(2, "float32"))] * 3
    state = [v.value for v in both.variables]
    new, after = both.stateless_apply(state, grads, [w.value for w in weights])
    expected = [np.array(backend.to_numpy(x)) for x in (*new, *after)]
    both.apply(grads, weights)
    both.swap_averages()
    both.swap_averages()
    for a, b in zip(expected, [*weights, *both.variables], strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=2e-5)  # a kernel's 1 - 0.999, in 32 bits


def test_the_optimizers_of_keras_2_are_told_of(optimizers):
    with pytest.raises(ImportError, match="Keras 2"):
        optimizers.legacy.Adam(0.1)
