"""Gradients, products with Jacobians, batches, compilation: alone, nested, with variables."""

from importlib import import_module

import numpy as np
import pytest

from .calls import value

V = np.array([0.5, -1.0, 2.0], "float32")
W = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]], "float32")


def same(kx, got, wanted, rtol=1e-5):
    kx.core.tree.assert_same_structure(got, wanted)
    for y, z in zip(kx.core.tree.flatten(got), kx.core.tree.flatten(wanted), strict=True):
        np.testing.assert_allclose(value(kx, y), z, rtol, 1e-6)


def cubes(kx):
    return lambda x: kx.ops.sum(x**3)


# -- Gradients ----------------------------------------------------------------------------------
def test_grad_takes_the_first_argument(trainer):
    same(
        trainer,
        trainer.ops.grad(lambda x, y: trainer.ops.sum(x * x * y))(V, V + 1),
        2 * V * (V + 1),
    )


def test_value_and_grad_gives_both(trainer):
    same(trainer, trainer.ops.value_and_grad(cubes(trainer))(V), ((V**3).sum(), 3 * V**2))


def test_argnums_choose_arguments(trainer):
    ops = trainer.ops

    def product(x, y, scale=1.0):
        return ops.sum(x * y) * scale

    same(trainer, ops.grad(product, 1)(V, V + 1), V)
    same(trainer, ops.grad(product, (0, -1))(V, V + 1, scale=2.0), (2 * V + 2, 2 * V))


def test_gradients_have_the_structure_of_the_argument(trainer):
    ops = trainer.ops

    def loss(p, x):
        return ops.sum(ops.matmul(p["w"], x) + p["b"][0])

    p = {"w": W, "b": [np.float32(1)], "c": np.ones(2, "float32")}
    wanted = {"w": np.stack([V, V]), "b": [2.0], "c": np.zeros(2)}
    same(trainer, ops.grad(loss)(p, V), wanted)


def test_what_comes_beside_the_value_is_passed_on(trainer):
    def loss(x):
        return trainer.ops.sum(x * x), {"twice": x * 2, "name": "loss", "count": 3}

    (total, aux), g = trainer.ops.value_and_grad(loss, has_aux=True)(V)
    assert aux.pop("name") == "loss" and aux.pop("count") == 3
    same(trainer, [total, aux, g], [(V**2).sum(), {"twice": 2 * V}, 2 * V])
    g, aux = trainer.ops.grad(loss, has_aux=True)(V)
    same(trainer, g, 2 * V)


def test_variables_are_differentiated_and_written(trainer):
    ops = trainer.ops
    w, b, calls = trainer.Variable(W), trainer.Variable(np.ones(2, "float32")), trainer.Variable(0)

    def loss(x):
        calls.assign_add(1)
        return ops.sum((ops.matmul(w, x) + b) ** 2)

    y = W @ V + 1
    wanted = [2 * np.outer(y, V), 2 * y]
    same(trainer, ops.value_and_grad(loss, variables=[w, b])(V), ((y**2).sum(), wanted))
    same(trainer, ops.grad(loss, 0, variables=[b])(V), (2 * W.T @ y, [2 * y]))
    same(trainer, ops.grad(loss)(V), 2 * W.T @ y)
    assert int(calls) == 3 and int(calls.value) == 3
    np.testing.assert_array_equal(w.numpy(), W)


def test_variables_may_be_arguments(trainer):
    same(trainer, trainer.ops.grad(cubes(trainer))(trainer.Variable(V)), 3 * V**2)


def test_what_does_not_matter_has_zeros(trainer):
    v, w = trainer.Variable(V), trainer.Variable(W)
    same(
        trainer,
        trainer.ops.grad(lambda: trainer.ops.sum(v * v), variables=[v, w])(),
        [2 * V, 0 * W],
    )
    same(trainer, trainer.ops.grad(lambda x: trainer.ops.sum(v * v))(W), 0 * W)
    same(trainer, trainer.ops.grad(lambda: 1.0, variables=[v])(), [0 * V])


# -- Nested -------------------------------------------------------------------------------------
def test_gradients_nest(trainer):
    grad = trainer.ops.grad
    x = np.float32(1.5)
    same(trainer, grad(grad(lambda x: x**4))(x), 12 * x**2)
    same(trainer, grad(grad(grad(lambda x: x**4)))(x), 24 * x)
    same(trainer, grad(lambda x: x * grad(lambda y: x * y * y)(x))(x), 6 * x**2)


def test_inner_functions_may_use_what_the_outer_differentiates(trainer):
    grad = trainer.ops.grad
    x = np.float32(3)
    same(trainer, grad(lambda x: grad(lambda y: x * y)(x))(x), 1.0)
    same(trainer, grad(lambda x: x * grad(lambda y: x + y)(np.float32(1)))(x), 1.0)


def test_gradients_of_gradients_with_variables(trainer):
    ops = trainer.ops
    w = trainer.Variable(V)

    def penalty(x):
        return ops.sum(ops.grad(lambda x: ops.sum(w * x**3))(x) ** 2)  # sum of (3 w x^2)^2

    same(trainer, ops.grad(penalty, variables=[w])(V), [18 * V**5])
    same(trainer, ops.grad(penalty, 0, variables=[w])(V), (36 * V**5, [18 * V**5]))

    def own():
        (g,) = ops.grad(lambda: ops.sum(w**3), variables=[w])()
        return ops.sum(g * g)  # sum of 9 w^4

    same(trainer, ops.grad(own, variables=[w])(), [36 * V**3])


def test_losses_in_training_may_hold_gradients(trainer):
    ops, w = trainer.ops, trainer.Variable(V)

    def loss():
        (g,) = ops.grad(lambda: ops.sum(w**3), variables=[w])()
        return ops.sum(g * g), ()

    total, _, grads = trainer.backends.current.value_and_grad(loss, [w])
    same(trainer, [total, grads[0]], [(9 * V**4).sum(), 36 * V**3])


def test_jvp_of_grad_and_grad_of_jvp(trainer):
    ops = trainer.ops
    g, h = ops.jvp(ops.grad(cubes(trainer)), (V,), (V + 1,))
    same(trainer, [g, h], [3 * V**2, 6 * V * (V + 1)])
    along = ops.grad(lambda x: ops.jvp(cubes(trainer), (x,), (V + 1,))[1])
    same(trainer, along(V), 6 * V * (V + 1))


# -- Products with Jacobians --------------------------------------------------------------------
def test_vjp_pulls_back_more_than_once(trainer):
    ops = trainer.ops
    y, pull = ops.vjp(lambda x, w: {"y": ops.matmul(w, x), "x": x}, V, W)
    same(trainer, y, {"y": W @ V, "x": V})
    for k in (1.0, 2.0):
        got = pull({"y": np.array([k, 0], "float32"), "x": 0 * V})
        same(trainer, got, (k * W[0], np.stack([k * V, 0 * V])))


def test_vjp_and_jvp_take_variables_and_aux(trainer):
    ops, w = trainer.ops, trainer.Variable(W)

    def run(x):
        return ops.matmul(w, x), x * 2

    ones = np.ones(2, "float32")
    y, pull, aux = ops.vjp(run, V, has_aux=True, variables=[w])
    same(trainer, [y, aux, pull(ones)], [W @ V, 2 * V, (ones @ W, [np.stack([V, V])])])
    out = ops.jvp(run, (V,), (V, [W]), has_aux=True, variables=[w])
    same(trainer, out, (W @ V, 2 * W @ V, 2 * V))
    pull = ops.vjp(lambda: ops.matmul(w, V), variables=[w])[1]
    same(trainer, pull(ones), ([np.stack([V, V])],))


def test_jvp_gives_the_slope(trainer):
    same(
        trainer,
        trainer.ops.jvp(lambda x, y: x * y, (V, V), (V, V + 1)),
        (V * V, V * V + V * (V + 1)),
    )


# -- All derivatives ----------------------------------------------------------------------------
def test_jacobian_has_all_derivatives(trainer):
    ops = trainer.ops
    same(trainer, ops.jacobian(lambda x: ops.matmul(W, x) ** 2)(V), 2 * (W @ V)[:, None] * W)
    got = ops.jacobian(lambda w, x: {"y": ops.matmul(w, x), "s": ops.sum(x)}, (0, 1))(W, V)
    outer = np.zeros((2, 2, 3))
    outer[0, 0] = outer[1, 1] = V
    same(trainer, got, {"s": (0 * W, np.ones(3)), "y": (outer, W)})


def test_hessian_is_the_second_derivative(trainer):
    ops, v = trainer.ops, trainer.Variable(V)
    wanted = np.diag(6 * V)
    same(trainer, ops.hessian(cubes(trainer))(V), wanted)
    same(trainer, ops.hessian(lambda: cubes(trainer)(v), variables=[v])(), [[wanted]])

    def mixed(x, y):
        return ops.sum(x * x * y)

    got = ops.hessian(mixed, (0, 1))(V, V + 1)
    same(trainer, got, ((np.diag(2 * V + 2), np.diag(2 * V)), (np.diag(2 * V), np.zeros((3, 3)))))


SECOND = {  # name -> (function of ops and x, second derivative)
    "exp": (lambda ops, x: ops.exp(x), np.exp),
    "log": (lambda ops, x: ops.log(x), lambda x: -1 / x**2),
    "tanh": (lambda ops, x: ops.tanh(x), lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2)),
    "sin": (lambda ops, x: ops.sin(x), lambda x: -np.sin(x)),
    "sqrt": (lambda ops, x: ops.sqrt(x), lambda x: -0.25 * x**-1.5),
    "softplus": (
        lambda ops, x: ops.softplus(x),
        lambda x: 1 / (1 + np.exp(-x)) / (1 + np.exp(x)),
    ),
    "divide": (lambda ops, x: 1.0 / x, lambda x: 2 / x**3),
    "norm": (lambda ops, x: ops.sqrt(ops.sum(ops.stack([x * x, x * 0 + 1]))),
        lambda x: (1 + x**2) ** -1.5),
    "matmul": (lambda ops, x: ops.sum(ops.matmul(x * ops.eye(2),
        x * ops.ones((2, 2)))), lambda x: 8 + 0 * x),
    "where": (lambda ops, x: ops.where(x > 0, x**3, x), lambda x: 6 * x),
    "cumsum": (lambda ops, x: ops.cumsum(ops.stack([x**2, x**3]))[1], lambda x: 2 + 6 * x),
    "logsumexp": (lambda ops, x: ops.logsumexp(ops.stack([x, -x])),
        lambda x: 1 - np.tanh(x) ** 2),
}  # fmt: skip


@pytest.mark.parametrize("name", SECOND)
def test_second_derivatives_equal_the_analytic_ones(trainer, name):
    ops, (function, second) = trainer.ops, SECOND[name]
    x = np.float32(0.7)
    same(trainer, ops.grad(ops.grad(lambda x: function(ops, x)))(x), second(x), 2e-5)
    same(trainer, ops.hessian(lambda x: function(ops, x))(x), second(x), 2e-5)


def test_custom_gradients_are_followed(trainer):
    ops = trainer.ops

    @ops.custom_gradient
    def cube(x):
        slope = 3 * x * x  # of the forward pass: it is differentiated again, too
        return x**3, lambda upstream: upstream * slope

    x = np.float32(2)
    same(trainer, ops.grad(cube)(x), 12.0)
    same(trainer, ops.grad(ops.grad(cube))(x), 12.0)
    same(trainer, ops.vmap(ops.grad(cube))(V), 3 * V**2)


# -- Batches ------------------------------------------------------------------------------------
def test_vmap_slices_and_stacks(kx):
    ops = kx.ops
    same(kx, ops.vmap(lambda x: ops.sum(x * x))(W), (W**2).sum(1))
    same(kx, ops.vmap(lambda x, y: x * y, in_axes=(1, None), out_axes=1)(W, W[:, 0]), W * W[:, :1])
    doubled, once = ops.vmap(lambda x, y: (x * 2, y + 1), (0, None), (0, None))(W, W[0])
    same(kx, doubled, W * 2)
    same(kx, once, W[0] + 1)
    same(kx, ops.vmap(lambda x: ops.vmap(lambda y: x + y)(V))(V), V[:, None] + V)


def test_vmap_takes_structures(kx):
    def run(p, scale):
        return {"sum": p["a"] + p["b"], "b": p["b"] * scale}

    got = kx.ops.vmap(run, in_axes=({"a": 0, "b": 1}, None), out_axes={"sum": 0, "b": 1})(
        {"a": W, "b": W.T}, 2.0
    )
    same(kx, got, {"sum": 2 * W, "b": 2 * W.T})


def test_vmap_foretells_shapes(kx):
    x = kx.KerasTensor((None, 4, 3))
    assert kx.ops.vmap(lambda x: kx.ops.sum(x, -1))(x).shape == (None, 4)
    assert kx.ops.vmap(lambda x: x, 1, 1)(x).shape == (None, 4, 3)


def test_vmap_of_grad_and_grad_of_vmap(trainer):
    ops = trainer.ops
    same(trainer, ops.vmap(ops.grad(cubes(trainer)))(W), 3 * W**2)
    same(trainer, ops.grad(lambda x: ops.sum(ops.vmap(cubes(trainer))(x)))(W), 3 * W**2)
    same(trainer, ops.vmap(ops.hessian(cubes(trainer)))(W), np.stack([np.diag(6 * w) for w in W]))


def test_vmap_gives_gradients_of_each_example(trainer):
    ops, w = trainer.ops, trainer.Variable(V)
    g = ops.grad(lambda x: ops.sum(w * x) ** 2, variables=[w])
    same(trainer, ops.vmap(g)(W), [2 * (W @ V)[:, None] * W])


# -- Compilation --------------------------------------------------------------------------------
def test_jit_equals_the_function(kx):
    ops, count = kx.ops, []

    def run(x, power, flag=True):
        count.append(1)
        return {"y": x**power if flag else x, "n": None, "p": power}

    quick = ops.jit(run)
    assert quick(V, 2)["n"] is None
    same(kx, [quick(V, 2)["y"], quick(V + 1, 3)["y"]], [V**2, (V + 1) ** 3])
    same(kx, quick(W, 2, flag=False)["y"], W)
    traces = len(count)
    quick(V + 2, 3)
    assert len(count) == traces or kx.backends.current.compiled is None


def test_jit_reads_and_writes_variables(kx):
    ops, v, calls = kx.ops, kx.Variable(V), kx.Variable(0)
    generator = kx.random.SeedGenerator(1)

    @ops.jit
    def run(x):
        calls.assign_add(1)
        return x + v, kx.random.uniform((3,), seed=generator)

    first, draws = run(V)
    same(kx, first, 2 * V)
    v.assign(V * 3)
    second, others = run(V)
    same(kx, second, 4 * V)
    assert calls.numpy() == 2 and (value(kx, draws) != value(kx, others)).all()
    assert generator.state.numpy().tolist() == [1, 2]


def test_jit_of_grad_and_grad_of_jit(trainer):
    ops, w = trainer.ops, trainer.Variable(V)
    same(trainer, ops.jit(ops.grad(ops.grad(lambda x: x**4)))(np.float32(2)), 48.0)
    quick = ops.jit(lambda x: ops.sum(w * x**3))
    for k in (1, 2):  # the second time, it is compiled already
        w.assign(V * k)
        same(trainer, ops.grad(quick, 0, variables=[w])(V), (3 * k * V**3, [V**3]))
    same(trainer, ops.vmap(quick)(W), (W**3) @ (2 * V))
    same(trainer, ops.jit(ops.vmap(ops.grad(cubes(trainer))))(W), 3 * W**2)


def test_one_training_step_is_written_once(trainer, engine):
    """Three steps of gradient descent, against NumPy."""
    ops = trainer.ops
    w, b, steps = (
        trainer.Variable(W.T),
        trainer.Variable(np.zeros(2, "float32")),
        trainer.Variable(0),
    )
    weights = [w, b]

    def loss(x, y):
        return ops.mean((ops.tanh(ops.matmul(x, w) + b) - y) ** 2)

    @ops.jit
    def step(x, y):
        value, gradients = ops.value_and_grad(loss, variables=weights)(x, y)
        for v, g in zip(weights, gradients):
            v.assign_sub(0.1 * g)
        steps.assign_add(1)
        return value

    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    y = np.ones((4, 2), "float32")
    kernel, bias = W.T.astype("float64"), np.zeros(2)
    for _ in range(3):
        t = np.tanh(x @ kernel + bias)
        d = 2 * (t - y) * (1 - t**2) / t.size
        same(trainer, step(x, y), ((t - y) ** 2).mean())
        kernel, bias = kernel - 0.1 * x.T @ d, bias - 0.1 * d.sum(0)
    np.testing.assert_allclose(w.numpy(), kernel, 1e-5)
    np.testing.assert_allclose(b.numpy(), bias, 1e-5, 1e-6)
    assert steps.numpy() == 3


def losses_of_a_model(kx):
    """Those of three steps, by code that names no engine."""
    layers, models, optimizers = (
        import_module(f"{kx.__name__}.{n}") for n in ("layers", "models", "optimizers")
    )
    kx.utils.set_random_seed(1)
    model = models.Sequential([
        layers.Input((3,)), layers.Dense(8, "tanh"), layers.BatchNormalization(), layers.Dense(1),
    ])  # fmt: skip
    optimizer = optimizers.Adam(0.01)

    def loss(x, y):
        return kx.ops.mean((model(x, training=True) - y) ** 2)

    @kx.ops.jit
    def step(x, y):
        weights = model.trainable_variables
        value, gradients = kx.ops.value_and_grad(loss, variables=weights)(x, y)
        optimizer.apply(gradients, weights)
        return value

    x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    found = [float(value(kx, step(x, x[:, :1]))) for _ in range(3)]
    assert int(optimizer.iterations.numpy()) == 3
    return [*found, model.layers[1].moving_mean.numpy().sum()]


FOUND = {}  # losses by engine


def test_a_model_trains_the_same_on_every_engine(trainer, engine):
    FOUND[engine] = losses_of_a_model(trainer)
    first = next(iter(FOUND.values()))
    np.testing.assert_allclose(FOUND[engine], first, 1e-5)
    assert first[2] < first[0]


# -- In graphs ----------------------------------------------------------------------------------
def test_derivatives_stand_in_functional_models(trainer):
    ops = trainer.ops
    layers, models = (import_module(f"{trainer.__name__}.{n}") for n in ("layers", "models"))
    x = layers.Input((3,))
    g = ops.grad(cubes(trainer))(x)
    y, slope = ops.jvp(lambda x: x**3, (x,), (x,))
    total, _ = ops.value_and_grad(cubes(trainer))(x)
    assert (g.shape, slope.shape, total.shape) == ((None, 3), (None, 3), ())
    model = models.Model(x, [g, y, slope])
    same(trainer, model(W), [3 * W**2, W**3, 3 * W**3])


# -- Errors -------------------------------------------------------------------------------------
def test_numpy_says_that_it_does_not_differentiate(reference):
    ops = reference.ops
    for call in (
        lambda: ops.grad(lambda x: x)(1.0),
        lambda: ops.vjp(lambda x: x, 1.0),
        lambda: ops.jvp(lambda x: x, (1.0,), (1.0,)),
        lambda: ops.hessian(lambda x: x)(1.0),
    ):
        with pytest.raises(NotImplementedError, match="numpy backend does not differentiate"):
            call()


ERRORS = {
    "dtype int32: expected floats": lambda o: o.grad(lambda x: x)(1),
    "argnums=1": lambda o: o.grad(lambda x: x, 1)(1.0),
    "one scalar; got tensors of the shapes [(3,)]": lambda o: o.grad(lambda x: x)(V),
    "gives int32: expected floats": lambda o: o.grad(lambda x: o.cast(x, "int32"))(1.0),
    "expected the function to return (value, aux)": lambda o: o.grad(lambda x: x, 0, True)(1.0),
    "nothing to differentiate": lambda o: o.grad(lambda: 1.0, variables=[])(),
    "expected a tuple or list of primals": lambda o: o.jvp(lambda x: x, 1.0, 1.0),
    "direction of shape (3,) for a tensor of shape ()": lambda o: o.jvp(
        lambda x: x, (1.0,), (V,)),
    "structures differ": lambda o: o.vjp(lambda x: (x, x), 1.0)[1](1.0),
    "in_axes=(0, 0) for 1": lambda o: o.vmap(lambda x: x, (0, 0))(V),
    "no argument to slice": lambda o: o.vmap(lambda x: x, None)(V),
    "[2, 3] slices": lambda o: o.vmap(lambda x, y: x)(V, W),
    "does not fit": lambda o: o.vmap(lambda x: x, out_axes=[0, 1])(W),
}  # fmt: skip


@pytest.mark.parametrize("words", ERRORS)
def test_errors_say_what_was_wrong(trainer, words):
    with pytest.raises((ValueError, TypeError)) as error:
        ERRORS[words](trainer.ops)
    assert words in str(error.value)


def test_vmap_refuses_writes_and_jit_what_has_no_hash(trainer):
    v = trainer.Variable(0.0)
    with pytest.raises(ValueError, match="once for each slice"):
        trainer.ops.vmap(lambda x: v.assign_add(x))(V)
    if trainer.backends.current.compiled:
        with pytest.raises(TypeError, match="must be hashable"):
            trainer.ops.jit(lambda x, y: x)(V, {1, 2}.__class__())


def test_what_jit_writes_is_not_shared(kx):
    """A variable that is given an argument, or what is also returned, keeps a copy."""
    v, w = kx.Variable(V), kx.Variable(V)

    @kx.ops.jit
    def run(x):
        v.assign(x)
        w.assign(x * 2)
        return w.value

    x = kx.ops.convert_to_tensor(V + 1)
    y = run(x)
    if kx.backends.current.compiled:
        assert v.stored is not x and w.stored is not y
    same(kx, [v.numpy(), w.numpy()], [V + 1, 2 * V + 2])
