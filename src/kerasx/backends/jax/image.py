"""Images on JAX."""

from functools import partial

import jax

resized = jax.jit(jax.image.resize, static_argnames=("shape", "method", "antialias"))


def stretched(x, axes, size, method, antialias, _):
    height, width, _ = axes
    shape = (*x.shape[:height], *size, *x.shape[width + 1 :])
    return resized(x, shape, method, antialias=antialias)


@partial(jax.jit, static_argnums=range(2, 7), inline=True)
def compiled(images, transform, axes, order, mode, fill, otherwise):
    return otherwise(images, transform, axes, order, mode, fill)


def projected(images, transform, axes, order, mode, fill, otherwise):
    """In one call of the engine, where it would be a hundred small ones."""
    if not isinstance(fill, (int, float)):
        return otherwise(images, transform, axes, order, mode, fill)
    return compiled(images, transform, axes, order, mode, fill, otherwise)
