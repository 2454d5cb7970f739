"""Transformations of functions on TensorFlow. Functions take and give lists of tensors."""

import tensorflow as tf

ZERO = tf.UnconnectedGradients.ZERO
IN_PLACE = True  # whether compiled functions read and write variables where they are


def apart(xs):
    """Tensors of their own: what a function takes from outside is not to be taken for these."""
    return [tf.identity(x) for x in xs]


def pullback(fn, xs):
    xs = apart(xs)
    with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
        tape.watch(xs)
        ys, extras = fn(xs)
        ys = apart(ys)

    def back(dys):
        return [
            tf.convert_to_tensor(g)  # tf.gather has sparse gradients
            for g in tape.gradient(ys, xs, list(dys), unconnected_gradients=ZERO)
        ]

    return ys, extras, back


def pushforward(fn, xs, dxs):
    xs = apart(xs)
    with tf.autodiff.ForwardAccumulator(xs, list(dxs)) as tangents:
        ys, extras = fn(xs)
        ys = apart(ys)
    return ys, tangents.jvp(ys, ZERO), extras


def compiled(fn):
    return tf.function(fn, autograph=False)


def traced(fn, *args):
    specs = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), args)
    compiled(fn).get_concrete_function(*specs)
