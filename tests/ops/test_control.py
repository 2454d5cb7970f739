"""Branches, loops, maps and gradients of one's own."""

import numpy as np
import pytest

from .calls import value


def same(kx, got, wanted):
    got = [value(kx, x) for x in kx.core.tree.flatten(got)]
    wanted = list(wanted) if isinstance(wanted, tuple) else [wanted]
    assert len(got) == len(wanted)
    for y, z in zip(got, wanted, strict=True):
        np.testing.assert_allclose(y, z, 1e-6)


def compiled(kx, fn, *inputs):
    """What `fn` gives of arrays, eagerly and compiled."""
    backend = kx.backends.current
    tensors = [kx.ops.convert_to_tensor(x) for x in inputs]
    yield fn(*tensors)
    if backend.NAME in ("jax", "tensorflow"):
        yield backend.compile_step(fn, [])(*tensors)


V = np.array([1.0, 2.0, 3.0], "float32")


@pytest.mark.parametrize("pred", [True, False])
def test_cond_takes_one_branch(kx, pred):
    for y in compiled(kx, lambda p: kx.ops.cond(p, lambda: V * 2.0, lambda: V - 1.0), pred):
        same(kx, y, V * 2 if pred else V - 1)


@pytest.mark.parametrize("index, branch", [(0, 0), (1, 1), (7, 1), (-3, 0)])
def test_switch_takes_the_nearest_branch(kx, index, branch):
    def choose(i, x):
        return kx.ops.switch(i, [lambda x: x + 1.0, lambda x: x * 2.0], x)

    for y in compiled(kx, choose, np.int32(index), V):
        same(kx, y, [V + 1, V * 2][branch])


def test_while_loop_runs_while_the_condition_holds(kx):
    def doubled(n, x):
        return kx.ops.while_loop(lambda n, x: n < 5, lambda n, x: (n + 1, x * 2.0), (n, x))

    for n, y in compiled(kx, doubled, np.int32(2), V):
        same(kx, [n, y], (5, V * 8))


def test_while_loop_takes_one_variable_and_a_limit(kx):
    def halved(x):
        return kx.ops.while_loop(lambda x: x > 1.0, lambda x: x / 2, x, maximum_iterations=2)

    for y in compiled(kx, halved, np.float32(64)):
        same(kx, y, 16)


def test_fori_loop_counts(kx):
    for y in compiled(kx, lambda x: kx.ops.fori_loop(1, 4, lambda i, v: v + i, x), np.int32(0)):
        same(kx, y, 6)


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_carries_and_stacks(kx, reverse):
    def run(xs):
        def step(carry, x):
            return carry + x, carry * x

        return kx.ops.scan(step, np.float32(0), xs, reverse=reverse)

    xs, carry, rows = V[::-1] if reverse else V, 0.0, []
    for x in xs:
        carry, y = carry + x, carry * x
        rows.append(y)
    for y in compiled(kx, run, V):
        same(kx, y, (carry, rows[::-1] if reverse else rows))


def test_scan_without_inputs_runs_so_many_steps(kx):
    for y in compiled(kx, lambda x: kx.ops.scan(lambda c, _: (c * 2.0, c), x, length=3), V):
        same(kx, y, (V * 8, np.stack([V, V * 2, V * 4])))


@pytest.mark.parametrize("name", ["map", "vectorized_map"])
def test_maps_apply_to_each_slice(kx, name):
    rows = np.arange(6, dtype="float32").reshape(3, 2)
    op = getattr(kx.ops, name)
    for y in compiled(kx, lambda x: op(lambda row: kx.ops.sum(row * row), x), rows):
        same(kx, y, (rows**2).sum(1))
    for y in compiled(kx, lambda a, b: op(lambda pair: pair[0] * pair[1], (a, b)), rows, V):
        same(kx, y, rows * V[:, None])


def test_arguments_may_be_keywords(kx):
    ops, x = kx.ops, kx.ops.convert_to_tensor(V)
    same(kx, ops.map(f=ops.square, xs=x), V**2)
    same(kx, ops.vectorized_map(function=ops.square, elements=x), V**2)
    same(kx, ops.cond(pred=True, true_fn=lambda: x, false_fn=lambda: x), V)
    same(kx, ops.fori_loop(lower=0, upper=2, body_fun=lambda i, y: y * 2, init_val=x), V * 4)
    same(kx, ops.scan(f=lambda c, x: (c + x, c), init=x[0] * 0, xs=x)[0], 6)
    same(kx, ops.associative_scan(f=lambda a, b: a + b, elems=x), np.cumsum(V))
    loop = ops.while_loop(cond=lambda y: y < 3, body=lambda y: y + 1, loop_vars=x[0])
    same(kx, loop, 3)


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scans_join_from_the_first_on(kx, count, reverse):
    x = np.arange(2 * count, dtype="float32").reshape(2, count) / 4 + 1
    ordered = x[:, ::-1] if reverse else x
    wanted = np.cumsum(ordered, 1), np.cumprod(ordered, 1)

    def run(x):
        def join(a, b):
            return {"sum": a["sum"] + b["sum"], "product": a["product"] * b["product"]}

        elems = {"sum": x, "product": x}
        return kx.ops.associative_scan(join, elems, reverse=reverse, axis=-1)

    for y in compiled(kx, run, x):
        for name, z in zip(("sum", "product"), wanted):
            same(kx, y[name], z[:, ::-1] if reverse else z)


def test_an_associative_scan_keeps_the_order_of_what_does_not_commute(kx):
    x = np.stack([[[1, k], [0.5, 1]] for k in range(5)]).astype("float32")
    wanted = [x[0]]
    for m in x[1:]:
        wanted.append(wanted[-1] @ m)
    same(kx, kx.ops.associative_scan(kx.ops.matmul, x), np.stack(wanted))
    with pytest.raises(ValueError):
        kx.ops.associative_scan(lambda a, b: a, [x, x[:2]])


def test_vectorize_broadcasts_a_function_of_scalars(kx):
    ops, x = kx.ops, np.arange(6, dtype="float32").reshape(2, 1, 3)
    larger = ops.vectorize(lambda a, b: ops.where(a > b, a - b, a + b))
    y = np.array([[1.0], [4.0]], "float32")
    same(kx, larger(x, y), np.where(x > y, x - y, x + y))
    same(kx, larger(2.0, np.ones((1, 1), "float32")), np.ones((1, 1)))
    shifted = ops.vectorize(lambda a, n, sign=1: (a + n, a * sign), excluded={1, "sign"})
    same(kx, shifted(V, 2, sign=-1), (V + 2, -V))
    assert larger(kx.KerasTensor((None, 1, 3)), kx.KerasTensor((2, 1))).shape == (None, 2, 3)


def test_vectorize_leaves_the_axes_of_its_signature(kx):
    ops, a = kx.ops, np.arange(12, dtype="float32").reshape(2, 2, 3)
    product = ops.vectorize(ops.matmul, signature="(m,n),(n)->(m)")
    same(kx, product(a, V), a @ V)
    same(kx, product(a[:, None], np.stack([V, V + 1])), np.stack([a @ V, a @ (V + 1)], 1))
    with pytest.raises(ValueError, match="signature='\\(n\\)' for 1 arguments"):
        ops.vectorize(ops.sum, signature="(n)")(V)


CUBES = {  # name -> (a function of ops and x whose value is x^3, elementwise)
    "cond": lambda ops, x: ops.cond(x[0] > 0, lambda: x**3, lambda: x),
    "switch": lambda ops, x: ops.switch(1, [lambda x: x, lambda x: x**3], x),
    "while_loop": lambda ops, x: ops.while_loop(
        lambda n, y: n < 2, lambda n, y: (n + 1, y * x), (0, x))[1],
    "fori_loop": lambda ops, x: ops.fori_loop(0, 2, lambda i, y: y * x, x),
    "scan": lambda ops, x: ops.scan(lambda y, _: (y * x, y), x, length=2)[0],
    "associative_scan": lambda ops, x: ops.associative_scan(
        lambda a, b: a * b, ops.stack([x, x, x]))[-1],
    "map": lambda ops, x: ops.map(lambda y: y**3, x),
    "vectorized_map": lambda ops, x: ops.vectorized_map(lambda y: y**3, x),
    "vectorize": lambda ops, x: ops.vectorize(lambda y: y**3)(x),
}  # fmt: skip
WITHOUT = {("jax", "while_loop"): "JAX has none backwards: the steps are not known"}


@pytest.mark.parametrize("name", CUBES)
def test_gradients_go_through_control_flow(trainer, name):
    """Eagerly and compiled."""
    ops = trainer.ops
    grad = ops.grad(lambda x: ops.sum(CUBES[name](ops, x)))
    if (trainer.backends.current.NAME, name) in WITHOUT:
        with pytest.raises(ValueError, match="Reverse-mode differentiation does not work"):
            grad(V)
        return
    same(trainer, grad(V), 3 * V**2)
    same(trainer, ops.jit(grad)(V), 3 * V**2)


def test_loops_foretell_shapes(kx):
    KerasTensor = kx.core.symbolic.KerasTensor
    x, ops = KerasTensor((None, 3)), kx.ops
    assert ops.while_loop(lambda x: True, lambda x: x * 2, x).shape == (None, 3)
    assert ops.fori_loop(0, 3, lambda i, x: x * 2, x).shape == (None, 3)
    carry, rows = ops.scan(lambda c, x: (c + x, c), KerasTensor((3,)), x)
    assert (carry.shape, rows.shape) == ((3,), (None, 3))
    assert ops.associative_scan(lambda a, b: a + b, x, axis=1).shape == (None, 3)
    assert ops.vectorized_map(lambda row: ops.sum(row), x).shape == (None,)
    assert ops.cond(KerasTensor((), "bool"), lambda: x, lambda: x).shape == (None, 3)
    assert ops.switch(KerasTensor((), "int32"), [lambda x: ops.sum(x, 0)], x).shape == (3,)


def test_custom_gradient_replaces_the_gradient(kx):
    backend = kx.backends.current
    ops = kx.ops

    @ops.custom_gradient
    def tripled(x):
        return ops.square(x), lambda upstream: upstream * 3.0

    same(kx, tripled(ops.convert_to_tensor(V)), V**2)
    assert tripled(kx.core.symbolic.KerasTensor((None, 3))).shape == (None, 3)
    if not backend.TRAINS:
        return
    v = kx.core.variable.Variable(V)
    _, _, (g,) = backend.value_and_grad(lambda: (ops.sum(tripled(v.value)), ()), [v])
    same(kx, g, [3, 3, 3])
