"""Steps on JAX: several in one call of a compiled function, where that is quicker."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxpr_as_fun, jaxprs_in_params

from ...core import tree
from ...core.present import Present
from ...core.scope import Scope

# A call should take about as long as an eye needs to see a progress bar move, and its data should
# be small beside the model: this many operations, elements of all arrays counted in, and bytes.
OPERATIONS = {"cpu": 1e9, "gpu": 1e12, "tpu": 1e13}
BYTES = 8 * 2**20
MOST = 256
FEWEST = 4  # below that, what a loop saves is less than what it costs


class Loop:
    """`loop(data, rows)`: one step for each entry along the first axis of `data`, then the logs.

    `size` is how many steps one call takes at most: no more than `most`, and a part of it if
    callbacks look after `exactly` so many; they get a function that gives the logs. `rows` tells
    how many rows of each batch are samples, where the last batch is to be filled up; else it is
    None.
    """

    moving: list[Any]  # the variables that a step writes

    def __init__(self, fn, after, variables, example, fills_up, most, exactly):
        self.fills_up = fills_up
        values = [v.stored for v in variables]
        batch = tree.map_structure(abstract, example)
        count = jax.ShapeDtypeStruct((), jnp.int32) if fills_up else None

        def step(values, batch, count):
            present = None
            if count is not None:
                length = jax.tree.leaves(batch)[0].shape[0]
                present = Present(count, jnp.arange(length) < count)
            with Scope(zip(variables, values)) as scope:
                fn(batch, present)
                self.moving = [v for v in variables if v in scope.written]
                return [jnp.asarray(scope.read(v), v.stored.dtype) for v in self.moving]

        traced = jax.make_jaxpr(step)(values, batch, count)
        again = jaxpr_as_fun(traced)  # traced once: to count what it does, and to run it
        self.fitting = fitting(traced.jaxpr, batch)
        if exactly:  # the largest part of `most` that fits
            self.fitting = next(n for n in range(self.fitting, 0, -1) if most % n == 0)
        self.size = min(most or self.fitting, self.fitting)
        moves = [v in self.moving for v in variables]
        self.resting = [v for v in variables if v not in self.moving]

        def run(moving, resting, data, rows, steps=1):
            def whole(moving):
                ways = iter(resting), iter(moving)
                return [next(ways[m]) for m in moves]

            def body(k, moving):
                return again(*whole(moving), *(a[k] for a in jax.tree.leaves((data, rows))))

            if self.size == 1:
                moving = body(0, moving)
            else:
                moving = jax.lax.fori_loop(0, steps, body, list(moving))
            # logs stand last: a donated array goes to the first output of its shape
            return moving, None if exactly else results(whole(moving))

        def results(values):
            with Scope(zip(variables, values)):
                return after()

        self.compiled = jax.jit(run, donate_argnums=0)
        self.variables, self.results, self.is_watched = variables, jax.jit(results), exactly

    def __call__(self, data, rows):
        state = [v.stored for v in self.moving], [v.stored for v in self.resting]
        if self.size == 1:
            values, out = self.compiled(*state, data, rows)
        else:
            steps = len(jax.tree.leaves(data)[0])
            if steps < self.size:
                data, rows = tree.map_structure(self.filled, (data, rows))
            values, out = self.compiled(*state, data, rows, steps)
        for v, value in zip(self.moving, values):
            v.stored = value
        return self.logs if self.is_watched else out

    def logs(self):
        """The logs as they are now: few callbacks read them, and they cost 15 % of a small step."""
        return self.results([v.stored for v in self.variables])

    def is_short_of(self, most):
        """Whether it was made for fewer steps than would be good for `most`."""
        return self.size < min(most or self.fitting, self.fitting)

    def filled(self, a):
        """`a` with zeros behind, up to the length that was compiled for."""
        if a is None:
            return None
        own = np if isinstance(a, np.ndarray) else jnp  # arrays stay where they are
        return own.concatenate([a, own.zeros((self.size - len(a), *a.shape[1:]), a.dtype)])


compile_loop = Loop


def abstract(a):
    if a is None:
        return None
    return jax.ShapeDtypeStruct(a.shape, jax.dtypes.canonicalize_dtype(a.dtype))


def fitting(jaxpr, batch):
    """How many steps should make one call."""
    platform = jax.default_backend()
    names = set()
    operations = work(jaxpr, names)
    if platform == "cpu" and "conv_general_dilated" in names:
        return 1  # XLA's convolutions on CPU are 5 to 25 times slower inside a loop
    size = sum(math.prod(a.shape) * a.dtype.itemsize for a in jax.tree.leaves(batch))
    steps = min(OPERATIONS.get(platform, 1e12) // max(operations, 1), BYTES // max(size, 1), MOST)
    return int(steps) if steps >= FEWEST else 1


def work(jaxpr, names):
    """About how many operations a jaxpr takes; the names of its primitives are added to `names`."""
    total = 0
    for equation in jaxpr.eqns:
        names.add(equation.primitive.name)
        inside = sum(work(sub, names) for sub in jaxprs_in_params(equation.params))
        total += inside * equation.params.get("length", 1)
        elements = sum(math.prod(v.aval.shape) for v in equation.outvars)
        if equation.primitive.name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            elements *= 2 * math.prod(equation.invars[0].aval.shape[a] for a in contracted)
        total += elements if not inside else 0
    return total
