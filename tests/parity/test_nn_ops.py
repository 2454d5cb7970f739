"""The neural-network ops against genuine Keras, over the rows of `tests/ops/samples_nn`."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from ..ops.calls import arrays, run, value  # noqa: E402
from ..ops.samples import c, f  # noqa: E402
from ..ops.samples_nn import NN  # noqa: E402
from ..ops.tolerances import close  # noqa: E402

ENGINE = keras.backend.backend()
# Where Keras is not followed, on which engines, and why.
ALL = "jax numpy tensorflow torch"
DIFFERS = {
    "sparsemax": (ALL, "rows do not sum to one where all elements are in the support"),
}
# Single calls, by their places.
CALLS = {
    ("average_pool", 0): ("torch", "counts some of the padding where margins are uneven"),
}
# Keras 3.15.1 on JAX fails for sizes that are ints.
POOLS = {
    "max_pool": [
        c(f(2, 7, 6, 3), (2, 3), (2, 2), "same"),
        c(f(2, 7, 3), (2,), (2,)),
        c(f(2, 3, 7, 6), (3, 3), (1, 1), "same", "channels_first"),
    ],
}
POOLS["average_pool"] = POOLS["max_pool"]
ROWS = {
    n: POOLS.get(n, calls)
    for n, calls in NN.items()
    if hasattr(keras.ops, n) and ENGINE not in DIFFERS.get(n, ("",))[0].split()
}


def in_both(call):
    """Whether a call is of floats of 32 bits: dtypes are compared elsewhere."""
    return (
        all(a.dtype in ("float32", "bool") and a.size for a in arrays(call))
        and len(arrays(call)) > 0
    )


@pytest.mark.filterwarnings("ignore:.*rms_scaling")
@pytest.mark.parametrize("name", ROWS)
def test_values_are_those_of_keras(reference, name):
    compared = 0
    for place, call in enumerate(ROWS[name]):
        if not in_both(call) or ENGINE in CALLS.get((name, place), ("",))[0].split():
            continue
        try:
            wanted = keras.tree.flatten(getattr(keras.ops, name)(*call.args, **call.kwargs))
        except Exception:  # what genuine Keras does not have on this engine
            continue
        got = run(reference, getattr(reference.ops, name), call)
        for y, z in zip(got, wanted, strict=True):
            close("keras", value(reference, y), z, call)
        compared += 1
    assert compared or name == "sparse_categorical_crossentropy" or ENGINE != "jax"


LABELS = np.array([[2, 0, 1], [3, 3, 0]])


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("labels", [LABELS, LABELS[..., None]], ids=["flat", "column"])
def test_crossentropy_of_labels_is_that_of_keras(kx, labels, from_logits):
    # up to 1: TensorFlow clips before it scales, the others afterwards
    scores = f(2, 3, 4) if from_logits else abs(f(2, 3, 4)) / 4 + 0.1
    call = keras.ops.sparse_categorical_crossentropy, kx.ops.sparse_categorical_crossentropy
    wanted, got = (op(labels, scores, from_logits) for op in call)
    np.testing.assert_allclose(value(kx, got), np.asarray(wanted), 1e-5, 1e-6)


NAMES = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "tanh",
    "tanh_shrink",
]


@pytest.mark.parametrize("name", NAMES)
def test_activations_are_those_of_keras(reference, name):
    x = 3 * f(2, 4)
    wanted = keras.activations.get(name)(keras.ops.convert_to_tensor(x))
    np.testing.assert_allclose(reference.activations.get(name)(x), np.asarray(wanted), 1e-4, 1e-5)


INITIALIZERS = [
    "GlorotUniform",
    "GlorotNormal",
    "HeUniform",
    "HeNormal",
    "LecunUniform",
    "LecunNormal",
]


@pytest.mark.parametrize("shape", [(3, 3, 40, 60), (400,)])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_initializers_spread_as_those_of_keras(reference, name, shape):
    wanted = np.asarray(getattr(keras.initializers, name)(seed=1)(shape))
    got = getattr(reference.initializers, name)(seed=1)(shape)
    few = 4 / np.sqrt(wanted.size)
    np.testing.assert_allclose(np.std(got), np.std(wanted), rtol=few)
    np.testing.assert_allclose(np.abs(got).max(), np.abs(wanted).max(), rtol=0.05)


@pytest.mark.parametrize(
    "name",
    [
        *INITIALIZERS,
        "Zeros",
        "Ones",
        "RandomNormal",
        "RandomUniform",
        "TruncatedNormal",
        "Orthogonal",
        "VarianceScaling",
        "STFT",
        "Constant",
    ],
)
def test_configs_of_initializers_are_those_of_keras(reference, name):
    wanted = keras.initializers.serialize(getattr(keras.initializers, name)())
    assert reference.initializers.serialize(getattr(reference.initializers, name)()) == wanted


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        {"side": "imag"},
        {"scaling": "spectrum"},
        {"window": None},
        {"periodic": True},
        {"window": "hamming", "scaling": None},
    ],
)
def test_fourier_kernels_are_those_of_keras(reference, kwargs):
    wanted = keras.initializers.STFT(**kwargs)((6, 1, 4))
    np.testing.assert_allclose(
        reference.initializers.STFT(**kwargs)((6, 1, 4)), np.asarray(wanted), atol=1e-5
    )
