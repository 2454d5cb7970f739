"""Files go both ways: what genuine Keras saves loads here, and what is saved here loads there."""

import h5py
import numpy as np
import pytest

from .pairs import ENGINE, MARKS, close, drawn, genuine, keras, ours, trains, value, values
from .test_layers import ROWS as LAYERS
from .test_layers import arrays, skip_faults
from .test_optimizers import RULES
from .test_rnn_attention import CASES

pytestmark = MARKS
BOTH = pytest.mark.parametrize("one, other", [(keras, ours), (ours, keras)], ids=["theirs", "ours"])
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(4, 8, 8, 2)).astype("float32")
ROWS = RNG.normal(size=(6, 4)).astype("float32")
STEPS = RNG.normal(size=(3, 5, 4)).astype("float32")
WORDS = np.array([[1, 2, 0, 0], [3, 4, 5, 0]])


def cnn(k):
    x = inputs = k.layers.Input((8, 8, 2))
    x = k.layers.Conv2D(3, 3, padding="same", use_bias=False)(x)
    x = k.layers.BatchNormalization()(x)
    x = k.layers.Activation("relu")(x)
    x = k.layers.MaxPooling2D()(x)
    x = k.layers.SeparableConv2D(4, 2)(x)
    x = k.layers.GlobalAveragePooling2D()(x)
    x = k.layers.Dropout(0.5)(x)
    return k.models.Model(inputs, k.layers.Dense(3, activation="softmax")(x)), IMAGES


def sequential(k):
    return k.models.Sequential(
        [
            k.layers.Input((4,)),
            k.layers.Dense(5, activation="gelu"),
            k.layers.LayerNormalization(),
            k.layers.Dense(2),
        ]
    ), ROWS


def deferred(k):
    model = k.models.Sequential([k.layers.Dense(5), k.layers.Dense(2)])
    model.build((None, 4))
    return model, ROWS


def several(k):
    a, b = k.layers.Input((4,), name="a"), k.layers.Input((4,), name="b")
    shared = k.layers.Dense(3, name="shared")
    x, y = shared(a), shared(b)
    x = k.layers.Concatenate()([x, k.layers.Dense(2)(k.layers.Dense(3)(y)), y * 2.0 + 1.0])
    outputs = {"sum": k.ops.sum(x, axis=-1, keepdims=True), "head": k.layers.Dense(2)(x)}
    return k.models.Model({"a": a, "b": b}, outputs), {"a": ROWS, "b": ROWS[::-1].copy()}


def twice(k):
    j = k.layers.Input((4,))
    block = k.models.Model(j, k.layers.Dense(4)(j))
    i = k.layers.Input((4,))
    x = block(i)
    return k.models.Model(i, [block(x), x, k.layers.Dense(2)(x)]), ROWS


def nested(k):
    inner = k.models.Sequential(
        [k.layers.Input((4,)), k.layers.Dense(4), k.layers.Dense(4)], name="inner"
    )
    x = i = k.layers.Input((4,))
    x = k.layers.Add()([inner(x), inner(x * 2.0)])
    j = k.layers.Input((4,))
    block = k.models.Model(j, k.layers.Dense(3)(k.layers.Dense(4)(j)), name="block")
    return k.models.Model(i, block(x)), ROWS


def residual(k):
    x = inputs = k.layers.Input((4,))
    x = k.layers.Dense(6)(x)
    for _ in range(3):
        y = k.layers.Dense(6)(k.layers.ReLU()(x))
        x = k.layers.Add()([x, y])
    return k.models.Model(inputs, [x, k.layers.Dense(1)(y)]), ROWS


def recurrent(k):
    x = inputs = k.layers.Input((5, 4))
    x = k.layers.LSTM(3, return_sequences=True)(x)
    x = k.layers.Bidirectional(k.layers.GRU(2, return_sequences=True))(x)
    x = k.layers.TimeDistributed(k.layers.Dense(3))(x)
    x = k.layers.RNN([k.layers.LSTMCell(2), k.layers.GRUCell(3)], return_sequences=True)(x)
    return k.models.Model(inputs, k.layers.SimpleRNN(2)(x)), STEPS


def attentive(k):
    x = inputs = k.layers.Input((5, 4))
    x, scores = k.layers.MultiHeadAttention(2, 3)(
        x, x, return_attention_scores=True, use_causal_mask=True
    )
    return k.models.Model(inputs, [x, scores]), STEPS


def embedded(k):
    inputs = k.layers.Input((4,), dtype="int32")
    x = k.layers.Embedding(6, 3, mask_zero=True)(inputs)
    return k.models.Model(inputs, k.layers.LSTM(2)(x)), WORDS


def halved(k):
    return k.models.Sequential(
        [
            k.layers.Input((4,)),
            k.layers.Dense(3, dtype="mixed_bfloat16"),
            k.layers.Dense(2, dtype="bfloat16"),
        ]
    ), ROWS


def from_the_middle(k):
    x = k.layers.Dense(4)(k.layers.Input((4,)))
    return k.models.Model(x, k.layers.Dense(2)(x) ** 2), ROWS


MODELS = [
    cnn, sequential, deferred, several, twice, nested, residual, recurrent, attentive, embedded,
    halved, from_the_middle,
]  # fmt: skip


def outputs(model, x):
    y = model.predict(x, verbose=0)
    flat = [y[k] for k in sorted(y)] if isinstance(y, dict) else keras.tree.flatten(y)
    return [np.asarray(v, "float32") for v in flat]


def assert_alike(a, b, x):
    halved = any(str(w.dtype) == "bfloat16" for w in a.weights)
    tolerance = 1e-2 if halved else 1e-5
    for p, q in zip(outputs(a, x), outputs(b, x), strict=True):
        np.testing.assert_allclose(p, q, rtol=tolerance, atol=tolerance)


def shuffled(model):
    """`model`, with weights that no initializer gives."""
    rng = np.random.default_rng(1)
    model.set_weights(
        [
            np.abs(rng.normal(size=w.shape)).astype(w.dtype) * w.dtype.type(0.5)
            for w in model.get_weights()
        ]
    )
    return model


def layout(path):
    """The arrays of a file of weights, by path, with shape and dtype."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda n, o: found.update(
                {n: (o.shape, o.dtype.str)} if isinstance(o, h5py.Dataset) else {}
            )
        )
    return found


@pytest.mark.parametrize("make", MODELS)
def test_models_of_genuine_keras_load_here(make, tmp_path):
    model, x = make(keras)
    shuffled(model).save(tmp_path / "m.keras")
    assert_alike(model, ours.saving.load_model(tmp_path / "m.keras"), x)


@pytest.mark.parametrize("make", MODELS)
def test_models_from_here_load_in_genuine_keras(make, tmp_path):
    model, x = make(ours)
    shuffled(model).save(tmp_path / "m.keras")
    assert_alike(model, keras.saving.load_model(tmp_path / "m.keras"), x)


@pytest.mark.parametrize("make", MODELS)
def test_weights_have_the_same_places(make, tmp_path):
    for name, k in (("theirs", keras), ("ours", ours)):
        make(k)[0].save_weights(tmp_path / f"{name}.weights.h5")
    assert layout(tmp_path / "ours.weights.h5") == layout(tmp_path / "theirs.weights.h5")


@pytest.mark.parametrize("make", MODELS)
def test_layers_have_the_same_order(make):
    kinds = [[type(layer).__name__ for layer in make(k)[0].layers] for k in (keras, ours)]
    assert kinds[0] == kinds[1]


def subclassed(k):
    class Outer(k.models.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.Z = k.layers.Dense(4)
            self.blocks = [
                k.layers.Dense(4),
                k.layers.Dense(4),
                [k.layers.Dense(4)],
                {"x": k.layers.Dense(4)},
            ]
            self.heads = {
                "b": k.layers.Dense(4),
                "a": k.layers.Dense(4),
                "n": {"q": k.layers.Dense(4)},
            }
            self.zoo = (k.layers.Dense(4),)
            self.again = self.blocks[0]
            self._hidden, self._last = k.layers.Dense(4), k.layers.Dense(4)
            self.inner = k.models.Sequential([k.layers.Dense(4)])
            self.rate = k.layers.Dropout(0.5)

        @property
        def shown(self):
            return self._last

        def call(self, x):
            x = self.heads["n"]["q"](self.heads["a"](self.heads["b"](self.Z(x))))
            x = self.blocks[3]["x"](self.blocks[2][0](self.blocks[1](self.blocks[0](x))))
            return self.rate(self.inner(self._last(self._hidden(self.zoo[0](x)))))

    model = Outer()
    model(ROWS)
    return model


@BOTH
def test_weights_of_subclassed_models_go_both_ways(one, other, tmp_path):
    a, b = subclassed(one), subclassed(other)
    a.save_weights(tmp_path / "a.weights.h5")
    b.save_weights(tmp_path / "b.weights.h5")
    assert layout(tmp_path / "a.weights.h5") == layout(tmp_path / "b.weights.h5")
    b.load_weights(tmp_path / "a.weights.h5")
    assert_alike(a, b, ROWS)


@trains
@BOTH
@pytest.mark.parametrize("optimizer", ["adam", "momentum", "schedule", "rmsprop"])
def test_training_goes_on_where_it_was_left(one, other, optimizer, tmp_path):
    make = {
        "momentum": lambda k: k.optimizers.SGD(0.01, momentum=0.9),
        "schedule": lambda k: k.optimizers.SGD(
            k.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
        ),
    }.get(optimizer, lambda k: optimizer)
    a, x = sequential(one)
    y = x[:, :2]
    a.compile(make(one), loss="mse", metrics=["mae"])
    a.fit(x, y, batch_size=6, epochs=3, shuffle=False, verbose=0)
    a.save(tmp_path / "m.keras")
    b = other.saving.load_model(tmp_path / "m.keras")
    for v, w in zip(a.optimizer.variables, b.optimizer.variables, strict=True):
        np.testing.assert_allclose(np.asarray(v), np.asarray(w), rtol=1e-6, atol=1e-7)
    for model in (a, b):
        model.fit(x, y, batch_size=6, epochs=2, shuffle=False, verbose=0)
    assert_alike(a, b, x)


@BOTH
def test_a_compiled_model_that_was_not_trained_goes_both_ways(one, other, tmp_path):
    a, x = sequential(one)
    a.compile(one.optimizers.Adam(0.25), loss="mse")
    a.save(tmp_path / "m.keras")
    b = other.saving.load_model(tmp_path / "m.keras")
    assert float(np.asarray(b.optimizer.learning_rate)) == 0.25
    assert_alike(a, b, x)


@BOTH
def test_shards_go_both_ways(one, other, tmp_path):
    a, x = sequential(one)
    b, _ = sequential(other)
    a.save_weights(tmp_path / "m.weights.json", max_shard_size=150 / 1024**3)
    b.load_weights(tmp_path / "m.weights.json")
    assert_alike(a, b, x)


# -- Every layer, every optimizer ------------------------------------------------------------------
def around(k, make, inputs, call):
    """A model of one layer; what it is called with beside its inputs are inputs, too."""
    arrays = {n: v for n, v in call.items() if keras.tree.flatten(v)[0] is not None}
    arrays = {n: v for n, v in arrays.items() if not isinstance(v, bool)}

    def symbol(x):
        return k.layers.Input(x.shape[1:], dtype=x.dtype.name)

    x, more = keras.tree.map_structure(symbol, (inputs, arrays))
    model = k.Model([x, more] if more else x, make(k.layers)(x, **(call | more)))
    return model, [inputs, arrays] if more else inputs


def assert_loads(one, other, make, inputs, call, path):
    """What `one` saves, in both formats, `other` loads, and gives the same outputs."""
    b, x = around(ours, make, inputs, call)
    with genuine():
        a, _ = around(keras, make, inputs, call)
        a(x)
    a, b = (a, b) if one is keras else (b, a)
    a.set_weights(drawn(a))
    a.save(path / "m.keras")
    a.save_weights(path / "m.weights.h5")
    c = other.saving.load_model(path / "m.keras")
    b.load_weights(path / "m.weights.h5")
    corrected = any("lora" in w.name for w in a.weights)  # files have their sum
    for model in () if corrected else (b, c):
        for v, w in zip(model.weights, a.weights, strict=True):
            close(value(v), value(w), 1e-7, v.path)
    want = values(a(x))
    for model in (b, c):
        for got, w in zip(values(model(x)), want, strict=True):
            close(got, w, 1e-5)


@BOTH
@pytest.mark.parametrize("row", LAYERS, ids=lambda row: row.id)
def test_layers_go_both_ways(one, other, row, tmp_path):
    skip_faults(row)

    def make(layers):
        return getattr(layers, row.layer)(**row.arguments, name="it")

    assert_loads(one, other, make, arrays(row.inputs), row.call, tmp_path)


@BOTH
@pytest.mark.parametrize("index", range(len(CASES)))
def test_layers_of_layers_go_both_ways(one, other, index, tmp_path):
    make, inputs, call = CASES[index]
    if inputs is None or isinstance(make(keras.layers), keras.layers.Lambda):
        pytest.skip("it cannot be called, or its function is not in files")
    assert_loads(one, other, make, inputs, call, tmp_path)


def several_rules(k):
    chosen = k.optimizers.OptimizerMap(k.optimizers.SGD(0.05), {".*bias": k.optimizers.Adam(0.05)})
    return k.optimizers.MultiOptimizer(chosen)


OPTIMIZERS = {
    f"{name}{kwargs}": lambda k, n=name, kw=kwargs: getattr(k.optimizers, n)(0.05, **kw)
    for name, kwargs in RULES
} | {
    "LossScaleOptimizer": lambda k: k.optimizers.LossScaleOptimizer(
        k.optimizers.Adam(0.05), initial_scale=4.0, dynamic_growth_steps=2
    ),
    "MultiOptimizer": several_rules,
    "accumulation": lambda k: k.optimizers.Adam(0.05, gradient_accumulation_steps=3),
    "averages": lambda k: k.optimizers.Adam(0.05, use_ema=True),
}


def stepped(model, x, y, steps):
    for _ in range(steps):
        model.train_on_batch(x, y)


@trains
@BOTH
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_go_on_where_they_were(one, other, name, tmp_path):
    if name.startswith("ScheduleFree") and ENGINE != "jax":
        pytest.skip("there, Keras makes other steps: test_optimizers.py")
    a, x = sequential(one)
    b, _ = sequential(other)
    y = x[:, :2]
    for model, k in ((a, one), (b, other)):
        model.compile(OPTIMIZERS[name](k), loss="mse")
    b.optimizer.build(b.trainable_variables)  # else Keras passes over what the file has of it
    with genuine():
        stepped(a, x, y, 2)
        a.save(tmp_path / "m.keras")
        a.save_weights(tmp_path / "m.weights.h5")
    c = other.saving.load_model(tmp_path / "m.keras")
    b.load_weights(tmp_path / "m.weights.h5")
    stepped(a, x, y, 2)
    for model in (b, c):
        stepped(model, x, y, 2)
        for v, w in zip(model.weights, a.weights, strict=True):
            close(value(v), value(w), 1e-5, v.path)
        for v, w in zip(model.optimizer.variables, a.optimizer.variables, strict=True):
            got, want = (value(u).astype("float64") for u in (v, w))  # steps may be of 64 bits
            close(got, want, 1e-5, v.path)
