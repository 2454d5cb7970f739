"""kerasx.config and kerasx.backend: settings and what follows from them."""

import numpy as np
import pytest


@pytest.fixture
def restored(kx):
    config = kx.config
    before = config.floatx(), config.epsilon(), config.image_data_format()
    yield config
    config.set_floatx(before[0])
    config.set_epsilon(before[1])
    config.set_image_data_format(before[2])
    config.set_dtype_policy(None)


def test_the_backend_is_the_engine(kx, engine):
    assert kx.config.backend() == kx.backend.backend() == engine
    kx.config.set_backend(engine)
    with pytest.raises(RuntimeError, match="with_backend"):
        kx.config.set_backend("another")


def test_floatx_decides_the_dtype_of_floats(kx, restored):
    for name in ("float16", "float64"):
        restored.set_floatx(name)
        assert kx.backend.standardize_dtype(kx.ops.ones((2,)).dtype) == name
        assert kx.layers.Dense(1).compute_dtype == name
        assert kx.backend.standardize_dtype(kx.ops.exp(np.ones(2, "int32")).dtype) == name
    with pytest.raises(ValueError, match="floatx='float3'"):
        restored.set_floatx("float3")


def test_the_policy_decides_the_dtypes_of_layers(kx, restored):
    restored.set_dtype_policy("mixed_float16")
    layer = kx.layers.Dense(1)
    assert (layer.compute_dtype, layer.variable_dtype) == ("float16", "float32")
    with pytest.raises(ValueError, match="mixed_float15"):
        restored.set_dtype_policy("mixed_float15")


def test_the_image_layout_is_the_default_of_layers(kx, restored):
    restored.set_image_data_format("channels_first")
    assert kx.layers.Conv2D(1, 3).data_format == "channels_first"
    with pytest.raises(ValueError, match="data_format='sideways'"):
        restored.set_image_data_format("sideways")


def test_dtypes_are_known_by_all_their_names(kx):
    standard = kx.backend.standardize_dtype
    assert standard(None) == "float32" and standard(int) == "int32"
    assert standard(np.dtype("int8")) == "int8" and standard(np.float16) == "float16"
    assert kx.backend.is_float_dtype("bfloat16") and not kx.backend.is_int_dtype("bool")
    with pytest.raises(ValueError, match="float99"):
        standard("float99")


def test_nothing_unsafe_can_be_enabled(kx):
    with pytest.raises(RuntimeError, match="register_keras_serializable"):
        kx.config.enable_unsafe_deserialization()


def test_limits_hold_fit_back(trainer):
    config = trainer.config
    config.set_max_epochs(2)
    config.set_max_steps_per_epoch(3)
    try:
        model = trainer.Sequential([trainer.layers.Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(
            np.ones((64, 2), "float32"),
            np.ones((64, 1), "float32"),
            batch_size=4,
            epochs=5,
            verbose=0,
        )
        assert history.epoch == [0, 1] and int(model.optimizer.iterations.numpy()) == 6
    finally:
        config.set_max_epochs(None)
        config.set_max_steps_per_epoch(None)
    with pytest.raises(ValueError, match="max_epochs=0"):
        config.set_max_epochs(0)
