"""Callbacks: each on a model made of numbers, so that what they do is seen."""

import csv
import io
import json
import math
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest

from kerasx import callbacks, optimizers
from kerasx.core.variable import Variable
from kerasx.train.callbacks import callback_list
from kerasx.train.callbacks.callback_list import LazyLogs
from kerasx.train.callbacks.progbar import Progbar, clock, duration


class Model:
    """What callbacks see of a model: one weight, the number of the epoch."""

    def __init__(self):
        self.optimizer = optimizers.SGD(0.1)
        self.stop_training, self.weight = False, 0
        self.metrics = [
            SimpleNamespace(name="acc", _direction="up"),
            SimpleNamespace(name="mae", _direction="down"),
        ]
        self.saved, self.loaded = [], None

    def get_weights(self):
        return [self.weight]

    def set_weights(self, weights):
        (self.weight,) = weights

    def save(self, path, overwrite=True):
        self.saved.append(path)
        with open(path, "w") as file:
            file.write(str(self.weight))

    save_weights = save

    def load_weights(self, path):
        with open(path) as file:
            self.loaded = file.read()


def run(callback, numbers, name="val_loss", batches=1):
    """A training whose monitored number is given for each epoch; the model, and the last logs."""
    model = Model()
    hooks = callbacks.CallbackList(
        [callback], add_history=True, model=model, epochs=len(numbers), steps=1, verbose=0
    )
    hooks.on_train_begin()
    for epoch, number in enumerate(numbers):
        hooks.on_epoch_begin(epoch)
        model.weight = epoch
        for k in range(batches):
            hooks.on_train_batch_begin(k)
            hooks.on_train_batch_end(k, {"loss": np.float32(number)})
        hooks.on_epoch_end(epoch, {name: number})
        if model.stop_training:
            break
    hooks.on_train_end()
    return model


KINDS = ("train", "test", "predict")


# -- CallbackList and logs ------------------------------------------------------------------------
def test_only_the_hooks_that_are_wanted_are_called():
    seen = []
    hooks = callbacks.CallbackList(
        callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((epoch, logs))),
        model=Model(),
    )
    assert not any(map(hooks.wants_batches, KINDS))
    hooks.on_train_batch_end(0, {"loss": object()})  # not looked at
    hooks.on_epoch_end(3, {"loss": 1.0})
    assert seen == [(3, {"loss": 1.0})]


def test_both_names_of_a_hook_of_batches_count():
    class Old(callbacks.Callback):
        def on_batch_end(self, batch, logs=None):
            self.seen = batch, logs["loss"]

    old = Old()
    hooks = callbacks.CallbackList([old])
    assert hooks.wants_batches("train")
    hooks.on_train_batch_end(4, {"loss": np.float32(0.5)})
    assert old.seen == (4, 0.5) and type(old.seen[1]) is float


def test_logs_are_read_when_they_are_looked_at_and_once():
    reads = []

    class Scalar:
        ndim, shape, dtype = 0, (), "float32"

        def __array__(self, dtype=None, copy=None):
            reads.append(1)
            return np.array(2.5, "float32")

    logs = LazyLogs({"loss": Scalar(), "other": Scalar()})
    assert list(logs) == ["loss", "other"] and "loss" in logs and len(logs) == 2 and not reads
    assert logs["loss"] == logs.get("loss") == 2.5 and len(reads) == 1
    assert dict(logs) == {**logs} == logs.copy() == {"loss": 2.5, "other": 2.5} and len(reads) == 2
    assert f"{logs}" == "{'loss': 2.5, 'other': 2.5}" and json.loads(json.dumps(dict(logs.items())))
    logs["new"] = 1
    assert logs.pop("new") == 1 and logs.pop("new", None) is None and (logs | {"a": 1})["a"] == 1


def test_logs_that_a_function_gives_are_asked_for_when_they_are_looked_at():
    asked = []

    def given():
        asked.append(1)
        return {"loss": np.float32(0.5)}

    looks = [
        len, list, bool, repr, dict, str, lambda x: "loss" in x, lambda x: x.get("loss"),
        lambda x: x["loss"], lambda x: {**x}, lambda x: x | {}, lambda x: {} | x, lambda x: x == {},
        lambda x: x.keys(), lambda x: x.setdefault("a", 1), lambda x: x.update(a=1),
        lambda x: x.pop("loss"), lambda x: x.copy(), lambda x: [*x.items()],
        lambda x: [*x.values()],
    ]  # fmt: skip
    for look in looks:
        logs = LazyLogs(given)
        assert not asked
        look(logs)
        assert asked.pop() and not asked
    logs = LazyLogs(given)
    logs["mine"] = 1
    assert dict(logs) == {"loss": 0.5, "mine": 1}


def test_a_callback_with_an_interval_is_called_that_often_at_most(monkeypatch):
    class Rare(callbacks.Callback):
        batch_interval = 0.5

        def __init__(self):
            self.seen = []

        def on_train_batch_end(self, batch, logs=None):
            self.seen.append(batch)

    now = [10.0]
    monkeypatch.setattr(callback_list, "perf_counter", lambda: now[0])
    rare = Rare()
    hooks = callbacks.CallbackList([rare])
    assert not hooks.wants_batches("train")
    for k in range(10):
        hooks.on_train_batch_end(k, {"loss": 1.0})
        now[0] += 0.2
    assert rare.seen == [0, 3, 6, 9]


def test_every_training_gets_the_default_callbacks():
    made = []
    callback_list.default_callbacks.append(lambda: made.append(callbacks.Callback()) or made[-1])
    try:
        training = callbacks.CallbackList(add_history=True, model=Model())
        callbacks.CallbackList(model=Model())
    finally:
        callback_list.default_callbacks.pop()
    assert len(made) == 1 and made[0] in training.callbacks


def test_history_has_a_list_for_each_name_and_what_callbacks_add():
    model = run(callbacks.ReduceLROnPlateau(), [3.0, 2.0])
    assert model.history.epoch == [0, 1]
    assert model.history.history == {
        "val_loss": [3.0, 2.0],
        "learning_rate": [pytest.approx(0.1)] * 2,
    }


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="expected Callback"):
        callbacks.CallbackList([3])


# -- EarlyStopping --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kwargs", "numbers", "last"),
    [
        ({}, [3, 3, 1], 1),
        ({"patience": 2}, [3, 2, 1, 2, 2, 2], 4),
        ({"patience": 2, "min_delta": 0.5}, [3, 2.8, 2.6, 2.4], 2),
        ({"patience": 1, "start_from_epoch": 3}, [1, 2, 3, 4, 5, 6], 4),
        ({"patience": 2, "baseline": 0.5}, [3, 2, 1, 0.9], 3),
        ({"monitor": "val_acc", "patience": 1}, [1, 2, 3, 2.5, 5], 3),
        ({"monitor": "val_mae", "patience": 1}, [3, 2, 2.5, 5], 2),
        ({"monitor": "any", "mode": "max"}, [3, 2], 1),
    ],
)
def test_early_stopping_ends_at(kwargs, numbers, last):
    model = run(callbacks.EarlyStopping(**kwargs), numbers, kwargs.get("monitor", "val_loss"))
    assert model.weight == last


@pytest.mark.parametrize("patience", [1, 9])
def test_early_stopping_puts_the_best_weights_back(patience, capsys):
    callback = callbacks.EarlyStopping(patience=patience, restore_best_weights=True, verbose=1)
    assert run(callback, [3, 1, 2, 2]).weight == 1
    assert "best epoch: 2" in capsys.readouterr().out


def test_a_number_of_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="mode='max'"):
        run(callbacks.EarlyStopping(monitor="any"), [1, 2], "any")


def test_a_number_that_is_not_there_earns_a_warning():
    with pytest.warns(UserWarning, match="no 'val_loss' in the logs, which have other"):
        run(callbacks.EarlyStopping(), [1], "other")


def test_an_unknown_mode_earns_a_warning():
    with pytest.warns(UserWarning, match="mode='best'"):
        assert callbacks.EarlyStopping(mode="best").mode == "auto"


# -- Learning rates -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kwargs", "count", "rate"),
    [
        ({"patience": 2}, 3, 0.1),
        ({"patience": 2}, 4, 0.05),
        ({"patience": 2}, 8, 0.0125),
        ({"patience": 1, "cooldown": 2}, 4, 0.05),
        ({"patience": 1, "cooldown": 2}, 5, 0.025),
        ({"patience": 1, "min_lr": 0.04}, 9, 0.04),
    ],
)
def test_the_rate_is_lowered_where_nothing_gets_better(kwargs, count, rate):
    model = run(callbacks.ReduceLROnPlateau(factor=0.5, **kwargs), [3, *[2] * (count - 1)])
    assert float(model.optimizer.learning_rate) == pytest.approx(rate)


def test_a_factor_that_lowers_nothing_is_refused():
    with pytest.raises(ValueError, match="less than 1"):
        callbacks.ReduceLROnPlateau(factor=1.0)
    with pytest.raises(TypeError, match="'epsilon'"):
        callbacks.ReduceLROnPlateau(epsilon=1)


@pytest.mark.parametrize(
    "schedule", [lambda epoch, lr: lr / 2, lambda epoch: 0.1 / 2 ** (epoch + 1)]
)
def test_a_scheduler_sets_the_rate(schedule, capsys):
    model = run(callbacks.LearningRateScheduler(schedule, verbose=1), [1, 1])
    assert float(model.optimizer.learning_rate) == pytest.approx(0.025)
    assert model.history.history["learning_rate"] == [pytest.approx(0.05), pytest.approx(0.025)]
    assert "Epoch 2" in capsys.readouterr().out


def test_a_schedule_must_give_a_number():
    with pytest.raises(ValueError, match="expected a number"):
        run(callbacks.LearningRateScheduler(lambda epoch: "fast"), [1])


# -- Files ----------------------------------------------------------------------------------------
def test_a_checkpoint_is_named_after_epoch_and_logs(tmp_path):
    model = run(
        callbacks.ModelCheckpoint(tmp_path / "new" / "{epoch:02d}-{val_loss:.2f}.keras"), [3, 2]
    )
    assert model.saved == [str(tmp_path / "new" / n) for n in ("01-3.00.keras", "02-2.00.keras")]


@pytest.mark.parametrize(
    ("kwargs", "epochs"),
    [({}, [0, 1, 3]), ({"initial_value_threshold": 2.5}, [1, 3]), ({"mode": "max"}, [0, 2])],
)
def test_only_the_best_are_kept(tmp_path, kwargs, epochs, capsys):
    path = tmp_path / "{epoch}.weights.h5"
    callback = callbacks.ModelCheckpoint(
        path, save_best_only=True, save_weights_only=True, verbose=1, **kwargs
    )
    model = run(callback, [3, 2, 4, 1])
    assert model.saved == [str(tmp_path / f"{k + 1}.weights.h5") for k in epochs]
    assert "saved to" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("freq", "names"), [(2, ["1-2", "2-1", "2-3"]), (3, ["1-3", "2-3"]), (4, ["2-1"])]
)
def test_checkpoints_may_count_batches(tmp_path, freq, names):
    model = run(
        callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}.keras", save_freq=freq),
        [1, 1],
        batches=3,
    )
    assert [p.rsplit("/")[-1] for p in model.saved] == [f"{n}.keras" for n in names]


def test_a_checkpoint_every_epoch_looks_at_no_batch(tmp_path):
    hooks = callbacks.CallbackList([callbacks.ModelCheckpoint(tmp_path / "a.keras")])
    assert not hooks.wants_batches("train")


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"filepath": "a"}, "'.keras'"),
        ({"filepath": "a.keras", "save_weights_only": True}, "'.weights.h5'"),
        ({"filepath": "a.keras", "save_freq": "often"}, "save_freq='often'"),
    ],
)
def test_a_checkpoint_that_cannot_be_is_refused(kwargs, message):
    with pytest.raises(ValueError, match=message):
        callbacks.ModelCheckpoint(**kwargs)


def test_a_name_that_the_logs_have_not_is_told(tmp_path):
    with pytest.raises(KeyError, match=r"there is epoch, val_loss"):
        run(callbacks.ModelCheckpoint(tmp_path / "{acc}.keras"), [1])


def test_a_training_that_was_cut_off_goes_on(tmp_path):
    backup = callbacks.BackupAndRestore(tmp_path / "backup", double_checkpoint=True)
    model = Model()
    hooks = callbacks.CallbackList([backup], model=model)
    hooks.on_train_begin()
    assert hooks.resumes_at is None
    for epoch in range(3):
        model.weight = epoch
        hooks.on_epoch_end(epoch, {})
    again = callbacks.CallbackList([callbacks.BackupAndRestore(tmp_path / "backup")], model=model)
    again.on_train_begin()
    assert again.resumes_at == 3 and model.loaded == "2"
    (tmp_path / "backup" / "latest.json").write_text("{")
    again = callbacks.CallbackList([backup], model=model)
    again.on_train_begin()
    assert again.resumes_at == 2 and model.loaded == "1"
    again.on_train_end()
    assert not (tmp_path / "backup").exists()


def test_rows_of_a_csv_file(tmp_path):
    path = tmp_path / "log.csv"
    run(callbacks.CSVLogger(path), [3, 2])
    run(callbacks.CSVLogger(path, append=True), [1])
    rows = list(csv.reader(io.StringIO(path.read_text())))
    assert rows == [["epoch", "val_loss"], ["0", "3"], ["1", "2"], ["0", "1"]]


# -- The rest -------------------------------------------------------------------------------------
def test_a_loss_that_is_no_number_ends_the_training():
    assert run(callbacks.TerminateOnNaN(), [1.0, math.nan, 1.0]).weight == 1
    with pytest.raises(RuntimeError, match="batch 0 is inf"):
        run(callbacks.TerminateOnNaN(raise_error=True), [math.inf])


def test_averages_take_the_place_of_weights_where_models_are_judged():
    w = Variable(np.float32(0))
    model = Model()
    model.optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    model.trainable_variables = [w]
    hooks = callbacks.CallbackList([callbacks.SwapEMAWeights(swap_on_epoch=True)], model=model)
    hooks.on_train_begin()
    seen = []
    for epoch in range(2):
        hooks.on_epoch_begin(epoch)
        model.optimizer.apply([np.float32(-1) * np.ones(())], [w])
        seen.append(float(w))
        hooks.on_test_begin()
        seen.append(float(w))
        hooks.on_test_end()
        seen.append(float(w))
        hooks.on_epoch_end(epoch)
        seen.append(float(w))
    hooks.on_train_end()
    assert seen == [1, 1, 1, 1, 2, 1.5, 2, 1.5] and float(w) == 1.5
    with pytest.raises(ValueError, match="use_ema"):
        callbacks.SwapEMAWeights().set_model(Model())


def test_logs_are_sent_to_a_server():
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    root = f"http://127.0.0.1:{server.server_port}"
    try:
        run(callbacks.RemoteMonitor(root, send_as_json=True), [np.float32(0.5)])
        run(callbacks.RemoteMonitor(root, path="/x/"), [2])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert json.loads(got[0][1]) == {"epoch": 0, "val_loss": 0.5}
    assert got[1] == ("/x/", "data=%7B%22epoch%22%3A+0%2C+%22val_loss%22%3A+2%7D")
    with pytest.warns(UserWarning, match="cannot be reached"):
        run(callbacks.RemoteMonitor(root), [2])


# -- Progress -------------------------------------------------------------------------------------
class Terminal(io.StringIO):
    def isatty(self):
        return True


def show(verbose, terminal, monkeypatch, steps=3, validates=False):
    out = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    monkeypatch.setattr(
        callback_list, "perf_counter", iter(range(1000)).__next__
    )  # all batches are due
    hooks = callbacks.CallbackList(
        add_progbar=True, model=Model(), verbose=verbose, epochs=2, steps=steps
    )
    hooks.on_train_begin()
    hooks.on_epoch_begin(0)
    for k in range(3):
        hooks.on_train_batch_begin(k)
        hooks.on_train_batch_end(k, {"loss": np.float32(k)})
    if validates:
        hooks.on_test_begin()
        for k in range(2):
            hooks.on_test_batch_end(k, {"loss": 1.0})
        hooks.on_test_end({"loss": 1.0})
    hooks.on_epoch_end(0, {"loss": 0.5, "val_loss": 1e-5})
    hooks.on_train_end()
    return out.getvalue()


@pytest.mark.parametrize("steps", [3, None])
@pytest.mark.parametrize("validates", [True, False])
def test_where_there_is_no_terminal_only_the_end_of_an_epoch_is_written(
    monkeypatch, steps, validates
):
    first, line, rest = show(1, False, monkeypatch, steps, validates).split("\n")
    assert first == "Epoch 1/2" and rest == ""
    assert line.startswith("3/3 ━━━━━━━━━━━━━━━━━━━━ 0s ") and line.endswith(
        "/step - loss: 0.5000 - val_loss: 1.0000e-05"
    )


def test_on_a_terminal_the_line_is_written_over(monkeypatch):
    text = show(1, True, monkeypatch)
    assert "\r1/3 ━━━━━━──────────────" in text and "loss: 0.0000" in text
    assert text.count("\n") == 2 and text.rstrip().endswith("loss: 0.5000 - val_loss: 1.0000e-05")


def test_verbose_2_is_one_line_an_epoch(monkeypatch):
    first, line, rest = show(2, True, monkeypatch).split("\n")
    assert first == "Epoch 1/2" and line.startswith("3/3 - 0s - ") and not rest


def test_verbose_0_is_silence(monkeypatch):
    assert show(0, True, monkeypatch) == ""


def test_a_bar_asks_for_ten_batches_a_second_or_none(monkeypatch):
    for terminal, interval in ((True, 0.1), (False, math.inf)):
        monkeypatch.setattr(sys, "stdout", Terminal() if terminal else io.StringIO())
        monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
        hooks = callbacks.CallbackList(add_progbar=True, verbose=1)
        assert hooks.callbacks[-1].batch_interval == interval
        assert not any(map(hooks.wants_batches, KINDS))


def test_a_bar_by_hand(capsys):
    bar = Progbar(4, width=4, unit_name="file", stateless_metrics=["mean"])
    bar.add(1, [("mean", 1.0), ("last", 1.0)])
    bar.add(3, [("mean", 5.0), ("last", 2.0)])
    assert capsys.readouterr().out.startswith("4/4 ━━━━ 0s ")
    assert bar.told() == " - mean: 4.0000 - last: 2.0000"


def test_messages_may_go_to_the_log(monkeypatch, caplog, capsys):
    settings = import_module("kerasx.core.config").SETTINGS
    monkeypatch.setattr(settings, "interactive_logging", False)
    with caplog.at_level("INFO", "kerasx"):
        Progbar(1, verbose=2).update(1)
    assert "1/1" in caplog.text and capsys.readouterr().out == ""


def test_times_are_short():
    assert [clock(s) for s in (5.4, 65, 7300)] == ["5s", "1:05", "2:01:40"]
    assert [duration(s) for s in (2.0, 0.096, 0.00012)] == ["2s", "96ms", "120us"]
