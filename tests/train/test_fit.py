"""fit, evaluate, predict: the loop, its data, its errors."""

import gc
import weakref
from importlib import import_module

import numpy as np
import pytest

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 4)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0], [0.5], [3.0]], "float32")).astype("float32")


def linear(kx, **compile_args):
    kx.utils.set_random_seed(1)
    model = kx.Sequential([kx.layers.Input((4,)), kx.layers.Dense(1)])
    model.compile(**({"optimizer": kx.optimizers.SGD(0.1), "loss": "mse"} | compile_args))
    return model


def test_fit_lowers_the_loss_and_returns_the_history(trainer):
    model = linear(trainer, metrics=["mae"])
    history = model.fit(X, Y, epochs=12, batch_size=16, verbose=0, validation_split=0.2)
    assert set(history.history) == {"loss", "mae", "val_loss", "val_mae"}
    assert history.epoch == list(range(12))
    assert history.history["loss"][-1] < 0.02 * history.history["loss"][0]
    np.testing.assert_allclose(model.layers[0].kernel.numpy().ravel(), [1, -2, 0.5, 3], atol=0.05)


def test_evaluate_equals_the_loss_of_the_predictions(trainer):
    model = linear(trainer, metrics=["mae"])
    loss, mae = model.evaluate(X, Y, batch_size=32, verbose=0)
    p = model.predict(X, batch_size=32, verbose=0)
    np.testing.assert_allclose(loss, np.mean((p - Y) ** 2), rtol=1e-5)
    np.testing.assert_allclose(mae, np.mean(np.abs(p - Y)), rtol=1e-5)
    assert model.evaluate(X, Y, verbose=0, return_dict=True).keys() == {"loss", "mae"}


def test_the_reference_engine_evaluates_and_predicts_but_does_not_train(engine, kx):
    if engine != "numpy":
        pytest.skip("the other engines train")
    model = linear(kx, metrics=["mae"])
    assert len(model.evaluate(X, Y, verbose=0)) == 2
    for call in (lambda: model.fit(X, Y, verbose=0), lambda: model.train_on_batch(X, Y)):
        with pytest.raises(NotImplementedError, match=r"does not differentiate.*to_backend"):
            call()


def test_single_batches(trainer):
    model = linear(trainer)
    first = model.train_on_batch(X, Y)
    for _ in range(20):
        model.train_on_batch(X, Y)
    model.reset_metrics()
    assert model.test_on_batch(X, Y) < 0.5 * first
    assert model.predict_on_batch(X).shape == (70, 1)


def test_sample_weights_and_class_weights_scale_the_loss(trainer):
    weights = np.zeros(70, "float32")
    weights[:10] = 7.0
    weighted = linear(trainer).evaluate(X, Y, sample_weight=weights, batch_size=70, verbose=0)
    alone = linear(trainer).evaluate(X[:10], Y[:10], verbose=0)
    np.testing.assert_allclose(weighted, alone, rtol=1e-5)
    labels = (Y > 0).astype("int32")
    model = linear(trainer, loss="binary_crossentropy")
    plain = model.fit(X, labels, batch_size=70, verbose=0).history["loss"][0]
    model = linear(trainer, loss="binary_crossentropy")
    double = model.fit(X, labels, batch_size=70, verbose=0, class_weight={0: 2.0, 1: 2.0})
    np.testing.assert_allclose(double.history["loss"][0], 2 * plain, rtol=1e-5)


def test_batches_may_come_from_a_generator_or_a_dataset(trainer):
    def batches():
        while True:
            for k in range(0, 70, 10):
                yield X[k : k + 10], Y[k : k + 10]

    class Data(trainer.utils.PyDataset):
        def __len__(self):
            return 7

        def __getitem__(self, k):
            return X[10 * k : 10 * k + 10], Y[10 * k : 10 * k + 10]

    generated = linear(trainer).fit(batches(), steps_per_epoch=7, epochs=2, verbose=0)
    numbered = linear(trainer).fit(Data(), epochs=2, shuffle=False, verbose=0)
    arrays = linear(trainer).fit(X, Y, batch_size=10, epochs=2, shuffle=False, verbose=0)
    for other in (generated, numbered):
        np.testing.assert_allclose(other.history["loss"], arrays.history["loss"], rtol=1e-5)


def test_the_same_seed_gives_the_same_run(trainer):
    runs = [linear(trainer).fit(X, Y, epochs=2, batch_size=8, verbose=0).history for _ in range(2)]
    assert runs[0] == runs[1]


def test_epochs_steps_and_stopping(trainer):
    class Stop(trainer.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    model = linear(trainer)
    assert model.fit(X, Y, epochs=9, verbose=0, callbacks=[Stop()]).epoch == [0, 1]
    assert model.fit(X, Y, epochs=5, initial_epoch=3, verbose=0).epoch == [3, 4]
    history = model.fit(X, Y, epochs=4, validation_data=(X, Y), validation_freq=2, verbose=0)
    assert len(history.history["val_loss"]) == 2


@pytest.mark.parametrize(
    "arguments, words",
    [
        (dict(x=X, y=Y[:-1]), "x: 70, y: 69|69, 70|same number of samples"),
        (dict(x=X[:0], y=Y[:0]), "no samples"),
        (dict(x=X, y=Y, batch_size=0), "batch_size=0"),
        (dict(x=X, y=Y, validation_split=1.0), "validation_split=1.0"),
        (dict(x=iter([(X, Y)]), y=Y), "y cannot be given beside"),
        (dict(x=X[:, :3], y=Y), "3"),
        (dict(x=None, y=Y), "x"),
    ],
)
def test_bad_data_is_an_error_that_says_what_was_wrong(trainer, arguments, words):
    with pytest.raises(ValueError, match=words):
        linear(trainer).fit(**arguments, verbose=0)


def test_fit_before_compile_is_an_error(trainer):
    model = trainer.Sequential([trainer.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"compile\(\) first"):
        model.fit(X, Y)
    with pytest.raises(ValueError, match="nonsense"):
        model.compile(loss="nonsense")
    with pytest.raises(ValueError, match="nonsense"):
        model.compile(optimizer="nonsense")


def test_several_outputs_with_losses_and_metrics_by_name(trainer):
    x = trainer.Input((4,))
    model = trainer.Model(
        x, {"a": trainer.layers.Dense(1, name="a")(x), "b": trainer.layers.Dense(1, name="b")(x)}
    )
    model.compile(
        "adam",
        loss={"a": "mse", "b": "mae"},
        loss_weights={"a": 1.0, "b": 0.5},
        metrics={"a": ["mae"]},
    )
    logs = model.fit(X, {"a": Y, "b": Y}, verbose=0, epochs=1).history
    assert set(logs) == {"loss", "a_loss", "b_loss", "a_mae"}
    np.testing.assert_allclose(
        logs["loss"][0], logs["a_loss"][0] + 0.5 * logs["b_loss"][0], rtol=1e-4
    )


def test_a_train_step_written_with_the_engine(trainer, engine):
    class Mine(trainer.Model):
        def __init__(self):
            super().__init__()
            self.dense = trainer.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

    def torch_step(self, data):
        torch = import_module("torch")
        x, y = data
        self.zero_grad()
        loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        loss.backward()
        with torch.no_grad():
            self.optimizer.apply(
                [v.value.grad for v in self.trainable_weights], self.trainable_weights
            )
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
        return {m.name: m.result() for m in self.metrics}

    def tensorflow_step(self, data):
        tf = import_module("tensorflow")
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(y=y, y_pred=self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
        return {m.name: m.result() for m in self.metrics}

    def jax_step(self, state, data):
        jax = import_module("jax")
        trainable, other, optimizer, metrics = state
        x, y = data

        def objective(trainable, other):
            y_pred, after = self.stateless_call(trainable, other, x, training=True)
            return self.compute_loss(x, y, y_pred), after

        (loss, other), grads = jax.value_and_grad(objective, has_aux=True)(trainable, other)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, grads, trainable)
        kept, logs = [], {}
        for metric in self.metrics:
            own = metrics[len(kept) : len(kept) + len(metric.variables)]
            own = metric.stateless_update_state(own, loss)
            logs[metric.name] = metric.stateless_result(own)
            kept += own
        return logs, (trainable, other, optimizer, kept)

    Mine.train_step = {"torch": torch_step, "tensorflow": tensorflow_step, "jax": jax_step}[engine]
    trainer.utils.set_random_seed(1)
    model = Mine()
    model.compile(trainer.optimizers.SGD(0.1), "mse")
    losses = model.fit(X, Y, epochs=8, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.05 * losses[0]


def test_steps_run_uncompiled_on_demand(trainer):
    compiled = linear(trainer).fit(X, Y, epochs=2, verbose=0).history["loss"]
    eager = linear(trainer, run_eagerly=True).fit(X, Y, epochs=2, verbose=0).history["loss"]
    np.testing.assert_allclose(compiled, eager, rtol=1e-5)


def test_added_losses_count(trainer):
    kx = trainer
    x = kx.Input((4,))
    plain = kx.Model(x, kx.layers.Dense(1, kernel_initializer="ones")(x))
    y = kx.layers.Dense(1, kernel_initializer="ones", kernel_regularizer="l2")(x)
    penalized = kx.Model(x, y)
    for model in (plain, penalized):
        model.compile("sgd", "mse")
    gap = penalized.evaluate(X, Y, verbose=0) - plain.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(gap, 0.04, rtol=1e-3)


def test_freezing_a_layer_holds_its_weights(trainer):
    kx = trainer
    model = kx.Sequential([kx.layers.Input((4,)), kx.layers.Dense(3), kx.layers.Dense(1)])
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    before = model.layers[0].kernel.numpy().copy()
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), before)
    model.layers[0].trainable = True
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert np.abs(model.layers[0].kernel.numpy() - before).max() > 0


def test_a_model_that_nobody_holds_is_let_go(trainer):
    model = linear(trainer, optimizer="adam", metrics=["mae"])
    model.fit(X, Y, batch_size=16, verbose=0, validation_data=(X, Y))
    model.predict(X, verbose=0)
    left = [weakref.ref(x) for x in (model, model.layers[0], model.optimizer)]
    del model
    gc.collect()
    assert [ref() for ref in left] == [None] * 3


class Sizes:
    """The numbers of samples that a model meets, batch by batch."""

    def __init__(self, k):
        sizes = self.seen = []

        class Look(k.layers.Layer):
            def call(self, x):
                sizes.append(x.shape[0])
                return x

        self.model = k.Sequential([Look(), k.layers.Dense(1)])
        self.model.compile("sgd", "mse", run_eagerly=True)
        self.model.fit(X[:1], Y[:1], verbose=0)  # what is built looks at shapes alone

    def __call__(self, method, *args, **kwargs):
        self.seen.clear()
        out = getattr(self.model, method)(*args, verbose=0, **kwargs)
        return list(self.seen), out


def test_steps_without_a_batch_size_share_the_data(trainer):
    sizes = Sizes(trainer)  # of 70 samples
    assert sizes("fit", X, Y, steps_per_epoch=3, epochs=2)[0] == [24, 24, 22] * 2
    assert sizes("evaluate", X, Y, steps=4)[0] == [18, 18, 18, 16]
    seen, out = sizes("predict", X, steps=2)
    assert seen == [35, 35] and out.shape == (70, 1)
    given = dict(validation_data=(X, Y), validation_steps=2, batch_size=None)
    assert sizes("fit", X, Y, **given)[0] == [32, 32, 6, 35, 35]
    given = dict(validation_split=0.2, steps_per_epoch=2, validation_steps=2)
    assert sizes("fit", X, Y, **given)[0] == [28, 28, 7, 7]


def test_an_epoch_ends_where_the_data_do(trainer):
    sizes = Sizes(trainer)
    given = dict(batch_size=30, shuffle=False)  # three batches, the last of 10
    seen, _ = sizes("fit", X, Y, steps_per_epoch=1, epochs=4, **given)
    assert seen == [30, 30, 10, 30]  # each goes on where the last one stopped
    with pytest.warns(UserWarning, match="ended after 1 of 2 steps"):
        seen, _ = sizes("fit", X, Y, steps_per_epoch=2, epochs=3, **given)
    assert seen == [30, 30, 10, 30, 30]
    with pytest.warns(UserWarning, match="ended after 3 of 5 steps"):
        assert len(sizes("predict", X, batch_size=30, steps=5)[1]) == 70


def test_training_ends_where_a_generator_does(trainer):
    batches = ((X, Y) for _ in range(4))
    with pytest.warns(UserWarning, match="ended after 0 of 2 steps"):
        history = linear(trainer).fit(batches, steps_per_epoch=2, epochs=9, verbose=0)
    assert history.epoch == [0, 1] and len(history.history["loss"]) == 2


def test_a_metric_may_give_its_variable(trainer):
    class Seen(trainer.metrics.Metric):
        def __init__(self):
            super().__init__(name="seen")
            self.total = self.add_variable((), "zeros", name="total")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(trainer.ops.sum(trainer.ops.ones_like(y_pred)))

        def result(self):
            return self.total

    model = trainer.Sequential([trainer.Input((4,)), trainer.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=[Seen()])
    assert model.fit(X, Y, verbose=0).history["seen"] == [70.0]
    assert model.evaluate(X, Y, verbose=0, return_dict=True)["seen"] == 70.0


def test_a_frozen_model_is_fitted_in_vain(trainer):
    model = linear(trainer)
    model.trainable = False
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    for now, was in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, was)


def test_the_loss_is_kept_as_it_was_given(trainer):
    model = linear(trainer)
    model.compile("sgd", loss="mae")
    assert model.loss == "mae"
