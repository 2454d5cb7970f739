"""Layers around modules, functions and saved models of one engine."""

from importlib import import_module

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
Y = X @ np.ones((3, 1), "float32")


@pytest.fixture
def L(kx):
    return import_module(f"{kx.__name__}.layers")


def belongs_to(engine, wanted):
    if engine != wanted:
        pytest.skip(f"it belongs to {wanted}")


def losses(kx, layer):
    """The loss before and after some epochs."""
    kx.utils.set_random_seed(0)
    inputs = kx.Input((3,))
    model = kx.Model(inputs, layer(inputs))
    model.compile(kx.optimizers.Adam(0.01), "mse")
    history = model.fit(X, Y, batch_size=16, epochs=5, verbose=0).history["loss"]
    return model, history[0], history[-1]


@pytest.mark.parametrize(
    "make, home",
    [
        (lambda L: L.TorchModuleWrapper(None), "torch"),
        (lambda L: L.JaxLayer(lambda inputs: inputs), "jax"),
        (lambda L: L.FlaxLayer(None), "jax"),
        (lambda L: L.TFSMLayer("folder"), "tensorflow"),
    ],
)
def test_on_another_engine_the_error_names_the_right_one(engine, L, make, home):
    if engine == home:
        pytest.skip("this is the right engine")
    with pytest.raises(NotImplementedError, match=f"KERASX_BACKEND={home}"):
        make(L)


# -- torch ----------------------------------------------------------------------------------------
def network():
    import torch

    torch.manual_seed(0)
    parts = torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 1)
    return torch.nn.Sequential(*parts)


def test_a_torch_module_is_trained_in_its_own_memory(kx, engine, L, tmp_path):
    belongs_to(engine, "torch")
    module = network()
    layer = L.TorchModuleWrapper(module, name="net")
    assert [v.path for v in layer.weights] == [f"net/{n}" for n, _ in module.named_parameters()]
    model, before, after = losses(kx, layer)
    assert after < before
    assert layer.weights[0].stored is module[0].weight
    assert len(list(model.parameters())) == len(list(layer.parameters())) == 6
    want = model.predict(X, verbose=0)
    model.save_weights(tmp_path / "it.weights.h5")
    for p in module.parameters():
        p.data.zero_()
    module[1].running_mean.zero_()
    model.load_weights(tmp_path / "it.weights.h5")
    np.testing.assert_allclose(model.predict(X, verbose=0), want, rtol=1e-5)


def test_a_symbol_through_a_torch_module_writes_no_statistics(kx, engine, L):
    belongs_to(engine, "torch")
    module = network()
    outputs = L.TorchModuleWrapper(module)(kx.Input((3,)), training=True)
    assert outputs.shape == (None, 1)
    assert not module[1].running_mean.any() and module[1].num_batches_tracked == 0
    assert L.TorchModuleWrapper(module, output_shape=(4, 1)).compute_output_shape((4, 3)) == (4, 1)


def test_a_torch_module_has_no_config(engine, L):
    belongs_to(engine, "torch")
    with pytest.raises(NotImplementedError, match="files carry no code"):
        L.TorchModuleWrapper(network()).get_config()
    with pytest.raises(ValueError, match="pickled code"):
        L.TorchModuleWrapper.from_config({"module": "UEsDBA"})
    with pytest.raises(ValueError, match=r"expected a torch\.nn\.Module"):
        L.TorchModuleWrapper(3)


# -- jax ------------------------------------------------------------------------------------------
def linear(params, inputs):
    return inputs @ params["w"] + params["b"]


def linear_params(rng, inputs):
    import jax

    return {"w": jax.random.normal(rng, (inputs.shape[-1], 1)), "b": np.zeros(1)}


def counting(params, state, rng, inputs, training):
    assert (rng is not None) == training
    return inputs @ params["w"], {"calls": state["calls"] + training}


def test_a_jax_function_is_trained(kx, engine, L):
    belongs_to(engine, "jax")
    layer = L.JaxLayer(linear, linear_params, name="it", seed=1)
    assert losses(kx, layer)[2] < losses(kx, L.JaxLayer(linear, linear_params, seed=1))[1]
    assert [(v.path, v.shape) for v in layer.weights] == [("it/b", (1,)), ("it/w", (3, 1))]


def test_a_jax_function_keeps_its_state(kx, engine, L):
    belongs_to(engine, "jax")
    params, state = {"w": np.ones((3, 1), "float32")}, {"calls": np.zeros((), "int32")}
    layer = L.JaxLayer(counting, params=params, state=state)
    layer(X)
    layer(X, training=True)
    assert int(layer.non_trainable_weights[0].numpy()) == 1
    losses(kx, layer)
    assert int(layer.non_trainable_weights[0].numpy()) == 21


def test_a_jax_function_of_other_arguments_is_refused(engine, L):
    belongs_to(engine, "jax")
    with pytest.raises(ValueError, match="unknown arguments"):
        L.JaxLayer(lambda p, inputs: inputs, params={})
    with pytest.raises(ValueError, match="no `inputs`"):
        L.JaxLayer(lambda params: params, params={})
    with pytest.raises(ValueError, match="expected init_fn, params or state"):
        L.JaxLayer(linear)


class Module:
    """What FlaxLayer needs of a `flax.linen.Module`."""

    def __call__(self, inputs, training=False):
        raise NotImplementedError

    def init(self, rngs, x, training=False):
        import jax

        kernel = jax.random.normal(rngs["params"], (x.shape[-1], 1))
        return {"params": {"kernel": kernel}, "counts": {"calls": np.zeros(())}}

    def apply(self, variables, x, rngs=None, mutable=False, training=False):
        assert mutable == ["counts"] and (rngs is not None) == training
        calls = variables["counts"]["calls"] + training
        return x @ variables["params"]["kernel"], {"counts": {"calls": calls}}


def test_a_flax_module_is_trained_and_keeps_its_state(kx, engine, L):
    belongs_to(engine, "jax")
    layer = L.FlaxLayer(Module(), name="it")
    _, before, after = losses(kx, layer)
    assert after < before
    assert [v.path for v in layer.weights] == ["it/kernel", "it/counts.calls"]
    assert int(layer.weights[1].numpy()) == 20
    given = {"params": {"kernel": np.ones((3, 1), "float32")}, "counts": {"calls": np.ones(())}}
    again = L.FlaxLayer(Module(), variables=given)
    np.testing.assert_allclose(kx.ops.convert_to_numpy(again(X)), Y, rtol=1e-5)


# -- tensorflow -----------------------------------------------------------------------------------
@pytest.fixture
def artifact(engine, tmp_path):
    belongs_to(engine, "tensorflow")
    import tensorflow as tf

    class Times(tf.Module):
        def __init__(self):
            super().__init__()
            self.w = tf.Variable(tf.zeros((3, 1)), name="w")

        @tf.function(input_signature=[tf.TensorSpec((None, 3))])
        def serve(self, x):
            return x @ self.w

    module = Times()
    tf.saved_model.save(module, str(tmp_path / "it"), signatures={"other": module.serve})
    return tmp_path / "it"


def test_a_saved_model_is_trained(kx, L, artifact):
    layer = L.TFSMLayer(artifact, name="it")
    assert [v.path for v in layer.weights] == ["it/w"]
    _, before, after = losses(kx, layer)
    assert after < before
    assert np.any(layer.weights[0].numpy())
    (output,) = L.TFSMLayer(artifact, call_endpoint="other")(X).values()
    assert output.shape == (64, 1)


def test_a_saved_model_is_not_run_because_a_file_names_it(L, artifact):
    layer = L.TFSMLayer(artifact)
    with pytest.raises(ValueError, match="is a program"):
        L.TFSMLayer.from_config(layer.get_config())
    assert L.TFSMLayer.from_config(layer.get_config(), safe_mode=False).built
    with pytest.raises(ValueError, match="there are \\['other', 'serve'\\]"):
        L.TFSMLayer(artifact, call_endpoint="nothing")


# -- all ------------------------------------------------------------------------------------------
def with_a_config_of_its_own(base, make, names):
    """A subclass that makes what it stands around itself, so that it can be saved."""

    class Own(base):
        def __init__(self, **kwargs):
            super().__init__(make(), **kwargs)

        def get_config(self):
            return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype_policy.name}

    if base.__name__ == "TFSMLayer":  # which reads no program for a file
        Own.from_config = classmethod(lambda cls, config, **_: cls(**config))
    names["Own"] = Own
    return Own()


def torch_network():
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh())


PATHS = "it_can_stand_in_others"  # variables that a constructor makes are called after the layer


@pytest.mark.parametrize(
    "home, name", [(None, "Lambda"), ("jax", "JaxLayer"), ("jax", "FlaxLayer"),
                   ("torch", "TorchModuleWrapper")]
)  # fmt: skip
def test_they_do_what_every_layer_must(kx, engine, L, home, name):
    belongs_to(engine, home or engine)
    names = {"abs": abs, "linear": linear, "linear_params": linear_params}
    layer = {
        "Lambda": lambda: L.Lambda(abs),
        "JaxLayer": lambda: L.JaxLayer(linear, linear_params, seed=1),
        "FlaxLayer": lambda: with_a_config_of_its_own(L.FlaxLayer, Module, names),
        "TorchModuleWrapper": lambda: with_a_config_of_its_own(
            L.TorchModuleWrapper, torch_network, names
        ),
    }[name]()
    with kx.saving.custom_object_scope(names):
        without = () if name == "Lambda" else (PATHS,)
        import_module(f"{kx.__name__}.testing").check_layer(layer, X[:4], without=without)


def test_a_saved_model_does_what_every_layer_must(kx, L, artifact):
    names = {}
    layer = with_a_config_of_its_own(L.TFSMLayer, lambda: artifact, names)
    without = (PATHS, "mixed_precision_keeps_its_dtypes")  # it takes float32, and nothing else
    with kx.saving.custom_object_scope(names):
        import_module(f"{kx.__name__}.testing").check_layer(layer, X[:4], without=without)
