"""`jit_compile=True` on PyTorch: the whole step is one graph, and gives what eager steps give."""

import numpy as np
import pytest

rng = np.random.default_rng(0)
IMAGES = rng.normal(size=(20, 8, 8, 1)).astype("float32")
WORDS = rng.integers(0, 9, (20, 6))
CLASSES = rng.integers(0, 3, 20)


def dense(layers, x):
    x = layers.Flatten()(x)
    return layers.BatchNormalization()(layers.Dense(8, activation="relu")(x))


def convolutional(layers, x):
    x = layers.Conv2D(4, 3, activation="relu")(x)
    return layers.Flatten()(layers.MaxPooling2D()(x))


def recurrent(layers, x):
    return layers.LSTM(4)(layers.Embedding(9, 4)(x))


def attentive(layers, x):
    x = layers.Embedding(9, 4)(x)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 2)(x, x))
    return layers.GlobalAveragePooling1D()(x)


def fitted(kt, body, jit):
    kt.utils.set_random_seed(2)
    x = IMAGES if body in (dense, convolutional) else WORDS
    start = kt.layers.Input(x.shape[1:], dtype="float32" if x is IMAGES else "int32")
    model = kt.Model(start, kt.layers.Dense(3, activation="softmax")(body(kt.layers, start)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=jit)
    history = model.fit(x, CLASSES, batch_size=10, epochs=2, shuffle=False, verbose=0)
    return [*history.history.values(), model.predict(x, verbose=0)]


def masked(layers, x):
    """Whether the mask hides ends alone is not known while a step is traced."""
    return layers.LSTM(3)(layers.Embedding(9, 4, mask_zero=True)(x))


SLOW = [
    pytest.param(b, marks=pytest.mark.exhaustive) for b in (convolutional, recurrent, attentive)
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's own modules
@pytest.mark.parametrize("body", [dense, masked, *SLOW])
def test_a_compiled_step_gives_what_an_eager_one_gives(trainer, body):
    if trainer.backend.backend() != "torch":
        pytest.skip("the other engines compile by default")
    for a, b in zip(fitted(trainer, body, False), fitted(trainer, body, True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
