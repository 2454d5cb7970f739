"""Functions of JAX, and modules of Flax, as parts of layers."""

import jax
import jax.numpy as jnp


class JaxTree:
    """A structure of arrays, as JAX knows them, taken apart."""

    def __init__(self, structure):
        found, self.structure = jax.tree_util.tree_flatten_with_path(structure)
        self.names = [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in found]
        self.leaves = [jnp.asarray(x) for _, x in found]

    def whole(self, leaves):
        """The structure, with `leaves` in place of its own."""
        return jax.tree_util.tree_unflatten(self.structure, leaves)


def placeholder(shape, dtype):
    return jnp.ones([1 if n is None else n for n in shape], dtype)


def keys(seed, names):
    """A random key for each of `names`."""
    return dict(zip(names, jax.random.split(jnp.asarray(seed, jnp.uint32), len(names))))
