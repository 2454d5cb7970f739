"""check_layer: what every layer must do, checked on the engine that the library is bound to."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from .. import ops
from ..backends import current as backend
from ..core import dtypes, tree
from ..core.masks import get_mask, set_mask
from ..core.scope import quietly
from ..core.symbolic import KerasTensor
from ..layers import Input
from ..layers.call import build_parameters, call_signature, has_arrays, shapes_of
from ..layers.layer import Layer
from ..models import Model, load_model
from .run import expect_instance, run_checks
from .sample import (
    LayerSample,
    assert_close,
    at_once,
    is_float,
    numpy_of,
    specs,
    training,
)

COARSE = {"rtol": 0.1, "atol": 0.1}  # for 16-bit floats


# -- Checks -------------------------------------------------------------------------------------
def config_makes_an_equal_layer(sample: LayerSample) -> None:
    """What from_config(get_config()) makes, through JSON, has the same config and function."""
    text = json.dumps(sample.config)
    again = type(sample.layer).from_config(json.loads(text))
    assert json.dumps(again.get_config()) == text, (
        f"from_config(get_config()) gives another config than {text}"
    )
    with quietly():
        sample.layer(sample.symbols(), **sample.call)
    sample.layer.set_weights(sample.called[0].get_weights())
    assert_close(
        sample.run(sample.layer),
        sample.outputs,
        "with the same weights, a layer made from the config differs",
    )


def call_builds(sample: LayerSample) -> None:
    """The first call makes the variables, each with a path of its own; the second makes none."""
    layer = sample.called[0]
    assert layer.built, "a call leaves built=False"
    paths = [v.path for v in layer.weights]
    assert len(set(paths)) == len(paths), f"two weights have the same path: {paths}"
    once = sample.built()
    assert len(layer.variables) == len(once.variables), "calls make more variables than building"


def symbols_foretell_shape_and_dtype(sample: LayerSample) -> None:
    """KerasTensors give the shapes and dtypes that tensors give, and make the same weights."""
    layer = sample.copy()
    with quietly():
        foretold = specs(layer(sample.symbols(), **sample.call))
        later = specs(layer(sample.symbols(), **sample.call))
        before = numpy_of([v.value for v in layer.variables])
        layer(sample.symbols((0,)), **(training(layer) | sample.call))
    got = specs(sample.outputs)
    assert foretold == got, f"for KerasTensors {foretold}, but for tensors {got}"
    assert later == got, f"for KerasTensors, once it is built, {later}, but for tensors {got}"
    assert_close([v.value for v in layer.variables], before, "KerasTensors changed a variable")
    names = [[v.path for v in one.weights] for one in (layer, sample.called[0])]
    assert names[0] == names[1], f"KerasTensors make the weights {names[0]}, tensors {names[1]}"


def batch_may_be_unknown(sample: LayerSample) -> None:
    """KerasTensors of unknown batch size give outputs of which the batch alone is unknown."""
    layer = sample.copy()
    with quietly():
        foretold = specs(layer(sample.symbols((0,)), **sample.call))
    got = specs(sample.outputs)
    for (shape, dtype), (known, real) in zip(foretold, got, strict=True):
        fits = len(shape) == len(known) and all(a in (None, b) for a, b in zip(shape, known))
        assert fits and dtype == real, (
            f"for a batch of unknown size {foretold}, but for tensors {got}"
        )
        assert not shape or None not in shape[1:], (
            f"the batch alone is unknown, but the output is {shape}"
        )


def compute_output_shape_is_right(sample: LayerSample) -> None:
    """compute_output_shape() gives the shapes of the outputs."""
    layer = sample.called[0]
    foretell = type(layer).compute_output_shape
    shapes = {n: shapes_of(x) for n, x in sample.call.items() if has_arrays(x)}
    first = tree.map_structure(lambda x: x.shape, sample.arrays)
    if foretell is Layer.compute_output_shape:  # it takes what `call` takes
        others = {n: x for n, x in sample.call.items() if n not in shapes}
        said = layer.compute_output_shape(first, *shapes.values(), **others)
    else:
        known = sample.call | {f"{n}_shape": shape for n, shape in shapes.items()}
        wanted = build_parameters(foretell)
        said = layer.compute_output_shape(first, **{n: known[n] for n in wanted if n in known})
    said, got = tree.map_shape_structure(tuple, said), shapes_of(sample.outputs)
    assert said == got, f"compute_output_shape gives {said}, a call {got}"


def compiled_is_equal(sample: LayerSample) -> None:
    """Two compiled calls of a layer that KerasTensors built give what eager ones of another do."""
    layer = sample.built()
    step = backend.compile_step(lambda x: layer(x, **sample.call), layer.variables, jit=backend.JIT)
    for count, want in zip(("first", "second"), sample.called[1]):
        assert_close(step(sample.inputs), want, f"in the {count} call, compiled outputs differ")


def stateless_call_changes_nothing(sample: LayerSample) -> None:
    """stateless_call() gives what a call gives, and leaves the variables as they are."""
    layer = sample.built()
    before = numpy_of([v.value for v in layer.variables])
    values = [
        [v.value for v in vs] for vs in (layer.trainable_variables, layer.non_trainable_variables)
    ]
    got, after = layer.stateless_call(*values, sample.inputs, **sample.call)
    assert_close(got, sample.outputs, "stateless_call and a call differ")
    assert len(after) == len(values[1]), (
        "stateless_call gives another number of non-trainable variables"
    )
    assert_close([v.value for v in layer.variables], before, "stateless_call changed a variable")


def shift(layer: Layer) -> None:
    """Give float weights values that no initializer gives."""
    for variable in layer.weights:
        if dtypes.is_float(variable.dtype):
            variable.assign(variable.value + 0.01)


def weights_can_be_moved(sample: LayerSample) -> None:
    """get_weights() and set_weights() carry the function over; save_own_variables(), too."""
    first, second, third = (sample.built() for _ in range(3))
    shift(first)
    store: dict[str, Any] = {}
    first.save_own_variables(store)
    second.set_weights(first.get_weights())
    want = sample.run(first)
    assert_close(
        sample.run(second), want, "get_weights and set_weights do not carry the function over"
    )
    if not first._layers:
        third.load_own_variables(store)
        assert_close(
            sample.run(third), want, "save_own_variables and load_own_variables lose something"
        )


def seeds_repeat(sample: LayerSample) -> None:
    """From one seed, training gives the same outputs and state again, eager and compiled."""
    first = sample.copy()
    want = sample.run(first, **training(first))
    state = numpy_of([v.value for v in first.non_trainable_variables])
    if backend.TRAINS and sample.trained is not None:
        got, after = sample.trained.outputs, sample.trained.state
    else:
        second = sample.built()
        got = sample.run(second, **training(second))
        after = numpy_of([v.value for v in second.non_trainable_variables])
    assert_close(got, want, "the same seed gives other weights or other outputs")
    assert_close(after, state, "the same seed leaves another state")


def gradients_flow(sample: LayerSample) -> None:
    """Gradients reach each input and each weight that trains, and are finite numbers."""
    if not backend.TRAINS or sample.trained is None:
        return
    for path, steps in sample.trained.gradients.items():
        assert all(g is not None for g in steps), f"no gradient reaches {path}"
        assert all(np.isfinite(g).all() for g in steps), f"the gradient of {path} is not finite"
        assert path.startswith("input ") or any(map(np.any, steps)), (
            f"the gradient of {path} is zero everywhere"
        )


def training_lowers_a_loss(sample: LayerSample) -> None:
    """Four steps of Adam bring the outputs nearer to others."""
    if not backend.TRAINS or sample.trained is None:
        return
    layer, losses = sample.trained.layer, sample.trained.losses
    if not layer.trainable_variables:
        return
    before, after = losses[0], losses[-1]
    if training(layer) and not layer.non_trainable_weights and layer.non_trainable_variables:
        # it draws in training; what has statistics is another function after each step, but there
        before, after = (
            float(ops.convert_to_numpy(sample.loss(y))) for y in (sample.outputs, sample.run(layer))
        )
    assert after < before, f"four steps of training bring a loss from {before} to {after}"


def frozen_it_keeps_its_weights(sample: LayerSample) -> None:
    """With trainable=False no variable trains; afterwards the same ones do as before."""
    layer = sample.built()
    before = [v.path for v in layer.trainable_variables]
    layer.trainable = False
    left = [v.path for v in layer.trainable_variables]
    assert not left, f"with trainable=False, {left} train"
    assert len(layer.weights) == len(sample.called[0].weights), "with trainable=False, weights go"
    layer.trainable = True
    again = [v.path for v in layer.trainable_variables]
    assert again == before, f"frozen and thawed, {again} train; before, {before}"


def mixed_precision_keeps_its_dtypes(sample: LayerSample) -> None:
    """Under a mixed policy, outputs are 16-bit floats and near to others; weights are float32."""
    if not sample.is_float:
        return
    layers, foretold = {}, []
    for policy in ("mixed_bfloat16", "mixed_float16"):
        layers[policy] = layer = sample.copy(policy)
        with quietly():
            foretold.append(specs(layer(sample.symbols(), **sample.call)))

    def run(x: Any) -> list[tuple[Any, Any]]:
        return [
            (layer(x, **sample.call), layer(x, **(training(layer) | sample.call)))
            for layer in layers.values()
        ]

    run = at_once(run, [v for layer in layers.values() for v in layer.variables])
    for policy, symbols, (got, trained) in zip(layers, foretold, run(sample.inputs)):
        dtype = policy.removeprefix("mixed_")
        for y, z in zip(tree.flatten(got), tree.flatten(sample.outputs), strict=True):
            expected = dtype if is_float(z) else ops.dtype(z)
            assert ops.dtype(y) == expected, (
                f"under {policy} the output is {ops.dtype(y)}, not {expected}"
            )
        assert symbols == specs(got), f"under {policy}, KerasTensors differ"
        assert_close(got, sample.outputs, f"under {policy} the output is another", **COARSE)
        assert all(np.isfinite(y).all() for y in numpy_of(trained)), (
            f"under {policy}, what training gives is not finite"
        )
        floats = [v for v in layers[policy].weights if dtypes.is_float(v.dtype)]
        wrong = [v.path for v in floats if v.dtype != "float32"]
        assert not wrong, f"under {policy} {wrong} are not float32"


def masks_pass(sample: LayerSample) -> None:
    """What supports masks gives outputs the masks of compute_mask(), tensors and symbols alike."""
    layer, x = sample.built(), sample.inputs
    if not layer.supports_masking or tree.is_nested(x) or x.ndim < 3:
        return
    hidden = np.ones(x.shape[:2], bool)
    hidden[:, -1] = False

    def masked(x: Any, mask: Any) -> tuple[Any, Any]:
        set_mask(x, mask)
        outputs = layer(x, **sample.call)
        return [get_mask(y) for y in tree.flatten(outputs)], layer.compute_mask(x, mask)

    def flat(masks: Any) -> list[Any]:
        found = tree.flatten(masks) if isinstance(masks, (list, tuple)) else [masks]
        return [m for m in found if m is not None]

    got, want = at_once(masked, layer.variables)(x, ops.convert_to_tensor(hidden))
    what = "the output's mask is not what compute_mask gives"
    assert len(flat(got)) == len(flat(want)), what
    assert_close(flat(got), flat(want), what)
    for y, m in zip(tree.flatten(sample.outputs), got):
        assert m is None or y.shape[: m.ndim] == m.shape, (
            f"an output of shape {tuple(y.shape)} gets a mask of shape {tuple(m.shape)}"
        )
    with quietly():
        foretold = masked(sample.symbols(), KerasTensor(hidden.shape, "bool"))[0]
    assert [m is None for m in foretold] == [m is None for m in got], (
        "KerasTensors get masks where tensors do not, or the other way round"
    )


def placeholders(sample: LayerSample) -> Any:
    """Inputs of a model, like those of a sample."""
    return tree.map_structure(
        lambda x: Input(batch_shape=x.shape, dtype=ops.dtype(ops.convert_to_tensor(x))),
        sample.arrays,
    )


class Outer(Layer):
    """A layer of a user's, around another."""

    def __init__(self, inner: Layer):
        super().__init__()
        self.parts = {"inner": [inner]}

    def call(self, inputs: Any, **kwargs: Any) -> Any:
        return self.parts["inner"][0](inputs, **kwargs)


def it_can_stand_in_others(sample: LayerSample) -> None:
    """In a list of another layer it gives the same, and its variables are the other's, too."""
    outer = Outer(sample.copy())
    assert_close(sample.run(outer), sample.outputs, "in another layer, it gives something else")
    inner = outer.parts["inner"][0]
    for kind in ("weights", "trainable_variables", "non_trainable_variables"):
        own, all_of_them = ([v.path for v in getattr(x, kind)] for x in (inner, outer))
        assert own == all_of_them, f"the {kind} of a layer around it are {all_of_them}, not {own}"
    strays = [v.path for v in inner.weights if not v.path.startswith(f"{outer.name}/")]
    assert not strays, f"in the layer {outer.name}, weights are called {strays}"


def files_keep_it(sample: LayerSample) -> None:
    """Saved in a model that stands in a model, and loaded, it gives the same."""
    if has_arrays(sample.call):
        return  # arrays among the arguments of a call have no place in a file
    inputs, outputs = (placeholders(sample) for _ in range(2))
    inner = Model(inputs, sample.copy()(inputs, **sample.call))
    model = Model(outputs, inner(outputs))
    shift(model)
    kinds = {type(sample.layer).__name__: type(sample.layer)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = load_model(path, custom_objects=kinds)
    assert_close(
        again(sample.inputs), model(sample.inputs), "saved in a model and loaded, it differs"
    )


CHECKS: tuple[Callable[[LayerSample], None], ...] = (
    config_makes_an_equal_layer,
    call_builds,
    symbols_foretell_shape_and_dtype,
    batch_may_be_unknown,
    compute_output_shape_is_right,
    compiled_is_equal,
    stateless_call_changes_nothing,
    weights_can_be_moved,
    seeds_repeat,
    gradients_flow,
    training_lowers_a_loss,
    frozen_it_keeps_its_weights,
    mixed_precision_keeps_its_dtypes,
    masks_pass,
    it_can_stand_in_others,
    files_keep_it,
)


def check_layer(
    layer: Layer, inputs: Any, call: dict[str, Any] | None = None, without: Any = ()
) -> None:
    """Checks that a layer does what every layer must; AssertionError says what it does not.

        check_layer(MyLayer(3), (2, 5, 4))

    It must be built by its first call, on KerasTensors as on tensors; give the same eager,
    compiled, stateless, in mixed precision, in other layers, and when its config or file is
    loaded; repeat itself from a seed; hand on masks as it says; let gradients through, and learn.

    Args:
        layer: the layer; its config must make an equal one.
        inputs: what it is called on: arrays, or shapes of random ones, in the structure that it
            takes.
        call: more arguments of the call, by name.
        without: names of checks to leave out (see `CHECKS`).
    """
    expect_instance("check_layer", layer, Layer)
    run_checks("check_layer", CHECKS, LayerSample(layer, inputs, call), layer, without)
