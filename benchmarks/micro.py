"""Small things one at a time: calls, single batches, 200 layers, the optimizer alone."""

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from .contestants import LIBRARIES
from .overhead import raw_calls

BLOCK = 0.1  # seconds that calls are repeated for, to make one figure
LONG = 2.0
VARIABLES, SHAPE = 300, (32, 32)  # of the optimizer's step

RULES = {  # the classes of optimizers by the names of cases, and what they are given
    "optimizer": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "rmsprop": ("RMSprop", {}),
    "adagrad": ("Adagrad", {}),
}
CASES = {
    "add": "eager add of 16 × 16",
    "dense": "eager Dense(16) on 16 × 16",
    "predict_row": "`predict` on one row, small MLP",
    "train_on_batch": "`train_on_batch`, small MLP",
    "fit_batch": "`fit` of one batch, small MLP",
    "build": "building 200 Dense layers",
    "first_step": "building them, and the first step",
    "save": "saving them",
    "load": "loading them",
    "optimizer": f"Adam over {VARIABLES} variables",
    "adamw": "AdamW over them",
    "sgd": "SGD over them",
    "momentum": "SGD with momentum over them",
    "rmsprop": "RMSprop over them",
    "adagrad": "Adagrad over them",
    "import": "import (native: of the engine)",
}
NUMPY = ("predict_row",)  # which of them NumPy, which does not train, takes part in


class Micro:
    """A contestant's calls by the names of CASES, made when first asked for."""

    def __init__(
        self, name: str, engine: str, module: Any, make: Callable[[str], Any], folder: str
    ):
        self.engine, self.module, self.make = engine, module, make
        self.library = name in LIBRARIES
        self.path = Path(folder) / (f"{name}-{engine}" + (".keras" if self.library else ".npz"))
        self.calls: dict[str, Callable[[], Any]] = {}
        self.once: dict[str, float] = {}

    def time(self, case: str) -> float:
        """Seconds of a call: the mean of a block of them; the first one ever is not counted, unless
        it is the only one: a first step that takes long is measured once."""
        if case not in self.calls:
            self.calls[case] = self.rule(case) if case in RULES else getattr(self, case)()
            start = perf_counter()
            self.calls[case]()
            if case == "first_step" and perf_counter() - start > LONG:
                self.once[case] = perf_counter() - start
        if case in self.once:
            return self.once[case]
        call, n = self.calls[case], 0
        start = perf_counter()
        while perf_counter() - start < BLOCK:
            call()
            n += 1
        return (perf_counter() - start) / n

    # -- Calls ------------------------------------------------------------------------------------
    def arrays(self) -> list[Any]:
        """Tensors of the engine, 16 × 16."""
        values = np.random.default_rng(0).normal(size=(2, 16, 16)).astype("float32")
        return [raw_calls(self.engine)["array"](v) for v in values]

    def add(self) -> Callable:
        x, y = self.arrays()
        add = self.module.ops.add if self.library else raw_calls(self.engine)["add"]
        return lambda: add(x, y)

    def dense(self) -> Callable:
        x, kernel = self.arrays()
        if self.library:
            layer = self.module.layers.Dense(16)
            layer.build((16, 16))
            return lambda: layer(x)
        if self.engine == "torch":
            layer = import_module("torch").nn.Linear(16, 16)
            return lambda: layer(x)
        bias, raw = kernel[0], raw_calls(self.engine)
        add, matmul = raw["add"], raw["matmul"]
        return lambda: add(matmul(x, kernel), bias)

    # -- Single batches ---------------------------------------------------------------------------
    def predict_row(self) -> Callable:
        mlp = self.make("mlp")
        return lambda: mlp.predict(samples=1)

    def train_on_batch(self) -> Callable:
        mlp = self.make("mlp")
        if not self.library:
            return lambda: mlp.fit(samples=32, shuffle=False)
        x, y = mlp.x[:32], mlp.y[:32]
        return lambda: mlp.model.train_on_batch(x, y)

    def fit_batch(self) -> Callable:
        mlp = self.make("mlp")
        return lambda: mlp.fit(samples=32)

    # -- 200 layers -------------------------------------------------------------------------------
    def build(self) -> Callable:
        if self.library:
            deep = self.make("deep").workload
            return lambda: deep.model(self.module)
        return lambda: self.make("deep")

    def first_step(self) -> Callable:
        return lambda: self.make("deep").fit()

    def save(self) -> Callable:
        deep = self.make("deep")
        if self.library:
            return lambda: deep.model.save(self.path)
        return lambda: np.savez(self.path, *deep.weights)

    def load(self) -> Callable:
        self.save()()
        if self.library:
            return lambda: self.module.saving.load_model(self.path)
        return lambda: list(np.load(self.path).values())

    # -- Optimizers -------------------------------------------------------------------------------
    def rule(self, case: str) -> Callable:
        """A step of an optimizer over variables, as their own gradients."""
        values = np.random.default_rng(0).normal(size=(VARIABLES, *SHAPE)).astype("float32")
        if not self.library:
            return self.module.optimizer_step(list(values), case)
        keras, (rule, options) = self.module, RULES[case]
        optimizer = getattr(keras.optimizers, rule)(1e-3, **options)
        variables = [keras.Variable(v) for v in values]
        gradients = [keras.ops.convert_to_tensor(v) for v in values]
        optimizer.build(variables)
        if self.engine == "tensorflow":
            function = import_module("tensorflow").function
            return function(lambda: optimizer.apply(gradients, variables), autograph=False)
        if self.engine == "jax":
            return self.stateless(optimizer, variables, gradients)
        return lambda: optimizer.apply(gradients, variables)

    def stateless(self, optimizer: Any, variables: list, gradients: list) -> Callable:
        """A step in JAX's form: a jitted function of the state, which is donated."""
        jax = import_module("jax")

        def run(state: list, gradients: list, values: list) -> tuple[list, list]:
            values, state = optimizer.stateless_apply(state, gradients, values)
            return state, values  # as they were given: JAX hands donated buffers on by order

        step = jax.jit(run, donate_argnums=(0, 2))
        state = [jax.numpy.array(v.value) for v in optimizer.variables]
        values = [jax.numpy.array(v.value) for v in variables]

        def call() -> None:
            nonlocal values, state
            state, values = step(state, gradients, values)
            jax.block_until_ready(values)

        return call


def import_seconds(engine: str, name: str, env: dict[str, str]) -> float:
    """Seconds of the import in a fresh process: of the library, its engine being imported already;
    of "native", the engine itself."""
    first, then = ("time", engine) if name == "native" else (engine, name)
    code = f"import {first}, time; start = time.perf_counter(); import {then}; " \
           "print(time.perf_counter() - start)"  # fmt: skip
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=env, check=True,
                         capture_output=True, text=True)  # fmt: skip
    return float(ran.stdout.splitlines()[-1])
