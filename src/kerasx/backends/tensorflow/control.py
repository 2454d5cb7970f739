"""Control flow on TensorFlow: what stays a graph inside tf.function."""

from typing import Any

import tensorflow as tf

from .state import GRADIENTS, in_xla

AHEAD = False  # a loop over time is quicker where it makes the products with its inputs itself


def custom_gradient(f):
    return tf.custom_gradient(f)


def vectorized_map(function, elements):
    return tf.vectorized_map(function, elements)


def cond(pred, true_fn, false_fn):
    return tf.cond(tf.cast(pred, tf.bool), true_fn, false_fn)


def switch(index, branches, *operands):
    last = len(branches) - 1
    index = tf.clip_by_value(tf.cast(index, tf.int32), 0, last)
    return tf.switch_case(index, [lambda f=f: f(*operands) for f in branches])


def while_loop(cond, body, loop_vars, maximum_iterations=None):
    single = not isinstance(loop_vars, (list, tuple))
    state = (loop_vars,) if single else tuple(loop_vars)

    def step(*state):
        new = body(*state)
        return tuple(new) if isinstance(new, (list, tuple)) else (new,)

    state = tf.while_loop(cond, step, state, maximum_iterations=maximum_iterations)
    return state[0] if single else state


def fori_loop(lower, upper, body_fun, init_val):
    def step(i, value):
        return i + 1, body_fun(i, value)

    limit = most(upper - lower) if isinstance(lower, int) and isinstance(upper, int) else None
    state = tf.cast(lower, tf.int32), init_val
    return tf.while_loop(lambda i, _: i < upper, step, state, maximum_iterations=limit)[1]


def most(count):
    """The most steps that a loop of `count` may take, as XLA must know for its gradient; that it is
    counted costs time."""
    return max(count, 0) if isinstance(count, int) and in_xla() else None


def scan(f, init, xs=None, length=None, reverse=False, unroll=1):
    xs = tf.nest.map_structure(lambda x: None if x is None else tf.convert_to_tensor(x), xs)
    flat = [x for x in tf.nest.flatten(xs) if x is not None]
    init = tf.nest.map_structure(tf.convert_to_tensor, init)
    count: Any = (flat[0].shape[0] or tf.shape(flat[0])[0]) if flat else length
    if unroll is True and isinstance(count, int):
        return laid_out(f, init, xs, count, reverse)
    # The gradient of x[i] is as large as x: a loop of them takes quadratic time. That of read(i) is
    # as large as a slice.
    rows = [tf.TensorArray(x.dtype, size=count, element_shape=x.shape[1:]).unstack(x) for x in flat]

    def each(what):
        found = iter(what)
        return tf.nest.map_structure(lambda x: None if x is None else next(found), xs)

    # one step tells how many outputs there are, and of which dtypes
    made = []

    def trace(carry, x):
        made.append(f(carry, x)[1])
        return tf.zeros(())

    tf.function(trace, autograph=False).get_concrete_function(
        tf.nest.map_structure(spec, init), each(tf.TensorSpec(x.shape[1:], x.dtype) for x in flat)
    )
    outputs = tf.nest.flatten(made[0])
    stores = [tf.TensorArray(y.dtype, size=count, element_shape=y.shape) for y in outputs]

    def step(i, carry, stores):
        at = count - 1 - i if reverse else i
        carry, y = f(carry, each(r.read(at) for r in rows))
        for new, old in zip(tf.nest.flatten(carry), tf.nest.flatten(init)):
            if tf.is_tensor(new):  # a stateful layer knows its batch, though the data do not tell
                new.set_shape(old.shape)
        return (
            i + 1,
            carry,
            [s.write(at, v) for s, v in zip(stores, tf.nest.flatten(y), strict=True)],
        )

    _, carry, stores = tf.while_loop(
        lambda i, *_: i < count, step, (0, init, stores), maximum_iterations=most(count)
    )
    return carry, tf.nest.pack_sequence_as(made[0], [s.stack() for s in stores])


def laid_out(f, carry, xs, count, reverse):
    """A scan whose steps stand one by one in the graph."""
    outputs = [None] * count
    for i in reversed(range(count)) if reverse else range(count):
        carry, outputs[i] = f(carry, tf.nest.map_structure(lambda x: x if x is None else x[i], xs))  # noqa: B023
    return carry, tf.nest.map_structure(lambda *rows: tf.stack(rows), *outputs)


def spec(x):
    return None if x is None else tf.TensorSpec(x.shape, x.dtype)


CAPTURES = False  # variables alone get gradients that a function takes from outside


def rematerialized(fn, *xs):
    """`fn(*xs)`, computed again by the tape. What is no float stays as it is."""
    if not GRADIENTS.wanted:
        return fn(*xs)
    found = []

    def floating(*floats):
        rest = iter(floats)
        ys = fn(*(next(rest) if x.dtype.is_floating else x for x in xs))
        found.append([None if y.dtype.is_floating else y for y in ys])
        return [y for y in ys if y.dtype.is_floating]

    ys = iter(tf.recompute_grad(floating)(*(x for x in xs if x.dtype.is_floating)))
    return [next(ys) if y is None else y for y in found[0]]


def values_known(x):
    """Whether the elements of `x` can be looked at now."""
    return tf.executing_eagerly()
