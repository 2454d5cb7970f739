"""Ops against NumPy's functions of the same name: shapes, dtypes and values are drawn.

A few examples of each property by default, many where `exhaustive` is asked for.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as draw

from .tolerances import close

DTYPES = "bool uint8 int8 int32 float16 float32"
UNARY = (
    "abs negative sign square sin cos tanh arctan exp2 floor ceil trunc isnan isinf isfinite "
    "signbit isneginf isposinf deg2rad rad2deg cbrt sinc fabs expm1 angle real imag conj isreal "
    "exp log log2 log10 log1p sqrt arcsin arccos arcsinh arctanh arccosh sinh cosh i0"
)
BINARY = (
    "add subtract multiply maximum minimum fmax fmin arctan2 hypot logaddexp2 heaviside equal "
    "less greater_equal logical_and logical_xor nextafter divide not_equal greater less_equal "
    "logical_or logaddexp"
)
INTEGER = "gcd lcm bitwise_and bitwise_or bitwise_xor"
REDUCED = "sum mean prod max min all any std var nansum nanmean nanmax nanmin nanvar nanprod"
NEED_ELEMENTS = {"max", "min", "mean", "std", "var", "nanmean", "nanmax", "nanmin", "nanvar"}
MOVED = {
    "transpose": lambda rank: st.tuples(st.permutations(range(rank))),
    "swapaxes": lambda rank: st.tuples(*[st.integers(-rank, rank - 1)] * 2),
    "moveaxis": lambda rank: st.tuples(*[st.integers(-rank, rank - 1)] * 2),
    "flip": lambda rank: st.tuples(st.none() | st.integers(-rank, rank - 1)),
    "roll": lambda rank: st.tuples(st.integers(-4, 4), st.none() | st.integers(-rank, rank - 1)),
    "expand_dims": lambda rank: st.tuples(st.integers(-rank - 1, rank)),
    "tile": lambda rank: st.tuples(st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)),
    "repeat": lambda rank: st.tuples(st.integers(0, 3), st.none() | st.integers(-rank, rank - 1)),
    "pad": lambda rank: st.tuples(st.lists(pair, min_size=rank, max_size=rank).map(tuple)),
    "rot90": lambda rank: st.tuples(st.integers(-5, 5)),
    "cumsum": lambda rank: st.tuples(st.none() | st.integers(-rank, rank - 1)),
    "sort": lambda rank: st.tuples(st.none() | st.integers(-rank, rank - 1)),
    "diff": lambda rank: st.tuples(st.integers(0, 2), st.integers(-rank, rank - 1)),
    "diagonal": lambda rank: st.tuples(st.integers(-3, 3)),
    "array_split": lambda rank: st.tuples(st.integers(1, 4), st.integers(-rank, rank - 1)),
}
pair = st.tuples(st.integers(0, 2), st.integers(0, 2))
PROPERTIES = {}


def drawn(**strategies):
    """Enters a property of `kx` and of what is drawn."""

    def enter(fn):
        PROPERTIES[fn.__name__] = fn, strategies
        return fn

    return enter


def hold(name, kx, examples):
    """Runs a property on so many examples."""
    fn, strategies = PROPERTIES[name]
    checks = list(HealthCheck)
    few = settings(
        max_examples=examples, deadline=None, derandomize=True, suppress_health_check=checks
    )
    few(given(**strategies)(fn))(kx=kx)


def names(text):
    return st.sampled_from(text.split())


def arrays(shape, dtypes=DTYPES):
    """Arrays whose numbers are small, and few: so that functions are defined and ties occur."""

    def filled(dtype):
        if "float" in dtype:
            numbers = st.sampled_from([-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, 3.5])
        else:
            numbers = st.integers(0 if dtype[0] in "ub" else -4, 1 if dtype == "bool" else 4)
        return draw.arrays(dtype, shape, elements=numbers)

    return names(dtypes).flatmap(filled)


shapes = draw.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def check(kx, got, wanted):
    """Values as NumPy has them, in the dtype that the op has chosen."""
    backend = kx.backends.current
    got = got if isinstance(got, (list, tuple)) else [got]
    wanted = wanted if isinstance(wanted, (list, tuple)) else [wanted]
    for y, z in zip(got, wanted, strict=True):
        y = np.asarray(backend.to_numpy(y))
        assert y.shape == np.shape(z)
        close("numpy", y, z)


def wide(*xs):
    """Arrays in a dtype that NumPy computes without overflow: what narrower ones should give."""
    return [x if x.dtype == "bool" else x.astype("float64") for x in xs]


def tensors(kx, *xs):
    return [kx.backends.current.convert(x, x.dtype.name) for x in xs]


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@drawn(name=names(UNARY), x=shapes.flatmap(arrays))
def elementwise(kx, name, x):
    if x.dtype.kind in "ub" and name in ("negative", "sign"):
        return  # NumPy has no such thing, or another one
    check(kx, getattr(kx.ops, name)(*tensors(kx, x)), getattr(np, name)(x.astype("float64")))


@drawn(name=names(BINARY), data=st.data())
def two_tensors_broadcast(kx, name, data):
    both = data.draw(draw.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    a, b = (data.draw(arrays(s, "int8 int32 float16 float32")) for s in both.input_shapes)
    wanted = getattr(np, name)(*wide(a, b))
    if name == "nextafter":
        kind = np.result_type(*(x.dtype if x.dtype.kind == "f" else "float16" for x in (a, b)))
        kind = kind if "f" in (a.dtype.kind, b.dtype.kind) else np.dtype("float32")
        wanted = np.nextafter(a.astype(kind), b.astype(kind))
    check(kx, getattr(kx.ops, name)(*tensors(kx, a, b)), wanted)


@drawn(name=names(INTEGER), data=st.data())
def integers(kx, name, data):
    both = data.draw(draw.mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3))
    a, b = (data.draw(arrays(s, "uint8 int8 int32")) for s in both.input_shapes)
    check(kx, getattr(kx.ops, name)(*tensors(kx, a, b)), getattr(np, name)(a, b))


@drawn(name=names(REDUCED), data=st.data())
def reductions(kx, name, data):
    x = data.draw(shapes.flatmap(arrays))
    x = np.where(x == 3.5, np.nan, x) if "nan" in name and x.dtype == "float32" else x
    axes = st.lists(st.integers(0, max(x.ndim - 1, 0)), unique=True, min_size=1).map(tuple)
    axis = data.draw(st.none() | axes) if x.ndim else None
    if name in NEED_ELEMENTS and not x.size:
        return
    keep = data.draw(st.booleans())
    fn = getattr(np, name)
    wanted = fn(wide(x)[0] * 1 if name not in ("all", "any") else x, axis=axis, keepdims=keep)
    check(kx, getattr(kx.ops, name)(*tensors(kx, x), axis, keep), wanted)


@drawn(data=st.data())
def indexing(kx, data):
    x = data.draw(draw.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4).flatmap(arrays))
    key = data.draw(draw.basic_indices(x.shape, allow_newaxis=True, max_dims=5))
    check(kx, kx.ops.get_item(*tensors(kx, x), key), x[key])
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    order = np.argsort(x, axis).astype("int32")
    along = kx.ops.take_along_axis(*tensors(kx, x, order), axis)
    check(kx, along, np.take_along_axis(x, order, axis))
    places = data.draw(
        draw.arrays("int32", shapes, elements=st.integers(-x.shape[axis], x.shape[axis] - 1))
    )
    check(kx, kx.ops.take(*tensors(kx, x, places), axis), np.take(x, places, axis))


@drawn(name=st.sampled_from(sorted(MOVED)), data=st.data())
def elements_move(kx, name, data):
    least = 2 if name in ("rot90", "diagonal") else 1
    sizes = draw.array_shapes(min_dims=least, max_dims=3, min_side=1, max_side=3)
    x = data.draw(sizes.flatmap(lambda s: arrays(s, "int32 float32 bool")))
    args = data.draw(MOVED[name](x.ndim))
    if x.dtype == "bool" and name == "cumsum":
        return
    check(kx, getattr(kx.ops, name)(*tensors(kx, x), *args), getattr(np, name)(x, *args))


@drawn(data=st.data())
def sets_and_counts(kx, data):
    x = data.draw(draw.array_shapes(max_dims=2, min_side=0, max_side=5).flatmap(arrays))
    other = data.draw(arrays((3,), x.dtype.name))
    check(kx, kx.ops.isin(*tensors(kx, x, other)), np.isin(x, other))
    parts = {"return_index": True, "return_inverse": True, "return_counts": True}
    check(kx, kx.ops.unique(*tensors(kx, x), **parts), np.unique(x, **parts))
    if x.dtype.kind in "iu" and x.ndim == 1:
        check(kx, kx.ops.bincount(*tensors(kx, abs(x))), np.bincount(abs(x)))
    if x.dtype == "float32":
        bins = data.draw(st.integers(1, 4))
        check(kx, kx.ops.histogram(*tensors(kx, x), bins), np.histogram(x, bins))


@drawn(data=st.data())
def parts_are_replaced(kx, data):
    x = data.draw(draw.array_shapes(max_dims=3, max_side=4).flatmap(arrays))
    starts = [data.draw(st.integers(0, n - 1)) for n in x.shape]
    sizes = [data.draw(st.integers(1, n - a)) for n, a in zip(x.shape, starts)]
    inside = tuple(np.s_[a : a + n] for a, n in zip(starts, sizes))
    check(kx, kx.ops.slice(*tensors(kx, x), starts, sizes), x[inside])
    part = data.draw(arrays(tuple(sizes), x.dtype.name))
    wanted = x.copy()
    wanted[inside] = part
    x, part = tensors(kx, x, part)
    check(kx, kx.ops.slice_update(x, starts, part), wanted)


@drawn(data=st.data())
def tensors_are_joined(kx, data):
    x = data.draw(draw.array_shapes(max_dims=3, max_side=3).flatmap(arrays))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    parts = data.draw(st.lists(arrays(x.shape, x.dtype.name), min_size=1, max_size=3))
    for name in ("concatenate", "stack"):
        got = getattr(kx.ops, name)(tensors(kx, x, *parts), axis)
        check(kx, got, getattr(np, name)([x, *parts], axis))
    shape = (*data.draw(st.lists(st.integers(1, 3), max_size=2)), *x.shape)
    check(kx, kx.ops.broadcast_to(*tensors(kx, x), shape), np.broadcast_to(x, shape))
    check(kx, kx.ops.reshape(*tensors(kx, x), (-1, x.shape[axis])), x.reshape(-1, x.shape[axis]))


@pytest.mark.parametrize("name", PROPERTIES)
def test_as_numpy_on_a_few_examples(kx, name):
    hold(name, kx, 1 if name == "sets_and_counts" else 4)  # which JAX compiles for seconds


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", PROPERTIES)
def test_as_numpy_on_many_examples(kx, name):
    hold(name, kx, 100)


def test_tensors_in_a_list_may_be_lists_themselves(kx):
    ones = kx.ops.ones((1, 2))
    for name, xs in (
        ("concatenate", [[1], [2]]),
        ("concatenate", [[1, 2], [3]]),
        ("concatenate", [[[1]], [[2.5]]]),
        ("concatenate", ([1, 2], [3, 4])),
        ("stack", [[1], [2]]),
        ("vstack", [[1], [2]]),
    ):
        got = kx.ops.convert_to_numpy(getattr(kx.ops, name)(xs))
        assert got.tolist() == getattr(np, name)(xs).tolist(), (name, xs)
    joined = kx.ops.concatenate([ones, [[3, 4]]])
    assert kx.ops.convert_to_numpy(joined).tolist() == [[1, 1], [3, 4]]
    assert kx.ops.convert_to_numpy(kx.ops.concatenate(np.eye(2))).tolist() == [1, 0, 0, 1]
    product = kx.ops.einsum("ij,jk->ik", [[1.0, 2.0]], [[1.0], [2.0]])
    assert kx.ops.convert_to_numpy(product).tolist() == [[5.0]]
    product = kx.ops.einsum("ij,jk->ik", ones, [[1], [2]])
    assert kx.ops.convert_to_numpy(product).tolist() == [[3.0]]
