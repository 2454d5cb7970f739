"""Whole steps of optimizers by TensorFlow's own kernels: one op for each weight, in place.

Those stand here whose formulas are Keras's, epsilon and all. Where no kernel's is (Adagrad's), a
few ops work in place. Beside the time of a step
this saves that of tracing it, which grows with the number of ops.
"""

import tensorflow as tf

APPLY = {"use_locking": False}


def is_wide(weights):
    """Whether constants such as 0.999 keep their meaning in the dtype of the weights."""
    return weights[0].dtype in (tf.float32, tf.float64)


def constants(weights, *numbers):
    """`numbers` as tensors of the dtype of the weights: each made once, not once a weight."""
    dtype = weights[0].dtype  # which `tf.cast` gives Python's numbers by way of float32
    return [tf.cast(x, dtype) if tf.is_tensor(x) else tf.constant(x, dtype) for x in numbers]


def shrink(weights, decay):
    if decay is not None:
        (kept,) = constants(weights, 1.0 - decay)
        for w in weights:
            w.assign(w * kept, read_value=False)


def fused_sgd(rule, size, decay, grads, weights, velocities=None):
    if not is_wide(weights):
        return False
    shrink(weights, decay)
    lr, momentum = constants(weights, size, rule.momentum)
    if velocities is None:
        for w, g in zip(weights, grads):
            tf.raw_ops.ResourceApplyGradientDescent(var=w.handle, alpha=lr, delta=g, **APPLY)
        return True
    for w, v, g in zip(weights, velocities, grads):
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=w.handle, accum=v.handle, lr=lr, grad=g, momentum=momentum,
            use_nesterov=rule.nesterov, **APPLY,
        )  # fmt: skip
    return True


def root_of_part(beta, dtype):
    """What to multiply numbers by that go with the root of squares which a kernel has averaged.

    It takes 1 - 0.999 in the dtype of the weights, which is 1e-5 less than 0.001.
    """
    taken = 1.0 - float(dtype.as_numpy_dtype(beta))
    return (taken / (1.0 - beta)) ** 0.5 if beta < 1.0 else 1.0


def fused_adam(rule, size, decay, grads, weights, means, squares, greatest=None):
    if not is_wide(weights):
        return False
    shrink(weights, decay)
    part = root_of_part(rule.beta_2, weights[0].dtype)
    lr, beta_1, beta_2, epsilon, none = constants(
        weights, size * part, rule.beta_1, rule.beta_2, rule.epsilon * part, 0.0
    )
    shared = {  # `size` is corrected for the bias already: powers of 0 leave it as it is
        "beta1_power": none, "beta2_power": none, "lr": lr, "beta1": beta_1, "beta2": beta_2,
        "epsilon": epsilon, **APPLY,
    }  # fmt: skip
    for k, (w, m, v, g) in enumerate(zip(weights, means, squares, grads)):
        state = {"var": w.handle, "m": m.handle, "v": v.handle}
        if greatest is None:
            tf.raw_ops.ResourceApplyAdam(**state, grad=g, **shared)
        else:
            state["vhat"] = greatest[k].handle
            tf.raw_ops.ResourceApplyAdamWithAmsgrad(**state, grad=g, **shared)
    return True


def fused_adamax(rule, size, decay, grads, weights, means, norms):
    if not is_wide(weights):
        return False
    shrink(weights, decay)
    lr, beta_1, beta_2, epsilon, none = constants(
        weights, size, rule.beta_1, rule.beta_2, rule.epsilon, 0.0
    )
    for w, m, v, g in zip(weights, means, norms, grads):
        tf.raw_ops.ResourceApplyAdaMax(
            var=w.handle, m=m.handle, v=v.handle, beta1_power=none, lr=lr, beta1=beta_1,
            beta2=beta_2, epsilon=epsilon, grad=g, **APPLY,
        )  # fmt: skip
    return True


def fused_adagrad(rule, size, decay, grads, weights, totals):
    if not is_wide(weights):
        return False
    shrink(weights, decay)
    lr, epsilon = constants(weights, size, rule.epsilon)
    for w, total, g in zip(weights, totals, grads):
        total.assign_add(tf.square(g), read_value=False)
        w.assign_sub(g * lr / tf.sqrt(total + epsilon), read_value=False)
    return True


def scratch(rule, weights):
    """Where kernels keep velocities: without momentum, a Keras optimizer has none among its
    variables."""
    held = rule.__dict__.setdefault("_velocities", {})
    with tf.init_scope():
        for w in weights:
            if w.ref() not in held:
                held[w.ref()] = tf.Variable(tf.zeros(w.shape, w.dtype), trainable=False)
    return [held[w.ref()] for w in weights]


def fused_rmsprop(rule, size, decay, grads, weights, squares, *rest):
    if not is_wide(weights):
        return False
    shrink(weights, decay)
    velocities, *centers = rest if rule.momentum else (scratch(rule, weights), *rest)
    shared = dict(
        zip(
            ("lr", "rho", "momentum", "epsilon"),
            constants(weights, size, rule.rho, rule.momentum, rule.epsilon),
        ),
        **APPLY,
    )
    for k, (w, v, m, g) in enumerate(zip(weights, squares, velocities, grads)):
        state = {"var": w.handle, "ms": v.handle, "mom": m.handle, "grad": g}
        if rule.centered:
            tf.raw_ops.ResourceApplyCenteredRMSProp(mg=centers[0][k].handle, **state, **shared)
        else:
            tf.raw_ops.ResourceApplyRMSProp(**state, **shared)
    return True


def fused_adadelta(rule, size, decay, grads, weights, seen, taken):
    if not is_wide(weights):
        return False
    shrink(weights, decay)
    lr, rho, epsilon = constants(weights, size, rule.rho, rule.epsilon)
    for w, a, b, g in zip(weights, seen, taken, grads):
        tf.raw_ops.ResourceApplyAdadelta(
            var=w.handle, accum=a.handle, accum_update=b.handle, lr=lr, rho=rho, epsilon=epsilon,
            grad=g, **APPLY,
        )  # fmt: skip
    return True


def fused_ftrl(rule, size, decay, grads, weights, totals, linears):
    if not is_wide(weights):
        return False
    shrink(weights, decay)
    lr, power, l1, l2, shrinkage = constants(
        weights,
        size,
        rule.learning_rate_power,
        rule.l1_regularization_strength,
        rule.l2_regularization_strength + rule.beta / (2.0 * size),
        rule.l2_shrinkage_regularization_strength,
    )
    for w, a, b, g in zip(weights, totals, linears, grads):
        tf.raw_ops.ResourceApplyFtrlV2(
            var=w.handle, accum=a.handle, linear=b.handle, grad=g, lr=lr, l1=l1, l2=l2,
            l2_shrinkage=shrinkage, lr_power=power, **APPLY,
        )  # fmt: skip
    return True


def traced_once(fn):
    """`fn`, whose graph is made once for all arguments of the same shapes."""
    return fn if tf.executing_eagerly() else tf.function(fn, autograph=False)


def run_if(condition, fn, variables):
    def taken():
        fn()
        return True

    tf.cond(condition, taken, lambda: False)
