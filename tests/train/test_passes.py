"""The quick ways over the data give what step by step gives, and compile as often as they must."""

import functools
from importlib import import_module

import numpy as np
import pytest

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 6)).astype("float32")
Y = rng.integers(0, 3, 90)
WEIGHTS = rng.random(90).astype("float32")
WORDS = rng.integers(0, 5, (90, 7))


def classifier(kx):
    kx.utils.set_random_seed(3)
    layers = kx.layers
    return kx.Sequential(
        [
            layers.Input((6,)),
            layers.Dense(8, activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(momentum=0.8),
            layers.Dense(3),
        ]
    )


def reader(kx):
    """A model whose outputs carry masks."""
    kx.utils.set_random_seed(3)
    layers = kx.layers
    return kx.Sequential(
        [
            layers.Input((7,), dtype="int32"),
            layers.Embedding(5, 4, mask_zero=True),
            layers.LSTM(4, return_sequences=True),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def two_ends(kx):
    kx.utils.set_random_seed(3)
    x = kx.layers.Input((6,))
    return kx.Model(x, [kx.layers.Dense(3, name="a")(x), kx.layers.Dense(1, name="b")(x)])


def compiled(kx, build):
    model = build(kx)
    loss = kx.losses.SparseCategoricalCrossentropy(from_logits=True)
    if build is classifier:
        top = kx.metrics.SparseTopKCategoricalAccuracy(2, name="top")
        model.compile("adam", loss, metrics=["accuracy", top], weighted_metrics=["accuracy"])
        return model, (X, Y), {"sample_weight": WEIGHTS}
    if build is reader:
        metrics = ["accuracy", kx.metrics.AUC(20, name="auc")]
        model.compile("adam", "binary_crossentropy", metrics=metrics)
        return model, (WORDS, (WORDS > 2)[..., None].astype("float32")), {}
    model.compile("sgd", [loss, "mse"], metrics=[["accuracy"], ["mae"]], loss_weights=[1, 0.5])
    return model, (X, [Y, X[:, :1]]), {}


def results(kx, build, watched=False, **options):
    """Histories, metrics and outputs of a short training; `watched`: step by step."""

    class Watcher(kx.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            logs["loss"]

        on_test_batch_end = on_train_batch_end

    model, data, beside = compiled(kx, build)
    callbacks = [Watcher()] if watched else []
    options = {"batch_size": 16, "verbose": 0, "callbacks": callbacks} | options
    history = model.fit(*data, epochs=3, shuffle=False, validation_split=0.3, **options, **beside)
    scores = model.evaluate(*data, **options, return_dict=True, **beside)
    outputs = model.predict(data[0], batch_size=16, verbose=0)
    return history.history, scores, outputs


def same(a, b):
    if isinstance(a, dict):
        assert list(a) == list(b)
        a, b = list(a.values()), list(b.values())
    if isinstance(a, list) and not np.isscalar(a[0]):
        for x, y in zip(a, b, strict=True):
            same(x, y)
        return
    np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("build", [classifier, reader, two_ends])
def test_nobody_looking_changes_nothing(trainer, build):
    for a, b in zip(results(trainer, build), results(trainer, build, watched=True)):
        same(a, b)


@pytest.mark.parametrize("build", [classifier, reader, two_ends])
def test_logs_that_are_kept_are_those_of_their_batch(trainer, build):
    def logs_of(kind):
        """What a callback that keeps logs, or reads them, has after all."""
        kept = []

        class Keeper(trainer.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                kept.append(logs if kind == "kept" else dict(logs))

            on_test_batch_end = on_train_batch_end

        model, data, beside = compiled(trainer, build)
        model.fit(*data, batch_size=16, epochs=2, shuffle=False, validation_split=0.3, verbose=0,
                  callbacks=[Keeper()], **beside)  # fmt: skip
        return [dict(logs) for logs in kept]

    kept, read = logs_of("kept"), logs_of("read")
    assert len(read) == 12 and len({logs["loss"] for logs in read}) == 12
    for a, b in zip(kept, read, strict=True):
        same(a, b)


def test_calls_take_more_steps_when_these_prove_quick(trainer, backend, monkeypatch):
    if trainer.backend.backend() != "tensorflow":
        pytest.skip("the other engines know before, or take one step a call")
    usual = results(trainer, classifier, batch_size=4)
    loops, given = import_module(f"{backend.__name__}.loop"), []
    monkeypatch.setattr(loops, "FIRST", 2)
    monkeypatch.setattr(loops, "SECONDS", 1e9)
    call = loops.Loop.__call__
    monkeypatch.setattr(
        loops.Loop,
        "__call__",
        lambda s, data, rows: given.append(len(data[0])) or call(s, data, rows),
    )
    for a, b in zip(usual, results(trainer, classifier, batch_size=4)):
        same(a, b)
    assert given[0] == 2 and max(given) > 2


@pytest.mark.parametrize("build", [classifier, reader, two_ends])
def test_a_last_batch_that_is_filled_up_counts_as_it_is(trainer, build, monkeypatch):
    quick = results(trainer, build)
    programs = __import__(f"{trainer.__name__}.train.programs", fromlist=["programs"])
    monkeypatch.setattr(programs, "keeps_samples_apart", lambda *_: False)
    monkeypatch.setattr(programs, "measures_apart", lambda *_: False)
    for a, b in zip(quick, results(trainer, build)):
        same(a, b)


@pytest.mark.parametrize("build", [classifier, reader, two_ends])
def test_data_held_by_the_device_gives_the_same(trainer, backend, build, monkeypatch):
    from_host, held = results(trainer, build), []
    rows = getattr(backend, "pick", lambda a, index: backend.convert(backend.to_numpy(a)[index]))
    monkeypatch.setattr(backend, "indices", getattr(backend, "indices", np.asarray), raising=False)
    monkeypatch.setattr(backend, "hold", lambda a: held.append(a) or [*map(backend.convert, a)])
    monkeypatch.setattr(backend, "pick", rows, raising=False)
    for a, b in zip(from_host, results(trainer, build)):
        same(a, b)
    assert len(held) == 2  # what fit trains on, and what it validates on
    trainer.utils.set_random_seed(1)
    model, data, beside = compiled(trainer, build)
    mixed = model.fit(*data, batch_size=16, verbose=0, shuffle=True, **beside)
    monkeypatch.setattr(backend, "hold", None)
    trainer.utils.set_random_seed(1)
    model, data, beside = compiled(trainer, build)
    same(model.fit(*data, batch_size=16, verbose=0, shuffle=True, **beside).history, mixed.history)


@pytest.mark.parametrize(("group", "seen"), [(4, [3, 5]), (5, [4, 5])])
def test_class_weights_and_groups_of_steps(trainer, backend, monkeypatch, group, seen):
    if trainer.backend.backend() == "jax":  # a call takes all steps of a group, or some of them
        loops = import_module(f"{backend.__name__}.loop")
        monkeypatch.setattr(loops, "MOST", 4)
    weights = {0: 1.0, 1: 0.5, 2: 2.0}
    model, data, _ = compiled(trainer, classifier)
    alone = model.fit(*data, batch_size=16, shuffle=False, verbose=0, class_weight=weights)

    class Watcher(trainer.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seen = []

        def on_train_batch_end(self, batch, logs=None):
            self.seen.append(batch)

    model, data, _ = compiled(trainer, classifier)
    model._compiled.arguments["steps_per_execution"] = group
    watcher = Watcher()
    watched = model.fit(
        *data, batch_size=16, shuffle=False, verbose=0, class_weight=weights, callbacks=[watcher]
    )
    assert watcher.seen == seen  # of six steps, of which the last is short
    same(alone.history, watched.history)


def test_each_kind_of_step_is_traced_once(trainer):
    if trainer.backend.backend() not in ("jax", "tensorflow"):
        pytest.skip("torch runs call by call")
    model, data, _ = compiled(trainer, classifier)
    calls, relu = [], model.layers[0].activation

    @functools.wraps(relu)  # or it would be taken for a user's, which may look across samples
    def counting(x):
        if not isinstance(x, trainer.KerasTensor):  # to build a model, symbols go through it
            calls.append(1)
        return relu(x)

    model.layers[0].activation = counting
    model.fit(*data, batch_size=16, epochs=3, verbose=0)
    assert len(calls) == 1
    model.fit(*data, batch_size=16, epochs=1, verbose=0)
    assert len(calls) == 1
    model.evaluate(*data, batch_size=16, verbose=0)
    model.evaluate(X[:50], Y[:50], batch_size=16, verbose=0)
    assert len(calls) == 2
    model.predict(X, batch_size=16, verbose=0)
    model.predict(X[:50], batch_size=16, verbose=0)
    assert len(calls) == 3


def test_what_users_wrote_is_not_taken_apart(trainer):
    """A layer of the user's may look across samples: its last batch comes as it is."""

    class Centered(trainer.layers.Layer):
        def call(self, x):
            return x - trainer.ops.mean(x, axis=0, keepdims=True)

    model = trainer.Sequential([trainer.layers.Input((6,)), Centered()])
    model.compile("sgd", "mse")
    got = model.predict(X, batch_size=40, verbose=0)
    want = np.concatenate([p - p.mean(0) for p in (X[:40], X[40:80], X[80:])])
    np.testing.assert_allclose(got, want, atol=1e-6)
    loss = model.evaluate(X, X * 0, batch_size=40, verbose=0)
    assert loss == pytest.approx((want**2).mean(), rel=1e-5)


def test_a_loss_under_masks_is_the_mean_over_batches_whoever_looks(trainer):
    """In each batch it is a mean over the steps that count, and batches have not equally many."""

    class Looks(trainer.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            pass

    words = np.where(rng.random((90, 7)) < np.linspace(0, 1, 90)[:, None], 0, WORDS)
    model, (_, y), _ = compiled(trainer, reader)
    seen, unseen = (
        model.evaluate(words, y, batch_size=7, verbose=0, callbacks=callbacks, return_dict=True)
        for callbacks in ([Looks()], None)
    )
    counts = [(words[i : i + 7] != 0).sum() for i in range(0, 90, 7)]
    assert len(set(counts)) > 1
    for name, number in seen.items():
        assert unseen[name] == pytest.approx(number, rel=1e-5), name


def dropped_from_a_list(model):
    model.parts.pop()


def put_into_a_dict(model):
    model.named["one"] = model.spare


def set_to_none(model):
    model.last = None


def penalized(model):
    model.last.kernel.regularizer = model.penalty


@pytest.mark.parametrize("change", [dropped_from_a_list, put_into_a_dict, set_to_none, penalized])
def test_parts_that_change_behind_our_back_are_seen(trainer, change):
    kx = trainer

    class Sums(kx.Model):
        def __init__(self):
            super().__init__()
            dense = [kx.layers.Dense(3) for _ in range(5)]
            self.parts, self.named, self.last, self.spare = dense[:2], {"one": dense[2]}, *dense[3:]
            self.penalty = kx.regularizers.L2(0.5)

        def build(self, shape):
            for layer in (*self.parts, self.named["one"], self.last, self.spare):
                layer.build(shape)

        def call(self, x):
            called = [*self.parts, *self.named.values(), *filter(None, [self.last])]
            return sum(layer(x) for layer in called)

    kx.utils.set_random_seed(0)
    model = Sums()
    model.compile("sgd", "mse")
    model.evaluate(X, X[:, :3], verbose=0)
    before = model.evaluate(X, X[:, :3], verbose=0)
    change(model)
    after = model.evaluate(X, X[:, :3], verbose=0)
    y = kx.ops.convert_to_numpy(model(X))
    expected = ((y - X[:, :3]) ** 2).mean() + sum(
        float(kx.ops.convert_to_numpy(x)) for x in model.losses
    )
    assert abs(after - before) > 1e-3
    assert after == pytest.approx(expected, rel=1e-5)
