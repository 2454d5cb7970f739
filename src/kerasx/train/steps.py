"""Steps of training in all the forms that users write them, made into `step(data) -> logs`."""

import inspect
from collections.abc import Callable
from typing import Any

from ..core.scope import Scope

Step = Callable[[Any], dict[str, Any]]


def is_stateless(method: Callable[..., Any]) -> bool:
    """Whether a step takes the state and gives it back: `step(state, data) -> logs, state`."""
    parameters = inspect.signature(method).parameters.values()
    required = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    return len(required) == 2


def state_variables(model: Any) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Trainable, other, optimizer's and metrics' variables: the state of a stateless step."""
    optimizer = model.optimizer.variables if model.optimizer is not None else []
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        list(optimizer),
        model.metrics_variables,
    )


def written_back(model: Any, method: Callable[..., Any], parts: tuple[int, ...]) -> Step:
    """A stateless step as one that changes the variables.

    `parts` picks, of (trainable, other, optimizer, metrics), what the state is made of.
    """

    def step(data: Any) -> dict[str, Any]:
        groups = [state_variables(model)[k] for k in parts]
        values = tuple([v.value for v in group] for group in groups)
        with Scope():  # what the step writes itself is part of the state that it returns
            logs, state = method(values, data)
        for group, new in zip(groups, state):
            for variable, value in zip(group, new):
                variable.write(getattr(value, "value", value))
        return logs

    return step


def train_step(model: Any) -> Step:
    """`model.train_step` as `step(data) -> logs`."""
    if is_stateless(model.train_step):
        return written_back(model, model.train_step, (0, 1, 2, 3))
    return model.train_step


def test_step(model: Any) -> Step:
    """`model.test_step` as `step(data) -> logs`."""
    if is_stateless(model.test_step):
        return written_back(model, model.test_step, (0, 1, 3))
    return model.test_step


def predict_step(model: Any) -> Callable[[Any], Any]:
    """`model.predict_step` as `step(data) -> outputs`."""
    if is_stateless(model.predict_step):
        return written_back(model, model.predict_step, (0, 1))
    return model.predict_step
