"""Optimizers of JAX's own: transformations of gradients, as optax makes them."""

import jax
import jax.numpy as jnp


class Transformation:
    """A pair `init(weights) -> state`, `update(grads, state, weights) -> (updates, state)`.

    Weights come as a list of arrays. The leaves of the state are named by their paths in it.
    """

    LABEL = "optax"
    IN_PLACE = False

    def __init__(self, definition):
        self.definition = definition

    def begin(self, weights):
        leaves, self.structure = jax.tree_util.tree_flatten_with_path(self.definition.init(weights))
        self.names = [jax.tree_util.keystr(path) for path, _ in leaves]
        return {n: jnp.asarray(leaf) for n, (_, leaf) in zip(self.names, leaves)}

    def step(self, state, grads, weights):
        grads = [jnp.zeros_like(w) if g is None else g for g, w in zip(grads, weights)]
        tree = jax.tree.unflatten(self.structure, [state[n] for n in self.names])
        updates, tree = self.definition.update(grads, tree, weights)
        new = [(w + u).astype(w.dtype) for w, u in zip(weights, updates)]
        return new, dict(zip(self.names, jax.tree.leaves(tree)))

    def restore(self, state):
        """Nothing: each step is given the state."""

    def rate(self, state):  # a part of the state, where `optax.inject_hyperparams` made it so
        return next((x for n, x in state.items() if n.endswith("['learning_rate']")), None)


def native_optimizer(x):
    parts = (getattr(x, "init", None), getattr(x, "update", None))
    return Transformation(x) if isinstance(x, tuple) and all(map(callable, parts)) else None
