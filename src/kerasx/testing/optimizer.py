"""check_optimizer: what every optimizer must do, checked on the engine in use."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import current as backend
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.variable import Variable
from ..optimizers import Optimizer
from .run import expect_instance, run_checks
from .sample import at_once

SHAPES = ((3, 4), (4,), (2, 3, 2), ())
TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}


class OptimizerSample:
    """An optimizer, and steps to take with it: gradients of the squares of the weights."""

    def __init__(self, optimizer: Optimizer):
        self.optimizer = optimizer

    def copy(self, **changes: Any) -> Optimizer:
        """A new optimizer of the same config."""
        return type(self.optimizer).from_config(self.optimizer.get_config() | changes)

    def weights(self) -> list[Variable]:
        """New weights, the same each time."""
        draw = np.random.default_rng(0)
        return [
            Variable(draw.normal(size=s) + 1.0, dtype="float32", name=f"w{k}")
            for k, s in enumerate(SHAPES)
        ]

    def run(self, optimizer: Optimizer, weights: list[Variable], steps: int = 4) -> None:
        """Take some steps."""
        for _ in range(steps):
            optimizer.apply(gradients(weights), weights)


def gradients(weights: list[Variable]) -> list[Any]:
    """The gradients of half the sum of the squares: the weights themselves."""
    return [backend.convert(np.array(w.numpy())) for w in weights]


def values(variables: list[Variable]) -> list[np.ndarray]:
    """The values of variables, as arrays of their own."""
    return [np.array(v.numpy()) for v in variables]


def same(got: list[Any], want: list[Any], what: str) -> None:
    """AssertionError where two lists of arrays differ."""
    for a, b in zip(got, want, strict=True):
        np.testing.assert_allclose(
            a, b, err_msg=what, rtol=TOLERANCE["rtol"], atol=TOLERANCE["atol"]
        )


# -- Checks ---------------------------------------------------------------------------------------
def config_makes_an_equal_optimizer(sample: OptimizerSample) -> None:
    """An optimizer from its config, and one from what a file holds, have its config and steps."""
    one, text = sample.optimizer, json.dumps(sample.optimizer.get_config())
    again = type(one).from_config(json.loads(text))
    filed = deserialize_keras_object(
        json.loads(json.dumps(serialize_keras_object(one))), {type(one).__name__: type(one)}
    )
    for other in (again, filed):
        assert json.dumps(other.get_config()) == text, (
            f"from_config(get_config()) gives another config than {text}"
        )
    both = sample.weights(), sample.weights()
    for optimizer, weights in zip((one, again), both):
        sample.run(optimizer, weights)
    same(values(both[1]), values(both[0]), "steps of an optimizer made from the config")


def steps_lower_the_loss(sample: OptimizerSample) -> None:
    """Steps against the gradient bring weights nearer to the minimum."""
    optimizer, weights = sample.copy(), sample.weights()
    before = sum(np.sum(w**2) for w in values(weights))
    sample.run(optimizer, weights, 12)
    after = sum(np.sum(w**2) for w in values(weights))
    assert after < before, f"12 steps against the gradient took the loss from {before} to {after}"


def steps_are_counted(sample: OptimizerSample) -> None:
    """The first variable is the number of steps, from 0."""
    optimizer, weights = sample.copy(), sample.weights()
    optimizer.build(weights)
    count = optimizer.variables[0]
    assert count.name == "iteration" and int(count) == 0, (
        "the first variable is not the iteration, at 0"
    )
    sample.run(optimizer, weights, 3)
    counts = [int(v) for v in optimizer.variables if v.name == "iteration"]
    assert 3 in counts, f"after 3 steps the count is {counts}"


def variables_do_not_train(sample: OptimizerSample) -> None:
    """No variable of the optimizer trains."""
    optimizer = sample.copy()
    optimizer.build(sample.weights())
    assert all(not v.trainable for v in optimizer.variables), "a variable is trainable"


def stateless_steps_change_nothing(sample: OptimizerSample) -> None:
    """stateless_apply() gives what apply() does, and leaves the variables as they are."""
    optimizer, weights = sample.copy(), sample.weights()
    optimizer.build(weights)
    grads, state = gradients(weights), [v.value for v in optimizer.variables]
    before = values([*weights, *optimizer.variables])
    new_weights, new_state = optimizer.stateless_apply(state, grads, [w.value for w in weights])
    same(values([*weights, *optimizer.variables]), before, "the state after stateless_apply()")
    got = [np.array(backend.to_numpy(x)) for x in (*new_weights, *new_state)]
    optimizer.apply(grads, weights)
    same(got, values([*weights, *optimizer.variables]), "stateless_apply(), against apply()")


def compiled_gives_the_same(sample: OptimizerSample) -> None:
    """Compiled and eager steps are the same."""
    outcomes = []
    for compiled in (False, True):
        optimizer, weights = sample.copy(), sample.weights()
        optimizer.build(weights)

        def step(*grads: Any) -> Any:
            optimizer.apply(grads, weights)  # noqa: B023
            return optimizer.variables[0].value  # noqa: B023

        run = backend.compile_step(step, [*weights, *optimizer.variables]) if compiled else step
        for _ in range(4):
            run(*gradients(weights))
        outcomes.append(values([*weights, *optimizer.variables]))
    same(outcomes[1], outcomes[0], "compiled steps, against eager ones")


def saved_state_goes_on(sample: OptimizerSample) -> None:
    """With the state from a file, steps go on as they would have."""
    optimizer, weights = sample.copy(), sample.weights()
    sample.run(optimizer, weights)
    store: dict[str, Any] = {}
    optimizer.save_own_variables(store)
    store = {k: np.array(v) for k, v in store.items()}
    again, others = sample.copy(), sample.weights()
    again.build(others)
    again.load_own_variables(store)
    for w, other in zip(weights, others):
        other.assign(w.numpy().copy())
    sample.run(optimizer, weights)
    sample.run(again, others)
    same(values(others), values(weights), "steps after the state was saved and loaded")


def no_gradient_no_step(sample: OptimizerSample) -> None:
    """A weight whose gradient is None stays as it is."""
    optimizer, weights = sample.copy(), sample.weights()
    first = np.array(weights[0].numpy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer.apply([None, *gradients(weights)[1:]], weights)
    same([weights[0].numpy()], [first], "a weight without a gradient")


def gathered_gradients_make_one_step(sample: OptimizerSample) -> None:
    """With gradient_accumulation_steps=2, 4 equal gradients in pairs make 2 steps."""
    if sample.optimizer.get_config().get("gradient_accumulation_steps", 0) is not None:
        return  # it gathers as it is, or cannot
    outcomes = []
    for options in ({}, {"gradient_accumulation_steps": 2}):
        optimizer, weights = sample.copy(**options), sample.weights()
        optimizer.build(weights)

        def step(*grads: Any) -> None:
            optimizer.apply(grads, weights)  # noqa: B023

        if options:
            step = at_once(step, [*weights, *optimizer.variables])
        for _ in range(4 if options else 2):
            step(*gradients(weights))
        outcomes.append([*values(weights), np.array(int(optimizer.iterations))])
    same(outcomes[1], outcomes[0], "4 steps that gather gradients in pairs, against 2 that do not")


CHECKS: tuple[Callable[[OptimizerSample], None], ...] = (
    config_makes_an_equal_optimizer,
    steps_lower_the_loss,
    steps_are_counted,
    variables_do_not_train,
    stateless_steps_change_nothing,
    compiled_gives_the_same,
    saved_state_goes_on,
    no_gradient_no_step,
    gathered_gradients_make_one_step,
)


def check_optimizer(optimizer: Optimizer, without: Any = ()) -> None:
    """Checks that an optimizer does what every optimizer must; AssertionError says what it does
    not.

        check_optimizer(MyOptimizer(learning_rate=0.05))

    Args:
        optimizer: the optimizer; its config must make an equal one. Its learning rate must be one
            with which 12 steps lower the sum of the squares of weights near 1.
        without: names of checks to leave out (see `CHECKS`).
    """
    expect_instance("check_optimizer", optimizer, Optimizer)
    run_checks("check_optimizer", CHECKS, OptimizerSample(optimizer), optimizer, without)
