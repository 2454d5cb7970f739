"""Both libraries on one engine, and what the parity tests ask of them.

`KERASX_PARITY=torch` (or tensorflow, numpy) names the engine; JAX without it.
`KERASX_PATHS=careful` closes the quick ways: what is right on both has the same results.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

ENGINE = keras.backend.backend()
ours = import_module("kerasx").with_backend(ENGINE)
TRAINS = ENGINE != "numpy"
if os.environ.get("KERASX_PATHS") == "careful":
    backend = import_module(f"{ours.__name__}.backends").current
    backend.FAST.clear()  # no call of an op or a layer goes straight to the engine
    backend.compile_loop = None  # nor several steps in one call
    import_module(f"{ours.__name__}.train.programs").batches_at_once = lambda *_: 1
    import_module(f"{ours.__name__}.optimizers.optimizer").engines_form = lambda _: None
trains = pytest.mark.skipif(not TRAINS, reason="NumPy has no gradients")
MARKS = [  # of genuine Keras's own code
    pytest.mark.parity,
    pytest.mark.filterwarnings("ignore"),
]


@contextmanager
def genuine() -> Iterator[None]:
    """Around calls of genuine Keras: where it fails, the test is skipped, and says so."""
    try:
        yield
    except Exception as e:
        said = " ".join(str(e).split())[:150]
        pytest.skip(f"genuine Keras fails on {ENGINE}: {type(e).__name__}: {said}")


def value(tensor: Any) -> np.ndarray:
    """A tensor or variable as a NumPy array."""
    if isinstance(tensor, (keras.Variable, ours.Variable)):
        tensor = tensor.value
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def values(structure: Any) -> list[np.ndarray]:
    """The tensors of a structure as NumPy arrays, in order."""
    return [value(y) for y in keras.tree.flatten(structure) if y is not None]


def close(got: Any, want: Any, tolerance: float, what: str = "") -> None:
    """Assert that arrays are alike, up to `tolerance` of the largest number among them."""
    described = [(x.shape, x.dtype.name) for x in (got, want)]
    assert described[0] == described[1], what
    got, want = (x.astype("float64") if x.dtype.kind in "fV" else x for x in (got, want))
    scale = max(1.0, np.abs(want[np.isfinite(want)]).max(initial=0.0))
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance * scale, err_msg=what)


def drawn(layer: Any, seed: int = 2) -> list[np.ndarray]:
    """Weights for a layer that no initializer gives: around 0, those that divide between 0.1
    and 1."""
    rng = np.random.default_rng(seed)
    around = [rng.normal(size=tuple(w.shape)) / 2 for w in layer.weights]
    positive = re.compile("var|gamma|std|scale")
    return [
        np.asarray(0.1 + np.abs(v) if positive.search(w.name) else v, "float32")
        for w, v in zip(layer.weights, around)
    ]


def weighed(outputs: Any) -> Any:
    """A scalar in which each element of the outputs counts differently."""
    ops = keras.ops
    total = 0.0
    for y in keras.tree.flatten(outputs):
        if y is not None and "float" in keras.backend.standardize_dtype(y.dtype):
            counts = np.cos(np.arange(int(np.prod(y.shape)))).reshape(tuple(y.shape))
            total += ops.sum(ops.cast(y, "float32") * ops.convert_to_tensor(counts, "float32"))
    return total


def gradients(layer: Any, inputs: Any, call: dict[str, Any]) -> list[np.ndarray]:
    """The gradients of `weighed(layer(inputs, **call))` with respect to weights and inputs."""
    flat = keras.tree.flatten(inputs)
    floats = [k for k, x in enumerate(flat) if x.dtype == "float32"]

    def called(tensors: list[Any], run: Any) -> Any:
        full = list(flat)
        for k, t in zip(floats, tensors):
            full[k] = t
        return run(keras.tree.pack_sequence_as(inputs, full), **call)

    return TAKE[ENGINE](layer, called, [flat[k] for k in floats])


def by_jax(layer: Any, called: Any, xs: list[Any]) -> list[Any]:
    import jax

    fixed = [w.value for w in layer.non_trainable_variables]

    def total(trained, xs):
        return weighed(
            called(xs, lambda *a, **kw: layer.stateless_call(trained, fixed, *a, **kw)[0])
        )

    trained = [jax.numpy.asarray(w.value) for w in layer.trainable_variables]
    of_weights, of_inputs = jax.jit(jax.grad(total, (0, 1)))(trained, xs)
    return [np.asarray(g) for g in (*of_weights, *of_inputs)]


def by_torch(layer: Any, called: Any, xs: list[Any]) -> list[Any]:
    import torch

    xs = [torch.tensor(x, requires_grad=True) for x in xs]
    at = [*(w.value for w in layer.trainable_variables), *xs]
    total = weighed(called(xs, layer))
    found = torch.autograd.grad(total, at, allow_unused=True)
    return [
        np.zeros(tuple(x.shape), "float32") if g is None else g.numpy() for x, g in zip(at, found)
    ]


def by_tensorflow(layer: Any, called: Any, xs: list[Any]) -> list[Any]:
    import tensorflow as tf

    xs = [tf.constant(x) for x in xs]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        total = weighed(called(xs, layer))
    at = [*layer.trainable_variables, *xs]
    found = tape.gradient(total, at)  # ZERO for unconnected ones: an error, for Keras's variables
    return [
        np.zeros(tuple(x.shape), "float32") if g is None else tf.convert_to_tensor(g).numpy()
        for x, g in zip(at, found)
    ]


TAKE = {"jax": by_jax, "torch": by_torch, "tensorflow": by_tensorflow}


def gradients_of(fn: Any, x: np.ndarray) -> np.ndarray:
    """The gradient of `weighed(fn(x))`."""
    return gradients(Alone(fn), x, {})[0]


class Alone:
    """A function of tensors, in the place of a layer without variables."""

    trainable_variables: ClassVar[list[Any]] = []
    non_trainable_variables: ClassVar[list[Any]] = []

    def __init__(self, fn: Any):
        self.fn = fn

    def __call__(self, x: Any) -> Any:
        return self.fn(x)

    def stateless_call(self, trained: Any, fixed: Any, x: Any) -> Any:
        return self.fn(x), fixed


def plain(config: Any) -> Any:
    """A config as JSON would give it back: float32 numbers, names without what they count."""
    if isinstance(config, dict):
        return {k: plain(v) for k, v in config.items()}
    if isinstance(config, (list, tuple)):
        return [plain(v) for v in config]
    if isinstance(config, str):
        return re.sub(r"_\d+$", "", config)
    return float(np.float32(config)) if isinstance(config, float) else config
