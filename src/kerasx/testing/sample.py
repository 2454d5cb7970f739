"""What the checks of a layer are given: the layer, inputs to call it on, and what it does there."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..backends import current as backend
from ..core import dtypes, tree
from ..core.scope import quietly
from ..core.symbolic import KerasTensor
from ..core.variable import Variable
from ..layers.call import call_signature
from ..layers.layer import Layer
from ..optimizers import Adam
from ..random.seed import set_random_seed


class Training(NamedTuple):
    """What five steps of training gave."""

    outputs: Any  # of the first step
    state: list[np.ndarray]  # of what does not train, behind the first step
    losses: list[float]
    gradients: dict[str, list[Any]]  # by path: of each step; None where there is none
    layer: Layer


class LayerSample:
    """A layer, and inputs to call it on.

    layer: the layer; checks work on copies of it, made from its config.
    inputs: a structure of arrays; shapes stand for random numbers of mean 0 and variance 1.
    call: more arguments of the call, by name.
    """

    def __init__(self, layer: Layer, inputs: Any, call: dict[str, Any] | None = None):
        rng = np.random.default_rng(0)

        def drawn(shape: Any) -> np.ndarray:
            return rng.normal(size=shape).astype("float32")

        self.layer, self.call = layer, call or {}
        self.config = layer.get_config()  # as it is before building
        holds_shapes = all(isinstance(x, int) for x in tree.flatten(inputs))
        self.arrays = tree.map_shape_structure(drawn, inputs) if holds_shapes else inputs
        self.arrays = tree.map_structure(np.asarray, self.arrays)

    # -- Inputs -----------------------------------------------------------------------------------
    @property
    def inputs(self) -> Any:
        """The inputs as tensors, of which nobody else has a mask."""
        return tree.map_structure(lambda x: ops.convert_to_tensor(np.array(x)), self.arrays)

    def symbols(self, unknown: tuple[int, ...] = ()) -> Any:
        """The inputs as KerasTensors, with None in place of the sizes of some axes."""

        def symbol(x: np.ndarray) -> KerasTensor:
            shape = [None if axis in unknown else n for axis, n in enumerate(x.shape)]
            return KerasTensor(shape, ops.dtype(ops.convert_to_tensor(x)))

        return tree.map_structure(symbol, self.arrays)

    @property
    def is_float(self) -> bool:
        """Whether all inputs are floats."""
        return all(dtypes.is_float(dtypes.name_of(x)) for x in tree.flatten(self.arrays))

    # -- Layers -----------------------------------------------------------------------------------
    def copy(self, policy: str | None = None) -> Layer:
        """A new layer of the same config; under another dtype policy, those inside as well."""
        set_random_seed(1)
        config = self.config
        if policy is not None:
            config = with_dtype(config, config.get("dtype"), policy) | {"dtype": policy}
        return type(self.layer).from_config(config)

    def built(self) -> Layer:
        """A new layer of the same config, built by a call on KerasTensors."""
        layer = self.copy()
        with quietly():
            layer(self.symbols(), **self.call)
        return layer

    def run(self, layer: Layer, **more: Any) -> Any:
        """A call on the inputs."""
        return layer(self.inputs, **(self.call | more))

    @cached_property
    def called(self) -> tuple[Layer, list[Any]]:
        """A new layer, and what two calls of it gave."""
        layer = self.copy()
        return layer, [self.run(layer) for _ in range(2)]

    @property
    def outputs(self) -> Any:
        """What the first call of a new layer gives: all copies have the same weights."""
        return self.called[1][0]

    # -- Training ---------------------------------------------------------------------------------
    @cached_property
    def trained(self) -> Training | None:
        """Five steps of training, in compiled form; None where nothing has a gradient."""
        layer = self.built()
        ahead = {v.path: v for v in layer.trainable_variables}
        flat = tree.flatten(self.arrays)
        inputs = [
            Variable(x, name=f"input {k}", dtype=None if floats(x) else dtypes.name_of(x),
                     trainable=floats(x))
            for k, x in enumerate(flat)
        ]  # fmt: skip
        learning = [v for v in inputs if v.trainable] + list(ahead.values())
        if not learning or not any(map(is_float, tree.flatten(self.outputs))):
            return None
        optimizer = Adam(0.003)
        if ahead:
            optimizer.build(list(ahead.values()))

        def forward() -> tuple[Any, Any]:
            x = tree.pack_sequence_as(self.arrays, [v.value for v in inputs])
            outputs = layer(x, **(training(layer) | self.call))
            return self.loss(outputs), outputs

        def step() -> Any:
            loss, outputs, grads = backend.value_and_grad(forward, learning)
            pairs = [(g, v) for g, v in zip(grads, learning) if v.path in ahead and g is not None]
            if pairs:
                optimizer.apply(*map(list, zip(*pairs)))
            return loss, outputs, grads

        variables = [*inputs, *layer.variables, *optimizer.variables]
        run = backend.compile_step(step, variables, jit=backend.JIT)
        losses: list[float] = []
        gradients: dict[str, list[Any]] = {v.path: [] for v in learning}
        first: Any = None
        state: list[np.ndarray] = []
        for _ in range(5):
            loss, outputs, grads = run()
            losses.append(float(ops.convert_to_numpy(loss)))
            for v, g in zip(learning, grads):
                gradients[v.path].append(g if g is None else numpy_of(g)[0])
            if first is None:
                first, state = outputs, numpy_of([v.value for v in layer.non_trainable_variables])
        return Training(first, state, losses, gradients, layer)

    def loss(self, outputs: Any) -> Any:
        """How far outputs are from others: a plain sum would be blind to normalizations."""
        terms = [
            ops.mean(ops.square(y - self.goal(k)))
            for k, y in enumerate(tree.flatten(outputs))
            if is_float(y)
        ]
        return sum(terms[1:], terms[0])

    def goal(self, k: int) -> Any:
        """Different numbers in the shape of an output."""
        shape = tree.flatten(self.outputs)[k].shape
        return ops.convert_to_tensor(
            ((np.arange(np.prod(shape)) % 7 + 1) / 10).reshape(shape).astype("float32")
        )


def training(layer: Layer) -> dict[str, bool]:
    """`training=True`, where the layer's call takes it."""
    return {"training": True} if call_signature(type(layer).call).takes_training else {}


def with_dtype(config: Any, dtype: Any, policy: str) -> Any:
    """A config in which each 'dtype' that is `dtype` is `policy`, at any depth."""
    if isinstance(config, (list, tuple)):
        return [with_dtype(c, dtype, policy) for c in config]
    if not isinstance(config, dict):
        return config
    return {
        k: policy if k == "dtype" and c == dtype else with_dtype(c, dtype, policy)
        for k, c in config.items()
    }


def at_once(fn: Callable[..., Any], variables: list[Variable]) -> Callable[..., Any]:
    """`fn`, compiled where an engine would else compile each operation of it by itself."""
    return backend.compile_step(fn, variables, jit=True) if backend.JIT else fn


def numpy_of(structure: Any) -> list[np.ndarray]:
    """The tensors of a structure, as arrays of their own; 16-bit floats as float32."""
    arrays = [np.array(ops.convert_to_numpy(x)) for x in tree.flatten(structure) if x is not None]
    return [a.astype("float32") if a.dtype.name in ("float16", "bfloat16") else a for a in arrays]


def assert_close(got: Any, want: Any, what: str, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """AssertionError where two structures of tensors differ."""
    for a, b in zip(numpy_of(got), numpy_of(want), strict=True):
        np.testing.assert_allclose(a, b, rtol, atol, err_msg=what)


def specs(structure: Any) -> list[tuple[Any, str]]:
    """(shape, dtype) of each tensor of a structure."""
    return [(tuple(x.shape), ops.dtype(x)) for x in tree.flatten(structure) if x is not None]


def is_float(y: Any) -> bool:
    """Whether a tensor is one of floats."""
    return y is not None and dtypes.is_float(ops.dtype(y))


def floats(x: np.ndarray) -> bool:
    """Whether an array is one of floats."""
    return dtypes.is_float(dtypes.name_of(x))
