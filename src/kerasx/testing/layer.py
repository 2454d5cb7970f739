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
from ..core.variable import Variable
from ..layers import Input
from ..layers.call import call_signature
from ..layers.layer import Layer
from ..models import Model, load_model
from ..optimizers import Adam
from ..random.seed import set_random_seed

COARSE = {"rtol": 0.1, "atol": 0.1}  # for 16-bit floats


class LayerSample:
    """A layer, and inputs to call it on: what each check is given.

    layer: the layer; checks work on copies of it, made from its config.
    inputs: a structure of arrays; shapes stand for random numbers of mean 0 and variance 1.
    call: more arguments of the call, by name.
    """

    def __init__(self, layer: Layer, inputs: Any, call: dict[str, Any] | None = None):
        rng = np.random.default_rng(0)

        def drawn(shape: Any) -> np.ndarray:
            return rng.normal(size=shape).astype("float32")

        self.layer, self.call = layer, call or {}
        holds_shapes = all(isinstance(x, int) for x in tree.flatten(inputs))
        self.arrays = tree.map_shape_structure(drawn, inputs) if holds_shapes else inputs
        self.arrays = tree.map_structure(np.asarray, self.arrays)

    @property
    def inputs(self) -> Any:
        """The inputs as tensors."""
        return tree.map_structure(ops.convert_to_tensor, self.arrays)

    def symbols(self, unknown: tuple[int, ...] = ()) -> Any:
        """The inputs as KerasTensors, with None in place of the sizes of some axes."""

        def symbol(x: np.ndarray) -> KerasTensor:
            shape = [None if axis in unknown else n for axis, n in enumerate(x.shape)]
            return KerasTensor(shape, ops.dtype(ops.convert_to_tensor(x)))

        return tree.map_structure(symbol, self.arrays)

    def copy(self, **changes: Any) -> Layer:
        """A new layer of the same config."""
        set_random_seed(1)
        return type(self.layer).from_config(self.layer.get_config() | changes)

    def run(self, layer: Layer, **more: Any) -> Any:
        """A call on the inputs."""
        return layer(self.inputs, **(self.call | more))

    @property
    def is_float(self) -> bool:
        """Whether all inputs are floats."""
        return all(dtypes.is_float(dtypes.name_of(x)) for x in tree.flatten(self.arrays))


def numpy_of(structure: Any) -> list[np.ndarray]:
    """The tensors of a structure, as arrays; 16-bit floats as float32."""
    arrays = [ops.convert_to_numpy(x) for x in tree.flatten(structure) if x is not None]
    return [a.astype("float32") if a.dtype.name in ("float16", "bfloat16") else a for a in arrays]


def assert_close(got: Any, want: Any, what: str, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """AssertionError where two structures of tensors differ."""
    for a, b in zip(numpy_of(got), numpy_of(want), strict=True):
        np.testing.assert_allclose(a, b, rtol, atol, err_msg=what)


def specs(structure: Any) -> list[tuple[Any, str]]:
    """(shape, dtype) of each tensor of a structure."""
    return [(tuple(x.shape), ops.dtype(x)) for x in tree.flatten(structure) if x is not None]


# -- Checks -------------------------------------------------------------------------------------
def config_makes_an_equal_layer(sample: LayerSample) -> None:
    config = sample.layer.get_config()
    text = json.dumps(config)
    again = type(sample.layer).from_config(json.loads(text))
    assert json.dumps(again.get_config()) == text, (
        f"from_config(get_config()) gives another config than {text}"
    )


def call_builds(sample: LayerSample) -> None:
    layer = sample.copy()
    sample.run(layer)
    assert layer.built, "a call leaves built=False"
    paths = [v.path for v in layer.weights]
    assert len(set(paths)) == len(paths), f"two weights have the same path: {paths}"
    before = len(layer.variables)
    sample.run(layer)
    assert len(layer.variables) == before, "a second call makes more variables"


def symbols_foretell_shape_and_dtype(sample: LayerSample) -> None:
    layer = sample.copy()
    with quietly():
        foretold = specs(layer(sample.symbols(), **sample.call))
        later = specs(layer(sample.symbols(), **sample.call))
        layer(
            sample.symbols((0,)), **(training(layer) | sample.call)
        )  # must draw and write nothing
    got = specs(sample.run(layer))
    assert foretold == got, f"for KerasTensors {foretold}, but for tensors {got}"
    assert later == got, f"for KerasTensors, once it is built, {later}, but for tensors {got}"


def batch_may_be_unknown(sample: LayerSample) -> None:
    layer = sample.copy()
    with quietly():
        foretold = specs(layer(sample.symbols((0,)), **sample.call))
    got = specs(sample.run(layer))
    for (shape, dtype), (known, real) in zip(foretold, got, strict=True):
        fits = len(shape) == len(known) and all(a in (None, b) for a, b in zip(shape, known))
        assert fits and dtype == real, (
            f"for a batch of unknown size {foretold}, but for tensors {got}"
        )
        assert not shape or None not in shape[1:], (
            f"the batch alone is unknown, but the output is {shape}"
        )


def compute_output_shape_is_right(sample: LayerSample) -> None:
    layer = sample.copy()
    shapes = tree.map_structure(lambda x: x.shape, sample.arrays)
    got = tree.map_structure(lambda x: tuple(x.shape), sample.run(layer))
    said = tree.map_shape_structure(tuple, layer.compute_output_shape(shapes))
    assert said == got, f"compute_output_shape gives {said}, a call {got}"


def compiled_is_equal(sample: LayerSample) -> None:
    layer = sample.copy()
    want = sample.run(layer)
    step = backend.compile_step(lambda x: layer(x, **sample.call), layer.variables, jit=backend.JIT)
    assert_close(step(sample.inputs), want, "compiled and eager outputs differ")


def stateless_call_changes_nothing(sample: LayerSample) -> None:
    layer = sample.copy()
    want = sample.run(layer)
    before = numpy_of([v.value for v in layer.variables])
    values = [
        [v.value for v in vs] for vs in (layer.trainable_variables, layer.non_trainable_variables)
    ]
    got, after = layer.stateless_call(*values, sample.inputs, **sample.call)
    assert_close(got, want, "stateless_call and a call differ")
    assert len(after) == len(values[1]), (
        "stateless_call gives another number of non-trainable variables"
    )
    assert_close([v.value for v in layer.variables], before, "stateless_call changed a variable")


def weights_can_be_moved(sample: LayerSample) -> None:
    first, second = sample.copy(), sample.copy()
    for layer in (first, second):
        sample.run(layer)
    for variable in first.weights:
        if dtypes.is_float(variable.dtype):
            variable.assign(variable.value + 0.01)
    want = sample.run(first)
    second.set_weights(first.get_weights())
    assert_close(
        sample.run(second), want, "get_weights and set_weights do not carry the function over"
    )
    third, store = sample.copy(), {}
    sample.run(third)
    if not first._layers:
        first.save_own_variables(store)
        third.load_own_variables(store)
        assert_close(
            sample.run(third), want, "save_own_variables and load_own_variables lose something"
        )


def seeds_repeat(sample: LayerSample) -> None:
    runs = []
    for _ in range(2):
        layer = sample.copy()
        runs.append([sample.run(layer, **training(layer)) for _ in range(2)])
    assert_close(runs[0], runs[1], "the same seed gives other weights or other outputs")


def training(layer: Layer) -> dict[str, bool]:
    """`training=True`, where the layer's call takes it."""
    return {"training": True} if call_signature(type(layer).call).takes_training else {}


def gradients_flow(sample: LayerSample) -> None:
    if not backend.TRAINS or not sample.is_float:
        return
    layer = sample.copy()
    sample.run(layer)
    variables = [Variable(a, name="input") for a in tree.flatten(sample.arrays)]

    def total() -> tuple[Any, Any]:
        x = tree.pack_sequence_as(sample.arrays, [v.value for v in variables])
        outputs = [
            y for y in tree.flatten(layer(x, **(training(layer) | sample.call))) if is_float(y)
        ]
        sums = [ops.sum(y * weights_like(y)) for y in outputs]
        return sum(sums[1:], sums[0]), None

    _, _, grads = backend.value_and_grad(total, [*variables, *layer.trainable_variables])
    for variable, grad in zip([*variables, *layer.trainable_variables], grads):
        assert grad is not None, f"no gradient reaches {variable.path}"
        values = ops.convert_to_numpy(grad)
        assert np.isfinite(values).all(), f"the gradient of {variable.path} is not finite"
        assert variable in variables or np.any(values), (
            f"the gradient of {variable.path} is zero everywhere"
        )


def weights_like(y: Any) -> Any:
    """Different numbers in the shape of `y`: a plain sum is blind to normalizations."""
    return ops.convert_to_tensor(
        (np.arange(np.prod(y.shape)) % 7 + 1).reshape(y.shape).astype("float32")
    )


def is_float(y: Any) -> bool:
    return dtypes.is_float(ops.dtype(y))


def mixed_precision_keeps_its_dtypes(sample: LayerSample) -> None:
    if not sample.is_float:
        return
    want = sample.run(sample.copy())
    for policy, dtype in (("mixed_bfloat16", "bfloat16"), ("mixed_float16", "float16")):
        layer = sample.copy(dtype=policy)
        got = sample.run(layer)
        for y, z in zip(tree.flatten(got), tree.flatten(want)):
            expected = dtype if is_float(z) else ops.dtype(z)
            assert ops.dtype(y) == expected, (
                f"under {policy} the output is {ops.dtype(y)}, not {expected}"
            )
        assert_close(got, want, f"under {policy} the output is another", **COARSE)
        for y in numpy_of(sample.run(layer, **training(layer))):
            assert np.isfinite(y).all(), f"under {policy}, what training gives is not finite"
        wrong = [v.path for v in layer.weights if dtypes.is_float(v.dtype) and v.dtype != "float32"]
        assert not wrong, f"under {policy} {wrong} are not float32"
        with quietly():
            assert specs(layer(sample.symbols(), **sample.call)) == specs(got), (
                f"under {policy}, KerasTensors differ"
            )


def masks_pass(sample: LayerSample) -> None:
    layer = sample.copy()
    x = sample.inputs
    if not layer.supports_masking or tree.is_nested(x) or x.ndim < 3:
        return
    hidden = np.ones(x.shape[:2], bool)
    hidden[:, -1] = False
    mask = ops.convert_to_tensor(hidden)
    set_mask(x, mask)
    want = layer.compute_mask(x, mask)
    got = get_mask(layer(x, **sample.call))
    assert (got is None) == (want is None), "the output's mask is not what compute_mask gives"
    if want is not None:
        assert_close(got, want, "the output's mask is not what compute_mask gives")


def model_of(sample: LayerSample) -> Model:
    """The layer of a sample in a functional model."""
    inputs = tree.map_structure(
        lambda x: Input(batch_shape=x.shape, dtype=ops.dtype(ops.convert_to_tensor(x))),
        sample.arrays,
    )
    return Model(inputs, sample.copy()(inputs, **sample.call))


def files_keep_it(sample: LayerSample) -> None:
    if any(hasattr(x, "shape") for x in tree.flatten(sample.call)):
        return  # arrays among the arguments of a call have no place in a file
    model = model_of(sample)
    want = model(sample.inputs)
    kinds = {type(sample.layer).__name__: type(sample.layer)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        again = load_model(path, custom_objects=kinds)
    assert_close(again(sample.inputs), want, "saved in a model and loaded, it gives something else")


def training_lowers_a_loss(sample: LayerSample) -> None:
    layer = sample.copy()
    sample.run(layer)
    variables = layer.trainable_variables
    if not backend.TRAINS or not variables:
        return

    def loss(**mode: Any) -> tuple[Any, Any]:
        outputs = [y for y in tree.flatten(sample.run(layer, **mode)) if is_float(y)]
        return sum(ops.mean(ops.square(y - 0.1 * weights_like(y))) for y in outputs), None

    optimizer = Adam(0.003)
    optimizer.build(variables)
    # what keeps statistics is another function after each step, but in training
    mode = training(layer) if layer.non_trainable_weights else {}
    before = float(ops.convert_to_numpy(loss(**mode)[0]))
    for _ in range(4):
        _, _, grads = backend.value_and_grad(lambda: loss(**training(layer)), variables)
        optimizer.apply(grads, variables)
    after = float(ops.convert_to_numpy(loss(**mode)[0]))
    assert after < before, f"four steps of training bring a loss from {before} to {after}"


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
    mixed_precision_keeps_its_dtypes,
    masks_pass,
    files_keep_it,
    training_lowers_a_loss,
)


def check_layer(
    layer: Layer, inputs: Any, call: dict[str, Any] | None = None, without: Any = ()
) -> None:
    """Checks that a layer does what every layer must; AssertionError says what it does not.

        check_layer(MyLayer(3), (2, 5, 4))

    Args:
        layer: the layer; its config must make an equal one.
        inputs: what it is called on: arrays, or shapes of random ones, in the structure that it
            takes.
        call: more arguments of the call, by name.
        without: names of checks to leave out (see `CHECKS`).
    """
    names = [check.__name__ for check in CHECKS]
    if unknown := set(without) - set(names):
        raise ValueError(f"check_layer: without={sorted(unknown)}: expected some of {names}.")
    sample = LayerSample(layer, inputs, call)
    for check in CHECKS:
        if check.__name__ in without:
            continue
        try:
            check(sample)
        except Exception as e:
            raise AssertionError(
                f"{type(layer).__name__}: {check.__name__.replace('_', ' ')}: {e}"
            ) from e
