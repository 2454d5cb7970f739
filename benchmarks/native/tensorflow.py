"""TensorFlow: a tf.function step over tf.Variables, the fused Adam, batches gathered by NumPy."""

from typing import Any

import numpy as np
import tensorflow as tf

from ..workloads import LAYERS, LEARNING_RATE, LM, Workload

# A model: (weights that train, statistics, inputs, training) -> outputs, the first two as iterators
# over tf.Variables in Keras's order.


def dense(w: Any, x: Any) -> Any:
    return tf.nn.bias_add(tf.matmul(x, next(w)), next(w))


def mlp(w: Any, s: Any, x: Any, training: bool) -> Any:
    x = tf.nn.relu(dense(w, x))
    x = tf.nn.relu(dense(w, x))
    return dense(w, x)


def deep(w: Any, s: Any, x: Any, training: bool) -> Any:
    for _ in range(LAYERS - 1):
        x = tf.nn.relu(dense(w, x))
    return dense(w, x)


def cnn(w: Any, s: Any, x: Any, training: bool) -> Any:
    for _ in range(2):
        x = tf.nn.bias_add(tf.nn.conv2d(x, next(w), 1, "VALID"), next(w))
        x = tf.nn.max_pool2d(tf.nn.relu(x), 2, 2, "VALID")
    return dense(w, tf.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3])))


def resnet(w: Any, s: Any, x: Any, training: bool) -> Any:
    def norm(x: Any) -> Any:
        scale, offset, mean, variance = next(w), next(w), next(s), next(s)
        if not training:
            out = tf.compat.v1.nn.fused_batch_norm(
                x, scale, offset, mean, variance, 1e-3, is_training=False
            )
            return out[0]
        out, m, v = tf.compat.v1.nn.fused_batch_norm(x, scale, offset, epsilon=1e-3)
        mean.assign_sub(0.01 * (mean - m))
        variance.assign_sub(0.01 * (variance - v))
        return out

    x = tf.nn.relu(norm(tf.nn.conv2d(x, next(w), 1, "SAME")))
    for strides in 1, 2, 2:
        y = tf.nn.relu(norm(tf.nn.conv2d(x, next(w), strides, "SAME")))
        y = tf.nn.conv2d(y, next(w), 1, "SAME")
        if strides > 1:
            x = tf.nn.conv2d(x, next(w), strides, "SAME")
        y = norm(y)
        x = tf.nn.relu(y + (x if strides == 1 else norm(x)))
    return dense(w, tf.reduce_mean(x, (1, 2)))


def mobile(w: Any, s: Any, x: Any, training: bool) -> Any:
    def separable(x: Any) -> Any:
        return tf.nn.separable_conv2d(x, next(w), next(w), (1, 1, 1, 1), "SAME")

    def norm(x: Any) -> Any:
        space, channels = x.shape[1:3], x.shape[3]
        groups = tf.reshape(x, (-1, *space, 8, channels // 8))
        mean, variance = tf.nn.moments(groups, (1, 2, 4), keepdims=True)
        y = tf.reshape((groups - mean) * tf.math.rsqrt(variance + 1e-3), (-1, *space, channels))
        return y * next(w) + next(w)

    x = tf.nn.avg_pool2d(tf.nn.relu(norm(separable(x))), 2, 2, "VALID")
    x = tf.nn.relu(norm(separable(x)))
    x = tf.nn.depthwise_conv2d(x, next(w), (1, 1, 1, 1), "SAME")
    kernel = next(w)
    size: Any = (tf.shape(x)[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2])
    x = tf.nn.bias_add(tf.nn.conv2d_transpose(x, kernel, size, 2, "VALID"), next(w))
    return dense(w, tf.reduce_mean(x, (1, 2)))


def lstm(w: Any, s: Any, x: Any, training: bool) -> Any:
    x = tf.gather(next(w), x)
    kernel, recurrent, bias = next(w), next(w), next(w)
    x = tf.transpose(tf.nn.bias_add(tf.matmul(x, kernel), bias), (1, 0, 2))
    length, steps = x.shape[0], tf.TensorArray(x.dtype, x.shape[0]).unstack(x)

    def cell(k: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
        i, f, g, o = tf.split(steps.read(k) + tf.matmul(h, recurrent), 4, axis=-1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return k + 1, tf.sigmoid(o) * tf.tanh(c), c

    zeros = tf.zeros((tf.shape(x)[1], recurrent.shape[0]))
    below = lambda k, h, c: k < length
    _, h, _ = tf.while_loop(below, cell, (0, zeros, zeros), maximum_iterations=length)
    return dense(w, h)


def gru(w: Any, s: Any, x: Any, training: bool) -> Any:
    x = tf.gather(next(w), x)

    def last(x: Any) -> Any:
        kernel, recurrent, bias = next(w), next(w), next(w)
        x = tf.transpose(tf.nn.bias_add(tf.matmul(x, kernel), bias[0]), (1, 0, 2))
        length, steps = x.shape[0], tf.TensorArray(x.dtype, x.shape[0]).unstack(x)

        def cell(k: Any, h: Any) -> tuple[Any, Any]:
            xz, xr, xh = tf.split(steps.read(k), 3, axis=-1)
            hz, hr, hh = tf.split(tf.nn.bias_add(tf.matmul(h, recurrent), bias[1]), 3, axis=-1)
            z, r = tf.sigmoid(xz + hz), tf.sigmoid(xr + hr)
            return k + 1, z * h + (1 - z) * tf.tanh(xh + r * hh)

        zeros = tf.zeros((tf.shape(x)[1], recurrent.shape[0]))
        below = lambda k, h: k < length
        return tf.while_loop(below, cell, (0, zeros), maximum_iterations=length)[1]

    return dense(w, tf.concat([last(x), last(tf.reverse(x, [1]))], -1))


def lm(w: Any, s: Any, x: Any, training: bool) -> Any:
    def norm(x: Any) -> Any:
        mean, variance = tf.nn.moments(x, -1, keepdims=True)
        scale, offset = next(w), next(w)
        return tf.nn.batch_normalization(x, mean, variance, offset, scale, 1e-3)

    x = tf.gather(next(w), x) + next(w)
    mask = tf.constant(np.triu(np.full((LM.context, LM.context), -1e9, "float32"), 1))
    for _ in range(LM.blocks):
        y = norm(x)
        q, k, v = (tf.einsum("btd,dhk->bhtk", y, next(w)) + next(w)[:, None] for _ in range(3))
        scores = tf.matmul(q * (LM.width // LM.heads) ** -0.5, k, transpose_b=True)
        y = tf.matmul(tf.nn.softmax(scores + mask), v)
        x = x + tf.einsum("bhtk,hkd->btd", y, next(w)) + next(w)
        y = tf.nn.gelu(dense(w, norm(x)))
        x = x + dense(w, y)
    return dense(w, norm(x))


def recommender(w: Any, s: Any, x: Any, training: bool) -> Any:
    x = tf.concat([tf.gather(next(w), x[:, 0]), tf.gather(next(w), x[:, 1])], 1)
    return dense(w, tf.nn.relu(dense(w, x)))


class Adam:
    """The engine's fused op over variables."""

    def __init__(self, variables: list):
        self.variables, self.count = variables, tf.Variable(tf.zeros(()))
        zeros = [tf.zeros_like(v) for v in variables]
        self.moments = [(tf.Variable(z), tf.Variable(z)) for z in zeros]

    def __call__(self, gradients: list) -> None:
        self.count.assign_add(1.0)
        powers = tf.pow(0.9, self.count), tf.pow(0.999, self.count)
        for w, g, (m, v) in zip(self.variables, gradients, self.moments):
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle, m=m.handle, v=v.handle, beta1_power=powers[0], beta2_power=powers[1],
                lr=LEARNING_RATE, beta1=0.9, beta2=0.999, epsilon=1e-7,
                grad=tf.convert_to_tensor(g),
            )  # fmt: skip


class Fused:
    """Other rules of the engine over variables, each a fused op."""

    def __init__(self, variables: list, rule: str):
        self.variables, self.rule = variables, getattr(self, rule)
        self.slots = [tf.Variable(tf.fill(v.shape, 0.1)) for v in variables]
        self.moments = [tf.Variable(tf.zeros_like(v)) for v in variables]

    def __call__(self, gradients: list) -> None:
        for w, g, slot, moment in zip(self.variables, gradients, self.slots, self.moments):
            self.rule(dict(var=w.handle, grad=g, lr=LEARNING_RATE), slot.handle, moment.handle)

    def sgd(self, given: dict, *_: Any) -> None:
        tf.raw_ops.ResourceApplyGradientDescent(
            var=given["var"], delta=given["grad"], alpha=given["lr"]
        )

    def momentum(self, given: dict, slot: Any, _: Any) -> None:
        tf.raw_ops.ResourceApplyKerasMomentum(**given, accum=slot, momentum=0.9)

    def adagrad(self, given: dict, slot: Any, _: Any) -> None:
        tf.raw_ops.ResourceApplyAdagradV2(**given, accum=slot, epsilon=1e-7)

    def rmsprop(self, given: dict, slot: Any, moment: Any) -> None:
        tf.raw_ops.ResourceApplyRMSProp(
            **given, ms=slot, mom=moment, rho=0.9, momentum=0.0, epsilon=1e-7
        )


class AdamW(Adam):
    def __call__(self, gradients: list) -> None:
        for w in self.variables:
            w.assign_sub(w * (0.004 * LEARNING_RATE))
        super().__call__(gradients)


def optimizer_step(values: list, rule: str) -> Any:
    """A call that runs an optimizer over the values, as their own gradients."""
    variables, gradients = [tf.Variable(a) for a in values], [tf.constant(a) for a in values]
    adam = {"optimizer": Adam, "adamw": AdamW}.get(rule)
    step = adam(variables) if adam else Fused(variables, rule)
    return tf.function(lambda: step(gradients), autograph=False)


class Native:
    """The loop."""

    jit: bool | None = None

    def __init__(self, workload: Workload, weights: list, trains: list[bool], data: tuple):
        self.workload, (self.x, self.y) = workload, data
        self.train = [tf.Variable(a) for a, t in zip(weights, trains) if t]
        self.statistics = [tf.Variable(a) for a, t in zip(weights, trains) if not t]
        self.adam, self.totals = Adam(self.train), tf.Variable(tf.zeros(2))
        self.weights, self.parameters = weights, sum(a.size for a in weights)
        self.model, self.loss = globals()[workload.name], LOSSES[workload.loss]
        batch = [tf.TensorSpec([None, *a.shape[1:]], a.dtype) for a in data]
        compiled = dict(jit_compile=self.jit, autograph=False)
        self.step = tf.function(self.train_step, input_signature=batch, **compiled)
        self.test = tf.function(self.test_step, input_signature=batch, **compiled)
        self.apply = tf.function(
            lambda x: self.outputs(x, False), input_signature=batch[:1], **compiled
        )

    def outputs(self, x: Any, training: bool) -> Any:
        return self.model(iter(self.train), iter(self.statistics), x, training)

    def train_step(self, x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            out = self.outputs(x, True)
            loss, right = self.loss(out, y)
        self.adam(tape.gradient(loss, self.train))
        self.totals.assign_add(tf.stack([loss, right]))

    def test_step(self, x: Any, y: Any) -> None:
        self.totals.assign_add(tf.stack(self.loss(self.outputs(x, False), y)))

    def fit(self, samples: int | None = None, shuffle: bool = True) -> float:
        size, n = self.workload.batch, samples or len(self.x)
        for _ in range(self.workload.epochs):
            order = np.arange(n)
            if shuffle:
                np.random.shuffle(order)
            self.totals.assign(tf.zeros(2))
            for k in range(0, n, size):
                chosen = order[k : k + size]
                self.step(tf.constant(self.x[chosen]), tf.constant(self.y[chosen]))
        return float(self.totals[0]) / (n / size)

    def evaluate(self) -> float:
        size, n = self.workload.batch, len(self.x)
        self.totals.assign(tf.zeros(2))
        for k in range(0, n, size):
            self.test(self.x[k : k + size], self.y[k : k + size])
        return float(self.totals[0]) / (n / size)

    def predict(self, samples: int | None = None) -> np.ndarray:
        size, n = self.workload.batch, samples or len(self.x)
        parts = [self.apply(self.x[k : min(k + size, n)]) for k in range(0, n, size)]
        return tf.concat(parts, 0).numpy()


class Tuned(Native):
    """Through XLA."""

    jit = True


def crossentropy(out: Any, y: Any) -> tuple[Any, Any]:
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, out))
    right = tf.equal(tf.argmax(out, -1, output_type=y.dtype), y)
    return loss, tf.reduce_mean(tf.cast(right, "float32"))


def mse(out: Any, y: Any) -> tuple[Any, Any]:
    loss = tf.reduce_mean(tf.math.squared_difference(out, y))
    return loss, loss


LOSSES = {"crossentropy": crossentropy, "mse": mse}


def device_memory() -> int | None:
    """Bytes that tensors took on the GPU at most; None without one."""
    gpus = tf.config.list_physical_devices("GPU")
    return tf.config.experimental.get_memory_info("GPU:0")["peak"] if gpus else None
