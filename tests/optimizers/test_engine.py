"""Optimizers of optax and torch.optim under compile: steps, files, errors."""

from importlib import import_module

import numpy as np
import pytest

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
Y = X[:, :1] * 2


@pytest.fixture
def optimizers(kx):
    return import_module(f"{kx.__name__}.optimizers")


@pytest.fixture
def definition(engine):
    """Adam of the engine's own."""
    if engine == "jax":
        return pytest.importorskip("optax").adam(0.05)
    if engine == "torch":
        optim = import_module("torch").optim
        return lambda params: optim.Adam(params, lr=0.05)
    return pytest.skip("the engine has no optimizers of its own")


@pytest.fixture
def on_torch(engine):
    """Leaves a test out on other engines."""
    if engine != "torch":
        pytest.skip("about torch.optim")


@pytest.fixture
def on_jax(engine):
    """Leaves a test out on other engines."""
    if engine != "jax":
        pytest.skip("about optax")


def network(kx, seed=1):
    kx.utils.set_random_seed(seed)
    return kx.Sequential(
        [kx.layers.Input((3,)), kx.layers.Dense(4, activation="tanh"), kx.layers.Dense(1)]
    )


def fit(model, epochs=3):
    model.fit(X, Y, batch_size=4, epochs=epochs, shuffle=False, verbose=0)
    return model.get_weights()


def assert_alike(got, expected, tolerance=1e-6):
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_it_makes_the_steps_of_the_same_rule(kx, definition):
    model, other = network(kx), network(kx)
    model.compile(definition, "mse")
    other.compile(kx.optimizers.Adam(0.05, epsilon=1e-8), "mse")
    assert_alike(fit(model), fit(other), 1e-4)
    assert int(model.optimizer.iterations) == 6


def test_what_all_optimizers_have_holds_for_it(kx, definition):
    options = {
        "clipnorm": 0.1, "use_ema": True, "ema_momentum": 0.5, "gradient_accumulation_steps": 2,
    }  # fmt: skip
    model, other = network(kx), network(kx)
    model.compile(kx.optimizers.EngineOptimizer(definition, **options), "mse")
    other.compile(kx.optimizers.Adam(0.05, epsilon=1e-8, **options), "mse")
    assert_alike(fit(model), fit(other), 1e-4)


def test_the_state_is_saved_and_taken_up(kx, definition, tmp_path):
    model = network(kx)
    model.compile(definition, "mse")
    fit(model)
    model.save(tmp_path / "m.keras")
    label = model.optimizer.definition.LABEL
    with pytest.raises(ValueError, match="which a file cannot hold"):
        kx.models.load_model(tmp_path / "m.keras")
    plain = kx.models.load_model(tmp_path / "m.keras", compile=False)
    assert_alike(plain.get_weights(), model.get_weights())
    again = kx.models.load_model(tmp_path / "m.keras", custom_objects={label: definition})
    assert again.optimizer.get_config() == model.optimizer.get_config()
    expected = fit(model)
    assert_alike(fit(again), expected)
    assert len(again.optimizer.variables) == len(model.optimizer.variables)


def test_the_state_of_another_optimizer_is_left_alone(kx, definition, optimizers, backend):
    variable = import_module(f"{kx.__name__}.core.variable").Variable
    w = variable(np.ones(3, "float32"))
    one, store = optimizers.get(definition), {}
    one.apply([backend.convert(np.ones(3, "float32"))], [w])
    one.save_own_variables(store)
    store["state.other"] = np.zeros(3)
    with pytest.warns(UserWarning, match="another optimizer"):
        one.load_own_variables(store)


def test_missing_gradients_leave_their_weights(kx, definition, optimizers, backend):
    variable = import_module(f"{kx.__name__}.core.variable").Variable
    weights = [variable(np.ones(3, "float32"), name=n) for n in "ab"]
    optimizer, g = optimizers.get(definition), backend.convert(np.ones(3, "float32"))
    optimizer.apply([g, g], weights)
    before = weights[0].numpy()
    with pytest.warns(UserWarning, match="no gradients for a"):
        optimizer.apply([None, g], weights)
    np.testing.assert_array_equal(weights[0].numpy(), before)
    assert weights[1].numpy()[0] < before[0]


def test_an_optimizer_of_another_library_is_refused(optimizers):
    for x in (3, ("init", "update"), object()):
        with pytest.raises(TypeError, match="optimizer of the engine in use"):
            optimizers.get(x)


# -- Of one engine --------------------------------------------------------------------------------
@pytest.mark.usefixtures("on_torch")
@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "Rprop"])
def test_classes_of_torch_are_taken(kx, name):
    torch = import_module("torch")
    model, made = network(kx), getattr(torch.optim, name)
    model.compile(made, "mse")
    before = model.evaluate(X, Y, verbose=0)
    fit(model, 5)
    assert model.evaluate(X, Y, verbose=0) < before


@pytest.mark.usefixtures("on_torch")
def test_an_instance_of_torch_may_have_groups_with_rates_of_their_own(kx):
    torch, model, other = import_module("torch"), network(kx), network(kx)
    kernels, biases = list(model.parameters())[::2], list(model.parameters())[1::2]
    native = torch.optim.SGD([{"params": kernels, "lr": 0.2}, {"params": biases}], lr=0.1)
    model.compile(native, "mse")
    slow = {".*bias": kx.optimizers.SGD(0.1)}
    chosen = kx.optimizers.OptimizerMap(kx.optimizers.SGD(0.2), slow)
    other.compile(kx.optimizers.MultiOptimizer(chosen), "mse")
    assert_alike(fit(model), fit(other))
    assert model.optimizer.learning_rate == 0.2
    model.optimizer.learning_rate = 0.02
    assert [round(g["lr"], 6) for g in native.param_groups] == [0.02, 0.01]


@pytest.mark.usefixtures("on_torch")
def test_what_torch_cannot_step_is_told(kx, optimizers):
    torch = import_module("torch")
    model = network(kx)
    model.compile(torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1), "mse")
    with pytest.raises(ValueError, match="not over the parameters"):
        fit(model)
    model.compile(lambda params: 3, "mse")
    with pytest.raises(TypeError, match="gave 3"):
        fit(model)
    optimizer = optimizers.get(torch.optim.SGD)
    variable = import_module(f"{kx.__name__}.core.variable").Variable
    w = variable(np.ones(2, "float32"))
    optimizer.build([w])
    state = [v.value for v in optimizer.variables]
    with pytest.raises(NotImplementedError, match="in place"):
        optimizer.stateless_apply(state, [torch.ones(2)], [w.value])


@pytest.mark.usefixtures("on_jax")
def test_a_rate_that_optax_injects_can_be_read_and_set(kx):
    optax = pytest.importorskip("optax")
    model = network(kx)
    model.compile(optax.inject_hyperparams(optax.sgd)(learning_rate=0.5), "mse")
    fit(model, 1)
    assert float(model.optimizer.learning_rate) == 0.5
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    assert_alike(fit(model, 1), before)


@pytest.mark.usefixtures("on_jax")
def test_chains_and_schedules_of_optax_are_taken(kx):
    optax = pytest.importorskip("optax")
    model = network(kx)
    decays = lambda weights: [w.ndim > 1 for w in weights]
    chain = optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.scale_by_adam(),
        optax.add_decayed_weights(1e-4, mask=decays),
        optax.scale_by_learning_rate(optax.cosine_decay_schedule(0.1, 10)),
    )
    model.compile(chain, "mse")
    before = model.evaluate(X, Y, verbose=0)
    fit(model, 5)
    assert model.evaluate(X, Y, verbose=0) < before
    with pytest.raises(AttributeError, match="optax keeps"):
        model.optimizer.learning_rate
