"""What derivatives are taken of: None, complex tensors, one thing twice; and compositions."""

import numpy as np
import pytest

from .test_transform import V, W, same

Z = np.array([1 + 2j, 3 - 1j], "complex64")


def test_none_stays_none(trainer):
    ops = trainer.ops

    def run(p, x):
        return {"y": p["w"] * x, "n": None}

    p = {"w": V, "b": None}
    got = ops.grad(lambda p: ops.sum(p["w"] ** 2))(p)
    assert got["b"] is None
    same(trainer, got["w"], 2 * V)
    y, pull = ops.vjp(run, p, V + 1)
    first, second = pull({"y": V, "n": None})
    assert y["n"] is None and first["b"] is None
    same(trainer, [first["w"], second], [V * (V + 1), V * V])
    y, dy = ops.jvp(run, (p, V), (p, V))
    assert dy["n"] is None
    same(trainer, [y["y"], dy["y"]], [V * V, 2 * V * V])
    assert ops.jacobian(lambda x: (x, None))(V)[1] is None


def test_vmap_gives_none_as_it_is(kx):
    got = kx.ops.vmap(lambda x: {"y": x * 2, "n": None})(V)
    assert got["n"] is None
    same(kx, got["y"], 2 * V)


def test_complex_tensors_stand_between(trainer):
    ops, x = trainer.ops, np.array([1.0, 0.5], "float32")
    got = ops.grad(lambda x: ops.sum(ops.real(ops.polar(x, 2 * x))))(x)  # x cos(2x)
    same(trainer, got, np.cos(2 * x) - 2 * x * np.sin(2 * x))

    def size(parts):
        z = ops.view_as_complex(parts)
        return ops.sum(ops.real(z * ops.conj(z)))

    same(
        trainer, ops.grad(size)(np.stack([Z.real, Z.imag], -1)), 2 * np.stack([Z.real, Z.imag], -1)
    )
    same(trainer, ops.vmap(lambda z: ops.real(z * z))(Z), (Z * Z).real)


REFUSED = {
    "complex to differentiate by": lambda o: o.grad(lambda z: o.sum(o.real(z)))(Z),
    "complex to differentiate": lambda o: o.grad(lambda x: o.sum(o.polar(x, x)))(V),
    "complex vjp": lambda o: o.vjp(lambda z: z, Z),
    "complex jvp": lambda o: o.jvp(lambda z: z, (Z,), (Z,)),
    "complex jacobian": lambda o: o.jacobian(lambda x: o.polar(x, x))(V),
}


@pytest.mark.parametrize("name", REFUSED)
def test_derivatives_of_complex_tensors_are_refused(trainer, name):
    with pytest.raises(TypeError, match=r"expected floats.*view_as_complex and view_as_real"):
        REFUSED[name](trainer.ops)


def test_nothing_is_differentiated_by_twice(trainer):
    ops, v = trainer.ops, trainer.Variable(V)
    for call in (
        lambda: ops.grad(lambda: ops.sum(v * v), variables=[v, v])(),
        lambda: ops.grad(lambda x, y: ops.sum(x * y), (0, -2))(V, V),
        lambda: ops.vjp(lambda: v * v, variables=[v, v]),
    ):
        with pytest.raises(ValueError, match="expected each argument and each variable once"):
            call()


def test_argnums_may_be_of_numpy(trainer):
    ops = trainer.ops
    got = ops.grad(lambda x, y: ops.sum(x * y), np.int64(1))(V, V + 1)
    same(trainer, got, V)


def test_a_variable_may_be_read_and_given(trainer):
    ops, v = trainer.ops, trainer.Variable(V)
    same(trainer, ops.grad(lambda x: ops.sum(v * x), 0, variables=[v])(v), (V, [V]))


def test_directions_must_be_as_many(trainer):
    with pytest.raises(ValueError, match="got 0 directions for 1 tensors"):
        trainer.ops.vjp(lambda x: x, V)[1](None)


# Each with its value at V, of x^3.
COMPOSED = {
    "jacobian of jacobian": (
        lambda o: o.jacobian(o.jacobian(lambda x: x**3))(V),
        np.einsum("ij,jk->ijk", np.eye(3), np.diag(6 * V)),
    ),
    "vmap of jvp": (
        lambda o: o.vmap(lambda x: o.jvp(lambda y: y**3, (x,), (x,))[1])(W), 3 * W**3),
    "vmap of vjp": (
        lambda o: o.vmap(lambda x: o.vjp(lambda y: y**3, x)[1](x)[0])(W), 3 * W**3),
    "jvp of vmap": (lambda o: o.jvp(o.vmap(lambda x: x**3), (W,), (W,))[1], 3 * W**3),
    "jvp of jvp": (
        lambda o: o.jvp(lambda x: o.jvp(lambda y: y**3, (x,), (V,))[1], (V,), (V,))[1],
        6 * V**3,
    ),
    "grad of vjp": (
        lambda o: o.grad(lambda x: o.sum(o.vjp(lambda y: y**3, x)[1](V)[0]))(V), 6 * V**2),
    "jit of jacobian": (lambda o: o.jit(o.jacobian(lambda x: x**3))(V), np.diag(3 * V**2)),
    "jit of hessian": (lambda o: o.jit(o.hessian(lambda x: o.sum(x**3)))(V), np.diag(6 * V)),
    "jit of vjp": (lambda o: o.jit(lambda x: o.vjp(lambda y: y**3, x)[1](x)[0])(V), 3 * V**3),
    "jit of jvp": (lambda o: o.jit(lambda x: o.jvp(lambda y: y**3, (x,), (x,))[1])(V), 3 * V**3),
    "hessian of jit": (lambda o: o.hessian(o.jit(lambda x: o.sum(x**3)))(V), np.diag(6 * V)),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPOSED)
def test_transformations_compose(trainer, name):
    call, wanted = COMPOSED[name]
    same(trainer, call(trainer.ops), wanted)


def test_products_with_a_hessian_of_variables(trainer):
    ops, v = trainer.ops, trainer.Variable(V)

    def slope():
        return ops.grad(lambda: ops.sum(v**3), variables=[v])()[0]

    same(trainer, ops.jvp(slope, (), ([V],), variables=[v]), (3 * V**2, 6 * V * V))
    same(trainer, ops.jacobian(ops.jit(lambda x: v * x), variables=[v])(V), [np.diag(V)])


def test_writes_are_made_once_however_often_it_is_run(trainer):
    ops, v, calls = trainer.ops, trainer.Variable(V), trainer.Variable(0)

    def loss(x):
        calls.assign_add(1)
        return ops.sum(v * x * x)

    for n, call in enumerate(
        (
            lambda: ops.hessian(loss)(V),
            lambda: ops.jacobian(loss)(V),
            lambda: ops.vjp(loss, V)[1](1.0),
            lambda: ops.jvp(loss, (V,), (V,)),
        ),
        1,
    ):
        call()
        assert int(calls.numpy()) == n


def test_jit_takes_arrays_for_tensors_on_every_engine(kx):
    backend, v = kx.backends.current, kx.Variable(V)
    seen = []

    @kx.ops.jit
    def run(x):
        seen.append(backend.is_tensor(x))
        return x * kx.ops.convert_to_tensor(V), v

    y, given = run(V)
    assert all(seen) and backend.is_tensor(given)
    same(kx, [y, given], [V * V, V])


def test_torch_differentiates_by_variables_where_it_infers(trainer):
    if trainer.backends.current.NAME != "torch":
        return
    import torch

    ops, v = trainer.ops, trainer.Variable(V)
    for mode in (torch.inference_mode, torch.no_grad):
        with mode():
            same(trainer, ops.grad(lambda: ops.sum(v * v), variables=[v])(), [2 * V])
