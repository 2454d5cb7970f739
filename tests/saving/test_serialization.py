"""Objects as configs, and back: what is written, what is found, what is refused."""

import json
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest


@pytest.fixture(scope="module")
def saving(reference):
    import_module(f"{reference.__name__}.models")
    return import_module(f"{reference.__name__}.saving")


@pytest.fixture(scope="module")
def layers(reference):
    return import_module(f"{reference.__name__}.layers")


@pytest.fixture(autouse=True)
def registry_as_it_was(saving):
    before = dict(saving.get_custom_objects())
    yield
    saving.get_custom_objects().clear()
    saving.get_custom_objects().update(before)


def double(x):
    return 2 * x


class Plain:
    def __init__(self, a=1):
        self.a = a

    def get_config(self):
        return {"a": self.a}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@pytest.mark.parametrize(
    "value, written",
    [
        (None, None),
        (3, 3),
        ("a", "a"),
        ((1, (2, 3)), [1, [2, 3]]),
        ({"a": (1,)}, {"a": [1]}),
        (np.float32(2.5), 2.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array(3.0), 3.0),
        (
            np.arange(2, dtype="int8"),
            {"class_name": "__numpy__", "config": {"value": [0, 1], "dtype": "int8"}},
        ),
        (b"ab", {"class_name": "__bytes__", "config": {"value": "ab"}}),
        (
            slice(1, None, 2),
            {"class_name": "__slice__", "config": {"start": 1, "stop": None, "step": 2}},
        ),
        (..., {"class_name": "__ellipsis__", "config": {}}),
    ],
)
def test_values_are_written_as_keras_writes_them(saving, value, written):
    assert saving.serialize_keras_object(value) == written
    json.dumps(written)


@pytest.mark.parametrize("value", [b"ab", slice(1, None, 2), ..., [1, {"a": None}], "relu"])
def test_values_come_back(saving, value):
    assert saving.deserialize_keras_object(saving.serialize_keras_object(value)) == value


@pytest.mark.parametrize("dtype", ["float32", "int8", "bool", "bfloat16"])
def test_arrays_come_back_with_their_dtype(saving, reference, dtype):
    np_dtype = import_module(f"{reference.__name__}.core.dtypes").np_dtype(dtype)
    value = np.array([[0, 1], [1, 1]]).astype(np_dtype)
    back = saving.deserialize_keras_object(
        json.loads(json.dumps(saving.serialize_keras_object(value)))
    )
    assert back.dtype == value.dtype
    assert (back == value).all()


def test_tensors_are_written_by_value(kx):
    saving = import_module(f"{kx.__name__}.saving")
    written = saving.serialize_keras_object(kx.ops.ones((2,)))
    assert written["config"] == {"value": [1.0, 1.0], "dtype": "float32"}


def test_the_librarys_functions_are_written_by_name_and_found(saving, reference):
    relu = import_module(f"{reference.__name__}.activations").relu
    assert saving.serialize_keras_object(relu) == "relu"
    written = {
        "module": "builtins",
        "class_name": "function",
        "config": "relu",
        "registered_name": "function",
    }
    assert saving.deserialize_keras_object(written) is relu


def test_registered_functions_and_classes_are_found(saving):
    saving.register_keras_serializable("Mine")(double)
    saving.register_keras_serializable("Mine", name="Simple")(Plain)
    written = saving.serialize_keras_object(double)
    assert written["config"] == "Mine>double"
    assert saving.deserialize_keras_object(written) is double
    written = saving.serialize_keras_object(Plain(5))
    assert (written["class_name"], written["registered_name"]) == ("Plain", "Mine>Simple")
    assert saving.deserialize_keras_object(written).a == 5
    assert saving.get_registered_name(Plain) == "Mine>Simple"
    assert saving.get_registered_object("Mine>Simple") is Plain


def test_custom_objects_are_found_by_bare_name(saving):
    written = {
        "module": "m",
        "class_name": "Plain",
        "config": {"a": 2},
        "registered_name": "Custom>Plain",
    }
    assert saving.deserialize_keras_object(written, {"Plain": Plain}).a == 2
    with saving.custom_object_scope({"Plain": Plain}):
        assert saving.deserialize_keras_object(written).a == 2
    with pytest.raises(TypeError, match="not known"):
        saving.deserialize_keras_object(written)


def test_a_class_needs_get_config_to_be_registered(saving):
    with pytest.raises(ValueError, match="get_config"):
        saving.register_keras_serializable()(type("Bare", (), {}))


def test_custom_objects_do_not_take_the_place_of_the_librarys(saving, layers):
    class Dense(layers.Dense):
        pass

    written = saving.serialize_keras_object(layers.Dense(2))
    assert type(saving.deserialize_keras_object(written, {"Dense": Dense})) is layers.Dense


@pytest.mark.parametrize(
    "value, error, message",
    [
        (lambda x: x, ValueError, "lambda"),
        ({1, 2}, TypeError, "set"),
        (1j, TypeError, "complex"),
        (Plain, TypeError, "get_config"),
        (np.array(["a"]), TypeError, "cannot serialize"),
    ],
)
def test_what_cannot_be_written_is_refused(saving, value, error, message):
    with pytest.raises(error, match=message):
        saving.serialize_keras_object(value)


@pytest.mark.parametrize("safe_mode", [True, False])
@pytest.mark.parametrize("kind", ["__lambda__", "__typespec__"])
def test_code_in_a_file_is_never_run(saving, kind, safe_mode):
    with pytest.raises(ValueError, match="never runs"):
        saving.deserialize_keras_object(
            {"class_name": kind, "config": {"code": "4wEA"}}, safe_mode=safe_mode
        )


@pytest.mark.parametrize(
    "config",
    [
        {
            "module": "os",
            "class_name": "system",
            "config": {"command": "touch x"},
            "registered_name": "system",
        },
        {
            "module": "os",
            "class_name": "function",
            "config": "system",
            "registered_name": "function",
        },
        {
            "module": "builtins",
            "class_name": "function",
            "config": "eval",
            "registered_name": "function",
        },
        {
            "module": "builtins",
            "class_name": "function",
            "config": "_private",
            "registered_name": "function",
        },
        {
            "module": "builtins",
            "class_name": "function",
            "config": ["eval"],
            "registered_name": "function",
        },
        {"module": "keras.layers", "class_name": "Nope", "config": {}, "registered_name": None},
        {"module": "keras.utils", "class_name": "get_file", "config": {}, "registered_name": None},
        {"module": "antigravity", "class_name": "Plain", "config": {}, "registered_name": "Plain"},
    ],
)
def test_what_is_not_registered_does_not_exist(saving, config):
    with pytest.raises(TypeError, match="not known"):
        saving.deserialize_keras_object(config)
    assert "antigravity" not in sys.modules


def test_h5py_is_imported_with_the_first_file_only():
    code = "import sys, kerasx, kerasx.models, kerasx.saving; assert 'h5py' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
