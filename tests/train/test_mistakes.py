"""What a newcomer gets wrong is told in words that say what to do."""

import numpy as np
import pytest

X, Y = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")


@pytest.fixture
def model(trainer):
    return trainer.Sequential([trainer.Input((4,)), trainer.layers.Dense(2)])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("adamm", "mse"), "'adamm' is not an optimizer: did you mean 'adam'?"),
        (("adam", "mean_sqared_error"), "'mean_sqared_error' is not a loss: did you mean 'mean_sq"),
        (("adam", "mse", None, ["acuracy"]), "'acuracy' is not a metric: did you mean 'accuracy'?"),
        (("adam", "mse", ["accuracy"]), r"expected numbers. .* metrics=\['accuracy'\]"),
    ],
)
def test_what_compile_cannot_take(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        model.compile(*arguments)


@pytest.mark.parametrize(
    "data, message",
    [
        ((X, Y[:5]), "same number of samples; got x: 8, y: 5"),
        ((X[:, :3], Y), "expected axis -1 to have size 4, found 3"),
        (
            (X, np.ones((8, 3))),
            r"mean_squared_error: targets of shape .*3\) do not fit predictions",
        ),
        ((X,), "the model has a loss, but no targets in the data: give y"),
        ((X.tolist(), Y), r"If x is one array, make it one: np.array\(x\)"),
    ],
)
def test_what_fit_cannot_take(model, data, message):
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=message):
        model.fit(*data, verbose=0)


def test_fit_before_compile(model):
    with pytest.raises(ValueError, match=r"call compile\(\) first"):
        model.fit(X, Y)


def test_the_class_of_a_callback_is_no_callback(trainer, model):
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"got the class EarlyStopping: give an object of it"):
        model.fit(X, Y, callbacks=[trainer.callbacks.EarlyStopping])


def test_a_name_like_none_brings_the_whole_list(reference):
    with pytest.raises(
        ValueError, match=r"'zzz' is not a loss: expected one of .*mean_squared_error"
    ):
        reference.losses.get("zzz")
    with pytest.raises(ValueError, match=r"activation='relo'.* did you mean 'relu'\?"):
        reference.layers.Dense(2, "relo")
