"""Which engine is chosen, and several of them in one process."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from tests.processes import error_of, python, value_of

CHOSEN = "import kerasx; out = kerasx.backend.backend()"
NONE: dict[str, str | None] = {"KERASX_BACKEND": None, "KERAS_BACKEND": None}
MISSING = """
import importlib.util, sys
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *_: None if name in {missing} else real(name, *_)
"""


@pytest.fixture
def home(tmp_path):
    """A settings folder, and what writes its file."""

    def write(text):
        (tmp_path / "kerasx.json").write_text(text)
        return {**NONE, "KERASX_HOME": str(tmp_path)}

    return write


def test_kerasx_backend_comes_first(home):
    environ = home('{"backend": "jax"}')
    environ |= {"KERASX_BACKEND": "numpy", "KERAS_BACKEND": "torch"}
    assert value_of(CHOSEN, **environ) == "numpy"


def test_keras_backend_comes_second(home):
    environ = home('{"backend": "jax"}') | {"KERAS_BACKEND": "numpy"}
    assert value_of(CHOSEN, **environ) == "numpy"


def test_an_empty_variable_is_no_choice(home):
    environ = home('{"backend": "numpy"}') | {"KERASX_BACKEND": "", "KERAS_BACKEND": ""}
    assert value_of(CHOSEN, **environ) == "numpy"


def test_the_settings_file_comes_third(home):
    assert value_of(CHOSEN, **home('{"backend": "numpy"}')) == "numpy"


def test_the_first_installed_is_the_default(home):
    environ = home("{}")
    pretend = MISSING.format(missing={"jax", "torch", "tensorflow"})
    assert value_of(pretend + CHOSEN, **environ) == "numpy"


def test_the_other_settings_of_the_file_are_read(home):
    environ = home(json.dumps({"backend": "numpy", "floatx": "float64", "epsilon": 1e-5}))
    code = "from kerasx import config; out = [config.floatx(), config.epsilon()]"
    assert value_of(code, **environ) == ["float64", 1e-5]


@pytest.mark.parametrize("variable", ["KERASX_BACKEND", "KERAS_BACKEND"])
def test_an_unknown_engine_is_told_with_the_choices(variable):
    said = error_of("import kerasx", **NONE | {variable: "theano"})
    assert said == (
        f"ValueError: {variable}: 'theano' is not an engine: "
        "expected one of jax, torch, tensorflow, numpy."
    )


def test_an_unknown_engine_in_the_settings_file_is_told_with_the_file(home):
    said = error_of("import kerasx", **home('{"backend": "theano"}'))
    assert "kerasx.json" in said and "'theano' is not an engine" in said


def test_a_missing_engine_is_told_with_the_extra_to_install():
    pretend = MISSING.format(missing={"torch"})
    said = error_of(pretend + "import kerasx", KERASX_BACKEND="torch")
    assert said.startswith("ModuleNotFoundError: KERASX_BACKEND: engine 'torch' is not installed")
    assert "pip install 'kerasx[torch]'" in said and "numpy" in said


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_settings_file_that_is_no_json_object_is_named(home, text):
    assert "kerasx.json" in error_of("import kerasx", **home(text))


def test_with_backend_refuses_an_unknown_engine(kx):
    with pytest.raises(ValueError, match=r"with_backend: 'theano' is not an engine: .*jax, torch"):
        kx.with_backend("theano")


def test_with_backend_gives_one_library_for_each_engine(kx, engine):
    assert kx.backend.backend() == engine
    assert kx.with_backend(engine) is kx


def test_copies_know_each_other(kx):
    other = kx.with_backend("numpy")
    assert other.backend.backend() == "numpy"
    assert other.with_backend(kx.backend.backend()) is kx


def test_copies_share_no_state(kx, engine, request):
    others = [e for e in (*request.config.engines, "numpy") if e != engine]
    if not others:
        pytest.skip("one engine alone is tested")
    other = kx.with_backend(others[-1])
    assert kx.layers.Dense is not other.layers.Dense
    kx.config.set_epsilon(1e-3)
    try:
        assert other.config.epsilon() == 1e-7
    finally:
        kx.config.set_epsilon(1e-7)


def test_both_compute_side_by_side(kx, backend):
    x = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)
    reference = kx.with_backend("numpy").ops.softmax(x)
    y = kx.ops.softmax(x)
    assert backend.is_tensor(y)
    np.testing.assert_allclose(backend.to_numpy(y), reference, rtol=1e-6)


def test_one_seed_gives_the_same_weights_on_every_engine(kx):
    def weights(lib):
        lib.utils.set_random_seed(7)
        model = lib.Sequential([lib.Input((8, 8, 1)), lib.layers.Conv2D(4, 3), lib.layers.Dense(3)])
        return model.get_weights()

    for mine, reference in zip(weights(kx), weights(kx.with_backend("numpy")), strict=True):
        assert np.array_equal(mine, reference)


IN_A_FUNCTION = """
import numpy as np
import tensorflow as tf
import kerasx

kx = kerasx.with_backend("tensorflow")
model = kx.Sequential([kx.Input((4,)), kx.layers.Dense(8, activation="gelu"), kx.layers.Dense(1)])
loss, metric = kx.losses.BinaryCrossentropy(from_logits=True), kx.metrics.BinaryAccuracy()
optimizer = kx.optimizers.Adam(0.1)

@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        value = loss(y, logits)
    optimizer.apply(tape.gradient(value, model.trainable_weights), model.trainable_weights)
    metric.update_state(y, logits)
    if value > 0.0:  # which AutoGraph is needed for
        return value
    return -1.0

x = np.random.default_rng(0).normal(size=(16, 4)).astype("float32")
losses = [float(step(x, (x[:, :1] > 0).astype("float32"))) for _ in range(20)]
assert 0 < losses[-1] < losses[0], losses
"""


@pytest.mark.skipif(find_spec("tensorflow") is None, reason="TensorFlow is not installed")
@pytest.mark.parametrize("default", ["tensorflow", "numpy"])
def test_a_tf_function_leaves_the_library_as_it_is(tmp_path, default):
    script = tmp_path / "step.py"  # AutoGraph reads the file
    script.write_text(IN_A_FUNCTION)
    ran = python(str(script), KERASX_BACKEND=default)
    assert ran.returncode == 0, ran.stderr
    assert "AutoGraph" not in ran.stderr
