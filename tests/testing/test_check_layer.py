"""check_layer passes what is right, and finds what is wrong: each check has a layer that fails."""

from importlib import import_module

import numpy as np
import pytest

from .complaints import find

SHAPE = (2, 3, 4)


def right(kx):
    """A layer as a user writes it."""

    class Scaled(kx.layers.Layer):
        def __init__(self, units=4, factor=1.0, **kwargs):
            super().__init__(**kwargs)
            self.units, self.factor = units, factor
            self.supports_masking = True

        def build(self, input_shape):
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")
            self.seen = self.add_weight(shape=(), name="seen", trainable=False, initializer="zeros")

        def call(self, inputs, training=False):
            if training:
                self.seen.assign_add(1.0)
            return kx.ops.multiply(kx.ops.matmul(inputs, self.kernel), self.factor)

        def compute_output_shape(self, input_shape):
            return (*input_shape[:-1], self.units)

        def get_config(self):
            return super().get_config() | {"units": self.units, "factor": self.factor}

    return Scaled


def broken(kx):
    """By check: layers that are wrong in what it checks, and words of what it says."""
    Right, ops = right(kx), kx.ops
    traced = import_module(f"{kx.__name__}.backends").current.TRACES
    set_mask = import_module(f"{kx.__name__}.core.masks").set_mask

    class ForgetsItsFactor(Right):
        def get_config(self):
            return {k: v for k, v in super().get_config().items() if k != "factor"}

    class CannotBeWritten(Right):
        def get_config(self):
            return super().get_config() | {"factor": object()}

    class TwoOfOneName(Right):
        def build(self, input_shape):
            super().build(input_shape)
            self.other = self.add_weight(shape=(), name="kernel")

    class SaysAnotherDtype(Right):
        def compute_output_spec(self, inputs, training=False):
            return kx.KerasTensor((*inputs.shape[:-1], self.units), "float16")

    class CountsWithoutASymbol(Right):
        def call(self, inputs, training=False):
            self.kernel.assign_add(np.ones(self.kernel.shape))
            return super().call(inputs)

        def compute_output_spec(self, inputs, training=False):
            self.call(np.ones(SHAPE, "float32"))
            return kx.KerasTensor((*inputs.shape[:-1], self.units))

    class KnowsNoSteps(Right):
        def compute_output_spec(self, inputs, training=False):
            shape = inputs.shape if inputs.shape[0] else (None, None, 4)
            return kx.KerasTensor(shape)

    class SaysAnotherShape(Right):
        def compute_output_shape(self, input_shape):
            return input_shape[:-1]

        def compute_output_spec(self, inputs, training=False):
            return kx.KerasTensor((*inputs.shape[:-1], self.units))

    class CountsInPython(Right):
        def call(self, inputs, training=False):
            self.calls = getattr(self, "calls", 0) + 1
            return super().call(inputs) * self.calls

    class DropsItsState(Right):
        def stateless_call(self, *args, **kwargs):
            return super().stateless_call(*args, **kwargs)[0], []

    class LoadsNothing(Right):
        def load_own_variables(self, store):
            pass

    class DrawsFromNumpy(Right):
        def call(self, inputs, training=False):
            return super().call(inputs) + np.random.normal()

    class CutsTheGradient(Right):
        def call(self, inputs, training=False):
            return ops.matmul(inputs, ops.stop_gradient(self.kernel))

    class DividesByZero(Right):
        def call(self, inputs, training=False):
            return super().call(inputs) + ops.sum(ops.sqrt(self.kernel - self.kernel))

    class ClimbsUp(Right):
        def call(self, inputs, training=False):
            return ops.matmul(inputs, 2 * ops.stop_gradient(self.kernel) - self.kernel)

    class CannotBeFrozen(Right):
        trainable_variables = property(lambda self: [self.kernel])

    class LosesPrecision(Right):
        def build(self, input_shape):
            kwargs = {"dtype": self.compute_dtype, "name": "kernel"}
            self.kernel = self.add_weight(shape=(input_shape[-1], self.units), **kwargs)

        def call(self, inputs, training=False):
            return ops.matmul(inputs, self.kernel)

    class StaysWide(Right):
        def call(self, inputs, training=False):
            return ops.cast(super().call(inputs), "float32")

    class MasksTheOther(Right):
        def call(self, inputs, training=False, mask=None):
            outputs = super().call(inputs)
            if mask is not None:
                set_mask(outputs, ops.logical_not(mask))
            return outputs

    class MasksWhatIsGone(Right):
        def call(self, inputs, training=False):
            return ops.sum(super().call(inputs), axis=1)

        def compute_output_shape(self, input_shape):
            return (input_shape[0], self.units)

    class HidesWhatTrains(Right):
        trainable_variables = property(lambda self: [])

    class HidesALayer(Right):
        def build(self, input_shape):
            dense = kx.layers.Dense(self.units)
            self.within = lambda: dense

        def call(self, inputs, training=False):
            return self.within()(inputs)

    return {
        "config_makes_an_equal_layer": [
            (ForgetsItsFactor(factor=3.0), "made from the config differs"),
            (CannotBeWritten(), "not JSON serializable"),
        ],
        "call_builds": [(TwoOfOneName(), "the same path")],
        "symbols_foretell_shape_and_dtype": [
            (SaysAnotherDtype(), r"for KerasTensors \[\(\(2, 3, 4\), 'float16'\)\]"),
            (CountsWithoutASymbol(), "KerasTensors changed a variable"),
        ],
        "batch_may_be_unknown": [(KnowsNoSteps(), "the batch alone is unknown")],
        "compute_output_shape_is_right": [(SaysAnotherShape(), r"gives \(2, 3\), a call")],
        "compiled_is_equal": [(CountsInPython(), "in the second call")] if traced else [],
        "stateless_call_changes_nothing": [(DropsItsState(), "another number")],
        "weights_can_be_moved": [(LoadsNothing(), "load_own_variables lose something")],
        "seeds_repeat": [(DrawsFromNumpy(), "the same seed")],
        "gradients_flow": [
            (CutsTheGradient(), "kernel( is zero|$)"),
            (DividesByZero(), "not finite"),
        ],
        "training_lowers_a_loss": [(ClimbsUp(), "bring a loss from")],
        "frozen_it_keeps_its_weights": [(CannotBeFrozen(), "kernel'] train")],
        "mixed_precision_keeps_its_dtypes": [
            (LosesPrecision(), "are not float32"),
            (StaysWide(), "the output is float32, not bfloat16"),
        ],
        "masks_pass": [
            (MasksTheOther(), "not what compute_mask gives"),
            (MasksWhatIsGone(), "gets a mask of shape"),
        ],
        "it_can_stand_in_others": [(HidesWhatTrains(), "the trainable_variables of a layer")],
        "files_keep_it": [(HidesALayer(), "and loaded, it differs")],
    }


@pytest.fixture
def suite(kx):
    return import_module(f"{kx.__name__}.testing.layer")


def test_a_layer_of_a_users_own_passes(kx, suite):
    suite.check_layer(right(kx)(4, factor=2.0), SHAPE)


def test_each_check_finds_what_is_wrong(trainer, suite):
    run = lambda layer, others: suite.check_layer(layer, SHAPE, without=others)
    find(suite, broken(trainer), run)


def test_wrong_arguments_are_told_of(kx, suite):
    with pytest.raises(ValueError, match=r"without=\['masks'\]: expected some of"):
        suite.check_layer(right(kx)(), SHAPE, without=["masks"])
    with pytest.raises(TypeError, match=r"such as Dense\(...\)"):
        suite.check_layer(kx.layers.Dense, SHAPE)
