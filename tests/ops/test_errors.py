"""What ops refuse, and how: with the kinds of exceptions that Keras has, of symbols and of tensors.

Where an engine refuses tensors with an exception of its own, that is the cause of ours.
"""

from contextlib import suppress
from itertools import product

import numpy as np
import pytest

from .calls import arrays, filled, named, run, tensor
from .samples import HOST, SAMPLES, Call, c, f, i
from .test_generic import symbols

VALUE, INDEX = ValueError, (ValueError, IndexError)
REFUSED = [
    # -- axes
    ("transpose", c(f(2, 3), (0, 0)), VALUE),
    ("transpose", c(f(2, 3), (0,)), VALUE),
    ("expand_dims", c(f(2), 3), VALUE),
    ("squeeze", c(f(2, 1), 0), VALUE),
    ("sum", c(f(2, 3), 2), VALUE),
    ("max", c(f(2, 3), (0, 0)), VALUE),
    ("moveaxis", c(f(2, 3), 2, 0), VALUE),
    ("take", c(f(2, 3), i(2), 2), VALUE),
    ("glu", c(f(3)), VALUE),
    ("diagonal", c(f(2, 2), 0, 0, 0), VALUE),
    # -- shapes that do not fit
    ("add", c(f(2), f(3)), VALUE),
    ("where", c(i(2), f(3), f(2)), VALUE),
    ("matmul", c(f(2, 3), f(2, 3)), VALUE),
    ("tensordot", c(f(2, 3), f(2, 3), 1), VALUE),
    ("concatenate", c([f(2, 3), f(2, 2)], 0), VALUE),
    ("stack", c([f(2), f(3)]), VALUE),
    ("broadcast_to", c(f(3), (2, 2)), VALUE),
    ("einsum", c("ij,jk->ik", f(2, 3), f(2, 3)), VALUE),
    ("einsum", c("ij", f(2)), VALUE),
    ("psnr", c(f(2, 3), f(3), 1.0), VALUE),
    ("cross", c(f(2, 4), f(2, 4)), VALUE),
    ("corrcoef", c(f(2, 2, 2)), VALUE),
    ("diag", c(f(2, 2, 2)), VALUE),
    ("vander", c(f(2, 2)), VALUE),
    ("searchsorted", c(f(2, 2), f(2)), VALUE),
    ("cholesky", c(f(2, 3)), VALUE),
    ("inv", c(f(3)), VALUE),
    ("solve", c(f(2, 2), f(3)), VALUE),
    ("categorical_crossentropy", c(f(2, 3), f(2, 4)), VALUE),
    ("binary_crossentropy", c(f(2, 3), f(2, 4)), VALUE),
    ("sparse_categorical_crossentropy", c(i(3), f(2, 4)), VALUE),
    ("conv", c(f(1, 5, 3), f(2, 2, 4)), VALUE),
    ("get_item", c(f(2), (0, 0)), INDEX),
    # -- words and numbers
    ("scatter_update", c(f(2), i(1, 1), f(1), "sub"), VALUE),
    ("searchsorted", c(f(2), f(2), "middle"), VALUE),
    ("quantile", c(f(2), 0.5, method="best"), VALUE),
    ("correlate", c(f(3), f(2), "all"), VALUE),
    ("image.resize", c(f(1, 2, 2, 1), (2, 2), "cubist"), VALUE),
    ("image.resize", c(f(2, 2), (2, 2)), VALUE),
    ("diff", c(f(3), -1), VALUE),
    ("tile", c(f(3), -1), VALUE),
    ("repeat", c(f(3), -1), VALUE),
    ("histogram", c(f(3), 0), VALUE),
    ("ldexp", c(f(2), f(2)), TypeError),
]


@pytest.mark.parametrize(("name", "call", "error"), REFUSED, ids=[row[0] for row in REFUSED])
def test_it_is_refused(kx, name, call, error):
    op = named(kx, name)
    with pytest.raises((ValueError, TypeError)):
        run(kx, op, call)
    made = symbols(kx, call, lambda n, axis: False)
    with pytest.raises(error):
        op(*made.args, **made.kwargs)


def changed(array, how):
    """`array` with an axis more, an axis less, a longer last axis, or another dtype."""
    if how == "rank":
        return array[None, None]
    if how == "less":
        return array[0] if array.ndim and len(array) else array[None]
    if how == "size":
        return np.concatenate([array, array[..., :1]], -1) if array.size and array.ndim else array
    return array.astype("complex64" if how == "complex" else "bool")


def spoiled(call):
    """Calls like `call` that are mostly wrong: in one tensor each, and in one number."""
    inputs = arrays(call)
    for n, how in product(range(len(inputs)), ("rank", "less", "size", "complex", "bool")):
        made = [changed(a, how) if k == n else a for k, a in enumerate(inputs)]
        yield filled(call, made)
    for n, arg in enumerate(call.args):
        if type(arg) is int:
            for wrong in (17, -17, "word"):
                yield Call((*call.args[:n], wrong, *call.args[n + 1 :]), call.kwargs)


USUAL = "add sum reshape concatenate take matmul conv max_pool softmax solve zeros one_hot".split()
NAMES = [
    pytest.param(n, marks=() if n in USUAL else pytest.mark.exhaustive)
    for n in SAMPLES
    if n not in HOST and SAMPLES[n]
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_a_value_or_type_error(kx, name):
    """Whatever the engine raises of it, where it does."""
    for call in spoiled(SAMPLES[name][0]):
        with suppress(ValueError, TypeError, NotImplementedError):
            run(kx, named(kx, name), call)


def test_the_engines_own_error_is_the_cause(kx):
    words = r"sizes of the axes to sum over|mismatch|contracting"
    with pytest.raises((ValueError, TypeError), match=words):
        kx.ops.matmul(*(tensor(kx, f(2, 3)) for _ in range(2)))
    if kx.backends.current.NAME in ("torch", "tensorflow"):
        with pytest.raises(ValueError, match="do not broadcast: 2 meets 3") as caught:
            kx.ops.add(tensor(kx, f(2)), tensor(kx, f(3)))
        assert type(caught.value.__cause__) in kx.backends.current.REFUSALS


def test_a_place_that_is_not_there_is_an_index_error_too(kx):
    for key in (5, (0, 0)):
        if kx.backends.current.NAME == "jax" and key == 5:  # JAX takes the last one
            continue
        with pytest.raises(IndexError) as caught:
            kx.ops.get_item(tensor(kx, f(2)), key)
        assert isinstance(caught.value, ValueError)


def test_errors_of_users_functions_pass(kx):
    def fails(x):
        raise RuntimeError("of the user's own")

    with pytest.raises(RuntimeError, match="of the user's own"):
        kx.ops.map(fails, tensor(kx, f(2)))
