"""Sample calls: one row for each op. The generic tests run over the whole table.

Arrays stand for tensors, everything else is passed as it is. Gradients are taken with respect to
float32 arrays, so these keep away from kinks and ties: what has them is given as float16.
"""

from typing import Any, NamedTuple

import numpy as np


class Call(NamedTuple):
    """The arguments of one call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def c(*args: Any, **kwargs: Any) -> Call:
    return Call(args, kwargs)


def f(*shape: int, low=-2.0, high=2.0) -> np.ndarray:
    """Numbers between `low` and `high`, no two alike, in no order."""
    return np.random.default_rng(int(np.prod(shape))).uniform(low, high, shape).astype("float32")


def p(*shape: int) -> np.ndarray:
    """Positive numbers."""
    return f(*shape, low=0.3, high=3.0)


def u(*shape: int) -> np.ndarray:
    """Numbers between -1 and 1."""
    return f(*shape, low=-0.9, high=0.9)


def i(*shape: int, n=4) -> np.ndarray:
    return ((np.arange(np.prod(shape)) * 7 + 1) % n).astype("int32").reshape(shape)


def j(*shape: int) -> np.ndarray:
    """Integers of both signs, none zero."""
    return (np.arange(np.prod(shape)) * 5 % 7 - 3).astype("int32").reshape(shape) * 2 + 1


def b(*shape: int) -> np.ndarray:
    return i(*shape, n=3) > 0


def h(*shape: int) -> np.ndarray:
    return f(*shape).astype("float16")


def unary(of=f) -> list[Call]:
    return [
        c(of(2, 3)),
        c(of()),
        c(of(4).astype("float16")),
        c(of(0, 3)),
        c(np.array([1, 1], "int32")),
    ]


EXTREMES = np.array([np.nan, np.inf, -np.inf, 0.5], "float32")
BOTH = [
    c(f(2, 3), f(3)), c(f(2, 1), p(2, 3)), c(f(2, 3), 1), c(i(3), 1.5), c(2.5, f(2)), c(f(), p(1)),
    c(h(2), f(2)), c(f(0, 2), f(2)), c(np.array([3, 5], "uint8"), np.array([2, 4], "int8")),
]  # fmt: skip
INTS = [c(j(2, 3), i(3) + 1), c(i(2), 3), c(np.array([3, 5], "uint8"), np.array([2, 4], "uint8"))]
BOOLS = [c(b(2, 3), b(3)), c(b(3), True)]
REDUCED = [
    c(f(2, 3, 4)), c(f(2, 3, 4), (0, 2), True), c(i(2, 3), -1), c(f()), c(f(2, 3), axis=[0, 1]),
        c(h(3, 2), 0),
]  # fmt: skip
COMPARED = [*BOTH[:6], c(i(2, 3), i(3)), *BOOLS]
LOGICAL = [*BOOLS, c(i(2, 3), f(3)), c(f(2), 0)]
POSITIVE = [c(p(2, 3), f(3)), c(p(2), 2), c(p(3), 0.5), c(i(3), i(3)), c(2.0, f(3)), c(p(2), i(2))]
DIVIDED = [
    c(f(2, 3), p(3)),
    c(f(2, 3), 2),
    c(j(3), j(3)),
    c(1.5, p(2)),
    c(j(3), 2.0),
    c(f(0, 3), p(3)),
]

QS = np.array([0.35, 0.45], "float32")
ROOT = np.stack([f(3, 3), f(3, 3) + np.eye(3, dtype="float32")])
DEFINITE = ROOT @ ROOT.swapaxes(1, 2) + np.eye(3, dtype="float32")


def each(names: str, calls: list[Call]) -> dict[str, list[Call]]:
    """The same row for several ops."""
    return dict.fromkeys(names.split(), calls)


SAMPLES: dict[str, list[Call]] = {
    # -- elementwise
    **each("absolute abs negative sign square trunc stop_gradient", [*unary(), c(j(2, 3))]),
    **each("exp expm1 sin cos tan sinh cosh tanh arcsinh arctan", unary()),
    **each("erf floor ceil", unary()),
    **each("arcsin arccos arctanh erfinv", [*unary(u)[:4], c(np.array([0], "int32"))]),
    **each("sqrt rsqrt log log1p log2 log10 reciprocal", unary(p)),
    "arccosh": [c(p(2, 3) + 1), c(p() + 1), c(i(3) + 1)],
    "round": [*unary(), c(f(2, 3), 1), c(f(4) * 100, decimals=-1), c(j(4) * 7, -1),
        c(np.array([0.5, 1.5, 2.5], "float16"))],
    **each("add subtract multiply", BOTH),
    **each("maximum minimum", BOTH),
    **each("divide true_divide", DIVIDED),
    "divide_no_nan": [*DIVIDED, c(h(3), np.array([1, 0, 2], "float16")), c(i(2), 0)],
    **each("floor_divide mod", [*DIVIDED, c(b(3), np.ones(3, "bool"))]),
    "power": POSITIVE,
    **each("arctan2 logaddexp", [*BOTH, c(EXTREMES, 1.0)]),
    "clip": [c(f(2, 3), -1, 1), c(i(4), 1, 2), c(i(4), 0.5, 1.5),
        c(f(2, 3), f(3) - 3, f(2, 1) + 3), c(f(0), 0, 1)],
    "nan_to_num": [c(EXTREMES), c(EXTREMES, 1.0, 2.0, 3.0), c(EXTREMES.astype("float16")), c(i(3))],
    "where": [c(b(2, 3), f(2, 3), f(3)), c(b(3), 1, 2.0), c(f(2), i(2), f(1)), c(b(2, 3)),
        c(i(3), h(3), 0)],
    "nonzero": [c(i(2, 3)), c(b(4)), c(f(0, 3))],
    **each("equal not_equal greater greater_equal less less_equal", COMPARED),
    **each("isfinite isinf isnan", [c(EXTREMES), c(f(2, 3)), c(i(3)), c(f(0)), c(b(2))]),
    "isclose": [c(f(2, 3), f(2, 3) + 1e-7), c(EXTREMES, EXTREMES),
        c(EXTREMES, EXTREMES, equal_nan=True), c(i(3), 1), c(f(3), f(3) + 0.1, 0.1, 0.2)],
    "allclose": [c(f(2, 3), f(2, 3) + 1e-7), c(EXTREMES, EXTREMES),
        c(EXTREMES, EXTREMES, equal_nan=True), c(i(3), 1)],
    **each("logical_and logical_or logical_xor", LOGICAL),
    "logical_not": [c(b(2, 3)), c(f(3)), c(i())],
    **each("bitwise_and bitwise_or bitwise_xor", [*INTS, *BOOLS]),
    **each("bitwise_invert bitwise_not", [c(j(2, 3)), c(b(3)), c(np.array([3], "uint8"))]),
    **each("left_shift right_shift bitwise_left_shift bitwise_right_shift", INTS),
    # -- reduce
    **each("sum mean", [*REDUCED, c(b(2, 3), 1), c(f(0, 3), 1), c(np.full((3,), 100, "uint8")),
        c(np.full(3, 100, "int8"))]),
    "prod": [*REDUCED, c(b(2, 3), 1), c(f(0, 3), 0), c(i(3), dtype="float32"),
        c(np.full((2,), 100, "int8"))],
    **each("max min", [*REDUCED, c(b(2, 3), 0), c(f(2, 3), 1, initial=0.25),
        c(f(0, 3), 0, initial=1.0)]),
    **each("amax amin", [*REDUCED, c(b(2, 3), 0)]),
    **each("all any", [*REDUCED, c(b(2, 3), 1), c(b(0, 3), 0)]),
    **each("argmax argmin", [c(f(2, 3, 4)), c(f(2, 3), 1), c(i(2, 3), -1, True),
        c(f(2, 3), keepdims=True), c(b(4))]),
    **each("std var", [*REDUCED[:3], *REDUCED[4:], c(b(2, 3), 1), c(h())]),
    "count_nonzero": [c(i(2, 3)), c(b(2, 3), 0), c(f(2, 3), (0, 1))],
    "logsumexp": [*REDUCED, c(f(2, 3) * 100, -1), c(np.full(2, -np.inf, "float32"))],
    "average": [c(f(2, 3)), c(f(2, 3), 1), c(f(2, 3), 1, p(3)), c(f(2, 3), weights=p(2, 3)),
        c(i(4), 0, i(4) + 1)],
    **each("cumsum cumprod", [c(f(2, 3)), c(f(2, 3), 1), c(i(3, 2), -2), c(b(4), 0),
        c(i(3), dtype="float32"), c(np.full(3, 2, "int8"))]),
    # -- shaping
    "reshape": [c(f(2, 6), (3, 4)), c(f(2, 6), (-1, 3)), c(i(4), [2, 2]), c(f(2, 3), -1),
        c(f(), (1, 1)), c(f(0, 3), (3, 0))],
    "ravel": [c(f(2, 3)), c(i()), c(f(0, 2))],
    "squeeze": [c(f(2, 1, 3, 1)), c(f(2, 1, 3, 1), 1), c(f(1, 2, 1), (0, -1)), c(f(2))],
    "expand_dims": [c(f(2, 3), 0), c(f(2, 3), -1), c(i(3), (0, 2)), c(f(), 0)],
    "broadcast_to": [c(f(3), (2, 3)), c(f(2, 1), (4, 2, 3)), c(i(), (2,))],
    "meshgrid": [c(f(2), f(3)), c(f(2), i(3), f(4), indexing="ij"), c(f(3))],
    "transpose": [c(f(2, 3, 4)), c(f(2, 3, 4), (0, 2, 1)), c(i(2, 3), (-1, 0)), c(f())],
    "moveaxis": [c(f(2, 3, 4), 0, -1), c(f(2, 3, 4), (0, 1), (2, 0)), c(i(2, 3), -1, 0)],
    "swapaxes": [c(f(2, 3, 4), 0, -1), c(i(2, 3), 0, 1)],
    "flip": [c(f(2, 3)), c(f(2, 3), 1), c(i(2, 3, 4), (0, -1))],
    "roll": [c(f(2, 3), 1), c(f(2, 3), -1, 1), c(i(2, 3), (1, 2), (0, -1))],
    "concatenate": [c([f(2, 3), f(1, 3)]), c([f(2, 3), i(2, 1)], -1),
        c([i(2), i(0), i(1)], axis=0)],
    "stack": [c([f(2, 3), f(2, 3)]), c([f(2), i(2)], -1), c([f(), f()]), c([f(2, 3)] * 3, 1)],
    "append": [c(f(2, 3), f(2)), c(f(2, 3), i(1, 3), 0), c(i(2), i(3), axis=-1)],
    "hstack": [c([f(2), f(3)]), c([f(2, 1), f(2, 3)]), c([f(), i()])],
    "vstack": [c([f(3), f(3)]), c([f(2, 3), i(1, 3)])],
    "split": [c(f(4, 3), 2), c(f(2, 6), (1, 4), -1), c(i(5), [2]), c(f(2, 3), 3, axis=1)],
    "unstack": [c(f(2, 3)), c(i(2, 3), axis=-1), c(f(2, 3), 3, 1)],
    "tile": [c(f(2, 3), 2), c(f(3), (2, 2)), c(i(2, 3), (2, 1)), c(f(2, 1, 3), (2, 2))],
    "repeat": [c(f(2, 3), 2), c(f(2, 3), 2, 1), c(i(3), [1, 0, 2], 0), c(f(), 3)],
    "pad": [c(f(2, 3), 1), c(f(2, 3), ((1, 0), (0, 2)), constant_values=1.5), c(i(3), (1, 2)),
        c(f(2, 4), ((0, 0), (2, 1)), "reflect"),
        c(f(2, 4), ((0, 0), (2, 1)), "symmetric"), c(f(2, 4), ((0, 0), (2, 1)), "edge"),
        c(f(2, 4), ((0, 0), (3, 3)), "wrap")],
    # -- creation
    "zeros": [c((2, 3)), c(3), c((0,), "int32"), c([2], dtype="bool")],
    "ones": [c((2, 3)), c(3), c((), "int32"), c([2], dtype="bool")],
    "empty": [c((2, 3)), c((0,), "int32")],
    "full": [c((2, 3), 1.5), c((2,), 3, "int32"), c((2, 3), f(3)), c(2, True, "bool"), c((), 1)],
    **each("zeros_like ones_like empty_like", [c(f(2, 3)), c(i(2)), c(f(2), "int32"), c(b(2))]),
    "full_like": [c(f(2, 3), 1.5), c(i(2), 3), c(f(2), 1, "int32"), c(f(2, 3), f(3))],
    "arange": [c(3), c(1, 4), c(0.0, 1.0, 0.25), c(5, 0, -2), c(3, dtype="float32"), c(0, 1.5),
        c(0)],
    "linspace": [c(0, 1, 5), c(f(2), f(2) + 1, 4), c(0.0, 3.0, 3, endpoint=False),
        c(f(2), 3, 4, axis=-1), c(0, 10, 5, dtype="int32"), c(0, 1, 1),
        c(f(2), f(2) + 1, 3, retstep=True)],
    "eye": [c(3), c(2, 3), c(3, k=1), c(2, 3, -1, "int32")],
    "identity": [c(3), c(2, "bool")],
    "tri": [c(3), c(2, 4), c(3, k=-1, dtype="int32"), c(2, 3, 1)],
    **each("tril triu", [c(f(3, 3)), c(f(2, 3, 4), 1), c(i(3, 2), -1), c(f(2, 0))]),
    "diagonal": [c(f(3, 4)), c(f(3, 4), 1), c(f(2, 3, 4), -1, 2, 1), c(i(2, 2), 5)],
    "diag": [c(f(3)), c(f(3), 1), c(i(2), -2), c(f(3, 4), 1), c(f(3, 3))],
    "trace": [c(f(3, 4)), c(f(2, 3, 4), 1, -1, 0), c(b(3, 3)), c(np.full((3, 3), 100, "int8"))],
    "ptp": REDUCED,
    "diff": [c(f(2, 4)), c(f(4, 2), 2, 0), c(i(5)), c(b(4)), c(f(3), 0)],
    # -- indexing
    "get_item": [c(f(3, 4), 1), c(f(3, 4), np.s_[:, 1:3]), c(f(3, 4), np.s_[..., None, -1]),
        c(f(3, 4), np.s_[::-1, ::2]), c(i(5), np.s_[-2:]),
        c(f(3, 4), [0, 2]), c(f(3, 4), np.s_[:, [2, 0, 1]]),
        c(f(3, 4, 2), np.s_[[0, 2], [1, 3]]),
        c(f(3, 4), np.array([True, False, True])), c(f(3, 4, 2), np.s_[1, ..., 0]),
        c(f(3), np.s_[5:])],
    "take": [c(f(3, 4), i(2, n=3)), c(f(3, 4), i(2, 2, n=3), 1),
        c(i(3, 4), np.array([-1, 0], "int32"), -1), c(f(5), 2), c(f(3, 2), [0, 2], 0),
        c(f(3, 2), np.array([1], "uint8"), 0)],
    "take_along_axis": [c(f(3, 4), i(3, 2), 1), c(f(3, 4), i(1, 4, n=3), 0), c(i(5), i(3)),
        c(f(2, 3), np.array([[-1], [0]], "int32"), -1), c(f(2, 3), i(4), None)],
    "slice": [c(f(3, 4), (1, 0), (2, 3)), c(i(5), [2], [2]), c(f(2, 3, 4), (0, 1, 2), (1, 1, 1))],
    "slice_update": [c(f(3, 4), (1, 0), f(2, 3) + 1), c(i(5), [2], i(2)), c(f(2), (0,), f(0))],
    "scatter": [c(i(3, 1, n=3), f(3), (5,)),
        c(np.array([[0, 1], [2, 0], [0, 1]], "int32"), f(3), (3, 2)),
        c(i(2, 1), f(2, 3), (4, 3)), c(i(2, 1), i(2), (4,))],
    "scatter_update": [*(c(f(4, 3), np.array([[0, 1],
        [3, 2]], "int32"), f(2) / 3, r) for r in (None, "add", "max", "min")),
        c(f(4, 3), np.array([[1], [3]], "int32"), f(2, 3) / 3),
        c(f(4), np.array([[1], [1]], "int32"), f(2) / 3, "add"),
        c(h(4), np.array([[1], [1]], "int32"), h(2), "mul"),
        c(i(4), np.array([[2]], "int32"), np.array([5], "int32"), reduction="max")],
    **each("segment_sum segment_prod segment_max segment_min", [c(f(5, 2),
        np.array([0, 0, 2, 1, 2], "int32"), 3), c(h(3), np.array([2, 0, 2], "int32"), 4),
        c(i(4), np.array([0, 1, 1, 2], "int32"), 3, True),
        c(f(3), np.array([0, -1, 1], "int32"), 2),
        c(f(3), np.array([0, 5, 1], "int32"), num_segments=2)]),
    "one_hot": [c(i(2, 3), 4), c(i(3), 4, 0), c(i(), 3, dtype="int32"),
        c(np.array([-1, 5, 1], "int32"), 3), c(i(2, 3), 4, 1, "bool")],
    "multi_hot": [c(i(2, 3), 4), c(i(3), 5), c(i(2, 3), 4, dtype="int32")],
    "in_top_k": [c(i(3, n=4), f(3, 4), 2), c(i(2), f(2, 5), 1)],
    # -- sorting
    "sort": [c(f(2, 5)), c(f(3, 2), 0), c(i(6)), c(f(2, 3), None), c(b(4)),
        c(np.array([200, 3, 90], "uint8"))],
    "argsort": [c(f(2, 5)), c(f(3, 2), 0), c(i(6)), c(f(2, 3), None), c(b(4))],
    "top_k": [c(f(2, 5), 2), c(i(6), 3), c(f(4), 4, False), c(b(4), 2)],
    "searchsorted": [c(np.array([1, 2, 2, 5], "float32"), f(2, 3)),
        c(np.array([1, 2, 2, 5], "int32"), i(3), "right"),
        c(np.array([1, 2, 2, 5], "int32"), p(3))],
    "quantile": [c(f(2, 5), 0.3), c(f(2, 5), np.array([0.1, 0.7], "float32"), 1),
        c(f(2, 3, 4), 0.5, (0, 2), keepdims=True), c(i(5), 0.25),
        *(c(f(6), QS, 0, m) for m in ("lower", "higher", "midpoint", "nearest"))],
    "percentile": [c(f(2, 5), 30), c(f(2, 5), np.array([10, 70], "float32"), 1)],
    "median": [*REDUCED[:5], c(f(5))],
    # -- linear
    "biased_matmul": [c(f(2, 3), f(3, 4), f(4)), c(f(2, 5, 3), f(3, 4), f(4)),
        c(f(3), f(3, 2), f(2)), c(f(0, 3), f(3, 4), f(4))],
    "matmul": [c(f(2, 3), f(3, 4)), c(f(2, 1, 2, 3), f(4, 3, 2)), c(f(3), f(3)),
        c(f(2, 3), f(3)), c(f(3), f(2, 3, 4)), c(i(2, 3), i(3, 2)), c(f(0, 3), f(3, 2)),
        c(np.full((2, 3), 100, "int8"), np.full((3, 2), 100, "int8")), c(h(2, 3), f(3, 2))],
    "tensordot": [c(f(2, 3, 4), f(3, 4, 5)), c(f(2, 3), f(3, 4), 1),
        c(f(2, 3), f(4, 2), ((0,), (1,))), c(i(2), i(3), 0),
        c(f(2, 3, 4), f(4, 3), ([1, 2], [1, 0]))],
    "dot": [c(f(2, 3), f(3, 4)), c(f(3), f(3)), c(f(2, 3), f(3)), c(f(2, 3), 2.0),
        c(f(2, 3), f(4, 3, 2)), c(i(2, 3), i(3))],
    "inner": [c(f(3), f(3)), c(f(2, 3), f(4, 3)), c(f(2), 2.0)],
    "outer": [c(f(3), f(2)), c(f(2, 2), i(3)), c(f(), f(2))],
    "vdot": [c(f(3), f(3)), c(f(2, 3), f(2, 3)), c(i(3), i(3))],
    "cross": [c(f(2, 3), f(2, 3)), c(f(3, 2), f(3, 2), axis=0), c(f(4, 2), f(4, 2)),
        c(f(3), i(3)), c(f(2, 2), f(2, 3))],
    "einsum": [c("ij,jk->ik", f(2, 3), f(3, 4)), c("bij,bjk", f(2, 2, 3), f(2, 3, 2)),
        c("ii->i", f(3, 3)), c("...ij,...jk->...ik", f(5, 2, 3), f(3, 2)), c("ij->", f(2, 3)),
        c("i,j,k->ijk", f(2), f(3), f(2)), c("ij,jk->ik", i(2, 3), i(3, 2))],
    # -- linalg
    "cholesky": [c(DEFINITE), c(DEFINITE, upper=True)],
    "inv": [c(DEFINITE), c(f(3, 3))],
    "det": [c(DEFINITE), c(f(3, 3)), c(i(2, 2))],
    "solve": [c(DEFINITE, f(2, 3, 4)), c(f(3, 3), f(3)), c(DEFINITE, f(2, 3))],
    "eigh": [c(DEFINITE)],
    "qr": [c(f(3, 2)), c(f(2, 3, 2), "complete")],
    "svd": [c(f(2, 3, 2), compute_uv=False)],
    "norm": [c(f(2, 3)), c(f(2, 3), axis=1), c(i(3)),
        *(c(f(2, 3), o, 1, True) for o in (0, 1, 2, 3, np.inf, -np.inf)),
        *(c(f(2, 3, 4), o, (0, 2)) for o in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)),
        c(f(2, 3), 2, (0, 1), True)],
    # -- tensors
    "cast": [c(f(2, 3), "int32"), c(i(3), "float16"), c(b(2), "float32"), c(f(2), "bool"),
        c([1.5, 2.5], "int32")],
    "copy": [c(f(2, 3)), c(i())],
    "convert_to_tensor": [c(f(2, 3)), c([1, 2]), c(1.5), c([[1.0], [2.0]], "float16"),
        c(i(2), dtype="float32"), c(True)],
    "array": [c(f(2, 3)), c([1, 2]), c(1.5, "float16")],
    "convert_to_numpy": [c(f(2, 3)), c([1, 2])],
    "is_tensor": [c(f(2)), c(1.5)],
    "dtype": [c(f(2)), c(i(2)), c(1.5), c(True)],
    "shape": [c(f(2, 3)), c(i())],
    "ndim": [c(f(2, 3)), c(1)],
    "size": [c(f(2, 3)), c(i()), c(f(0, 2))],
}  # fmt: skip

# Ops whose gradient is not that of their values, and why.
UNSMOOTH = {
    "stop_gradient": "it is there to have none",
    "convert_to_numpy": "a copy on the host",
}
# Ops that give no tensors, or give them on the host.
HOST = {"shape", "ndim", "size", "dtype", "is_tensor", "convert_to_numpy"}


def is_mask(key: Any) -> bool:
    return isinstance(key, np.ndarray) and key.dtype.kind == "b"


def valued(name: str, call: Call) -> bool:
    """Whether the shape of the output hangs on values: such a call is not compiled."""
    condition = name == "where" and len(call.args) == 1
    mask = name == "get_item" and is_mask(call.args[1])
    unsized = name == "unique" and call.kwargs.get("size") is None
    return name in HOST or name in ("nonzero", "bincount") or condition or mask or unsized


# Ops whose outputs are defined but for the signs of vectors.
UP_TO_SIGN = {"eigh", "qr", "svd"}
# Ops that must know the sizes of the matrices, before TensorFlow runs.
SHAPED = {"diag", "diagonal", "trace"}
# Ops that must know sizes, to say how many axes or outputs there are.
SIZED = {"squeeze", "unstack", "cross"}

from .samples_array import ARRAY, ARRAY_SIZED, ARRAY_UNSMOOTH  # noqa: E402 - made of the above
from .samples_image import IMAGE, SIGNAL, SIGNAL_UNSMOOTH  # noqa: E402
from .samples_more import MORE  # noqa: E402
from .samples_nn import NN, NN_SIZED, NN_UNSMOOTH  # noqa: E402

SAMPLES |= ARRAY | IMAGE | NN | SIGNAL
SAMPLES |= {name: [*SAMPLES[name], *calls] for name, calls in MORE.items()}
UNSMOOTH |= ARRAY_UNSMOOTH | NN_UNSMOOTH | SIGNAL_UNSMOOTH
SIZED |= ARRAY_SIZED | NN_SIZED
