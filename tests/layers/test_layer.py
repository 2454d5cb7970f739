"""The base of all layers: building, calls, training, masks, losses, state."""

from importlib import import_module

import numpy as np
import pytest


@pytest.fixture
def layers(kx):
    return kx.layers


@pytest.fixture
def Scale(kx):
    class Scale(kx.layers.Layer):
        def __init__(self, factor=1.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="w")
            self.count = self.add_weight(
                shape=(), initializer="zeros", trainable=False, name="count"
            )

        def call(self, x, training=False):
            if training:
                self.count.assign_add(1.0)
            return x * self.w * self.factor

    return Scale


def ones(*shape):
    return np.ones(shape, "float32")


def test_the_first_call_builds_for_the_shape_it_meets(kx, backend, Scale):
    layer = Scale(2.0, name="s")
    assert not layer.built and layer.weights == []
    y = layer(ones(2, 3))
    assert layer.built and [w.path for w in layer.weights] == ["s/w", "s/count"]
    np.testing.assert_allclose(backend.to_numpy(y), 2 * ones(2, 3))
    assert layer.count_params() == 4


def test_trainable_weights_come_first_and_freeze_with_the_layer(Scale):
    layer = Scale()
    layer.build((None, 3))
    assert [w.name for w in layer.trainable_weights] == ["w"]
    assert [w.name for w in layer.non_trainable_weights] == ["count"]
    layer.trainable = False
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 2
    layer.trainable = True
    assert [w.name for w in layer.trainable_weights] == ["w"]


def test_training_passes_from_the_outermost_call_to_the_inner_ones(kx, Scale):
    class Outer(kx.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = [Scale(), {"deep": Scale()}]

        def call(self, x):
            return self.inner[1]["deep"](self.inner[0](x))

    outer = Outer()
    outer(ones(2, 3))
    outer(ones(2, 3), training=True)
    outer(ones(2, 3), training=False)
    outer(ones(2, 3), training=True)
    assert [float(v.numpy()) for v in outer.non_trainable_variables] == [2.0, 2.0]
    assert len(outer._flatten_layers()) == 3


def test_layers_appended_after_the_constructor_are_found(kx, Scale):
    class Late(kx.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = []

        def call(self, x):
            for layer in self.inner:
                x = layer(x)
            return x

    late = Late()
    late.inner.append(Scale())
    late(ones(1, 2))
    assert len(late.weights) == 2


def test_a_symbolic_call_gives_shape_and_dtype_and_builds(kx, Scale):
    x = kx.Input((5,))
    y = Scale()(x)
    assert y.shape == (None, 5) and y.dtype == "float32"
    assert y._keras_history[0].built


def test_a_user_layer_may_call_the_engine_in_a_functional_model(kx, engine):
    jnp_dot = {
        "numpy": lambda x, w: np.matmul(x, w.value),
        "jax": lambda x, w: import_module("jax.numpy").dot(x, w.value),
        "torch": lambda x, w: import_module("torch").matmul(x, w),
        "tensorflow": lambda x, w: import_module("tensorflow").matmul(x, w),
    }[engine]

    class Product(kx.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1], 4), initializer="ones", name="w")

        def call(self, x):
            return jnp_dot(x, self.w)

    x = kx.Input((3,))
    model = kx.Model(x, Product()(x) + 1.0)
    assert model.output_shape == (None, 4)
    np.testing.assert_allclose(model.predict(ones(2, 3), verbose=0), 4 * ones(2, 4))


def test_an_error_in_a_user_layer_is_the_users_error(kx):
    class Wrong(kx.layers.Layer):
        def call(self, x):
            return kx.ops.reshape(x, (7, 11))

    with pytest.raises(Exception, match="7"):
        Wrong()(ones(2, 3))


def test_floats_come_in_the_compute_dtype(kx, backend, Scale):
    layer = Scale(dtype="mixed_float16")
    y = layer(ones(2, 3))
    assert layer.compute_dtype == "float16" and layer.variable_dtype == "float32"
    assert "float16" in str(y.dtype) and layer.w.dtype == "float32"
    assert "float32" in str(Scale()(np.ones((2, 3))).dtype)


def test_weights_are_set_as_a_whole_or_not_at_all(Scale):
    layer = Scale()
    layer.build((None, 2))
    layer.set_weights([[3.0, 4.0], 5.0])
    np.testing.assert_allclose(layer.get_weights()[0], [3, 4])
    with pytest.raises(ValueError, match=r"expected 2 arrays, got 1"):
        layer.set_weights([[3.0, 4.0]])
    with pytest.raises(ValueError, match=r"shape \(2,\).*\(3,\)"):
        layer.set_weights([[1.0, 2.0, 3.0], 1.0])
    np.testing.assert_allclose(layer.get_weights()[0], [3, 4])


def test_a_stateless_call_changes_nothing(kx, backend, Scale):
    layer = Scale()
    layer.build((None, 2))
    y, after = layer.stateless_call([ones(2) * 3], [ones()], ones(1, 2), training=True)
    np.testing.assert_allclose(backend.to_numpy(y), 3 * ones(1, 2))
    assert float(backend.to_numpy(after[0])) == 2.0
    assert layer.w.numpy().tolist() == [1, 1] and float(layer.count.numpy()) == 0
    with pytest.raises(ValueError, match="expected 1 trainable_variables; got 0"):
        layer.stateless_call([], [ones()], ones(1, 2))


def test_losses_are_those_of_the_latest_call_and_of_regularizers(kx, backend):
    class Losing(kx.layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight(shape=(2,), initializer="ones", regularizer="l2", name="w")

        def call(self, x):
            self.add_loss(kx.ops.sum(x))
            return x

    layer = Losing()
    layer(ones(1, 2))
    layer(2 * ones(1, 2))
    losses = [float(backend.to_numpy(x)) for x in layer.losses]
    np.testing.assert_allclose(losses, [4.0, 0.02], rtol=1e-6)


def test_masks_pass_through_layers_that_support_them(kx, backend):
    class Start(kx.layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x):
            return x * 1.0

        def compute_mask(self, inputs, previous_mask):
            return kx.ops.not_equal(kx.ops.sum(inputs, -1), 0.0)

    class Passing(kx.layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x, mask=None):
            self.seen = mask
            return x + 0.0

    x = ones(2, 3, 4)
    x[0, 2] = 0
    passing = Passing()
    passing(Passing()(Start()(x)))
    np.testing.assert_array_equal(
        backend.to_numpy(passing.seen), [[True, True, False], [True, True, True]]
    )
    passing(x)
    assert passing.seen is None


def test_input_specs_are_checked_on_every_call(kx):
    layer = kx.layers.Dense(2)
    layer(ones(1, 3))
    layer(ones(1, 3))
    with pytest.raises(ValueError, match="axis -1 to have size 3, found 4"):
        layer(ones(1, 4))
    with pytest.raises(ValueError, match="min_ndim=2, found ndim=1"):
        layer(ones(3))


def test_bad_names_and_arguments_are_errors(kx, Scale):
    with pytest.raises(ValueError, match="without '/'"):
        Scale(name="a/b")
    with pytest.raises(TypeError, match="unknown arguments 'unit'"):
        kx.layers.Dense(3, unit=2)
    with pytest.raises(ValueError, match="must be known"):
        kx.layers.Layer().add_weight(shape=(None, 3))
    with pytest.raises(TypeError, match="call"):
        Scale()()


def test_a_layer_is_the_engines_module(kx, engine, Scale):
    class Outer(kx.layers.Layer):
        def __init__(self):
            super().__init__()
            self.parts = [Scale(), Scale()]

        def call(self, x):
            return self.parts[1](self.parts[0](x))

    outer = Outer()
    outer(ones(1, 2))
    if engine == "torch":
        torch = import_module("torch")
        assert isinstance(outer, torch.nn.Module)
        assert sum(p.requires_grad for p in outer.parameters()) == 2
        assert len(outer.state_dict()) == 4
        clone = Outer()
        clone(ones(1, 2))
        outer.parts[0].w.assign([5.0, 6.0])
        clone.load_state_dict(outer.state_dict())
        assert clone.parts[0].w.numpy().tolist() == [5, 6]
        x = torch.ones(1, 2, device=outer.parts[0].w.value.device)
        outer(x).sum().backward()
        assert outer.parts[0].w.value.grad is not None
        outer.zero_grad()
        assert outer.parts[0].w.value.grad is None
        assert torch.nn.Sequential(outer, torch.nn.ReLU())(x).shape == (1, 2)
    elif engine == "tensorflow":
        tf = import_module("tensorflow")
        assert isinstance(outer, tf.Module)
        assert len(outer.submodules) == 2
        checkpoint = tf.train.Checkpoint(outer)
        assert checkpoint is not None
    else:
        assert type(outer).__mro__[1].__module__.startswith(kx.__name__)


def test_the_library_takes_one_name_of_a_users_attributes(kx):
    class Mine(kx.layers.Layer):
        def __init__(self):
            super().__init__()
            self._seen = kx.layers.Dense(2)
            self._ready = self._direct = self._lock = self._path = "mine"
            self._weights = {"w": kx.layers.Dense(3)}

        def call(self, x):
            return self._weights["w"](self._seen(x))

    mine = Mine()
    mine(ones(1, 4))
    mine(ones(1, 4))
    assert len(mine.weights) == 4 and mine._ready == mine._path == "mine"


def test_a_layer_that_is_not_built_knows_the_shape_of_its_output(kx, layers):
    symbol = kx.KerasTensor((None, 5, 4))
    for layer in (layers.Dense(3), layers.LSTM(3), layers.Conv1D(3, 2), layers.Embedding(9, 3)):
        spec = layer.compute_output_spec(symbol)
        assert spec.shape == layer.compute_output_shape(symbol.shape) and not layer.built
        assert spec.dtype == "float32"
