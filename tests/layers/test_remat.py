"""Layers whose inside the backward pass computes again: the same numbers, less memory."""

from importlib import import_module

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(6, 5, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 5, 2)).astype("float32")
MODES = [
    {"mode": "full"},
    {"mode": "activations"},
    {"mode": "larger_than", "output_size_threshold": 100},
    {"mode": "list_of_layers", "layer_names": ["first", "block", "functional"]},
    {"mode": None},
]


def block_of(kx):
    class Block(kx.layers.Layer):
        """Layers in a layer, made at its first call; a loss, a draw, and statistics."""

        def build(self, input_shape):
            self.supports_masking = True
            self.inner = kx.layers.Dense(
                4, activation="tanh", activity_regularizer="l2", kernel_initializer="ones"
            )
            self.normal = kx.layers.BatchNormalization()
            self.drop = kx.layers.Dropout(0.3, seed=3)

        def call(self, x):
            y = self.drop(self.normal(self.inner(x)))
            self.add_loss(kx.ops.mean(y) ** 2)
            return x + y

    return Block


def model_of(kx, scope=None):
    with kx.RematScope(None) if scope is None else scope:
        kx.utils.set_random_seed(4)
        inputs = kx.Input((5, 4))
        x = kx.layers.Masking()(inputs)
        x = kx.layers.Dense(4, activation="gelu", name="first")(x)
        x = block_of(kx)(name="block")(x)
        x = kx.layers.LSTM(3, return_sequences=True)(x)
        return kx.Model(inputs, kx.layers.Dense(2)(x))


def trained(kx, model, **options):
    """Losses and weights after three epochs."""
    model.compile(kx.optimizers.SGD(0.1), "mse", metrics=["mae"], **options)
    history = model.fit(X, Y, batch_size=2, epochs=3, shuffle=False, verbose=0).history
    return history, model.get_weights()


@pytest.mark.parametrize("scope", MODES, ids=lambda s: str(s["mode"]))
def test_fit_goes_the_same_way(trainer, scope):
    """Draws, statistics, losses of layers, masks and metrics are what they are without."""
    want, plain = trained(trainer, model_of(trainer))
    got, weights = trained(trainer, model_of(trainer, trainer.RematScope(**scope)))
    for name, values in want.items():
        np.testing.assert_allclose(got[name], values, 1e-5)
    for a, b in zip(weights, plain, strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's own modules
@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": True}], ids=str)
def test_eagerly_and_compiled(trainer, options):
    def losses(scope):
        with scope:
            trainer.utils.set_random_seed(1)
            block = block_of(trainer)(name="block")
            model = trainer.Sequential([block, trainer.layers.Dense(2)])
        return trained(trainer, model, **options)[0]["loss"]

    scopes = trainer.RematScope("full"), trainer.RematScope(None)
    np.testing.assert_allclose(*map(losses, scopes), 1e-4)


def test_under_a_narrow_dtype(trainer):
    def losses(scope):
        with scope:
            trainer.utils.set_random_seed(2)
            model = trainer.Sequential(
                [
                    trainer.layers.Dense(8, activation="relu", dtype="mixed_bfloat16"),
                    trainer.layers.Dense(2, dtype="mixed_bfloat16"),
                ]
            )
        return trained(trainer, model)[0]["loss"]

    want = losses(trainer.RematScope(None))
    got = losses(trainer.RematScope("full"))
    np.testing.assert_allclose(got, want, 0.03)  # TensorFlow's graphs round where they see fit


def test_what_is_not_trained_is_the_same(kx):
    """Evaluation and prediction, with and without."""
    model = model_of(kx, kx.RematScope("full"))
    plain = model_of(kx)
    plain.set_weights(model.get_weights())
    np.testing.assert_allclose(model.predict(X, verbose=0), plain.predict(X, verbose=0), 1e-5, 1e-6)
    assert model.get_config()["layers"][2]["config"] == plain.get_config()["layers"][2]["config"]
    again = kx.Model.from_config(model.get_config(), {"Block": block_of(kx)})
    assert [w.shape for w in again.weights] == [w.shape for w in model.weights]


def test_gradients_of_functions_and_variables(trainer):
    """With respect to arguments, and to variables that the function takes from outside."""
    kx, ops = trainer, trainer.ops
    w = kx.Variable(np.linspace(0.1, 1, 4).astype("float32"))

    def fn(x, scale, names):
        return {names[0]: ops.sin(x * w) * scale, "n": ops.cast(ops.size(x), "int32")}

    def total(f):
        return lambda x: ops.sum(f(x, 2.0, names=["y"])["y"] ** 2)

    for kwargs in ({}, {"argnums": 0, "variables": [w]}):
        want = ops.grad(total(fn), **kwargs)(X)
        got = ops.grad(total(kx.remat(fn)), **kwargs)(X)
        for a, b in zip(kx.tree.flatten(got), kx.tree.flatten(want), strict=True):
            np.testing.assert_allclose(*map(kx.ops.convert_to_numpy, (a, b)), 1e-5, 1e-6)
    assert kx.remat(fn)(X, 2.0, ["y"])["n"] == X.size


def test_on_symbols(kx):
    y = kx.remat(lambda x: kx.ops.sin(x) + 1)(kx.Input((3,)))
    assert y.shape == (None, 3)


def test_torch_runs_the_inside_again():
    """Once forward, once more for each level that is computed again."""
    torch = pytest.importorskip("torch")
    kx = import_module("kerasx").with_backend("torch")
    calls = []

    def act(x):
        calls.extend([1] * torch.is_tensor(x))  # symbols tell sizes
        return kx.ops.tanh(x)

    def count(scope):
        with scope:
            model = kx.Sequential([kx.layers.Dense(3, activation=act, name="a")])
        model.compile("sgd", "mse")
        model.train_on_batch(X[:, 0], X[:, 0, :3])
        calls.clear()
        model.train_on_batch(X[:, 0], X[:, 0, :3])
        return len(calls)

    assert count(kx.RematScope(None)) == 1
    assert count(kx.RematScope("full")) == 2
    assert count(kx.RematScope("activations")) == 2
    assert count(kx.RematScope("larger_than", 17)) == 2
    assert count(kx.RematScope("larger_than", 18)) == 1
    assert count(kx.RematScope("list_of_layers", layer_names=["a"])) == 2
    assert count(kx.RematScope("list_of_layers", layer_names=["b"])) == 1


def test_torch_keeps_less():
    """What autograd holds of a chain of functions is its input."""
    torch = pytest.importorskip("torch")
    kx = import_module("kerasx").with_backend("torch")
    held = []

    def pack(x):
        held.append(x.numel())
        return x

    def chain(x):
        for _ in range(10):
            x = kx.ops.tanh(x)
        return x

    def kept(fn):
        held.clear()
        x = torch.ones(50, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
            fn(x)
        return sum(held)

    assert kept(chain) == 500
    assert kept(kx.remat(chain)) <= 50


def test_jax_has_a_checkpoint_for_each_layer():
    jax = pytest.importorskip("jax")
    kx = import_module("kerasx").with_backend("jax")

    def checkpoints(scope):
        with scope:
            model = kx.Sequential([kx.Input((4,)), *(kx.layers.Dense(4, "relu") for _ in "abc")])
        trained, fixed = ([v.value for v in vs] for vs in (model.trainable_variables, []))
        call = jax.make_jaxpr(lambda w: model.stateless_call(w, fixed, X[:, 0])[0])(trained)
        return sum("remat" in e.primitive.name or "checkpoint" in e.primitive.name
                   for e in call.jaxpr.eqns)  # fmt: skip

    assert checkpoints(kx.RematScope(None)) == 0
    assert checkpoints(kx.RematScope("full")) == 3
    assert checkpoints(kx.RematScope("activations")) == 3


def test_tensorflow_computes_again_in_the_graph_of_a_step():
    tf = pytest.importorskip("tensorflow")
    kx = import_module("kerasx").with_backend("tensorflow")

    def tanhs(fn):
        @tf.function(autograph=False)
        def step(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = fn(x)
            return tape.gradient(y, x)

        graph = step.get_concrete_function(tf.TensorSpec([3], "float32")).graph
        return sum(o.type == "Tanh" for o in graph.get_operations())

    assert tanhs(kx.ops.tanh) == 1
    assert tanhs(kx.remat(kx.ops.tanh)) == 2


def test_torch_parameters_by_path():
    torch = pytest.importorskip("torch")
    kx = import_module("kerasx").with_backend("torch")
    layer = kx.layers.Dense(2, name="d")
    assert isinstance(layer.torch_params, torch.nn.ParameterDict)
    layer.build((None, 3))
    assert layer.torch_params["d/kernel"] is layer.kernel.value
    assert set(layer.torch_params) == {"d/kernel", "d/bias"}


def test_a_subclass_may_decide_for_itself(kx):
    class Never(kx.layers.Dense):
        def rematerialized_call(self, layer_call, *args, **kwargs):
            asked.append(args[0].shape)
            return layer_call

    asked = []
    with kx.RematScope("full"):
        layer = Never(2)
    layer(X)
    assert [tuple(s) for s in asked] == [X.shape]


def test_scopes_nest_and_count_where_layers_are_made(kx):
    with kx.RematScope("full") as outer:
        assert kx.layers.Dense(1)._kx.remat is outer
        with kx.RematScope(None):
            assert kx.layers.Dense(1)._kx.remat is None
        assert kx.layers.Dense(1)._kx.remat is outer
    assert kx.layers.Dense(1)._kx.remat is None


def test_mistakes_are_told(kx):
    with pytest.raises(ValueError, match="mode='all': expected one of"):
        kx.RematScope("all")
    with pytest.raises(ValueError, match="layer_names='a': expected a list"):
        kx.RematScope("list_of_layers", layer_names="a")
