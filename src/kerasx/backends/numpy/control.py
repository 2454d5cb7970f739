"""Control flow on NumPy: Python's own."""

AHEAD = (
    True  # a loop over time is quicker where the products with its inputs come before it, as one
)


def custom_gradient(f):
    """Nothing is differentiated here."""
    return lambda *args, **kwargs: f(*args, **kwargs)[0]


CAPTURES = True  # what `rematerialized` functions take from outside gets gradients, too


def rematerialized(fn, *xs):
    """Nothing is kept here."""
    return fn(*xs)


def values_known(x):
    """Whether the elements of `x` can be looked at now."""
    return True
