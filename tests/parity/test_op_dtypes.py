"""The dtype of what each op gives, for every dtype and every pair of dtypes, against genuine Keras.

Keras has two answers to a question: that of its symbols, and that of its tensors on an engine.
Where both say the same, ours say it, too. Where they differ, ours may be either of them or, of
integers, floatx; but our symbols and our tensors agree with each other.
"""

import os
from itertools import product
from operator import attrgetter

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from kerasx import with_backend  # noqa: E402

from ..ops.calls import arrays, filled, flat, named, with_arrays  # noqa: E402
from ..ops.samples import HOST, SAMPLES  # noqa: E402

ENGINE = keras.backend.backend()
ours = with_backend(ENGINE)
DTYPES = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64".split()
NUMBERS = {"int": 2, "float": 1.5}
# What is not there, or computed in 32 bits.
WIDE = {"jax": {"int64", "float64"}, "tensorflow": set()}.get(ENGINE, {"float64"})

# Functions of real numbers that Keras computes in integers where the tensor has these: floatx.
OF_FLOATS = set(
    "erf rsqrt reciprocal cbrt deg2rad rad2deg i0 hypot heaviside histogram corrcoef correlate "
    "relu relu6 hard_tanh sparse_plus sparse_sigmoid leaky_relu threshold hard_shrink soft_shrink "
    "glu moments batch_normalization layer_normalization rms_normalization rfft eig "
    "dot_product_attention image.sobel_edges image.ssim".split()
)
# Ops where Keras is not followed, by engine and reason; each has its line in docs/differences.md.
ALL = "jax numpy tensorflow torch"
REASONS = [
    (ALL, "arctan2", "numbers are tensors of their own dtype in Keras, and weak in ours"),
    ("numpy tensorflow torch", "nextafter kron", "the same"),
    ("numpy", "gcd lcm", "the same"),
    ("numpy", "eig", "complex on every engine"),
    ("jax numpy torch", "psnr", "float32 in Keras, but for tensors of one dtype"),
    (ALL, "image.ssim", "in the wider of two dtypes, as other ops"),
    ("tensorflow", "categorical_crossentropy", "in the wider of two dtypes, as other ops"),
    ("numpy", "unravel_index", "booleans as indices"),
    ("numpy", "clip", "NumPy has no -1 among its bytes"),
    ("tensorflow", "bincount", "floats are refused"),
    ("tensorflow", "scatter", "TensorFlow adds no booleans"),
    ("jax", "fold", "JAX adds no booleans"),
    (
        "torch",
        "clip left_shift right_shift bitwise_left_shift bitwise_right_shift trace conv "
        "depthwise_conv separable_conv conv_transpose max_pool average_pool",
        "int64: computed in 32 bits, as all that computes",
    ),
    ("torch", "matmul tensordot dot inner vdot", "torch has no product of booleans"),
]
DIFFERS = {
    name for engines, names, _ in REASONS if ENGINE in engines.split() for name in names.split()
}

pytestmark = [  # of genuine Keras
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
    pytest.mark.filterwarnings("ignore:.*NotImplemented should not be used"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning"),
]


def given(array, name):
    """`array` in the dtype `name`."""
    array = np.asarray(abs(array)) if name in ("bool", "uint8") else array
    return array.astype(ours.core.dtypes.np_dtype(name))


def varied(call):
    """The places of the arrays that are given other dtypes: those of the kind of the first."""
    kinds = [a.dtype.kind for a in arrays(call)]
    first = kinds[0] if kinds[0] in "fi" else "f"
    return [n for n, kind in enumerate(kinds) if kind == first]


def variants(name):
    """The calls of an op, one for each form of its arguments, in all dtypes; in pairs of them,
    where two tensors are all that it takes."""
    forms, paired = set(), False
    for call in (c for c in SAMPLES[name] if arrays(c)):
        inputs, places = arrays(call), varied(call)
        form = len(inputs), len(call.args), *call.kwargs, *places
        if not places or form in forms:
            continue
        forms.add(form)
        two = len(places) == len(inputs) == 2
        pairs = product(DTYPES, repeat=2)
        for names in pairs if two and not paired else [(d,) * len(places) for d in DTYPES]:
            made = list(inputs)
            for n, dtype in zip(places, names):
                made[n] = given(inputs[n], dtype)
            yield names, filled(call, made)
        if two and not paired and len(call.args) == 2 and not call.kwargs:
            for dtype, number in product(DTYPES, NUMBERS):
                yield (
                    (dtype, number),
                    type(call)((given(inputs[0], dtype), NUMBERS[number]), {}),
                )
        paired |= two


def named_dtypes(outputs):
    return [
        keras.backend.standardize_dtype(y.dtype) if hasattr(y, "dtype") else type(y).__name__
        for y in flat(ours, outputs)
    ]


def of_symbols(symbol, op, call):
    made = with_arrays(lambda a: symbol(a.shape, a.dtype.name), call)
    return named_dtypes(op(*made.args, **made.kwargs))


def of_tensors(convert, op, call):
    tensors = [convert(a, a.dtype.name) for a in arrays(call)]

    def run(*tensors):
        made = filled(call, tensors)
        return op(*made.args, **made.kwargs)

    if ENGINE == "jax":  # traced, so that nothing is compiled
        import jax

        try:
            return named_dtypes(jax.eval_shape(run, *tensors))
        except Exception:  # an op whose shapes hang on values
            return named_dtypes(run(*tensors))
    return named_dtypes(run(*tensors))


def tried(*args, said=None):
    """What it gives, or None where it refuses: engines do so with exceptions of their own, which
    are kept in the list `said`."""
    try:
        return args[0](*args[1:])
    except Exception as e:
        if said is not None:
            said.append(repr(e))
        return None


def complaint(name, names, call):
    """How our dtypes differ from Keras's; None where they do not."""
    theirs, op = attrgetter(name)(keras.ops), named(ours, name)
    symbol, eager = ours.core.symbolic.KerasTensor, ours.backends.current.convert
    said = []
    got = tried(of_symbols, symbol, op, call), tried(of_tensors, eager, op, call, said=said)
    wanted = (
        tried(of_symbols, keras.KerasTensor, theirs, call),
        tried(of_tensors, keras.ops.convert_to_tensor, theirs, call),
    )
    if ENGINE == "jax" and WIDE & set(names):
        return None
    if got[0] != got[1] and got[1] is not None:
        return f"{names}: symbols {got[0]}, tensors {got[1]} (Keras: {wanted})"
    if wanted[1] is None or WIDE & set(names):
        return None
    if name in OF_FLOATS and not all("float" in n for n in names):
        return None
    if got[1] is None:
        return f"{names}: refused: {said} (Keras: {wanted})"
    if wanted[0] == wanted[1] != got[1]:
        return f"{names}: {got[1]} (Keras: {wanted[1]})"
    return None


NAMES = [n for n in SAMPLES if n not in HOST and tried(attrgetter(n), keras.ops)]


@pytest.mark.parametrize("name", NAMES)
def test_dtypes_are_those_of_keras(name):
    with np.errstate(all="ignore"):
        found = [complaint(name, names, call) for names, call in variants(name)]
    found = [c for c in found if c]
    assert bool(found) == (name in DIFFERS), "\n".join(found)  # else it differs no longer
