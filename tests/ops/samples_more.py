"""Further sample calls: of scalars, of nothing, of negative axes, in 16 bits."""

import numpy as np

from .samples import DEFINITE, Call, b, c, each, f, h, i, j, p
from .samples_nn import NORMED

BYTES = np.array([[3, 200], [90, 0]], "uint8")
FOUR, EMPTY = f(4, 4) + 3 * np.eye(4, dtype="float32"), f(0, 3)

MORE: dict[str, list[Call]] = {
    # -- elementwise
    "arccosh": [c(h(3) ** 2 + 1), c(f(0, 3))],
    "nonzero": [c(f(2, 1, 3)), c(h(3)), c(BYTES)],
    "logical_not": [c(f(0)), c(h(3)), c(BYTES)],
    **each("bitwise_invert bitwise_not", [c(i()), c(i(0, 2)), c(j(3).astype("int8"))]),
    **each("left_shift right_shift bitwise_left_shift bitwise_right_shift",
        [c(i(), i(3)), c(i(0), i(1)), c(BYTES, np.array([1, 2], "uint8"))]),
    # -- reduce
    "count_nonzero": [c(f()), c(EMPTY, 0), c(h(2, 3), -1), c(i(2, 3, 2), (-1, 0))],
    # -- shaping
    "ravel": [c(h(2, 1, 2)), c(b(2, 2))],
    "broadcast_to": [c(f(0, 1), (0, 3)), c(h(1), (1,)), c(b(2, 1, 1), (2, 2, 2))],
    "meshgrid": [c(f(), f(2)), c(h(2), f(0)), c(i(2), i(3), indexing="xy")],
    "moveaxis": [c(f(0, 2, 3), 0, 1), c(b(2, 3, 1), (-1, -2), (0, 1))],
    "swapaxes": [c(f(2, 3, 4), -2, -1), c(f(0, 2), 1, 0), c(h(2, 2), axis1=0, axis2=-1)],
    "flip": [c(f()), c(EMPTY, 0), c(h(2, 3), axis=-1)],
    "roll": [c(f(), 1), c(EMPTY, 2), c(h(3), shift=4, axis=-1)],
    "concatenate": [c([f(0, 2), f(2, 2)]), c([h(2), f(1)], axis=-1), c([b(2), i(1)])],
    "append": [c(f(), f()), c(EMPTY, f(2, 3), -2), c(h(2), f(1))],
    "hstack": [c([EMPTY, f(0, 1)]), c([h(2), f(2)]), c([f(1, 2, 2), f(1, 1, 2)])],
    "vstack": [c([f(), f()]), c([h(2), f(2)]), c([EMPTY, f(2, 3)])],
    "unstack": [c(f(2, 0)), c(h(3), axis=0), c(f(2, 1, 2), axis=-2)],
    # -- creation
    "empty": [c(3), c((2, 0), "float16"), c([2], dtype="bool")],
    "identity": [c(0), c(1, dtype="float16"), c(2, "int32")],
    # -- indexing
    "slice": [c(f(0, 2), (0, 0), (0, 1)), c(h(4), (1,), (3,)), c(b(2, 2), (1, 1), (1, 1))],
    "slice_update": [c(h(3), (1,), h(2)), c(f(2, 3), (0, 1), f(2, 1) + 1)],
    "multi_hot": [c(i(), 3), c(i(0, 2), 3), c(i(2, 2, 2), 4, -1)],
    "in_top_k": [c(i(2), h(2, 4), 1), c(i(0), f(0, 3), 1), c(i(3), f(3, 4), k=4)],
    # -- sorting
    "searchsorted": [c(f(0), f(2)), c(np.sort(h(4)), h()), c(np.sort(f(5)), f(2, 3), side="right")],
    "percentile": [c(f(5), 50.0, -1), c(i(4), 25), c(f(2, 3), 75, 0, keepdims=True),
        c(f(6), 40, method="lower")],
    # -- linear
    "inner": [c(f(), f(2)), c(h(2), f(2)), c(f(0, 2), f(3, 2))],
    "outer": [c(f(0), f(2)), c(h(2), f(2)), c(i(2), i(2))],
    "vdot": [c(f(0), f(0)), c(h(2), f(2)), c(f(), f())],
    # -- linalg
    "cholesky": [c(DEFINITE[0]), c(i(1, 1) + 1), c(DEFINITE[:0])],
    "inv": [c(FOUR), c(i(2, 2) + 1), c(DEFINITE[:0])],
    "det": [c(FOUR), c(DEFINITE[:0])],
    "solve": [c(FOUR, f(4, 1)), c(i(2, 2) + 1, f(2))],
    "eigh": [c(DEFINITE[0]), c(i(1, 1)), c(DEFINITE[:0])],
    "qr": [c(FOUR), c(i(2, 1) + 1), c(f(2, 3))],
    "svd": [c(FOUR), c(f(2, 3), False), c(f(3, 2), False),
        c(i(2, 2), compute_uv=False)],
    "eig": [c(np.diag([2.5, -1.0]).astype("float32")),
        c(np.diag([3.0, 1.0, 2.0]).astype("float32")[None])],
    # -- tensors
    "copy": [c(EMPTY), c(h(2)), c(b(2))],
    "array": [c([[True], [False]]), c(f(2), "int32")],
    "convert_to_numpy": [c(i()), c(h(2)), c(EMPTY)],
    "is_tensor": [c([1.5]), c("x"), c(i())],
    "shape": [c(EMPTY), c(f(2, 1, 3)), c(b(1))],
    "ndim": [c(i()), c(EMPTY), c([[1, 2]])],
    "size": [c(b(2, 2)), c([[1, 2]])],
    # -- activations
    "threshold": [c(f(), 0.5, 0.0), c(EMPTY, 0.1, 1.0), c(j(3), 1, -1.0)],
    "sparsemax": [c(f(3)), c(f(2, 3, 2), -2)],
    "glu": [c(f(2, 4, 3), 1), c(f(0, 2)), c(f(2), axis=0)],
    # -- windows
    "separable_conv": [
        c(f(1, 5, 2), f(2, 2, 1), f(1, 2, 3), 1, "same"),
        c(f(1, 6, 5, 2), f(2, 2, 2, 1), f(1, 1, 2, 3), dilation_rate=2),
    ],
    **each("adaptive_max_pool adaptive_average_pool",
        [c(f(1, 5, 4, 3, 2), (2, 2, 3)), c(h(1, 4, 2), 2, data_format="channels_last")]),
    # -- normalizations
    "batch_normalization": [c(f(0, 3), f(3), p(3), 1), c(NORMED, f(4), p(4), -1, None, p(4))],
}  # fmt: skip
