"""JAX: a jitted step with donated state, Adam by hand, batches gathered by NumPy."""

from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from ..workloads import GPT, LAYERS, LEARNING_RATE, LM, Workload

# A model: (weights that train, statistics, inputs, training) -> (outputs, statistics after it),
# the first two as iterators in Keras's order.


def dense(w: Any, x: Any) -> Any:
    return x @ next(w) + next(w)


GPU = jax.default_backend() == "gpu"
AXES = ("NHWC", "HWIO", "NHWC")


def conv(x: Any, kernel: Any, strides: int = 1, padding: str = "VALID", groups: int = 1) -> Any:
    return lax.conv_general_dilated(
        x, kernel, (strides, strides), padding, dimension_numbers=AXES, feature_group_count=groups
    )


def max_pool(x: Any) -> Any:
    window = (1, 2, 2, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")


def mlp(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    x = jax.nn.relu(dense(w, x))
    x = jax.nn.relu(dense(w, x))
    return dense(w, x), []


def deep(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    for _ in range(LAYERS - 1):
        x = jax.nn.relu(dense(w, x))
    return dense(w, x), []


def cnn(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    for _ in range(2):
        x = max_pool(jax.nn.relu(conv(x, next(w)) + next(w)))
    return dense(w, x.reshape(len(x), -1)), []


def resnet(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    after = []

    def norm(x: Any) -> Any:
        mean, variance = next(s), next(s)
        if training:
            found = x.mean((0, 1, 2)), x.var((0, 1, 2))
            after.extend([0.99 * mean + 0.01 * found[0], 0.99 * variance + 0.01 * found[1]])
            mean, variance = found
        factor = next(w) * lax.rsqrt(variance + 1e-3)
        return x * factor + (next(w) - mean * factor)

    x = jax.nn.relu(norm(conv(x, next(w), 1, "SAME")))
    for strides in 1, 2, 2:
        y = jax.nn.relu(norm(conv(x, next(w), strides, "SAME")))
        y = conv(y, next(w), 1, "SAME")
        if strides > 1:
            x = conv(x, next(w), strides, "SAME")
        y = norm(y)
        x = jax.nn.relu(y + (x if strides == 1 else norm(x)))
    return dense(w, x.mean((1, 2))), after


def mobile(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    def depthwise(x: Any) -> Any:
        kernel = next(w).swapaxes(2, 3)  # one input channel for each output
        return conv(x, kernel, 1, "SAME", x.shape[-1])

    def norm(x: Any) -> Any:
        groups = x.reshape(*x.shape[:3], 8, -1)
        mean = groups.mean((1, 2, 4), keepdims=True)
        variance = groups.var((1, 2, 4), keepdims=True)
        y = ((groups - mean) * lax.rsqrt(variance + 1e-3)).reshape(x.shape)
        return y * next(w) + next(w)

    x = jax.nn.relu(norm(conv(depthwise(x), next(w))))
    window = (1, 2, 2, 1)
    x = lax.reduce_window(x, 0.0, lax.add, window, window, "VALID") / 4
    x = jax.nn.relu(norm(conv(depthwise(x), next(w))))
    x = depthwise(x)
    kernel = next(w)
    x = lax.conv_transpose(
        x, kernel, (2, 2), "VALID", dimension_numbers=AXES, transpose_kernel=True
    )
    x = x + next(w)
    return dense(w, x.mean((1, 2))), []


def lstm(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    x = next(w)[x]
    kernel, recurrent, bias = next(w), next(w), next(w)

    def cell(state: tuple, x: Any) -> tuple[tuple, None]:
        h, c = state
        i, f, g, o = jnp.split(x @ kernel + h @ recurrent + bias, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((len(x), len(recurrent)))
    (h, _), _ = lax.scan(cell, (zeros, zeros), x.swapaxes(0, 1))
    return dense(w, h), []


def gru(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    x = next(w)[x].swapaxes(0, 1)

    def last(reverse: bool) -> Any:
        kernel, recurrent, (before, beside) = next(w), next(w), next(w)

        def cell(h: Any, x: Any) -> tuple[Any, None]:
            xz, xr, xh = jnp.split(x @ kernel + before, 3, axis=-1)
            hz, hr, hh = jnp.split(h @ recurrent + beside, 3, axis=-1)
            z, r = jax.nn.sigmoid(xz + hz), jax.nn.sigmoid(xr + hr)
            return z * h + (1 - z) * jnp.tanh(xh + r * hh), None

        return lax.scan(cell, jnp.zeros((x.shape[1], len(recurrent))), x, reverse=reverse)[0]

    return dense(w, jnp.concatenate([last(False), last(True)], -1)), []


def decoder(blocks: int, w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    def norm(x: Any) -> Any:
        y = x.astype("float32")
        mean, variance = y.mean(-1, keepdims=True), y.var(-1, keepdims=True)
        y = (y - mean) * lax.rsqrt(variance + 1e-3) * next(w) + next(w)
        return y.astype(x.dtype)

    x = next(w)[x] + next(w)
    kernel = "cudnn" if GPU and x.dtype == jnp.bfloat16 else None  # which takes 16 bits alone
    for _ in range(blocks):
        y = norm(x)
        q, k, v = (jnp.einsum("btd,dhk->bthk", y, next(w)) + next(w) for _ in range(3))
        y = jax.nn.dot_product_attention(q, k, v, is_causal=True, implementation=kernel)
        x = x + jnp.einsum("bthk,hkd->btd", y, next(w)) + next(w)
        y = jax.nn.gelu(dense(w, norm(x)), approximate=False)
        x = x + dense(w, y)
    return dense(w, norm(x)), []


lm, gpt = partial(decoder, LM.blocks), partial(decoder, GPT.blocks)


def recommender(w: Any, s: Any, x: Any, training: bool) -> tuple[Any, list]:
    x = jnp.concatenate([next(w)[x[:, 0]], next(w)[x[:, 1]]], axis=1)
    return dense(w, jax.nn.relu(dense(w, x))), []


def device_memory() -> int | None:
    """Bytes that arrays took on the GPU at most; None without one."""
    return jax.devices()[0].memory_stats()["peak_bytes_in_use"] if GPU else None


def halved(x: Any) -> Any:
    """Floats in 16 bits."""
    return x.astype("bfloat16") if jnp.issubdtype(x.dtype, jnp.floating) else x


def peak() -> float:
    """Operations a second of a large product in 16 bits: what the hardware does at best."""
    x, y = jax.random.normal(jax.random.key(0), (2, 8192, 8192), "bfloat16")
    product, seconds = jax.jit(jnp.matmul), []
    for _ in range(20):
        start = perf_counter()
        product(x, y).block_until_ready()
        seconds.append(perf_counter() - start)
    return 2 * 8192**3 / median(seconds)


class Native:
    """The loop: the state (weights, statistics, Adam's moments, count) goes through `step`."""

    def __init__(self, workload: Workload, weights: list, trains: list[bool], data: tuple):
        self.workload, (self.x, self.y) = workload, data
        train = [jnp.array(a) for a, t in zip(weights, trains) if t]
        statistics = [jnp.array(a) for a, t in zip(weights, trains) if not t]
        moments = [[jnp.zeros_like(a) for a in train] for _ in range(2)]
        self.state = (train, statistics, *moments, jnp.zeros((), "int32"))
        self.weights, self.parameters = weights, sum(a.size for a in weights)
        loss = LOSSES[workload.loss]

        def model(train: list, statistics: list, x: Any, training: bool) -> tuple[Any, list]:
            if workload.precision == "mixed_bfloat16":
                train, x = jax.tree.map(halved, (train, x))
            out, after = globals()[workload.name](iter(train), iter(statistics), x, training)
            return out.astype("float32"), after

        def objective(train: list, statistics: list, x: Any, y: Any, training: bool) -> Any:
            out, after = model(train, statistics, x, training)
            value, right = loss(out, y)
            return value, (jnp.stack([value, right]), after)

        @partial(jax.jit, donate_argnums=(0, 1))
        def step(state: tuple, totals: Any, x: Any, y: Any) -> tuple:
            train, statistics, m, v, count = state
            gradient = jax.grad(objective, has_aux=True)
            g, (found, after) = gradient(train, statistics, x, y, True)
            train, m, v = adam(train, g, m, v, count + 1)
            return (train, after, m, v, count + 1), totals + found

        @partial(jax.jit, donate_argnums=1)
        def test(state: tuple, totals: Any, x: Any, y: Any) -> Any:
            return totals + objective(state[0], state[1], x, y, False)[1][0]

        self.step, self.test = step, test
        self.apply = jax.jit(lambda s, x: model(s[0], s[1], x, False)[0])

    def batches(self, order: np.ndarray) -> Any:
        size = self.workload.batch
        for k in range(0, len(order), size):
            chosen = order[k : k + size]
            yield self.x[chosen], self.y[chosen]

    def fit(self, samples: int | None = None, shuffle: bool = True) -> float:
        totals = jnp.zeros(2)
        for _ in range(self.workload.epochs):
            order = np.arange(samples or len(self.x))
            if shuffle:
                np.random.shuffle(order)
            totals = jnp.zeros(2)
            for x, y in self.batches(order):
                self.state, totals = self.step(self.state, totals, x, y)
        return float(totals[0]) / (len(order) / self.workload.batch)

    def evaluate(self) -> float:
        totals, size = jnp.zeros(2), self.workload.batch
        for k in range(0, len(self.x), size):
            totals = self.test(self.state, totals, self.x[k : k + size], self.y[k : k + size])
        return float(totals[0]) / (len(self.x) / size)

    def predict(self, samples: int | None = None) -> np.ndarray:
        size, n = self.workload.batch, samples or len(self.x)
        parts = [self.apply(self.state, self.x[k : min(k + size, n)]) for k in range(0, n, size)]
        return np.concatenate(parts)


class Tuned(Native):
    """An epoch in one call: the data on the device, its batches through `lax.scan`."""

    def __init__(self, *args: Any):
        super().__init__(*args)
        self.device = jnp.asarray(self.x), jnp.asarray(self.y)

        @partial(jax.jit, donate_argnums=0)
        def epoch(state: tuple, x: Any, y: Any, order: Any) -> tuple:
            def body(carry: tuple, chosen: Any) -> tuple[tuple, None]:
                return self.step(*carry, x[chosen], y[chosen]), None

            return lax.scan(body, (state, jnp.zeros(2)), order)[0]

        self.epoch = epoch

    def fit(self, samples: int | None = None, shuffle: bool = True) -> float:
        steps, totals = 0, jnp.zeros(2)
        for _ in range(self.workload.epochs):
            order = np.arange(samples or len(self.x))
            if shuffle:
                np.random.shuffle(order)
            order = order.reshape(-1, self.workload.batch)
            self.state, totals = self.epoch(self.state, *self.device, order)
            steps = len(order)
        return float(totals[0]) / steps


def adam(w: list, g: list, m: list, v: list, count: Any) -> tuple[list, list, list]:
    rate = LEARNING_RATE * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
    m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
    v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
    return [a - rate * b / (jnp.sqrt(c) + 1e-7) for a, b, c in zip(w, m, v)], m, v


RULES = {
    "optimizer": optax.adam,
    "adamw": partial(optax.adamw, weight_decay=0.004),
    "sgd": optax.sgd,
    "momentum": partial(optax.sgd, momentum=0.9),
    "rmsprop": optax.rmsprop,
    "adagrad": optax.adagrad,
}


def optimizer_step(values: list, rule: str) -> Any:
    """A call that runs a transformation over the values, as their own gradients."""
    transformation = RULES[rule](LEARNING_RATE)
    w, g = ([jnp.array(a) for a in values] for _ in range(2))
    state = transformation.init(w)

    @partial(jax.jit, donate_argnums=(0, 2))
    def step(w: Any, g: Any, state: Any) -> Any:
        updates, state = transformation.update(g, state, w)
        return optax.apply_updates(w, updates), state

    def call() -> None:
        nonlocal w, state
        w, state = step(w, g, state)
        jax.block_until_ready(w)

    return call


def crossentropy(out: Any, y: Any) -> tuple[Any, Any]:
    logs = jax.nn.log_softmax(out)
    loss = -jnp.take_along_axis(logs, y[..., None], -1).mean()
    return loss, (out.argmax(-1) == y).mean()


def mse(out: Any, y: Any) -> tuple[Any, Any]:
    loss = ((out - y) ** 2).mean()
    return loss, loss


LOSSES = {"crossentropy": crossentropy, "mse": mse}
