"""What a file should not hold is not read: paths, links, bombs, code."""

import io
import json
import zipfile
from importlib import import_module

import h5py
import numpy as np
import pytest


@pytest.fixture(scope="module")
def kx(reference):
    """The parts of the library that the tests here use."""

    class Parts:
        layers = import_module(f"{reference.__name__}.layers")
        models = import_module(f"{reference.__name__}.models")
        saving = import_module(f"{reference.__name__}.saving")

    return Parts


def functional(kx):
    x = inputs = kx.layers.Input((4,))
    x = kx.layers.Dense(3, activation="relu")(x)
    return kx.models.Model(inputs, kx.layers.Dense(2, name="head")(x) * 2.0)


@pytest.fixture(scope="module")
def good(kx, tmp_path_factory):
    """The members of a good file, by name."""
    path = tmp_path_factory.mktemp("good") / "m.keras"
    functional(kx).save(path)
    with zipfile.ZipFile(path) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def packed(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "x.py", "assets/../../x", "assets//x", "a\\b", "config.json/"]
)
def test_members_of_other_names_are_refused(kx, good, tmp_path, name):
    path = packed(tmp_path / "m.keras", [*good.items(), (name, b"x")])
    with pytest.raises(ValueError, match="not read"):
        kx.saving.load_model(path)


def test_assets_may_be_there(kx, good, tmp_path):
    kx.saving.load_model(
        packed(tmp_path / "m.keras", [*good.items(), ("assets/a/words.txt", b"x")])
    )


def test_a_deflated_file_is_read(kx, good, tmp_path):
    kx.saving.load_model(packed(tmp_path / "m.keras", good.items(), zipfile.ZIP_DEFLATED))


@pytest.mark.parametrize("missing", ["config.json", "model.weights.h5"])
def test_a_file_that_lacks_a_member_is_refused(kx, good, tmp_path, missing):
    path = packed(tmp_path / "m.keras", [(k, v) for k, v in good.items() if k != missing])
    with pytest.raises(ValueError, match=f"no {missing}"):
        kx.saving.load_model(path)


def test_a_damaged_file_is_refused(kx, good, tmp_path):
    path = packed(tmp_path / "m.keras", good.items())
    whole = path.read_bytes()
    for damaged in (
        whole[: len(whole) // 2],
        b"",
        b"PK",
        whole.replace(b"Functional", b"functionaL", 1),
    ):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="not read"):
            kx.saving.load_model(path)


def test_two_members_of_one_name_are_refused(kx, good, tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = packed(tmp_path / "m.keras", [*good.items(), ("config.json", b"{}")])
    with pytest.raises(ValueError, match="same name"):
        kx.saving.load_model(path)


def test_a_member_that_claims_more_than_it_holds_is_refused(kx, good, tmp_path):
    path = packed(tmp_path / "m.keras", good.items())
    raw = bytearray(path.read_bytes())
    entry = raw.rindex(b"config.json") - 46  # its place in the central directory
    raw[entry + 24 : entry + 28] = (1 << 31).to_bytes(4, "little")
    path.write_bytes(raw)
    with pytest.raises(ValueError, match="claims"):
        kx.saving.load_model(path)


def test_deep_json_is_refused(kx, good, tmp_path):
    for text in ("[" * 100_000, '{"a":' * 300 + "1" + "}" * 300, '{"class_name": 1', "[1]"):
        path = packed(tmp_path / "m.keras", {**good, "config.json": text}.items())
        with pytest.raises(ValueError, match="not read"):
            kx.saving.load_model(path)
    with pytest.raises(ValueError, match="deep"):
        kx.models.model_from_json("[" * 1000)


def changed(path, good, change):
    """A file whose weights are changed by `change(h5 file)`."""
    buffer = io.BytesIO(good["model.weights.h5"])
    with h5py.File(buffer, "r+") as file:
        change(file)
    return packed(path, {**good, "model.weights.h5": buffer.getvalue()}.items())


KERNEL = "layers/dense/vars/0"


def soft(file):
    del file[KERNEL]
    file[KERNEL] = h5py.SoftLink("/layers/dense/vars/1")


def elsewhere(file):
    del file["layers/dense"]
    file["layers/dense"] = h5py.ExternalLink("other.h5", "/")


def twin(file):  # one that would fit
    file["other"] = file[KERNEL][...]
    del file[KERNEL]
    file[KERNEL] = h5py.SoftLink("/other")


def outside(file):
    del file[KERNEL]
    file.create_dataset(KERNEL, (4, 3), "float32", external=[("/etc/passwd", 0, 48)])


def virtual(file):
    del file[KERNEL]
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4, 3))
    file.create_virtual_dataset(KERNEL, layout)


def unwritten(file):
    del file[KERNEL]
    file.create_dataset(KERNEL, (1 << 30, 1 << 10), "float32", chunks=(1024, 1024))


def text(file):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=["a", "b"])


def table(file):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=np.zeros(2, [("a", "f4"), ("b", "f4")]))


def nameless_bytes(file):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=np.zeros((4, 3), "V2"))


def group(file):
    del file[KERNEL]
    file.create_group(KERNEL)


def empty(file):
    del file[KERNEL]
    file.create_dataset(KERNEL, data=h5py.Empty("f4"))


@pytest.mark.parametrize(
    "change",
    [soft, twin, elsewhere, outside, virtual, unwritten, text, table, nameless_bytes, group, empty],
)
def test_weights_that_are_not_plain_arrays_in_the_file_are_refused(kx, good, tmp_path, change):
    path = changed(tmp_path / "m.keras", good, change)
    with pytest.raises(ValueError, match=r"layers/dense"):
        kx.saving.load_model(path)


def test_arrays_of_other_files_are_not_read(kx, good, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros((4, 3), "float32")

    def foreign(file):
        assert file[KERNEL].shape == (4, 3)
        del file[KERNEL]
        file[KERNEL] = h5py.ExternalLink(str(tmp_path / "other.h5"), "x")

    with pytest.raises(ValueError, match=f"{KERNEL} is a link"):
        kx.saving.load_model(changed(tmp_path / "m.keras", good, foreign))


def test_compressed_weights_are_read(kx, good, tmp_path):
    def compress(file):
        value = file[KERNEL][...]
        del file[KERNEL]
        file.create_dataset(KERNEL, data=value, compression="gzip", chunks=True)

    kx.saving.load_model(changed(tmp_path / "m.keras", good, compress))


def test_an_h5_file_that_is_cut_off_is_refused(kx, good, tmp_path):
    weights = good["model.weights.h5"]
    path = tmp_path / "m.weights.h5"
    model = functional(kx)
    for cut in (b"", b"no HDF5 at all", weights[: len(weights) // 2]):
        path.write_bytes(cut)
        with pytest.raises(ValueError, match="not read"):
            model.load_weights(path)


def test_models_of_keras_2_are_told_from_others(kx, tmp_path):
    path = tmp_path / "old.weights.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = ["dense"]
    with pytest.raises(NotImplementedError, match="Keras 2"):
        functional(kx).load_weights(path)


@pytest.mark.parametrize("name", ["../x.weights.h5", "/x.weights.h5", "a\\b", 3])
def test_an_index_names_only_files_beside_it(kx, tmp_path, name):
    path = tmp_path / "m.weights.json"
    path.write_text(json.dumps({"weight_map": {"/vars": [name]}}))
    with pytest.raises(ValueError, match="beside"):
        functional(kx).load_weights(path)
