"""What is trained: a model in the Keras API, its data, its sizes.

`model(keras)` runs on kerasx and on genuine Keras alike; the same models in each engine's own words
stand in `native/`, under the same names. Nothing here draws random numbers while it trains, and all
contestants begin with the same weights, so their losses can be compared.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Workload:
    """A model, the loss it is trained with (by Adam), and what is fed to it."""

    name: str
    title: str
    model: Callable[[Any], Any]
    data: Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
    batch: int
    samples: int
    epochs: int = 1
    loss: str = "crossentropy"  # of integer targets and logits, with the accuracy; or "mse"
    images: bool = False
    large: bool = False  # for a GPU: what share of its peak is reached is reckoned, too
    operations: float = 0.0  # of a step of training, for one sample
    precision: str = "float32"  # or "mixed_bfloat16": computed in 16 bits, weights in 32

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets, the same for everybody."""
        return self.data(np.random.default_rng(0), self.samples)

    def tiny(self) -> "Workload":
        """The same for a test: two steps."""
        return replace(self, samples=2 * self.batch, epochs=1)


def features(*shape: int, classes: int) -> Callable:
    """Normal inputs of a shape, in classes."""

    def data(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.normal(size=(n, *shape)).astype("float32"), integers(rng, classes, n)

    return data


def integers(rng: np.random.Generator, high: int, *shape: int) -> np.ndarray:
    return rng.integers(0, high, shape).astype("int32")


def mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((32,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )


LAYERS = 200


def deep(keras: Any) -> Any:
    """200 small layers: what the library itself takes."""
    dense = [keras.layers.Dense(16, activation="relu") for _ in range(LAYERS - 1)]
    return keras.Sequential([keras.Input((16,)), *dense, keras.layers.Dense(16)])


def cnn(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10),
        ]
    )


def resnet(keras: Any) -> Any:
    """Three stages of one block: 16, 32 and 64 channels."""
    layers = keras.layers

    def conv(x: Any, filters: int, size: int, strides: int = 1) -> Any:
        x = layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    inputs = keras.Input((32, 32, 3))
    x = layers.Activation("relu")(conv(inputs, 16, 3))
    for filters, strides in (16, 1), (32, 2), (64, 2):
        y = layers.Activation("relu")(conv(x, filters, 3, strides))
        y = conv(y, filters, 3)
        x = x if strides == 1 else conv(x, filters, 1, strides)
        x = layers.Activation("relu")(layers.Add()([y, x]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10)(x))


VOCABULARY, LENGTH = 5000, 64


def texts(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    return integers(rng, VOCABULARY, n, LENGTH), integers(rng, 2, n)


def lstm(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(VOCABULARY, 32),
            layers.LSTM(64),
            layers.Dense(2),
        ]
    )


def gru(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            layers.Embedding(VOCABULARY, 32),
            layers.Bidirectional(layers.GRU(64)),
            layers.Dense(2),
        ]
    )


def mobile(keras: Any) -> Any:
    """Separable, depthwise and transposed convolutions, with group norm and pooling between."""
    layers = keras.layers
    same = dict(padding="same", use_bias=False)
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.SeparableConv2D(32, 3, **same),
            layers.GroupNormalization(8),
            layers.Activation("relu"),
            layers.AveragePooling2D(2),
            layers.SeparableConv2D(64, 3, **same),
            layers.GroupNormalization(8),
            layers.Activation("relu"),
            layers.DepthwiseConv2D(3, **same),
            layers.Conv2DTranspose(32, 2, 2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10),
        ]
    )


@dataclass(frozen=True)
class Decoder:
    """The sizes of a transformer that foretells the next token."""

    tokens: int
    context: int
    width: int
    heads: int
    blocks: int

    def data(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        tokens = integers(rng, self.tokens, n, self.context + 1)
        return tokens[:, :-1].copy(), tokens[:, 1:].copy()

    def model(self, keras: Any) -> Any:
        """Normalization before attention and before the two Dense layers."""
        layers, sizes = keras.layers, (self.context, self.width)

        class Positions(layers.Layer):
            def build(self, shape: Any) -> None:
                self.table = self.add_weight(shape=sizes, initializer="uniform")

            def call(self, x: Any) -> Any:
                return x + keras.ops.cast(self.table, x.dtype)

        inputs = keras.Input((self.context,), dtype="int32")
        x = Positions()(layers.Embedding(self.tokens, self.width)(inputs))
        for _ in range(self.blocks):
            y = layers.LayerNormalization()(x)
            attention = layers.MultiHeadAttention(self.heads, self.width // self.heads)
            x = layers.Add()([x, attention(y, y, use_causal_mask=True)])
            y = layers.LayerNormalization()(x)
            y = layers.Dense(4 * self.width, activation="gelu")(y)
            x = layers.Add()([x, layers.Dense(self.width)(y)])
        x = layers.LayerNormalization()(x)
        return keras.Model(inputs, layers.Dense(self.tokens)(x))

    @property
    def operations(self) -> float:
        """Multiplications and additions of a step of training, for one sample: three times those of
        the products forward. Attention counts what causality leaves, half of the square."""
        blocks = self.blocks * (12 * self.width**2 + self.context * self.width)
        return 6.0 * self.context * (blocks + self.width * self.tokens)


LM = Decoder(tokens=1000, context=64, width=128, heads=4, blocks=4)
GPT = Decoder(tokens=8192, context=1024, width=1024, heads=16, blocks=12)


USERS, ITEMS = 100_000, 1000


def ratings(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.stack([integers(rng, USERS, n), integers(rng, ITEMS, n)], axis=1)
    return pairs, rng.normal(size=(n, 1)).astype("float32")


def recommender(keras: Any) -> Any:
    layers = keras.layers
    inputs = keras.Input((2,), dtype="int32")
    user = layers.Embedding(USERS, 32)(inputs[:, 0])
    item = layers.Embedding(ITEMS, 32)(inputs[:, 1])
    x = layers.Concatenate()([user, item])
    x = layers.Dense(64, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(1)(x))


PHOTOS = features(32, 32, 3, classes=10)
WORKLOADS = {
    w.name: w
    for w in (
        Workload("mlp", "small MLP", mlp, features(32, classes=10), 32, 8192),
        Workload("cnn", "CNN 28×28×1", cnn, features(28, 28, 1, classes=10), 64, 1024, images=True),
        Workload("resnet", "ResNet 32×32×3", resnet, PHOTOS, 32, 256, images=True),
        Workload("mobile", "separable CNN 32×32×3", mobile, PHOTOS, 32, 256, images=True),
        Workload("lstm", "LSTM classifier", lstm, texts, 32, 512),
        Workload("gru", "two-way GRU classifier", gru, texts, 32, 512),
        Workload("lm", "transformer LM", LM.model, LM.data, 16, 96),
        Workload("recommender", "recommender", recommender, ratings, 256, 4096, loss="mse"),
        Workload(
            "gpt",
            "transformer of 169 M weights",
            GPT.model,
            GPT.data,
            16,
            128,
            large=True,
            operations=GPT.operations,
        ),
        Workload("deep", "200 layers", deep, features(16, classes=16), 32, 32),
    )
}
