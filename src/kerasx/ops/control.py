"""Control flow over tensors: branches, loops, maps, and gradients of one's own.

The bodies run eagerly; engines that compile have their own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import current as backend
from ..core import tree
from ..core.arguments import shaped
from ..core.dtypes import name_of
from ..core.op import is_symbolic, op
from ..core.scope import quietly
from ..core.symbolic import KerasTensor
from ..core.variable import unwrap
from .indexing import take
from .shaping import concatenate, flip, stack
from .tensors import convert_to_tensor, shape

__all__ = [
    "associative_scan", "cond", "custom_gradient", "fori_loop", "map", "scan", "switch",
    "vectorized_map", "while_loop",
]  # fmt: skip


def spec_of(x: Any) -> Any:
    """A structure of tensors as KerasTensors."""
    return tree.map_structure(lambda i: i if i is None else symbol_of(i), x)


def symbol_of(x: Any) -> KerasTensor:
    """A KerasTensor of the shape and dtype of `x`."""
    x = shaped(x)
    return KerasTensor(x.shape, name_of(x))


def row_of(x: Any) -> Any:
    """The KerasTensor of one slice along the first axis, of each in a structure."""
    return tree.map_structure(slice_spec, x)


def slice_spec(x: Any) -> KerasTensor | None:
    return None if x is None else KerasTensor(symbol_of(x).shape[1:], symbol_of(x).dtype)


def rows_of(x: Any, count: int | None) -> Any:
    """The KerasTensor of `count` slices, of each in a structure."""
    return tree.map_structure(lambda i: KerasTensor((count, *i.shape), i.dtype), spec_of(x))


def quiet(fn: Callable, *args: Any) -> Any:
    """The KerasTensors that `fn` gives."""
    with quietly():
        return spec_of(fn(*args))


def leaves(x: Any) -> Any:
    """A structure with tensors for variables, arrays and numbers."""
    return tree.map_structure(lambda i: i if i is None else convert_to_tensor(i), x)


def length_of(xs: Any, length: int | None) -> Any:
    """The number of slices of `xs` along the first axis."""
    flat = [x for x in tree.flatten(xs) if x is not None]
    if not flat and length is None:
        raise ValueError("scan: expected xs, or length.")
    return shape(flat[0])[0] if flat else length


def slice_of(xs: Any, i: int) -> Any:
    """The i-th slice along the first axis of each tensor in a structure."""
    return tree.map_structure(lambda x: None if x is None else x[i], xs)


def stacked(rows: list[Any]) -> Any:
    """Tensors of one structure, joined along a new first axis."""
    return tree.map_structure(lambda *parts: stack(list(parts)), *rows)


# -- Branches -----------------------------------------------------------------------------------
@op(spec=lambda pred, true_fn, false_fn: quiet(true_fn))
def cond(pred, true_fn, false_fn):
    """What `true_fn()` gives where the scalar `pred` holds, else what `false_fn()` gives."""
    return true_fn() if bool(unwrap(pred)) else false_fn()


@op(spec=lambda index, branches, *operands: quiet(branches[0], *operands))
def switch(index, branches, *operands):
    """What the branch at `index` gives of `operands`; an index out of range means the nearest."""
    return branches[max(0, min(int(unwrap(index)), len(branches) - 1))](*operands)


# -- Loops --------------------------------------------------------------------------------------
@op(spec=lambda cond, body, loop_vars, maximum_iterations=None: spec_of(loop_vars))
def while_loop(cond, body, loop_vars, maximum_iterations=None):
    """`loop_vars` after `body(*loop_vars)`, repeated while `cond(*loop_vars)` holds."""
    single = not isinstance(loop_vars, (list, tuple))
    state = (loop_vars,) if single else tuple(loop_vars)
    steps = 0
    while bool(cond(*state)) and (maximum_iterations is None or steps < maximum_iterations):
        state = body(*state)
        state = tuple(state) if isinstance(state, (list, tuple)) else (state,)
        steps += 1
    return state[0] if single else state


@op(spec=lambda lower, upper, body_fun, init_val: spec_of(init_val))
def fori_loop(lower, upper, body_fun, init_val):
    """`init_val` after `value = body_fun(i, value)` for each i from `lower` to `upper - 1`."""
    value = init_val
    for i in range(int(unwrap(lower)), int(unwrap(upper))):
        value = body_fun(i, value)
    return value


def scanned(f, init, xs=None, length=None, reverse=False, unroll=1):
    with quietly():
        carry, y = f(spec_of(init), row_of(xs))
    return spec_of(carry), rows_of(y, length_of(xs, length))


@op(spec=scanned)
def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    """The last carry and the joined `y` of `carry, y = f(carry, x)` over the slices `x` of `xs`.

    The slices are taken along the first axis, from the last with `reverse`.
    """
    count, xs, carry = length_of(xs, length), leaves(xs), leaves(init)
    rows: list[Any] = [None] * count
    for i in reversed(range(count)) if reverse else range(count):
        carry, rows[i] = f(carry, slice_of(xs, i))
    return carry, stacked(rows)


def mapped(f, xs):
    return rows_of(quiet(f, row_of(xs)), length_of(xs, None))


@op(spec=mapped)
def map(f, xs):
    """What `f` gives of each slice of `xs` along the first axis, joined."""
    return scan(lambda _, x: ((), f(x)), (), xs)[1]


@op(spec=mapped)
def vectorized_map(function, elements):
    """As `map`, with all slices at once where the engine can."""
    count, elements = length_of(elements, None), leaves(elements)
    return stacked([function(slice_of(elements, i)) for i in range(count)])


def combined(f, elems, reverse=False, axis=0):
    return tree.map_structure(
        lambda x, y: KerasTensor(x.shape, y.dtype), spec_of(elems), quiet(f, elems, elems)
    )


@op(spec=combined)
def associative_scan(f, elems, reverse=False, axis=0):
    """What `f` gives of the first slice, of the first two, of the first three, ...: along `axis`.

    `f(a, b)` joins slices, many at once, and is associative; `elems` is a tensor or a structure of
    tensors. With `reverse`, slices are joined from the last on.
    """
    elems = leaves(elems)
    flat = tree.flatten(elems)
    counts = {x.shape[axis] for x in flat}
    if len(counts) != 1 or None in counts:
        raise ValueError(
            f"associative_scan: {counts} slices along axis {axis}: expected one number of them."
        )
    axes = [range(len(x.shape))[axis] for x in flat]

    def part(xs: list[Any], start: int | None, stop: int | None, step: int | None) -> list[Any]:
        return [x[(slice(None),) * k + (slice(start, stop, step),)] for x, k in zip(xs, axes)]

    def join(a: list[Any], b: list[Any]) -> list[Any]:
        pair = tree.pack_sequence_as(elems, a), tree.pack_sequence_as(elems, b)
        return tree.flatten(leaves(f(*pair)))

    def scanned(xs: list[Any], count: int) -> list[Any]:
        if count < 2:
            return xs
        odd = scanned(join(part(xs, None, count - 1, 2), part(xs, 1, None, 2)), count // 2)
        rest = part(xs, 2, None, 2)
        even = join(part(odd, None, (count - 1) // 2, None), rest) if count > 2 else rest
        order = np.argsort([*range(0, count, 2), *range(1, count, 2)]).astype("int32")
        first = part(xs, None, 1, None)
        rows = zip(first, even, odd, axes)
        return [take(concatenate([a, b, c], k), order, k) for a, b, c, k in rows]

    turned = [flip(x, k) for x, k in zip(flat, axes)] if reverse else flat
    out = scanned(turned, counts.pop())
    return tree.pack_sequence_as(elems, [flip(x, k) for x, k in zip(out, axes)] if reverse else out)


# -- Gradients ----------------------------------------------------------------------------------
def custom_gradient(f: Callable) -> Callable:
    """A function with the value of `f` and a gradient of one's own.

    `f(*args)` gives the pair of its value and a function from the gradient with respect to that
    value to the gradients with respect to `args`.
    """
    differentiable = backend.custom_gradient(f)

    def call(*args: Any, **kwargs: Any) -> Any:
        if is_symbolic(args):
            return f(*args, **kwargs)[0]
        return differentiable(*(unwrap(x) for x in args), **kwargs)

    return call
