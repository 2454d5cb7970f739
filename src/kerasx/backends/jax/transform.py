"""Transformations of functions on JAX: its own. Functions take and give lists of tensors."""

import jax
from jax import eval_shape as traced
from jax import jit as compiled


def pullback(fn, xs):
    ys, back, extras = jax.vjp(fn, xs, has_aux=True)
    return ys, extras, lambda dys: back(dys)[0]


def pushforward(fn, xs, dxs):
    return jax.jvp(fn, (xs,), (dxs,), has_aux=True)


IN_PLACE = False  # whether compiled functions read and write variables where they are
