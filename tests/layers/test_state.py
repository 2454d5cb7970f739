"""Layers that write to variables in `call`: in functional models, under policies, by path."""

from importlib import import_module

import numpy as np
import pytest

X = np.ones((2, 3), "float32")


@pytest.fixture
def L(kx):
    return import_module(f"{kx.__name__}.layers")


def running_sum(kx, L):
    class RunningSum(L.Layer):
        def build(self, input_shape):
            self.total = self.add_weight(
                shape=input_shape[1:], initializer="zeros", trainable=False
            )

        def call(self, inputs):
            self.total.assign_add(kx.ops.sum(inputs, axis=0))
            return self.total

    return RunningSum()


def test_a_layer_that_counts_works_in_a_functional_model(kx, L):
    layer = running_sum(kx, L)
    inputs = kx.Input((3,))
    outputs = layer(inputs)
    assert outputs.shape == (3,) and layer.total.numpy().tolist() == [0, 0, 0]
    model = kx.Model(inputs, outputs)
    for k in (2, 4):
        assert kx.ops.convert_to_numpy(model(X)).tolist() == [k] * 3
    assert layer.total.numpy().tolist() == [4, 4, 4]


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_what_a_symbol_passes_through_changes_nothing(kx, L, policy):
    layers = [
        L.BatchNormalization(dtype=policy),
        L.SpectralNormalization(L.Dense(2, dtype=policy), dtype=policy),
        L.Dropout(0.5, dtype=policy),
    ]
    for layer in layers:
        layer(X)
        before = [v.numpy().copy() for v in layer.variables]
        layer(kx.Input((3,)), training=True)
        for a, v in zip(before, layer.variables, strict=True):
            assert np.array_equal(a, v.numpy()), v.path


def test_first_values_given_to_a_layer_inside_are_kept(kx, L):
    class Outer(L.Layer):
        def __init__(self):
            super().__init__()
            self.inner = L.Embedding(4, 2, weights=np.ones((4, 2)))

        def call(self, x):
            return self.inner(x)

    layer = Outer()
    layer(kx.Input((3,), dtype="int32"))
    assert layer.inner.get_weights()[0].min() == 1


def test_a_stateful_recurrence_goes_on_in_a_functional_model(kx, L):
    inputs = kx.Input((4, 3), batch_size=2)
    model = kx.Model(inputs, L.LSTM(3, stateful=True)(inputs))
    x = np.ones((2, 4, 3), "float32")
    first, second = (kx.ops.convert_to_numpy(model(x)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-4


def test_a_stateful_model_takes_a_sequence_in_parts(kx, L):
    model = kx.Sequential([L.Dense(3), L.GRU(3, stateful=True)])
    model.build((1, 4, 3))
    x = np.random.default_rng(0).normal(size=(1, 4, 3)).astype("float32")
    whole = model.predict_on_batch(x)
    model.layers[1].reset_state()
    parts = [model.predict_on_batch(x[:, k : k + 1]) for k in range(4)]
    np.testing.assert_allclose(parts[-1], whole, atol=1e-6)


def test_a_map_of_policies_goes_by_path(kx, L):
    policies = kx.dtype_policies.DTypePolicyMap("float32")
    policies["outer/a"] = "mixed_bfloat16"

    class Outer(L.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.a, self.b = (L.Dense(2, name=n, dtype=self.dtype_policy) for n in "ab")

        def call(self, x):
            return self.b(self.a(x))

    layer = Outer(name="outer", dtype=policies)
    assert kx.ops.dtype(layer(X)) == "float32"
    assert (layer.a.compute_dtype, layer.a.kernel.dtype) == ("bfloat16", "float32")
    assert layer.b.compute_dtype == "float32"
    again = type(policies).from_config(policies.get_config())
    assert again == policies and again["outer/a"].name == "mixed_bfloat16"


def test_a_map_of_policies_says_what_is_wrong(kx):
    policies = kx.dtype_policies.DTypePolicyMap("float32", {"a/.*": "float16", "a/c.": "bfloat16"})
    assert (policies["a/x"].name, policies["b"].name, len(policies)) == ("float16", "float32", 2)
    with pytest.raises(ValueError, match="matches several keys"):
        policies["a/cc"]
    with pytest.raises(ValueError, match="has a policy already"):
        policies["a/.*"] = "float32"
    with pytest.raises(TypeError, match="expected a dict"):
        kx.dtype_policies.DTypePolicyMap("float32", ["a"])


def test_quantized_policies_are_not_there(L):
    with pytest.raises(ValueError, match="'int8_from_float32': there are no quantized policies"):
        L.Dense(2, dtype="int8_from_float32")


def test_a_frozen_layer_stays_frozen_inside_of_a_wrapper(kx, L, tmp_path):
    inputs = kx.Input((4, 3))
    frozen = L.TimeDistributed(L.Dense(2, trainable=False))
    both = L.Bidirectional(L.LSTM(2, trainable=False))
    assert frozen.trainable and both.trainable
    model = kx.Model(inputs, both(frozen(inputs)))
    model.save(tmp_path / "m.keras")
    copies = kx.models.clone_model(model), kx.saving.load_model(tmp_path / "m.keras")
    for m in (model, *copies):
        assert m.trainable and not m.trainable_variables
        assert not m.layers[1].layer.trainable and not m.layers[2].backward_layer.trainable
        m.layers[1].trainable = True  # which goes for what is inside
        assert len(m.trainable_variables) == 2


def test_a_wrapper_made_frozen_trains_nothing(kx, L):
    inputs = kx.Input((4, 3))
    wrapper = L.TimeDistributed(L.Dense(2), trainable=False)
    model = kx.Model(inputs, wrapper(inputs))
    assert not wrapper.get_config()["trainable"] and not model.trainable_variables
