"""What ops refuse, and how: with the kinds of exceptions that Keras has.

Where shapes do not fit, tensors are refused by the engine, with exceptions of its own; symbols say
it in Keras's way.
"""

import pytest

from .calls import named, run
from .samples import c, f, i
from .test_generic import symbols

VALUE, INDEX = ValueError, (ValueError, IndexError)
ENGINES_OWN = Exception
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
    ("histogram", c(f(3), 0), VALUE),
    ("ldexp", c(f(2), f(2)), TypeError),
]


@pytest.mark.parametrize(("name", "call", "error"), REFUSED, ids=[row[0] for row in REFUSED])
def test_it_is_refused(kx, name, call, error):
    op = named(kx, name)
    with pytest.raises(ENGINES_OWN):
        run(kx, op, call)
    made = symbols(kx, call, lambda n, axis: False)
    with pytest.raises(error):
        op(*made.args, **made.kwargs)
