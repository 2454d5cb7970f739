"""Control flow on JAX: what can be compiled and differentiated."""

import jax
import jax.numpy as jnp
from jax import custom_gradient, lax
from jax.core import Tracer
from jax.lax import fori_loop, scan, switch

# Whether a loop over time is quicker where the products with its inputs come before it, as one. On
# a CPU, XLA makes an LSTM of 32 x 100 x 64 in 12 ms so, and in 30 ms if they do.
AHEAD = jax.default_backend() != "cpu"


def cond(pred, true_fn, false_fn):
    return lax.cond(jnp.asarray(pred, bool), true_fn, false_fn)


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    single = not isinstance(loop_vars, (list, tuple))
    state = (loop_vars,) if single else tuple(loop_vars)

    def goes_on(carry):
        steps, state = carry
        more = cond(*state)
        return (
            more
            if maximum_iterations is None
            else jnp.logical_and(more, steps < maximum_iterations)
        )

    def step(carry):
        steps, state = carry
        new = body(*state)
        return steps + 1, tuple(new) if isinstance(new, (list, tuple)) else (new,)

    state = lax.while_loop(goes_on, step, (0, jax.tree.map(jnp.asarray, state)))[1]
    return state[0] if single else state


def vectorized_map(function, elements):
    return jax.vmap(function)(elements)


CAPTURES = True  # what `rematerialized` functions take from outside gets gradients, too


def rematerialized(fn, *xs):
    return jax.checkpoint(fn)(*xs)


def values_known(x):
    """Whether the elements of `x` can be looked at now."""
    return not isinstance(x, Tracer)
