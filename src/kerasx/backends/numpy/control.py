"""Control flow on NumPy: Python's own."""


def custom_gradient(f):
    """Nothing is differentiated here."""
    return lambda *args, **kwargs: f(*args, **kwargs)[0]
