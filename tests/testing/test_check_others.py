"""check_loss, check_metric, check_optimizer: each check finds something that is wrong."""

from importlib import import_module

import numpy as np
import pytest

from .complaints import find

TRUE, PRED = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")


# -- Losses ---------------------------------------------------------------------------------------
def losses(kx):
    ops = kx.ops

    class Gap(kx.losses.Loss):
        def __init__(self, power=2, **kwargs):
            super().__init__(**kwargs)
            self.power = power

        def call(self, y_true, y_pred):
            return ops.mean(ops.power(ops.absolute(y_true - y_pred), self.power), -1)

        def get_config(self):
            return super().get_config() | {"power": self.power}

    class ForgetsItsPower(Gap):
        def get_config(self):
            return {k: v for k, v in super().get_config().items() if k != "power"}

    class AlwaysSums(Gap):
        def __call__(self, y_true, y_pred, sample_weight=None):
            return ops.sum(self.call(y_true, y_pred)) if self.reduction != "none" else (
                self.call(y_true, y_pred)
            )  # fmt: skip

    class SeesNoMask(Gap):
        def __call__(self, y_true, y_pred, sample_weight=None):
            return super().__call__(y_true, ops.add(y_pred, 0.0), sample_weight)

    class StaysWide(Gap):
        def __call__(self, *args):
            return ops.cast(super().__call__(*args), "float32")

    class CountsInPython(Gap):
        def call(self, y_true, y_pred):
            self.calls = getattr(self, "calls", 0) + 1
            return super().call(y_true, y_pred) * self.calls

    class NeedsNumbers(Gap):
        def call(self, y_true, y_pred):
            shape = y_true.shape if y_true.shape[0] else (1,)
            return ops.mean(ops.square(ops.reshape(y_true - y_pred, shape)), -1)

    class ClimbsUp(Gap):
        def call(self, y_true, y_pred):
            loss = super().call(y_true, y_pred)
            return 2 * ops.stop_gradient(loss) - loss

    return {
        "config_makes_an_equal_loss": [(ForgetsItsPower(power=3), "a loss made from the config")],
        "reductions_are_those_of_the_samples": [(AlwaysSums(), "the reduction 'mean'")],
        "weights_count": [(AlwaysSums(), "weighted values")],
        "masked_samples_do_not_count": [(SeesNoMask(), "over what a mask leaves")],
        "the_dtype_is_kept": [(StaysWide(), "'float16' gives another")],
        "compiled_gives_the_same": [(CountsInPython(), "a compiled call")],
        "symbols_foretell_the_shape": [(NeedsNumbers(), "")],
        "a_step_against_the_gradient_lowers_it": [(ClimbsUp(), "takes the loss from")],
    }, Gap


def test_check_loss_finds_what_is_wrong(trainer):
    suite = import_module(f"{trainer.__name__}.testing.loss")
    cases, right = losses(trainer)
    suite.check_loss(right(power=3), TRUE, PRED)
    find(suite, cases, lambda x, names: suite.check_loss(x, TRUE, PRED, names))
    with pytest.raises(TypeError, match="such as Gap"):
        suite.check_loss(right, TRUE, PRED)


# -- Metrics --------------------------------------------------------------------------------------
def metrics(kx):
    ops = kx.ops

    class Far(kx.metrics.Metric):
        def __init__(self, power=1.0, **kwargs):
            super().__init__(**kwargs)
            self.power = power
            self.total = self.add_weight(name="total")
            self.count = self.add_weight(name="count")

        def update_state(self, y_true, y_pred, sample_weight=None):
            values = ops.mean(ops.power(ops.absolute(ops.subtract(y_true, y_pred)), self.power), -1)
            weight = ops.ones_like(values) if sample_weight is None else sample_weight
            self.total.assign_add(ops.sum(ops.multiply(values, weight)))
            self.count.assign_add(ops.sum(ops.cast(weight, "float32")))

        def result(self):
            return ops.divide_no_nan(self.total, self.count)

        def get_config(self):
            return super().get_config() | {"power": self.power}

    class ForgetsItsPower(Far):
        def get_config(self):
            return {k: v for k, v in super().get_config().items() if k != "power"}

    class Trains(Far):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.total.trainable = True

    class SeesTheLastBatch(Far):
        def update_state(self, *args, **kwargs):
            self.reset_state()
            super().update_state(*args, **kwargs)

    class ResetsHalf(Far):
        def reset_state(self):
            self.total.assign(0.0)

    class ReadsItsOwn(Far):
        def stateless_result(self, metric_variables):
            return self.result()

    class KeepsItInPython(Far):
        def update_state(self, *args, **kwargs):
            super().update_state(*args, **kwargs)
            self.calls = getattr(self, "calls", 0) + 1

        def result(self):
            return ops.multiply(super().result(), 2.0 if self.calls > 1 else 1.0)

    class WeighsNothing(Far):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_true, y_pred)

    class Overflows(Far):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(y_true, ops.multiply(y_pred, 60000.0), sample_weight)

    return {
        "config_makes_an_equal_metric": [(ForgetsItsPower(power=2.0), "made from the config")],
        "a_batch_changes_the_state": [(Trains(), "a variable is trainable")],
        "batches_add_up": [(SeesTheLastBatch(), "after two halves")],
        "reset_forgets": [(ResetsHalf(), r"after reset_state\(\)")],
        "stateless_calls_change_nothing": [(ReadsItsOwn(), r"stateless_result\(\)")],
        "compiled_gives_the_same": [(KeepsItInPython(), "a compiled update")],
        "weights_count": [(WeighsNothing(), "with weights of 1")],
        "narrow_batches_leave_the_state_wide": [(Overflows(), "(too much|overflow)")],
    }, Far


def test_check_metric_finds_what_is_wrong(kx):
    suite = import_module(f"{kx.__name__}.testing.metric")
    cases, right = metrics(kx)
    suite.check_metric(right(power=2.0), TRUE, PRED)
    run = lambda x, names: suite.check_metric(x, TRUE, PRED, without=names)
    find(suite, cases, run)


# -- Optimizers -----------------------------------------------------------------------------------
def optimizers(kx):
    class Heavy(kx.optimizers.Optimizer):
        learning_rate: float = 0.1
        mass: float = 0.5
        slots = ("velocity",)

        def update(self, g, w, lr, velocity):
            velocity = self.mass * velocity - lr * g
            return w + velocity, velocity

    class ForgetsItsMass(Heavy):
        def get_config(self):
            return {k: v for k, v in super().get_config().items() if k != "mass"}

    class ClimbsUp(Heavy):
        def update(self, g, w, lr, velocity):
            return w + lr * g, velocity

    class CountsTwice(Heavy):
        def apply(self, grads, weights=None):
            super().apply(grads, weights)
            self.iterations.assign_add(1)

    class Trains(Heavy):
        def build(self, variables):
            super().build(variables)
            self.variables[-1].trainable = True

    class StepsOnTheSide(Heavy):
        def stateless_apply(self, state, grads, weights):
            self.variables[-1].assign(self.variables[-1].value + 1.0)
            return super().stateless_apply(state, grads, weights)

    class CountsInPython(Heavy):
        def update(self, g, w, lr, velocity):
            self.calls = getattr(self, "calls", 0) + 1
            return w - lr * g * self.calls, velocity

    class SavesNothing(Heavy):
        def load_own_variables(self, store):
            pass

    class TakesNoneForOne(Heavy):
        def apply(self, grads, weights=None):
            super().apply(
                [weights[k].value if g is None else g for k, g in enumerate(grads)], weights
            )

    class GathersAndSteps(Heavy):
        def apply(self, grads, weights=None):
            super().apply(grads, weights)
            weights[0].assign(weights[0].value * 0.9)

    traced = import_module(f"{kx.__name__}.backends").current.TRACES
    return {
        "config_makes_an_equal_optimizer": [(ForgetsItsMass(mass=0.9), "made from the config")],
        "steps_lower_the_loss": [(ClimbsUp(), "took the loss from")],
        "steps_are_counted": [(CountsTwice(), "after 3 steps the count is")],
        "variables_do_not_train": [(Trains(), "a variable is trainable")],
        "stateless_steps_change_nothing": [(StepsOnTheSide(), r"after stateless_apply\(\)")],
        "compiled_gives_the_same": [(CountsInPython(), "compiled steps")] if traced else [],
        "saved_state_goes_on": [(SavesNothing(), "saved and loaded")],
        "no_gradient_no_step": [(TakesNoneForOne(), "a weight without a gradient")],
        "gathered_gradients_make_one_step": [(GathersAndSteps(), "4 steps that gather")],
    }, Heavy


def test_check_optimizer_finds_what_is_wrong(trainer):
    suite = import_module(f"{trainer.__name__}.testing.optimizer")
    cases, right = optimizers(trainer)
    suite.check_optimizer(right(mass=0.3))
    find(suite, cases, suite.check_optimizer)
    with pytest.raises(TypeError, match="such as Heavy"):
        suite.check_optimizer(right)
