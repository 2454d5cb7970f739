"""What must hold of every op, over the whole table of samples.

An op is one test, with all its samples: compiling them together is what keeps this quick.
"""

import sys
from pathlib import Path

import pytest

from kerasx import with_backend

from .calls import (
    arrays,
    assert_same,
    dtype_of,
    expected,
    filled,
    flat,
    known_as,
    named,
    run,
    tensor,
    value,
    with_arrays,
)
from .samples import HOST, SAMPLES, SHAPED, SIZED, UP_TO_SIGN, Call, valued
from .tolerances import TOLERANCES

INNER = ("convolve", "convolve_onto", "convolve_transposed")  # not of the public API
NAMES = pytest.mark.parametrize("name", SAMPLES)


@NAMES
def test_engines_agree(kx, reference, name):
    op = named(kx, name)
    for n, (call, wanted) in enumerate(zip(SAMPLES[name], expected(reference, name))):
        if n and kx.backends.current.NAME == "jax" and not valued(name, call):
            continue  # JAX compiles each call: these are seen when compiled together, below
        assert_same(kx, run(kx, op, call), wanted, signed=name not in UP_TO_SIGN)


@NAMES
def test_all_but_the_first_argument_may_be_keywords(kx, name):
    declaration = getattr(named(kx, name), "declaration", None)
    parameters = list(declaration.signature.parameters.values()) if declaration else []
    if any(p.kind in (p.VAR_POSITIONAL, p.POSITIONAL_ONLY) for p in parameters):
        return
    call = next((c for c in SAMPLES[name] if len(c.args) > 1), None)
    if call and parameters and name not in INNER:
        names = [p.name for p in parameters]
        run(
            kx,
            named(kx, name),
            Call(call.args[:1], dict(zip(names[1:], call.args[1:])) | call.kwargs),
        )


def symbols(kx, call, hidden):
    """`call` with symbols for arrays; `hidden(n, axis)` says which sizes they do not know."""
    n = iter(range(99))

    def symbol(a):
        k = next(n)
        shape = tuple(None if hidden(k, axis) else d for axis, d in enumerate(a.shape))
        return kx.core.symbolic.KerasTensor(shape, a.dtype.name)

    return with_arrays(symbol, call)


@NAMES
def test_symbols_foretell_shape_and_dtype(kx, reference, name):
    op = named(kx, name)
    for call, wanted in zip(SAMPLES[name], expected(reference, name)):
        if not arrays(call) or name in HOST:
            continue
        for hidden in (lambda n, axis: False, lambda n, axis: axis == n == 0, lambda n, axis: True):
            whole = not hidden(0, 0)
            if not whole and name in SIZED:
                continue
            made = symbols(kx, call, hidden)
            got = flat(kx, op(*made.args, **made.kwargs))
            assert len(got) == len(wanted)
            for symbol, y in zip(got, wanted):
                assert len(symbol.shape) == y.ndim, f"{symbol} for {y.shape}"
                assert all(d in (None, n) for d, n in zip(symbol.shape, y.shape)), (
                    f"{symbol} for {y.shape}"
                )
                assert symbol.dtype in known_as(kx, dtype_of(kx, y))
                assert not whole or valued(name, call) or None not in symbol.shape, (
                    f"{symbol} for {y.shape}"
                )


@NAMES
def test_an_override_equals_the_body(kx, name):
    declaration = getattr(named(kx, name), "declaration", None)
    if declaration is None or not (declaration.derived and declaration.native):
        return
    body = declaration.bind(declaration.fn)
    for call in SAMPLES[name]:
        wanted = [value(kx, y) for y in run(kx, body, call)]
        assert_same(kx, run(kx, declaration.call, call), wanted)


@NAMES
def test_compiled_equals_eager(kx, reference, name):
    backend = kx.backends.current
    if backend.NAME in ("numpy", "torch"):
        return  # eager engines: a step runs as it is
    op = named(kx, name)
    sized = backend.NAME == "jax"  # what JAX compiles has sizes; TensorFlow's graphs need none
    chosen = [
        n
        for n, call in enumerate(SAMPLES[name])
        if name not in HOST and not (sized and valued(name, call))
    ]
    calls = [SAMPLES[name][n] for n in chosen]
    inputs = [[tensor(kx, a) for a in arrays(call)] for call in calls]

    def step(*inputs):
        made = [filled(call, tensors) for call, tensors in zip(calls, inputs)]
        return [flat(kx, op(*m.args, **m.kwargs)) for m in made]

    outputs = backend.compile_step(step, [])(*inputs)
    for n, got in zip(chosen, outputs):
        assert_same(kx, got, expected(reference, name)[n], signed=name not in UP_TO_SIGN)


@pytest.mark.parametrize("name", [n for n in SAMPLES if n not in SIZED | SHAPED | HOST])
def test_sizes_may_be_unknown_until_tensorflow_runs(reference, name, request):
    if "tensorflow" not in request.config.engines:
        pytest.skip("tensorflow is not among the engines asked for")
    import tensorflow as tf

    kx = with_backend("tensorflow")
    op = named(kx, name)
    chosen = [
        n
        for n, c in enumerate(SAMPLES[name])
        if arrays(c) and arrays(c)[0].ndim and not valued(name, c)
    ]
    calls = [SAMPLES[name][n] for n in chosen]

    def step(*inputs):
        made = [filled(call, tensors) for call, tensors in zip(calls, inputs)]
        return [flat(kx, op(*m.args, **m.kwargs)) for m in made]

    def spec(a, hidden):
        return tf.TensorSpec((None, *a.shape[1:]) if hidden else a.shape, a.dtype)

    inputs = [[tensor(kx, a) for a in arrays(call)] for call in calls]
    signature = [[spec(a, not n) for n, a in enumerate(arrays(call))] for call in calls]
    outputs = (
        tf.function(step, input_signature=signature, autograph=False)(*inputs) if calls else []
    )
    for n, got in zip(chosen, outputs):
        assert_same(kx, got, expected(reference, name)[n], signed=name not in UP_TO_SIGN)


def test_every_op_has_a_row_of_samples(reference):
    declared = {d.name: d.fn.__module__ for d in reference.core.op.DECLARATIONS}
    public = {n for n, m in declared.items() if n in getattr(sys.modules[m], "__all__", ())}
    loops = set(reference.ops.control.__all__)  # ops of functions: in test_control
    seen = {name.rpartition(".")[2] for name in SAMPLES}
    assert sorted(public - loops - seen) == []


ENOUGH = 4
# Ops with fewer samples: primitives under public ops, whose samples are theirs, too.
UNDER = {
    "conv": "convolve convolve_onto",
    "conv_transpose": "convolve_transposed",
    "max_pool": "pool_max",
    "average_pool": "pool_mean",
    "layer_normalization": "center_last scale_last",
    "sparse_categorical_crossentropy": "label_crossentropy",
    "dot_product_attention": "attend attend_flash",
    "lstm": "lstm_plain",
    "gru": "gru_plain",
}


def test_every_op_has_samples_enough():
    few = {name for name, calls in SAMPLES.items() if len(calls) < ENOUGH}
    assert few == {name for names in UNDER.values() for name in names.split()}
    assert all(len(SAMPLES[name]) >= ENOUGH for name in UNDER)


def test_tolerances_are_the_published_ones():
    text = (Path(__file__).parents[2] / "docs" / "differences.md").read_text()
    table = text.partition("## Tolerances")[2].partition("\n## ")[0]
    rows = [row.strip("| ").split(" | ") for row in table.splitlines() if row.startswith("|")]
    found = [tuple(row[-3:]) for row in rows[2:]]
    wanted = [
        (dtype, str(relative), str(absolute))
        for dtypes in TOLERANCES.values()
        for dtype, (relative, absolute) in dtypes.items()
    ]
    assert found == wanted


def test_each_engine_has_each_primitive_or_says_why_not(kx):
    backend = kx.backends.current
    declarations = kx.core.op.DECLARATIONS
    missing = {d.name for d in declarations if not d.derived and not d.native}
    assert missing == set(backend.UNSUPPORTED)
    assert all(backend.UNSUPPORTED.values())


def test_no_name_that_a_backend_imports_is_taken_for_an_op(kx):
    """A backend's names are its table of ops: `from math import prod` would be one of them."""
    homes = {
        d.name: (getattr(d.native, "__module__", None) or "").partition(".")[0]
        for d in kx.core.op.DECLARATIONS
        if d.native
    }
    assert not {name: home for name, home in homes.items() if home in sys.stdlib_module_names}


def test_no_primitive_is_on_no_engine(reference):
    assert not [d.name for d in reference.core.op.DECLARATIONS if not d.derived and not d.native]
