"""Optimizers: the generic suite on each, steps worked by hand, names of variables, errors."""

from importlib import import_module

import numpy as np
import pytest

SAMPLES = [
    ("SGD", {"learning_rate": 0.05}),
    ("SGD", {"learning_rate": 0.05, "momentum": 0.5, "nesterov": True}),
    ("RMSprop", {"learning_rate": 0.02, "momentum": 0.3, "centered": True}),
    ("Adam", {"learning_rate": 0.05}),
    ("Adam", {"learning_rate": 0.05, "amsgrad": True, "gradient_accumulation_steps": 2}),
    ("AdamW", {"learning_rate": 0.05, "global_clipnorm": 1.0}),
    ("Adagrad", {"learning_rate": 0.1}),
    ("Adadelta", {"learning_rate": 1.0}),
    ("Adamax", {"learning_rate": 0.05}),
    ("Nadam", {"learning_rate": 0.05}),
    ("Ftrl", {"learning_rate": 0.1}),
    ("Lion", {"learning_rate": 0.05, "use_ema": True, "ema_overwrite_frequency": 3}),
    ("Lamb", {"learning_rate": 0.05}),
    ("Adafactor", {"learning_rate": 0.05}),
    ("Muon", {"learning_rate": 0.05}),
    ("ScheduleFreeAdamW", {"learning_rate": 0.05, "warmup_steps": 2}),
]


@pytest.fixture
def optimizers(kx):
    return import_module(f"{kx.__name__}.optimizers")


@pytest.fixture
def backend(kx):
    return import_module(f"{kx.__name__}.backends").current


@pytest.fixture
def variable(kx):
    """Makes a variable of the engine."""
    make = import_module(f"{kx.__name__}.core.variable").Variable
    return lambda value, name="w", **kwargs: make(np.asarray(value, "float32"), name=name, **kwargs)


@pytest.fixture
def step(backend):
    """Takes a step with gradients given as numbers."""

    def take(optimizer, grads, weights):
        tensors = [g if g is None else backend.convert(np.asarray(g, "float32")) for g in grads]
        optimizer.apply(tensors, weights)

    return take


@pytest.mark.parametrize(("name", "kwargs"), SAMPLES, ids=lambda x: x if isinstance(x, str) else "")
def test_every_optimizer_passes_the_generic_suite(kx, optimizers, name, kwargs):
    check = import_module(f"{kx.__name__}.testing.optimizer").check_optimizer
    check(getattr(optimizers, name)(**kwargs))


def test_the_generic_suite_holds_for_loss_scaling(kx, optimizers):
    check = import_module(f"{kx.__name__}.testing.optimizer").check_optimizer
    inner = optimizers.SGD(0.5)
    check(optimizers.LossScaleOptimizer(inner, initial_scale=4.0, dynamic_growth_steps=3))


# -- Rules worked by hand -------------------------------------------------------------------------
def test_sgd_subtracts_the_rate_times_the_gradient(optimizers, variable, step):
    w = variable([1.0, 2.0])
    step(optimizers.SGD(0.5), [[1.0, -2.0]], [w])
    np.testing.assert_allclose(w.numpy(), [0.5, 3.0])


def test_momentum_keeps_a_part_of_the_velocity(optimizers, variable, step):
    w, optimizer = variable(0.0), optimizers.SGD(1.0, momentum=0.5)
    seen = []
    for _ in range(3):
        step(optimizer, [1.0], [w])
        seen.append(float(w))
    assert seen == [-1.0, -2.5, -4.25]


def test_the_first_step_of_adam_is_as_long_as_the_rate(optimizers, variable, step):
    w = variable([0.0, 0.0])
    step(optimizers.Adam(0.1), [[3.0, -0.1]], [w])
    np.testing.assert_allclose(w.numpy(), [-0.1, 0.1], rtol=1e-4)


def test_a_greater_gradient_is_remembered_by_amsgrad_only(optimizers, variable, step):
    ends = []
    for amsgrad in (False, True):
        w, optimizer = variable(0.0), optimizers.Adam(0.1, beta_1=0.0, beta_2=0.5, amsgrad=amsgrad)
        for g in (10.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1):
            step(optimizer, [g], [w])
        ends.append(-float(w))
    assert ends[1] < ends[0]


def test_decay_is_taken_off_before_the_step_and_spares_what_is_excluded(optimizers, variable, step):
    optimizer = optimizers.SGD(0.5, weight_decay=0.2)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    kernel, bias = variable(1.0, "kernel"), variable(1.0, "bias")
    step(optimizer, [1.0, 1.0], [kernel, bias])
    np.testing.assert_allclose([float(kernel), float(bias)], [0.4, 0.5], rtol=1e-6)


@pytest.mark.parametrize(
    ("clipping", "expected"),
    [
        ({"clipnorm": 1.0}, [[0.6, 0.8], [0.5, 0.0]]),
        ({"clipvalue": 1.0}, [[1.0, 1.0], [0.5, 0.0]]),
        ({"global_clipnorm": 25.25**0.5 / 2}, [[1.5, 2.0], [0.25, 0.0]]),
        ({"global_clipnorm": 100.0}, [[3.0, 4.0], [0.5, 0.0]]),
    ],
)
def test_clipping_bounds_gradients(optimizers, variable, step, clipping, expected):
    weights = [variable([0.0, 0.0], "a"), variable([0.0, 0.0], "b")]
    step(optimizers.SGD(1.0, **clipping), [[3.0, 4.0], [0.5, 0.0]], weights)
    np.testing.assert_allclose([-w.numpy() for w in weights], expected, rtol=1e-5)


def test_clipping_leaves_zeros(optimizers, variable, step):
    for clipping in ({"clipnorm": 1.0}, {"global_clipnorm": 1.0}):
        w = variable([1.0, 1.0])
        step(optimizers.SGD(1.0, **clipping), [[0.0, 0.0]], [w])
        assert w.numpy().tolist() == [1.0, 1.0]


def test_averages_follow_the_weights_and_take_their_place(optimizers, variable, step):
    w, optimizer = variable(0.0), optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    averages = []
    for k in (1, 2, 3):
        step(optimizer, [-float(k)], [w])
        averages.append(float(optimizer.variables[2]))
    assert averages == [1.0, 2.0, 4.0]
    optimizer.swap_averages()
    assert (float(w), float(optimizer.variables[2])) == (4.0, 6.0)
    optimizer.swap_averages()
    optimizer.finalize_variable_values([w])
    assert (float(w), float(optimizer.variables[2])) == (4.0, 4.0)
    step(optimizer, [0.0], [w])  # nothing is shared between the two


def test_weights_are_set_to_their_averages_as_often_as_asked(optimizers, variable, step):
    w = variable(0.0)
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3)
    seen = []
    for k in range(1, 7):
        step(optimizer, [-float(k)], [w])
        seen.append(float(w))
    assert seen == [1.0, 3.0, 4.0, 8.0, 13.0, 14.25]


@pytest.mark.parametrize("swapping", [None, False, True])
def test_fit_ends_with_the_averages_and_can_go_on(trainer, swapping):
    kx = trainer
    x = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
    model = kx.Sequential([kx.layers.Input((3,)), kx.layers.Dense(1)])
    model.compile(kx.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    hooks = [] if swapping is None else [kx.callbacks.SwapEMAWeights(swap_on_epoch=swapping)]
    for _ in range(2):
        model.fit(x, x[:, :1], batch_size=4, epochs=2, verbose=0, callbacks=hooks)
        for w, average in zip(model.trainable_variables, model.optimizer.variables[2:]):
            np.testing.assert_array_equal(w.numpy(), average.numpy())
    before = model.evaluate(x, x[:, :1], verbose=0)
    for _ in range(20):
        model.fit(x, x[:, :1], batch_size=4, verbose=0, callbacks=hooks)
    assert model.evaluate(x, x[:, :1], verbose=0) < before


def test_a_schedule_moves_with_updates_not_with_the_steps_that_gather(optimizers, variable, step):
    rates = optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 10.0])
    w, optimizer = variable(0.0), optimizers.SGD(rates, gradient_accumulation_steps=2)
    seen = []
    for _ in range(4):
        step(optimizer, [-1.0], [w])
        seen.append(float(w))
    assert seen == [0.0, 1.0, 1.0, 11.0]


def test_gathered_gradients_make_one_step_of_their_mean(optimizers, variable, step):
    w, optimizer = variable(0.0), optimizers.SGD(1.0, gradient_accumulation_steps=3)
    seen = []
    for k in range(1, 7):
        step(optimizer, [-float(k)], [w])
        seen.append(float(w))
    assert seen == [0.0, 0.0, 2.0, 2.0, 2.0, 7.0]
    assert int(optimizer.iterations) == 2 and int(optimizer.variables[0]) == 6


def test_what_goes_with_a_step_waits_for_the_gathered_one(optimizers, variable, step):
    """The mean is clipped, not its parts; decay is taken off once, and not where it is excluded."""
    kernel, bias = variable(2.0, "kernel"), variable(2.0, "bias")
    options = {"clipvalue": 1.0, "weight_decay": 0.5, "gradient_accumulation_steps": 2}
    optimizer = optimizers.SGD(1.0, **options)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    seen = []
    for g in (3.0, -1.0, 3.0, -1.0):
        step(optimizer, [g, g], [kernel, bias])
        seen.append((float(kernel), float(bias)))
    assert seen == [(2.0, 2.0), (0.0, 1.0), (0.0, 1.0), (-1.0, 0.0)]


def test_averages_and_overwriting_with_gathered_gradients(optimizers, variable, step):
    w, options = variable(0.0), {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2}
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=2, **options)
    seen = []
    for g in (-4.0, -4.0, -8.0, -8.0):
        step(optimizer, [g], [w])
        seen.append((float(w), float(optimizer.variables[2])))
    assert seen == [(0.0, 0.0), (4.0, 4.0), (4.0, 4.0), (8.0, 8.0)]


def test_the_loss_scale_cancels(optimizers, variable, step):
    w, optimizer = variable(0.0), optimizers.SGD(1.0, loss_scale_factor=8.0)
    step(optimizer, [float(optimizer.scale_loss(2.0))], [w])
    assert float(w) == -2.0


def test_a_dynamic_scale_halves_at_overflow_and_doubles_after_it(optimizers, variable, step):
    w = variable(0.0)
    optimizer = optimizers.LossScaleOptimizer(
        optimizers.SGD(1.0), initial_scale=4.0, dynamic_growth_steps=2
    )
    scales = []
    for g in (4.0, np.inf, 2.0, 2.0, np.nan):
        step(optimizer, [g], [w])
        scales.append(float(optimizer.dynamic_scale))
    assert scales == [4.0, 2.0, 2.0, 4.0, 2.0]
    assert float(w) == -3.0 and int(optimizer.iterations) == 3


def test_constraints_hold_after_a_step(optimizers, variable, step):
    w = variable([1.0, -1.0])
    w.constraint = lambda v: v * 0.0 + 7.0
    step(optimizers.SGD(1.0), [[1.0, 1.0]], [w])
    assert w.numpy().tolist() == [7.0, 7.0]


def test_a_gradient_may_be_the_next_value(optimizers, variable, step):
    w, other = variable(1.0, "scale"), variable(1.0, "w")
    w.overwrite_with_gradient = True
    optimizer = optimizers.Adam(1.0, use_ema=True)
    step(optimizer, [5.0, 1.0], [w, other])
    assert float(w) == 5.0
    assert [v.name for v in optimizer.variables[2:]] == ["w_average", "w_momentum", "w_velocity"]


def test_narrow_weights_stay_narrow(optimizers, variable, backend):
    w = variable([1.0, 2.0], dtype="bfloat16")
    optimizer = optimizers.Adam(0.1, use_ema=True, clipnorm=1.0, weight_decay=0.1)
    optimizer.apply([backend.convert(np.ones(2, "float32"))], [w])
    assert [v.dtype for v in (w, *optimizer.variables)] == [
        "bfloat16",
        "int32",
        "float32",
        *["bfloat16"] * 3,
    ]
    np.testing.assert_allclose(np.asarray(w.numpy(), "float32"), [0.89, 1.88], rtol=0.02)


def test_strides_of_a_gradient_do_not_matter(optimizers, variable, backend):
    wide = np.arange(12.0, dtype="float32").reshape(4, 3)
    ends = []
    for g in (wide.T, np.ascontiguousarray(wide.T)):
        w = variable(np.zeros((3, 4)))
        for optimizer in (
            optimizers.SGD(0.1, momentum=0.5),
            optimizers.SGD(0.1),
            optimizers.Adam(0.1),
        ):
            optimizer.apply([backend.convert(g)], [w])
        ends.append(w.numpy().copy())
    np.testing.assert_allclose(*ends)


# -- Learning rates -------------------------------------------------------------------------------
def test_the_learning_rate_can_be_read_and_set(optimizers):
    optimizer = optimizers.SGD(0.1)
    assert float(optimizer.learning_rate) == np.float32(0.1)
    optimizer.learning_rate = 0.5
    assert optimizer.get_config()["learning_rate"] == 0.5


def test_a_schedule_sees_the_step(optimizers, variable, step):
    rates = optimizers.schedules.PiecewiseConstantDecay([0, 1], [1.0, 10.0, 100.0])
    w, optimizer = variable(0.0), optimizers.SGD(rates)
    for _ in range(3):
        step(optimizer, [-1.0], [w])
    assert float(w) == 111.0 and float(optimizer.learning_rate) == 100.0
    assert [v.name for v in optimizer.variables] == ["iteration"]
    with pytest.raises(TypeError, match="follows"):
        optimizer.learning_rate = 0.1


def test_the_learning_rate_may_be_a_function(optimizers, variable, step):
    w = variable(0.0)
    step(optimizers.SGD(lambda: 0.25), [-1.0], [w])
    assert float(w) == 0.25


# -- Variables and files --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "kwargs", "expected"),
    [
        ("SGD", {}, []),
        ("SGD", {"momentum": 0.1}, ["a_momentum", "b_momentum"]),
        ("Adam", {"amsgrad": True}, ["a_momentum", "a_velocity", "b_momentum", "b_velocity",
                                     "a_velocity_hat", "b_velocity_hat"]),
        ("RMSprop", {"centered": True},
         ["a_velocity", "b_velocity", "a_average_gradient", "b_average_gradient"]),
        ("SGD", {"use_ema": True, "gradient_accumulation_steps": 2},
         ["a_average", "b_average", "a_gradient_accumulator", "b_gradient_accumulator"]),
    ],
)  # fmt: skip
def test_variables_have_the_names_and_order_of_files(optimizers, variable, name, kwargs, expected):
    optimizer = getattr(optimizers, name)(**kwargs, name="o")
    optimizer.build([variable(0.0, "a"), variable(0.0, "b")])
    assert [v.path for v in optimizer.variables] == [
        f"o/{n}" for n in ["iteration", "learning_rate", *expected]
    ]


def test_state_of_another_number_of_variables_is_left_alone(optimizers, variable):
    optimizer = optimizers.Adam()
    optimizer.build([variable(0.0)])
    with pytest.warns(UserWarning, match="has 1 variables"):
        optimizer.load_own_variables({"0": np.zeros(())})


def test_weights_are_set_all_or_none(optimizers, variable):
    optimizer = optimizers.SGD(0.5)
    with pytest.raises(ValueError, match="build"):
        optimizer.set_weights([])
    optimizer.build([variable(0.0)])
    with pytest.raises(ValueError, match="shape"):
        optimizer.set_weights([np.array(3), np.zeros(2)])
    assert int(optimizer.iterations) == 0
    optimizer.set_weights([np.array(3), np.array(0.25)])
    assert int(optimizer.iterations) == 3 and float(optimizer.learning_rate) == 0.25


def test_optimizers_are_found_by_name_and_config(optimizers):
    for name in ("adamw", "AdamW", "adam_w"):
        assert type(optimizers.get(name)) is optimizers.AdamW
    assert type(optimizers.get("rmsprop")) is optimizers.RMSprop
    assert optimizers.get(None) is None
    own = optimizers.SGD(0.1)
    assert optimizers.get(own) is own
    again = optimizers.get(optimizers.serialize(own))
    assert again.get_config() == own.get_config()
    with pytest.raises(ValueError, match="adadelta"):
        optimizers.get("nothing")


def test_a_config_written_by_keras_on_torch_is_read(optimizers):
    config = {
        "module": "keras.src.backend.torch.optimizers.torch_adamw",
        "class_name": "AdamW",
        "config": {"name": "adamw", "learning_rate": 0.25},
        "registered_name": "AdamW",
    }
    found = optimizers.deserialize(config)
    assert type(found) is optimizers.AdamW and float(found.learning_rate) == 0.25


# -- Optimizers of users --------------------------------------------------------------------------
def test_a_rule_of_a_users_own(optimizers, variable, step):
    class Sign(optimizers.Optimizer):
        learning_rate: float = 0.5
        slots = ("last",)

        def update(self, g, w, lr, last):
            return w - lr * g / abs(g), g

    w, optimizer = variable(1.0), Sign()
    step(optimizer, [-7.0], [w])
    assert float(w) == 1.5 and float(optimizer.variables[-1]) == -7.0
    assert optimizer.variables[-1].path == f"{optimizer.name}/w_last"


def test_an_optimizer_written_for_keras(kx, optimizers, variable, step):
    ops = kx.ops

    class Heavy(optimizers.Optimizer):
        def __init__(self, learning_rate=0.5, mass=0.5, **kwargs):
            super().__init__(learning_rate=learning_rate, **kwargs)
            self.mass = mass

        def build(self, variables):
            super().build(variables)
            self.velocities = self.add_optimizer_variables(variables, "velocity")

        def update_step(self, gradient, variable, learning_rate):
            v = self.velocities[self._get_variable_index(variable)]
            self.assign(v, ops.add(ops.multiply(v, self.mass), gradient))
            self.assign_sub(variable, ops.multiply(v, learning_rate))

        def get_config(self):
            return super().get_config() | {"mass": self.mass}

    w, optimizer = variable(0.0), Heavy(weight_decay=0.5)
    for _ in range(2):
        step(optimizer, [-2.0], [w])
    assert float(w) == 2.25  # 1, then 1 - 0.25 + 1.5
    assert Heavy.from_config(optimizer.get_config()).get_config() == optimizer.get_config()


def test_a_subclass_with_another_rule_does_not_get_the_engines_own(optimizers, variable, step):
    class Still(optimizers.Adam):
        def update(self, g, w, lr, m, v):
            return w, m, v

    w = variable(1.0)
    step(Still(0.1), [5.0], [w])
    assert float(w) == 1.0


# -- Errors ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "at most one"),
        ({"use_ema": True, "ema_momentum": 2.0}, "ema_momentum=2.0"),
        ({"use_ema": True, "ema_overwrite_frequency": 0}, "ema_overwrite_frequency=0"),
        ({"gradient_accumulation_steps": 1}, "at least 2"),
        ({"learning_rate": "fast"}, "expected a number"),
        ({"name": "a/b"}, "without '/'"),
        ({"momentum": 2.0}, "momentum=2.0"),
    ],
)
def test_what_makes_no_sense_is_refused(optimizers, kwargs, message):
    with pytest.raises(ValueError, match=message):
        optimizers.SGD(**kwargs)


def test_a_wrong_call_is_told_what_is_wrong(optimizers, variable, step):
    a, b = variable(0.0, "a"), variable(0.0, "b")
    optimizer = optimizers.SGD()
    with pytest.raises(ValueError, match="build"):
        step(optimizer, [1.0], None)
    step(optimizer, [1.0], [a])
    with pytest.raises(ValueError, match="b is not among"):
        step(optimizer, [1.0], [b])
    with pytest.raises(ValueError, match="2 gradients for 1"):
        step(optimizer, [1.0, 1.0], None)
    with pytest.raises(ValueError, match="no gradient"):
        step(optimizer, [None], [a])
    with pytest.raises(ValueError, match="before build"):
        optimizer.exclude_from_weight_decay(var_list=[a])
