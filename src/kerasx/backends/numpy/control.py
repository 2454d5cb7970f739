"""Control flow on NumPy: Python's own."""

AHEAD = (
    True  # a loop over time is quicker where the products with its inputs come before it, as one
)


def custom_gradient(f):
    """Nothing is differentiated here."""
    return lambda *args, **kwargs: f(*args, **kwargs)[0]
