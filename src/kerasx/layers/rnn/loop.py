"""The loop over time."""

from collections.abc import Callable
from typing import Any

from ... import ops
from ...core import tree


def over_time(
    step: Callable[[Any, Any], tuple[Any, Any]],
    sequence: Any,
    states: Any,
    start: Any,
    mask: Any = None,
    backwards: bool = False,
    zeros: bool = False,
    unroll: bool = False,
    collect: bool = True,
) -> tuple[Any, Any, Any]:
    """(last output, outputs of all steps or None, last states) of a recurrence over axis 1.

    Args:
        step: `(x, states) -> (output, states)`.
        sequence: (B, T, ...).
        states: a structure of tensors.
        start: the output that counts as the one before the first step.
        mask: (B, T), False where a step is to be left out: its states and output are those before it.
        backwards: whether to begin with the last step.
        zeros: whether outputs are zero where `mask` is False.
        unroll: whether to write the loop out in a compiled program.
        collect: whether outputs of all steps are wanted.
    """
    inputs = [ops.swapaxes(sequence, 0, 1)]
    if mask is not None:
        inputs.append(ops.swapaxes(ops.cast(mask, "bool"), 0, 1))
    if backwards:
        inputs = [ops.flip(x, axis=0) for x in inputs]

    def advance(carry: list[Any], now: list[Any]) -> tuple[list[Any], Any]:
        before, old = carry[0], carry[1:]
        y, new = step(now[0], tree.pack_sequence_as(states, old))
        new = tree.flatten(new)
        if mask is not None:
            y = chosen(now[1], y, 0.0 if zeros else before)
            new = [chosen(now[1], a, b) for a, b in zip(new, old)]
        return [y, *new], y if collect else ()

    carry, outputs = ops.scan(advance, [start, *tree.flatten(states)], inputs, unroll=unroll or 1)
    outputs = ops.swapaxes(outputs, 0, 1) if collect else None
    return carry[0], outputs, tree.pack_sequence_as(states, carry[1:])


def chosen(mask: Any, a: Any, b: Any) -> Any:
    """`a` for the members of a batch where `mask` is True, else `b`."""
    for _ in range(a.ndim - 1):
        mask = ops.expand_dims(mask, -1)
    return ops.where(mask, a, b)
