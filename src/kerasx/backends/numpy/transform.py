"""Transformations of functions on NumPy, which neither differentiates nor compiles."""

from .state import value_and_grad


def pullback(fn, xs):
    return value_and_grad(fn, xs)  # tells why not


def pushforward(fn, xs, dxs):
    return value_and_grad(fn, xs)


compiled = None  # functions run as they are
