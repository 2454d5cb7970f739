"""Small batches are taken several at once where that changes nothing, and only there."""

import numpy as np
import pytest

rng = np.random.default_rng(0)
X = rng.normal(size=(42, 6)).astype("float32")
SIZE = 4


def dense(kx):
    layers = kx.layers
    return kx.Sequential([layers.Input((6,)), layers.Dense(8, "relu"), layers.Dense(3)])


def columns(kx):
    x = kx.Input((6,))
    left, right = x[:, :3], x[:, 3:]
    return kx.Model(x, kx.layers.Dense(3)(kx.ops.tanh(left) * right + 1.0))


def nested(kx):
    x = kx.Input((6,))
    return kx.Model(x, kx.layers.BatchNormalization()(dense(kx)(x)))


APART = [dense, columns, nested]


def of_batch(kx):
    x = kx.Input((6,))
    return kx.Model(x, kx.ops.flip(x, axis=0) + x)


def softmax_over_batch(kx):
    return kx.Sequential([kx.layers.Input((6,)), kx.layers.Softmax(axis=0)])


def function(kx):
    mean = lambda x: x - kx.ops.mean(x, axis=0, keepdims=True)
    return kx.Sequential([kx.layers.Input((6,)), kx.layers.Lambda(mean)])


def activation(kx):
    largest = lambda x: x / kx.ops.max(kx.ops.abs(x))
    return kx.Sequential([kx.layers.Input((6,)), kx.layers.Dense(3, activation=largest)])


def of_users_class(kx):
    class Ours(kx.Model):
        def predict_step(self, data):
            y = super().predict_step(data)
            return y - kx.ops.mean(y, axis=0)

    x = kx.Input((6,))
    return Ours(x, kx.layers.Dense(3)(x))


def one_size(kx):
    x = kx.Input(batch_shape=(SIZE, 6))
    return kx.Model(x, kx.layers.Dense(3)(x))


def batch_statistics(kx):
    x = kx.Input((6,))
    return kx.Model(x, kx.layers.BatchNormalization()(x, training=True))


def batch_statistics_inside(kx):
    norm = kx.Sequential([kx.layers.Input((6,)), kx.layers.BatchNormalization()])
    x = kx.Input((6,))
    return kx.Model(x, norm(x, training=True))


MIXED = [
    of_batch, softmax_over_batch, function, activation, of_users_class, one_size, batch_statistics,
    batch_statistics_inside,
]  # fmt: skip


def by_hand(kx, model, rows):
    """What the model gives for batches, one after the other."""
    step, outputs = model.make_predict_function(force=True), []
    for k in range(0, len(rows), SIZE):
        y = step(kx.ops.convert_to_tensor(rows[k : k + SIZE]), None, None)
        outputs.append(kx.ops.convert_to_numpy(y))
    return np.concatenate(outputs)


@pytest.mark.parametrize("build", APART)
def test_samples_that_are_apart_are_taken_together(kx, build):
    model = build(kx)
    assert model._at_once("predict", SIZE) > 1
    got = model.predict(X, batch_size=SIZE, verbose=0)
    np.testing.assert_allclose(got, by_hand(kx, model, X), rtol=1e-5, atol=1e-6)


def test_all_of_them_have_one_size_where_another_is_compiled_for_anew(kx, backend, monkeypatch):
    monkeypatch.setattr(backend, "AT_ONCE", 500)
    model, sizes = dense(kx), []
    times = model._at_once("predict", SIZE)
    assert 1 < times < len(X) / SIZE
    wanted, step = by_hand(kx, model, X), model.make_predict_function()

    def watched(x, *rest):
        sizes.append(len(x))
        return step(x, *rest)

    monkeypatch.setattr(model, "make_predict_function", lambda: watched)
    got = model.predict(X, batch_size=SIZE, verbose=0)
    whole, rest = divmod(len(X), times * SIZE)
    last = times * SIZE if backend.RECOMPILES else rest
    assert sizes == [times * SIZE] * whole + [last] and rest
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    sizes.clear()
    few = model.predict(X[: SIZE + 1], batch_size=SIZE, verbose=0)
    assert sizes == ([SIZE] * 2 if backend.RECOMPILES else [SIZE + 1])
    np.testing.assert_allclose(few, wanted[: SIZE + 1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("build", MIXED)
def test_samples_that_are_not_are_left_in_their_batches(kx, build):
    model = build(kx)
    assert model._at_once("predict", SIZE) == 1
    rows = X[:40]
    got = model.predict(rows, batch_size=SIZE, verbose=0)
    np.testing.assert_allclose(got, by_hand(kx, model, rows), rtol=1e-5, atol=1e-6)


def test_large_batches_stay_as_they_are(kx):
    model = dense(kx)
    assert model._at_once("predict", 10**6) == 1


def test_callbacks_see_the_batches_that_were_asked_for(kx):
    class Watcher(kx.callbacks.Callback):
        seen = 0

        def on_predict_batch_end(self, batch, logs=None):
            assert len(logs["outputs"]) <= SIZE
            self.seen += 1

    model, watcher = dense(kx), Watcher()
    model.predict(X, batch_size=SIZE, verbose=0, callbacks=[watcher])
    assert watcher.seen == 11
    assert len(model.predict(X, batch_size=SIZE, verbose=0, steps=2)) == 2 * SIZE


@pytest.mark.parametrize("weighted", [False, True])
def test_evaluation_weighs_batches_by_their_samples(trainer, weighted):
    model = dense(trainer)
    y = rng.normal(size=(42, 3)).astype("float32")
    weights = rng.random(42).astype("float32") if weighted else None
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mae"] if weighted else None)

    class Watcher(trainer.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            logs["loss"]

    options = {"batch_size": SIZE, "verbose": 0, "sample_weight": weights}
    together = model.evaluate(X, y, **options)
    np.testing.assert_allclose(
        together, model.evaluate(X, y, **options, callbacks=[Watcher()]), rtol=1e-5
    )
