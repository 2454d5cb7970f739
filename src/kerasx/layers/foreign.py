"""Layers around what users of one engine have: modules, functions, saved models."""

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from .. import random
from ..backends import current as backend
from ..core import tree
from ..core.fields import field
from ..core.serialization import deserialize_keras_object
from ..core.symbolic import KerasTensor
from ..core.variable import Variable
from .layer import Layer


class Foreign(Layer):
    """Base of layers that belong to one engine."""

    engine: ClassVar[str]
    part: ClassVar[str]  # what that engine's backend has for it
    _foreign = True

    def __new__(cls, *args: Any, **kwargs: Any):
        if not hasattr(backend, cls.part):
            raise NotImplementedError(
                f"{cls.__name__} belongs to the engine {cls.engine!r}; this is {backend.NAME!r}. "
                f"Set KERASX_BACKEND={cls.engine} to use it."
            )
        return super().__new__(cls, *args, **kwargs)

    def _native(self, given: Any) -> Any:
        """What the backend makes of the object that the layer is around."""
        try:
            return getattr(backend, self.part)(given)
        except ValueError as e:
            raise ValueError(f"{type(self).__name__}: {e}.") from None

    def _hold(self, stored: Any, name: str, trainable: bool, shared: bool = True) -> Variable:
        """A variable of the layer; a `shared` one is `stored` itself, not a copy."""
        variable = self.add_weight(
            name=name,
            shape=tuple(stored.shape),
            initializer=lambda shape, dtype: stored,
            dtype=backend_dtype(stored),
            trainable=trainable,
        )
        variable.path = f"{self.path}/{name}"
        if shared:
            variable.stored = stored
        return variable


def backend_dtype(x: Any) -> str:
    """The name of the dtype of an engine's tensor."""
    return next(n for n, d in backend.DTYPES.items() if d == x.dtype)


class TorchModuleWrapper(Foreign):
    """A `torch.nn.Module` as a layer, on the engine torch.

    Its parameters are variables of the layer, in the same memory. Its buffers are saved, but are no
    variables. Files hold values, not code: a model with one is made again in Python, and then given
    its weights by `load_weights`.

    Args:
        module: the module; a lazy one must have been called once.
        output_shape: shape of the output with the batch; None: found by a trial without data.
    """

    module: Any
    name: str | None = None
    output_shape: Any = None

    engine, part = "torch", "TorchModule"

    def setup(self) -> None:
        self._around = self._native(self.module)
        backend.Module.adopt(self, "module", self.module)
        for name, parameter, trains in self._around.parameters():
            self._hold(parameter, name, trains)
        self.built = True

    def parameters(self, recurse: bool = True) -> Any:
        """The parameters of the module."""
        return self.module.parameters(recurse=recurse)

    def call(self, *args: Any, training: Any = None, **kwargs: Any) -> Any:
        return self._around(self._kx.weights, training, args, kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        if self.output_shape is None:
            return self._inferred(args, kwargs)
        return KerasTensor(tuple(self.output_shape), self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """`output_shape` or, where it is None, what a trial gives."""
        symbol = KerasTensor(input_shape, self.compute_dtype)
        return tree.map_structure(lambda t: t.shape, self.compute_output_spec(symbol))

    def save_own_variables(self, store: Any) -> None:
        """Write the module's `state_dict` into `store`."""
        self._around.save(store)

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote."""
        self._around.load(store)

    def get_config(self) -> dict[str, Any]:
        """Raises NotImplementedError: a module is code, and files carry none."""
        raise NotImplementedError(
            f"{self.name}: files carry no code, so a TorchModuleWrapper has no config: use "
            "save_weights(), make the model again in Python, and load_weights()."
        )

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None, safe_mode: Any = None
    ) -> Any:
        """An instance of a subclass that makes its module itself, and has a config of its own.

        Raises ValueError for one with a module: that is pickled code, which is not run.
        """
        if "module" not in config and cls is not TorchModuleWrapper:
            return cls(**config)
        raise ValueError(
            "TorchModuleWrapper: the module in the file is pickled code, which is not run. Make "
            "the model again in Python, and load its weights."
        )


MODEL_ARGUMENTS = ("params", "state", "rng", "inputs", "training")


class JaxLayer(Foreign):
    """A function of JAX as a layer, on the engine jax.

    `call_fn` takes, by these names, `inputs` and any of `params` (trainable), `state` (all other
    variables), `rng` (a key, in training; else None) and `training`. With `state` it gives
    (outputs, new state). `init_fn(rng, inputs, training)` gives the params, or (params, state).

    Args:
        call_fn: the function.
        init_fn: makes params and state, from a key and ones in the shape of the inputs.
        params: params to begin with, in any structure.
        state: state to begin with, in any structure.
        seed: seed of the keys.
        native_serialization_platforms: without effect: the layer runs on JAX alone.
    """

    call_fn: Callable[..., Any]
    init_fn: Callable[..., Any] | None = None
    params: Any = field(default=None, saved=False)
    state: Any = field(default=None, saved=False)
    seed: int | None = field(default=None, saved=False)
    native_serialization_platforms: Any = None

    engine, part = "jax", "JaxTree"

    def setup(self) -> None:
        self._call_names = self._names("call_fn", MODEL_ARGUMENTS)
        if self.init_fn is not None:
            self._init_names = self._names("init_fn", ("rng", "inputs", "training"))
        elif self.params is None and self.state is None and self._needs & {"params", "state"}:
            raise ValueError(
                f"{type(self).__name__}: expected init_fn, params or state: call_fn takes "
                f"{sorted(self._needs & {'params', 'state'})}."
            )
        if "rng" in self._needs or self.init_fn is not None:
            self.seed_generator = random.SeedGenerator(self.seed)

    @property
    def _needs(self) -> set[str]:
        return set(self._call_names)

    def _names(self, which: str, known: tuple[str, ...]) -> list[str]:
        names = list(inspect.signature(getattr(self, which)).parameters)
        if (unknown := set(names) - set(known)) or "inputs" not in names:
            what = f"unknown arguments {sorted(unknown)}" if unknown else "it has no `inputs`"
            raise ValueError(
                f"{type(self).__name__}: {which}: {what}: expected some of {', '.join(known)}."
            )
        return names

    def build(self, input_shape: Any) -> None:
        params, state = self.params, self.state
        if params is None and state is None and self.init_fn is not None:
            inputs = tree.map_shape_structure(
                lambda shape: backend.placeholder(shape, self.compute_dtype), input_shape
            )
            known = {"rng": self.seed_generator.next(), "inputs": inputs, "training": True}
            made = self.init_fn(*(known[n] for n in self._init_names))
            params, state = made if "state" in self._needs else (made, None)
        self._params, self._state = self._native(params), self._native(state)
        self._trained = self._held(self._params, True)
        self._kept = self._held(self._state, False)

    def _held(self, parts: Any, trainable: bool) -> list[Variable]:
        return [self._hold(x, n, trainable, False) for n, x in zip(parts.names, parts.leaves)]

    def call(self, inputs: Any, training: Any = False) -> Any:
        known = {
            "params": self._params.whole([v.value for v in self._trained]),
            "state": self._state.whole([v.value for v in self._kept]),
            "rng": self.seed_generator.next() if training and "rng" in self._needs else None,
            "inputs": inputs,
            "training": bool(training),
        }
        result = self.call_fn(*(known[n] for n in self._call_names))
        if "state" not in self._needs:
            return result
        outputs, state = result
        for variable, value in zip(self._kept, self._native(state).leaves, strict=True):
            variable.assign(value)
        return outputs

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """A layer made from what `get_config` gave; what it names must be registered."""
        return cls(**{k: deserialize_keras_object(v, custom_objects) for k, v in config.items()})


class FlaxLayer(JaxLayer):
    """A `flax.linen.Module` as a layer, on the engine jax.

    Its method takes `inputs` and, if it likes, `training`. The collection 'params' trains; all
    others are state.

    Args:
        module: the module.
        method: the method to call, its name, or a function of the module and these arguments; None:
            `__call__`.
        variables: collections to begin with, as `module.init` gives them.
    """

    module: Any  # type: ignore[misc]  # in front of the fields of JaxLayer
    method: Any = None
    variables: Any = field(default=None, saved=False, attribute="initial_variables")
    call_fn: ClassVar[Any]
    init_fn: ClassVar[Any]
    params: ClassVar[Any]
    state: ClassVar[Any]
    native_serialization_platforms: ClassVar[Any]
    seed: int | None = field(default=None, hidden=True, saved=False)

    def setup(self) -> None:
        method = self.method or "__call__"
        method = getattr(type(self.module), method) if isinstance(method, str) else method
        self._takes_training = "training" in inspect.signature(method).parameters
        self.call_fn, self.init_fn = self._apply, self._init  # type: ignore[misc]
        given = self.initial_variables
        self.params, self.state = (None, None) if given is None else split(given)  # type: ignore[misc]
        super().setup()

    def _options(self, training: bool) -> dict[str, Any]:
        options = {} if self.method is None else {"method": self.method}
        return options | ({"training": training} if self._takes_training else {})

    def _init(self, rng: Any, inputs: Any, training: bool) -> Any:
        rngs = backend.keys(rng, ("params", "dropout"))
        return split(self.module.init(rngs, inputs, **self._options(training)))

    def _apply(self, params: Any, state: Any, rng: Any, inputs: Any, training: bool) -> Any:
        rngs = None if rng is None else backend.keys(rng, ("params", "dropout"))
        result = self.module.apply(
            {"params": params, **state},
            inputs,
            rngs=rngs,
            mutable=sorted(state) or False,
            **self._options(training),
        )
        return result if state else (result, {})


def split(collections: Any) -> tuple[Any, dict[str, Any]]:
    """(the params, all other collections) of a module of Flax."""
    return collections.get("params", {}), {k: v for k, v in collections.items() if k != "params"}


class TFSMLayer(Foreign):
    """An endpoint of a SavedModel as a layer, on the engine tensorflow.

    Args:
        filepath: folder of the SavedModel.
        call_endpoint: the endpoint to call: 'serve' for what `Model.export` writes.
        call_training_endpoint: the endpoint to call in training; None: the same.
    """

    filepath: Any
    call_endpoint: str = "serve"
    call_training_endpoint: str | None = None
    trainable: bool = True
    name: str | None = None
    dtype: Any = None

    engine, part = "tensorflow", "SavedModel"

    def setup(self) -> None:
        self.filepath = str(self.filepath)
        self._around = self._native(self.filepath)
        names = [self.call_endpoint, self.call_training_endpoint or self.call_endpoint]
        try:
            self._endpoints = [self._around.endpoint(n) for n in names]
        except ValueError as e:
            raise ValueError(f"TFSMLayer: {self.filepath}: {e}.") from None
        for name, variable, trains in self._around.parameters():
            self._hold(variable, name, trains and self.trainable)
        self.built = True

    def call(self, inputs: Any, training: Any = False, **kwargs: Any) -> Any:
        return self._endpoints[bool(training)](inputs, **kwargs)

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None, safe_mode: Any = None
    ) -> Any:
        """A layer made from what `get_config` gave. Raises ValueError unless `safe_mode=False`:
        a SavedModel is a program, which may read and write files."""
        if safe_mode is not False:
            raise ValueError(
                f"TFSMLayer: {config.get('filepath')!r} is a program, which is not run because a "
                "file names it. If you trust it: TFSMLayer.from_config(config, safe_mode=False)."
            )
        return cls(**config)
