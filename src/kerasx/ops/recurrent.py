"""Recurrent networks over whole sequences, and the loop over time that they are made of."""

from collections.abc import Callable
from typing import Any

from ..backends import current as backend
from ..core.dtypes import floating, name_of
from ..core.op import Tensor, op
from ..core.symbolic import KerasTensor
from . import holding
from .activation import sigmoid
from .control import scan
from .creation import zeros_like
from .elementwise import tanh, where
from .linear import matmul
from .shaping import flip, reshape, split, swapaxes
from .tensors import cast


def recur(
    step: Callable[[Any, list[Any]], tuple[Any, list[Any]]],
    x: Any,
    states: list[Any],
    mask: Any = None,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
    unroll: bool = False,
    project: Callable[[Any], Any] | None = None,
) -> tuple[Any, Any, list[Any]]:
    """(outputs (batch, time, ...), last output (batch, ...), last states) of a loop over time.

    step: `(x_t, states) -> (output, new states)`. It is given one time of `x`, (batch, ...), and
        keeps the number, shapes and dtypes of the states. Its output is one tensor.
    x: (batch, time, ...), or a list of such tensors; `x_t` is a list then.
    mask: booleans (batch, time). Where one is False the states stay as they are, and the output is
        that of the time before (zeros at first, or always with `zero_output_for_mask`).
    go_backwards: from the last time to the first; outputs are in the order of the computation.
    unroll: lets the engine lay out the steps one by one, where it knows a loop.
    project: what `step` is given the result of, in place of `x_t`: a function of one time of `x`,
        or of all times of it at once.
    """
    if project is not None and backend.AHEAD:
        x = project(x)
    elif project is not None:
        step = projecting(step, project)
    many = isinstance(x, (list, tuple))
    xs = [swapaxes(t, 0, 1) for t in (x if many else [x])]
    seen = None if mask is None else swapaxes(cast(mask, "bool"), 0, 1)
    if go_backwards:
        xs, seen = [flip(t, 0) for t in xs], seen if seen is None else flip(seen, 0)

    def plain(states, inputs):
        output, states = step(inputs if many else inputs[0], states)
        return list(states), output

    def masked(carried, inputs):
        last, *states = carried
        now, output = plain(states, inputs[:-1])
        kept = zeros_like(output) if zero_output_for_mask else last
        output, *now = (choose(inputs[-1], *pair) for pair in zip([output, *now], [kept, *states]))
        return [output, *now], output

    if seen is None:
        states, outputs = scan(plain, list(states), xs, unroll=unroll)
    else:
        first = zeros_like(plain(list(states), [t[0] for t in xs])[1])
        (_, *states), outputs = scan(masked, [first, *states], [*xs, seen], unroll=unroll)
    return swapaxes(outputs, 0, 1), outputs[-1], states


def projecting(step: Any, project: Any) -> Any:
    """A step that projects its inputs first."""
    return lambda x, states: step(project(x), states)


def choose(seen: Any, a: Any, b: Any) -> Any:
    """`a` for those of the batch that are seen, `b` for the others."""
    return where(reshape(seen, (-1,) + (1,) * (len(a.shape) - 1)), a, b)


# -- Long short-term memory ---------------------------------------------------------------------
def remembered(x, h, *_, **__):
    _, dtype = floating(name_of(x), name_of(h))
    state = (x.shape[0], h.shape[-1])
    return (
        KerasTensor((*x.shape[:2], h.shape[-1]), dtype),
        KerasTensor(state, dtype),
        KerasTensor(state, dtype),
    )


@op(spec=remembered, dtype=floating)
def lstm(
    x: Tensor,
    h: Tensor,
    c: Tensor,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor = None,
    mask=None,
    activation=tanh,
    recurrent_activation=sigmoid,
    go_backwards=False,
    zero_output_for_mask=False,
    unroll=False,
) -> Tensor:
    """(outputs (batch, time, units), last h, last c) of a long short-term memory.

    x: (batch, time, features).
    h, c: (batch, units), the output and the memory before the first step.
    kernel: (features, 4 * units); recurrent_kernel: (units, 4 * units); bias: (4 * units,) or None.
        The four blocks are those of the gates i, f, c, o: input, forget, candidate, output.
    mask, go_backwards, zero_output_for_mask, unroll: as in `recur`.
    """
    if activation is tanh and recurrent_activation is sigmoid:
        if go_backwards and (mask is None or holding.pays(lstm_plain)):
            x, mask, go_backwards = flip(x, 1), mask if mask is None else flip(mask, 1), False
        if mask is None:
            return lstm_plain(x, h, c, kernel, recurrent_kernel, bias)
        if holding.pays(lstm_plain) and holding.is_at_ends(mask, h, c):
            weights = kernel, recurrent_kernel, bias
            return holding.lstm(lstm_plain, x, h, c, *weights, mask, zero_output_for_mask)

    def step(z, states):
        h, c = states
        return lstm_step(z, h, c, recurrent_kernel, activation, recurrent_activation)

    options = mask, go_backwards, zero_output_for_mask, unroll
    outputs, _, (h, c) = recur(step, x, [h, c], *options, project=onto(kernel, bias))
    return outputs, h, c


@op(spec=remembered)
def lstm_plain(
    x: Tensor, h: Tensor, c: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor
) -> Tensor:
    """`lstm` without a mask, with tanh and sigmoid; `bias` may be None."""

    def step(z, states):
        h, c = states
        return lstm_step(z, h, c, recurrent_kernel, tanh, sigmoid)

    outputs, _, (h, c) = recur(step, x, [h, c], project=onto(kernel, bias))
    return outputs, h, c


def onto(kernel: Tensor, bias: Tensor) -> Callable[[Any], Any]:
    """A function that projects inputs by `kernel` and `bias`."""
    return lambda x: projected(x, kernel, bias)


def projected(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    """What inputs add to the gates."""
    z = matmul(x, kernel)
    return z if bias is None else z + bias


def lstm_step(z, h, c, recurrent_kernel, activation, recurrent_activation):
    """(output, [h, c]) of one step."""
    z = z + matmul(h, recurrent_kernel)
    if activation is tanh and recurrent_activation is sigmoid:
        h, c = lstm_gates(z, c)
    else:
        h, c = gates_of(z, c, activation, recurrent_activation)
    return h, [h, c]


def gates_of(z, c, activation, recurrent_activation):
    """(h, c) behind the gates."""
    i, f, g, o = split(z, 4, -1)
    c = recurrent_activation(f) * c + recurrent_activation(i) * activation(g)
    return recurrent_activation(o) * activation(c), c


def advanced(z, c):
    _, dtype = floating(name_of(z), name_of(c))
    return KerasTensor(c.shape, dtype), KerasTensor(c.shape, dtype)


@op(spec=advanced, dtype=floating)
def lstm_gates(z: Tensor, c: Tensor) -> Tensor:
    """(h, c) of a long short-term memory behind its gates, with tanh and sigmoid.

    z: (batch, 4 * units), what the four gates get; c: (batch, units), the memory before.
    """
    return gates_of(z, c, tanh, sigmoid)


# -- Gated recurrent units ----------------------------------------------------------------------
def gated(x, h, *_, **__):
    return remembered(x, h)[:2]


@op(spec=gated, dtype=floating)
def gru(
    x: Tensor,
    h: Tensor,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor = None,
    mask=None,
    reset_after=True,
    activation=tanh,
    recurrent_activation=sigmoid,
    go_backwards=False,
    zero_output_for_mask=False,
    unroll=False,
) -> Tensor:
    """(outputs (batch, time, units), last h) of gated recurrent units.

    x: (batch, time, features).
    h: (batch, units), the output before the first step.
    kernel: (features, 3 * units); recurrent_kernel: (units, 3 * units).
        The three blocks are those of the gates z, r, h: update, reset, candidate.
    bias: None; (2, 3 * units), of the inputs and of the state, with `reset_after`;
        (3 * units,) without.
    reset_after: whether the reset gate acts on the state after its product with the kernel.
    mask, go_backwards, zero_output_for_mask, unroll: as in `recur`.
    """
    if reset_after and activation is tanh and recurrent_activation is sigmoid:
        if go_backwards and (mask is None or holding.pays(gru_plain)):
            x, mask, go_backwards = flip(x, 1), mask if mask is None else flip(mask, 1), False
        if mask is None:
            return gru_plain(x, h, kernel, recurrent_kernel, bias)
        if holding.pays(gru_plain):
            weights = kernel, recurrent_kernel, bias
            return holding.gru(gru_plain, x, h, *weights, mask, zero_output_for_mask)
    inner, outer = (bias[0], bias[1]) if bias is not None and reset_after else (bias, None)
    advance = gru_step if reset_after else gru_step_reset_before

    def step(z, states):
        return advance(z, states[0], recurrent_kernel, outer, activation, recurrent_activation)

    options = mask, go_backwards, zero_output_for_mask, unroll
    outputs, _, (h,) = recur(step, x, [h], *options, project=onto(kernel, inner))
    return outputs, h


@op(spec=gated)
def gru_plain(
    x: Tensor, h: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor
) -> Tensor:
    """`gru` with `reset_after`, without a mask, with tanh and sigmoid; `bias` may be None."""
    inner, outer = (None, None) if bias is None else (bias[0], bias[1])

    def step(z, states):
        return gru_step(z, states[0], recurrent_kernel, outer, tanh, sigmoid)

    outputs, _, (h,) = recur(step, x, [h], project=onto(kernel, inner))
    return outputs, h


def gru_step(x, h, recurrent_kernel, bias, activation, recurrent_activation, dropped=None):
    """(output, [h]) of one step, the state reset after its product with the kernel.

    `dropped` multiplies the state in front of the kernel.
    """
    seen = h if dropped is None else h * dropped
    (xz, xr, xh), (hz, hr, hh) = (
        split(x, 3, -1),
        split(projected(seen, recurrent_kernel, bias), 3, -1),
    )
    z, r = recurrent_activation(xz + hz), recurrent_activation(xr + hr)
    h = z * h + (1 - z) * activation(xh + r * hh)
    return h, [h]


def gru_step_reset_before(
    x, h, recurrent_kernel, bias, activation, recurrent_activation, dropped=None
):
    """(output, [h]) of one step, the state reset before its product with the kernel."""
    units, seen = h.shape[-1], h if dropped is None else h * dropped
    xzr, xh = x[:, : 2 * units], x[:, 2 * units :]
    z, r = split(recurrent_activation(xzr + matmul(seen, recurrent_kernel[:, : 2 * units])), 2, -1)
    h = z * h + (1 - z) * activation(xh + matmul(r * seen, recurrent_kernel[:, 2 * units :]))
    return h, [h]
