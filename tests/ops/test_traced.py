"""PyTorch's `jit_compile=True`: the operations that a call of each op comes to, without Python.

The first sample of each op by default, all of them and their gradients where `exhaustive` is asked
for. What `torch.compile` makes of those operations is PyTorch's: it is tried on a few.
"""

import pytest

from kerasx import with_backend

from .calls import arrays, assert_same, expected, filled, flat, named, tensor, value
from .samples import HOST, SAMPLES, UNSMOOTH, UP_TO_SIGN, valued
from .test_gradients import calls_of, smooth, total
from .test_xla import ones
from .tolerances import close

NAMES = pytest.mark.parametrize("name", [n for n in SAMPLES if n not in HOST and SAMPLES[n]])


@pytest.fixture(scope="module")
def kx(request):
    """The library on PyTorch, where that is among the engines."""
    if "torch" not in request.config.engines:
        pytest.skip("torch is not among the engines asked for")
    return with_backend("torch")


@pytest.fixture
def uncompiled(monkeypatch):
    """The operations of a step are run as they are."""
    import torch

    monkeypatch.setattr(torch, "compile", lambda graph, **_: graph)


def traced(kx, step, inputs):
    return kx.backends.current.compile_step(step, [], jit=True)(*inputs)


def assert_traced(kx, reference, name, places):
    op, calls = named(kx, name), [SAMPLES[name][n] for n in places]

    def step(*inputs):
        made = [filled(call, tensors) for call, tensors in zip(calls, inputs)]
        return [flat(kx, op(*m.args, **m.kwargs)) for m in made]

    inputs = [[tensor(kx, a) for a in arrays(call)] for call in calls]
    for n, got in zip(places, traced(kx, step, inputs) if calls else ()):
        assert_same(kx, got, expected(reference, name)[n], signed=name not in UP_TO_SIGN)


def places_of(name):
    return [n for n, call in enumerate(SAMPLES[name]) if not valued(name, call)]


@NAMES
def test_its_operations_are_found(kx, reference, uncompiled, name):
    assert_traced(kx, reference, name, places_of(name)[:1])


@pytest.mark.exhaustive
@NAMES
def test_the_operations_of_all_samples_are_found(kx, reference, uncompiled, name):
    assert_traced(kx, reference, name, places_of(name))


@pytest.mark.exhaustive
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of PyTorch's compiler
@pytest.mark.parametrize("name", ["gelu", "softmax", "conv", "layer_normalization", "image.resize"])
def test_its_operations_are_compiled(kx, reference, name):
    assert_traced(kx, reference, name, places_of(name)[:1])


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [n for n in SAMPLES if n not in {*UNSMOOTH, *HOST}])
def test_the_operations_of_its_gradient_are_found(kx, uncompiled, name):
    import torch

    calls = [call for call in calls_of(name) if smooth(call) and not valued(name, call)]

    def step(*inputs):
        found = []
        for call, tensors in zip(calls, inputs):
            sources = [tensors[n].detach().requires_grad_() for n in smooth(call)]
            rest = iter(sources)
            given = [next(rest) if n in smooth(call) else t for n, t in enumerate(tensors)]
            y = total(kx, name, call, given, ones)
            found.append(
                torch.autograd.grad(y, sources, materialize_grads=True)
                if y is not None and y.requires_grad
                else ()
            )
        return found

    inputs = [[tensor(kx, a) for a in arrays(call)] for call in calls]
    for got, wanted in zip(traced(kx, step, inputs) if calls else (), step(*inputs)):
        assert len(got) == len(wanted)
        for y, z in zip(got, wanted):
            close("engines", value(kx, y), value(kx, z.detach()))
