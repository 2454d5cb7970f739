# ruff: noqa: E501, RUF024
"""Sample calls of the neural-network ops, in the form of `samples`."""

import numpy as np

from .samples import b, c, f, h, i, j, p, u, unary

EXTREME = c(np.array([-1000, -50, -3.5, -0.7, 0, 0.7, 3.5, 50, 1000], "float16"))
AXES = [
    c(f(2, 3)),
    c(f(2, 3, 4), 1),
    c(f(2, 3), axis=(0, 1)),
    c(f(2, 3), None),
    c(h(3)),
    c(j(2, 3)),
    EXTREME,
]
NORMED = f(2, 3, 4)


def share(*shape: int) -> np.ndarray:
    """Distributions along the last axis."""
    return p(*shape) / p(*shape).sum(-1, keepdims=True)


def one(*shape: int, n: int) -> np.ndarray:
    """One-hot rows, smoothed."""
    return np.eye(n, dtype="float32")[i(*shape, n=n)] * 0.9 + 0.1 / n


CONV = [
    c(f(2, 7, 4), f(3, 4, 5)), c(f(2, 7, 6, 4), f(3, 2, 4, 5), 2, "same"), c(f(1, 4, 5, 6, 2), f(2, 3, 2, 2, 3), padding="SAME"),
    c(f(2, 7, 6, 4), f(3, 2, 4, 5), dilation_rate=2), c(f(1, 7, 6, 4), f(3, 2, 4, 5), (2, 1), "same", None, 2),
    c(f(2, 7, 6, 4), f(3, 2, 2, 6), 1, "same"), c(f(2, 7, 6, 4), f(3, 2, 1, 8), (2, 1), "same"), c(f(2, 7, 4), f(3, 1, 4), 2, "same"),
    c(f(2, 4, 7, 6), f(3, 2, 4, 5), data_format="channels_first"), c(h(1, 5, 2), f(2, 2, 3)), c(i(1, 5, 2), i(2, 2, 3)),
]  # fmt: skip
TRANSPOSED = [
    c(f(2, 5, 3), f(3, 4, 3)), c(f(2, 5, 4, 3), f(3, 2, 2, 3), 2, "same"), c(f(1, 3, 2, 3, 2), f(2, 3, 2, 3, 2), 2),
    c(f(2, 5, 3), f(2, 4, 3), 4), c(f(2, 5, 3), f(3, 4, 3), 2, "same", 1), c(f(2, 5, 3), f(3, 4, 3), 2, "valid", 0, None, 2),
    c(f(2, 5, 3), f(2, 4, 3), 4, "same"), c(f(2, 3, 5, 4), f(3, 2, 2, 3), (2, 3), "same", data_format="channels_first"),
]  # fmt: skip
POOL = [
    c(f(2, 7, 3), 2), c(f(2, 7, 6, 3), (2, 3), 2, "same"), c(f(2, 7, 6, 3), 3, 1, "same"), c(f(1, 4, 5, 6, 2), 2, padding="same"),
    c(f(2, 3, 7, 6), 2, data_format="channels_first"), c(f(2, 7, 6, 3), 2, 3), c(h(1, 4, 2), 2), c(j(1, 7, 2), 3, 2, "same"),
]  # fmt: skip
ADAPTED = [c(f(2, 7, 3), 3), c(f(2, 7, 6, 3), (2, 3)), c(f(2, 3, 7, 6), 4, "channels_first")]
QUERY, KEY, VALUE = f(2, 5, 4, 8), f(2, 3, 4, 8) / 2, f(2, 3, 4, 8)
FEW, MASK, BIAS = f(2, 3, 2, 8), b(2, 1, 5, 3), f(2, 4, 5, 3)
X, H, C = f(3, 5, 4), u(3, 2), u(3, 2) / 2
LSTM = X, H, C, f(4, 8), f(2, 8), f(8)
GRU = X, H, f(4, 6), f(2, 6)
SEEN = b(3, 5)

NN = {
    # -- activations
    **dict.fromkeys(["relu", "relu6", "hard_tanh"], [*unary(), c(j(2, 3)), EXTREME]),
    **dict.fromkeys(
        ["sigmoid", "silu", "swish", "selu", "softplus", "softsign", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_swish",
         "sparse_plus", "sparse_sigmoid", "tanh_shrink"], [*unary(), EXTREME]),
    **dict.fromkeys(["leaky_relu", "elu", "celu"], [*unary(), c(f(2, 3), 0.5), EXTREME]),
    "gelu": [*unary(), c(f(2, 3), False), c(f(2, 3), approximate=False), c(f(5) * 500)],
    "squareplus": [*unary(), c(f(2, 3), 2), c(f(2), b=0.5)],
    "threshold": [c(f(2, 3), 0.3, 1.5), c(h(3), threshold=0, default_value=-1.0)],
    **dict.fromkeys(["hard_shrink", "soft_shrink"], [*unary(), c(f(2, 3), 0.9), EXTREME]),
    "softmax": AXES, "log_softmax": AXES,
    "sparsemax": [c(f(2, 5)), c(f(2, 3), 0), c(h(4))],
    "glu": [c(f(2, 4)), c(f(2, 3), 0), c(h(2))],
    # -- windows
    "conv": CONV,
    "convolve": [c(f(2, 7, 4), f(3, 4, 5), (2,), "same", (1,)), c(f(2, 7, 6, 4), f(3, 2, 2, 6), (1, 1), "valid", (2, 1))],
    "convolve_onto": [c(f(2, 7, 4), f(3, 4, 5), f(5), (2,), "same", (1,)), c(f(2, 7, 6, 4), f(3, 2, 2, 6), f(6), (1, 1), "valid", (2, 1))],
    "biased_conv": [c(f(2, 7, 4), f(3, 4, 5), f(5)), c(f(2, 7, 6, 4), f(3, 2, 2, 6), f(6), (2, 1), "same"), c(f(2, 4, 7), f(3, 4, 5), f(5), 2, "same", "channels_first"), c(f(2, 7, 6, 4), f(3, 2, 4, 6), f(6), 1, "valid", None, 2)],
    "depthwise_conv": [
        c(f(2, 7, 3), f(3, 3, 2)), c(f(2, 7, 6, 3), f(3, 2, 3, 2), 2, "same"), c(f(2, 7, 6, 3), f(3, 2, 3, 1), (2, 1), "same"),
        c(f(1, 4, 5, 6, 2), f(2, 3, 2, 2, 1)), c(f(2, 7, 6, 3), f(3, 2, 3, 2), dilation_rate=2),
    ],
    "separable_conv": [c(f(2, 7, 3), f(3, 3, 2), f(1, 6, 4)), c(f(2, 3, 7, 6), f(3, 2, 3, 2), f(1, 1, 6, 4), 2, "same", "channels_first")],
    "conv_transpose": TRANSPOSED,
    "convolve_transposed": [c(f(2, 5, 3), f(3, 4, 3), (2,), ((1, 2),), (1,)), c(f(2, 5, 3), f(2, 4, 3), (4,), ((0, -2),), (1,))],
    "max_pool": POOL, "average_pool": POOL,
    **dict.fromkeys(["pool_max", "pool_mean"], [c(f(2, 7, 6, 3), (2, 3), (2, 1), "same")]),
    **dict.fromkeys(["adaptive_max_pool", "adaptive_average_pool"], ADAPTED),
    # -- normalizations
    "moments": [c(NORMED, (0, 2)), c(NORMED, 1, True), c(h(3, 2), [0]), c(i(2, 3), -1)],
    "batch_normalization": [c(NORMED, f(4), p(4), -1), c(NORMED, f(3), p(3), 1, f(3) + 1, p(3) + 1, 1e-2), c(h(2, 3), f(3), p(3), -1)],
    "normalize_batch": [c(NORMED), c(NORMED, f(3), p(3), 1, 1e-2), c(h(4, 3)), c(NORMED, None, p(4))],
    "layer_normalization": [
        c(NORMED), c(NORMED, f(4), p(4)), c(NORMED, f(3, 4), None, (1, 2), 1e-2), c(NORMED, f(3), f(3) + 1, 1), c(h(2, 3)),
        c(h(2, 3), h(3), h(3)), c(i(2, 3)), c(NORMED, f(4), rms_scaling=True),
    ],
    "rms_normalization": [c(NORMED), c(NORMED, f(4)), c(NORMED, f(3), 1, 1e-2), c(h(2, 3), h(3)), c(NORMED, None, (0, 2))],
    "center_last": [c(NORMED, f(4), p(4), 1, 1e-3), c(NORMED, None, None, 2, 1e-3), c(h(2, 3), None, h(3), 1, 1e-3)],
    "scale_last": [c(NORMED, f(4), 1, 1e-3), c(NORMED, None, 2, 1e-3), c(h(2, 3), h(3), 1, 1e-3)],
    "normalize_groups": [c(f(2, 3, 6), f(6), p(6), -1, 3, 1e-3), c(f(2, 4, 3, 2), None, p(4), 1, 2, 1e-2), c(h(2, 3, 4), h(4), None, 2, 1, 1e-3), c(f(3, 4), None, None, 1, 2, 1e-3)],
    "normalize": [c(NORMED), c(NORMED, 0, 1), c(NORMED, (1, 2), 3), c(NORMED, None), c(i(2, 3) + 1), c(np.zeros(3, "float16")), c(f(2), epsilon=9.0)],
    # -- losses
    "binary_crossentropy": [c(one(3, n=4), share(3, 4)), c(one(3, n=4), f(3, 4), True), c(np.array([0, 1, 0, 1], "float16"), np.array([0, 0, 1, 1], "float16")), c(i(3, n=2), share(3))],
    "categorical_crossentropy": [c(one(2, 3, n=4), share(2, 3, 4)), c(one(2, 3, n=4), p(2, 3, 4), axis=1), c(one(3, n=4), f(3, 4), True), c(one(3, n=4), f(3, 4), True, 0), c(i(2, 3), h(2, 3), True)],
    "sparse_categorical_crossentropy": [
        c(i(2, 3), share(2, 3, 4)), c(i(2, 3), f(2, 3, 4), True), c(i(2, 3, 1), f(2, 3, 4), True), c(i(2, 4, n=3), p(2, 3, 4), axis=1), c(i(2, 4, n=3), f(2, 3, 4), True, 1),
        c(h(3) * 0 + 1, h(3, 4), True), c(i(), share(4)),
    ],
    "label_crossentropy": [c(f(2, 3, 4), i(2, 3)), c(h(3, 4), i(3)), c(f(4), i())],
    # -- attention
    "dot_product_attention": [
        c(QUERY, KEY, VALUE), c(QUERY, KEY, VALUE, BIAS, scale=0.3), c(QUERY, KEY, VALUE, mask=MASK), c(QUERY, KEY, VALUE, mask=b(2, 5, 3)), c(QUERY, KEY, VALUE, mask=b(5, 3)),
        c(QUERY, KEY, VALUE, BIAS, MASK, is_causal=True), c(QUERY, KEY, VALUE, is_causal=True), c(QUERY, KEY, VALUE, attn_logits_soft_cap=1.5), c(QUERY, FEW, FEW / 2),
        c(QUERY, KEY, f(2, 3, 4, 2)), c(QUERY.astype("float16"), KEY.astype("float16"), VALUE.astype("float16")),
    ],
    "attend": [c(QUERY, KEY, VALUE, None, None, 0.5, False, None), c(QUERY, FEW, FEW / 2, BIAS, b(1, 1, 5, 3), 0.5, True, None)],
    "attend_flash": [],  # has no kernel that runs everywhere
    # -- recurrent
    "lstm": [c(*LSTM), c(*LSTM, mask=SEEN), c(*LSTM, go_backwards=True), c(*LSTM, SEEN, go_backwards=True, zero_output_for_mask=True), c(*LSTM[:5], unroll=True, mask=SEEN), c(*LSTM[:5])],
    "lstm_gates": [c(f(2, 12), f(2, 3)), c(f(2, 12) * 3, h(2, 3)), c(h(2, 12).astype("float16"), h(2, 3).astype("float16")), c(f(1, 4), f(1, 1) + 2)],
    "lstm_plain": [c(*LSTM), c(*LSTM[:5], None)],
    "gru": [c(*GRU, f(2, 6)), c(*GRU, f(2, 6), SEEN), c(*GRU, f(6), reset_after=False), c(*GRU), c(*GRU, f(6), SEEN, False, go_backwards=True), c(*GRU, f(2, 6), go_backwards=True)],
    "gru_plain": [c(*GRU, f(2, 6)), c(*GRU, None)],
}  # fmt: skip

# Where the gradient is not the limit of differences.
NN_UNSMOOTH = {"normalize_batch": "its mean and variance are given without gradients: see test_nn"}
# Ops that must know the sizes of windows.
NN_SIZED = {
    "conv",
    "convolve",
    "depthwise_conv",
    "separable_conv",
    "conv_transpose",
    "convolve_transposed",
}
NN_SIZED |= {"adaptive_max_pool", "adaptive_average_pool"}
