"""Files: models come back, and old files outlive what goes wrong."""

import os
import signal
import subprocess
import sys
import time

import h5py
import ml_dtypes
import numpy as np
import pytest

X = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)


def functional(kx, units=3):
    x = inputs = kx.layers.Input((4,))
    x = kx.layers.Dense(units, activation="relu")(x)
    x = kx.layers.BatchNormalization()(x)
    return kx.models.Model(inputs, kx.layers.Dense(2, name="head")(x) * 2.0)


def assert_alike(a, b, x=X):
    np.testing.assert_allclose(np.asarray(a(x)), np.asarray(b(x)), rtol=1e-5, atol=1e-6)


# -- Coming back --------------------------------------------------------------------------------
def test_a_functional_model_comes_back(kx, tmp_path):
    model = functional(kx)
    model.save(tmp_path / "m.keras")
    back = kx.saving.load_model(tmp_path / "m.keras")
    assert_alike(lambda x: model.predict(x, verbose=0), lambda x: back.predict(x, verbose=0))
    assert back.to_json() == model.to_json()


def test_a_sequential_model_without_input_comes_back(reference, tmp_path):
    model = reference.models.Sequential(
        [reference.layers.Dense(3), reference.models.Sequential([reference.layers.Dense(2)])]
    )
    model(X)
    model.save(tmp_path / "m.keras")
    assert_alike(model, reference.saving.load_model(tmp_path / "m.keras"))


def nested(kx):
    class Nested(kx.models.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.blocks = [kx.layers.Dense(3), kx.layers.Dense(3), [kx.layers.Dense(2)]]
            self.heads = {"b": kx.layers.Dense(2), "a": kx.layers.Dense(2)}
            self._hidden = kx.layers.Dense(2)
            self.again = self.blocks[0]

        @property
        def found(self):
            return self._hidden

        def call(self, x):
            for layer in (*self.blocks[:2], *self.blocks[2], *self.heads.values(), self._hidden):
                x = layer(x)
            return x

    return Nested


def test_a_subclassed_model_comes_back_with_its_containers(reference, tmp_path):
    cls = nested(reference)
    model = cls()
    model(X)
    model.save(tmp_path / "m.keras")
    assert_alike(model, reference.saving.load_model(tmp_path / "m.keras", {"Nested": cls}))
    with pytest.raises(TypeError, match="register_keras_serializable"):
        reference.saving.load_model(tmp_path / "m.keras")


def test_layers_stand_under_the_first_attribute_that_holds_them(reference, tmp_path):
    model = nested(reference)()
    model(X)
    model.save_weights(tmp_path / "m.weights.h5")
    found = []
    with h5py.File(tmp_path / "m.weights.h5") as file:
        file.visit(lambda name: found.append(name) if name.endswith("vars") else None)
    wanted = "again blocks/container/dense blocks/dense_1 heads/dense heads/dense_1 found"
    assert sorted(found) == sorted([*(f"{p}/vars" for p in wanted.split()), "vars"])


def test_the_optimizers_state_comes_back(kx, tmp_path):
    if kx.__engine__ == "numpy":
        pytest.skip("the NumPy engine does not train")
    model = functional(kx)
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, X[:, :2], epochs=2, batch_size=3, shuffle=False, verbose=0)
    model.save(tmp_path / "m.keras")
    back = kx.saving.load_model(tmp_path / "m.keras")
    assert len(back.optimizer.variables) == len(model.optimizer.variables) > 2
    for a, b in zip(model.optimizer.variables, back.optimizer.variables):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)
    assert int(back.optimizer.iterations.numpy()) == 2
    for m in (model, back):
        m.fit(X, X[:, :2], epochs=1, batch_size=3, shuffle=False, verbose=0)
    assert_alike(lambda x: model.predict(x, verbose=0), lambda x: back.predict(x, verbose=0))
    assert not kx.saving.load_model(tmp_path / "m.keras", compile=False).compiled


def test_bfloat16_weights_come_back(reference, tmp_path):
    model = reference.models.Sequential(
        [reference.layers.Input((4,)), reference.layers.Dense(2, dtype="bfloat16")]
    )
    model.save_weights(tmp_path / "m.weights.h5")
    with h5py.File(tmp_path / "m.weights.h5") as file:
        assert file["layers/dense/vars/0"].attrs["dtype"] == "bfloat16"
    before = model.get_weights()
    model.set_weights([np.zeros_like(w) for w in before])
    model.load_weights(tmp_path / "m.weights.h5")
    assert model.get_weights()[0].dtype == ml_dtypes.bfloat16
    assert (model.get_weights()[0] == before[0]).all()


def test_weights_come_back_from_shards(reference, tmp_path):
    model, other = functional(reference), functional(reference)
    model.save_weights(tmp_path / "m.weights.json", max_shard_size=70 / 1024**3)
    assert len(list(tmp_path.glob("m_*.weights.h5"))) > 1
    other.load_weights(tmp_path / "m.weights.json")
    assert_alike(model, other)
    with pytest.raises(ValueError, match="max_shard_size"):
        model.save_weights(tmp_path / "m.weights.json", max_shard_size=1e-9)


def test_weights_are_read_from_models_too(reference, tmp_path):
    model, other = functional(reference), functional(reference)
    model.save(tmp_path / "m.keras")
    other.load_weights(tmp_path / "m.keras")
    assert_alike(model, other)


def test_weights_that_do_not_fit_are_told_of(reference, tmp_path):
    functional(reference).save_weights(tmp_path / "m.weights.h5")
    other = functional(reference, units=5)
    head = other.layers[-1].get_weights()
    with pytest.raises(ValueError, match=r"3 objects could not be loaded.*layers/dense"):
        other.load_weights(tmp_path / "m.weights.h5")
    with pytest.warns(UserWarning, match="could not be loaded"):
        other.load_weights(tmp_path / "m.weights.h5", skip_mismatch=True)
    assert all((a == b).all() for a, b in zip(head, other.layers[-1].get_weights()))


def test_wrong_uses_are_told_of(reference, tmp_path):
    model, save, load = (
        functional(reference),
        reference.saving.save_model,
        reference.saving.load_model,
    )
    for call, error, message in [
        (lambda: save(model, tmp_path / "m.foo"), ValueError, ".keras"),
        (lambda: save(model, tmp_path / "m.h5"), NotImplementedError, "Keras 2"),
        (lambda: save(model, tmp_path / "m.keras", zipped=False), NotImplementedError, "zipped"),
        (lambda: save(model, tmp_path / "m.keras", mode=1), ValueError, "'mode'"),
        (lambda: model.save_weights(tmp_path / "m.h5"), ValueError, "weights.h5"),
        (lambda: load(tmp_path / "none.keras"), ValueError, "no such file"),
        (lambda: load(tmp_path), ValueError, "no such file"),
        (lambda: model.load_weights(tmp_path / "no.weights.h5"), FileNotFoundError, "no such file"),
    ]:
        with pytest.raises(error, match=message):
            call()
    save(model, tmp_path / "m.keras")
    with pytest.raises(FileExistsError, match="overwrite"):
        save(model, tmp_path / "m.keras", overwrite=False)
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match="not built"):
        reference.models.Sequential([reference.layers.Dense(2)]).load_weights(
            tmp_path / "m.weights.h5"
        )
    (tmp_path / "m.txt").write_text("")
    with pytest.raises(ValueError, match=r"weights\.h5"):
        model.load_weights(tmp_path / "m.txt")


# -- Old files outlive what goes wrong ----------------------------------------------------------
def test_an_error_while_writing_leaves_the_old_file(reference, tmp_path):
    class Broken(reference.layers.Dense):
        def save_own_variables(self, store):
            super().save_own_variables(store)
            raise OSError("no space left")

    path = tmp_path / "m.keras"
    functional(reference).save(path)
    old = path.read_bytes()
    model = reference.models.Sequential([reference.layers.Input((4,)), Broken(2)])
    with pytest.raises(OSError, match="no space"):
        model.save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["m.keras"]


KILLED = """
import sys, time
import kerasx
from kerasx import layers, models
class Slow(layers.Dense):
    def save_own_variables(self, store):
        super().save_own_variables(store)
        print("writing", flush=True)
        time.sleep(60)
models.Sequential([layers.Input((4,)), Slow(2)]).save(sys.argv[1])
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_death_while_writing_leaves_the_old_file(reference, tmp_path):
    path = tmp_path / "m.keras"
    model = functional(reference)
    model.save(path)
    environment = {**os.environ, "KERASX_BACKEND": "numpy"}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout.readline() == b"writing\n"
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert_alike(model, reference.saving.load_model(path))


def test_a_link_stays_and_the_mode_too(reference, tmp_path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "m.keras", tmp_path / "m.keras"
    functional(reference).save(real)
    real.chmod(0o640)
    link.symlink_to(real)
    model = functional(reference)
    model.save(link)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert_alike(model, reference.saving.load_model(real))


# -- What loading does not do -------------------------------------------------------------------
def counted(monkeypatch, initializer):
    """How often an initializer is called from now on, as a list that grows."""
    calls, call = [], initializer.__call__

    def counting(self, *args, **kwargs):
        calls.append(self)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(initializer, "__call__", counting)
    return calls


def test_nothing_is_drawn_that_the_file_has(kx, tmp_path, monkeypatch):
    model = functional(kx)
    model.save(tmp_path / "m.keras")
    calls = counted(monkeypatch, kx.initializers.VarianceScaling)
    back = kx.saving.load_model(tmp_path / "m.keras")
    assert not calls
    assert_alike(lambda x: model.predict(x, verbose=0), lambda x: back.predict(x, verbose=0))
    for ours, theirs in zip(model.variables, back.variables, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
        assert (ours.trainable, ours.dtype) == (theirs.trainable, theirs.dtype)


def test_what_the_file_has_not_is_drawn(kx, tmp_path, monkeypatch):
    @kx.saving.register_keras_serializable("forgetful")
    class Forgetful(kx.layers.Dense):
        def save_own_variables(self, store):
            pass

        def load_own_variables(self, store):
            pass

    model = kx.Sequential([kx.Input((4,)), Forgetful(3, name="kept"), kx.layers.Dense(2)])
    model.save(tmp_path / "m.keras")
    calls = counted(monkeypatch, kx.initializers.VarianceScaling)
    back = kx.saving.load_model(tmp_path / "m.keras")
    assert len(calls) == 1
    assert np.std(back.layers[0].kernel.numpy()) > 0
    assert not back.layers[0].bias.numpy().any()
    assert back(X).shape == (3, 2)


def test_a_variable_that_is_read_while_its_model_is_loaded_has_its_first_value(kx, tmp_path):
    seen = []

    @kx.saving.register_keras_serializable("curious")
    class Curious(kx.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(2,), initializer="ones")
            self.w.assign(self.w * 3.0)
            seen.append(self.w.numpy())

        def call(self, x):
            return x * self.w[0]

    model = kx.Sequential([kx.Input((4,)), Curious()])
    model.layers[0].w.assign([5.0, 7.0])
    model.save(tmp_path / "m.keras")
    back = kx.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(seen, [[3, 3], [3, 3]])
    np.testing.assert_array_equal(back.layers[0].w.numpy(), [5, 7])


def test_the_engine_s_modules_know_what_was_loaded(kx, engine, tmp_path):
    model = functional(kx)
    model.save(tmp_path / "m.keras")
    back = kx.saving.load_model(tmp_path / "m.keras")
    stored = {id(v.stored) for v in back.trainable_variables}
    if engine == "torch":
        names = [name for name, _ in model.named_parameters()]
        assert [name for name, _ in back.named_parameters()] == names
        assert stored <= {id(p) for p in back.parameters()}
    if engine == "tensorflow":
        children = [c for m in back.submodules for c in m._trackable_children().values()]
        assert stored <= {id(c) for c in children}


def test_large_files_are_not_held_in_memory(kx, tmp_path, monkeypatch):
    for module in ("hdf5", "model_file"):
        monkeypatch.setattr(f"{kx.__name__}.saving.{module}.IN_MEMORY", 1)
    model = functional(kx)
    model.save(tmp_path / "m.keras")
    back = kx.saving.load_model(tmp_path / "m.keras")
    assert_alike(lambda x: model.predict(x, verbose=0), lambda x: back.predict(x, verbose=0))
