"""Trainer: compile, fit, evaluate, predict, and their steps: one loop for all engines."""

from typing import Any

from .. import ops, optimizers
from ..backends import current as backend
from ..core import tree
from ..core.masks import masks_in, set_masks
from ..core.scope import Scope
from ..core.serialization import deserialize_keras_object, serialize_keras_object
from ..core.tracking import distinct
from ..core.variable import unwrap
from ..metrics import Mean
from .callbacks import History
from .compiled import CompileLoss, CompileMetrics, number_of
from .data import unpack_x_y_sample_weight
from .loops import Loops
from .programs import Programs


class Compiled:
    """What `compile` was given, and what was made of it."""

    def __init__(self, **arguments: Any):
        self.arguments = arguments
        self.loss: CompileLoss | None = None
        self.metrics: CompileMetrics | None = None
        self.tracker: Any = None


class Trainer(Programs, Loops):
    """The part of a model that trains, evaluates and predicts."""

    optimizer: Any = None
    dtype_policy: Any
    stop_training = False
    history: History | None = None
    _compiled: Compiled | None = None

    # -- compile ----------------------------------------------------------------------------------
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Set how the model is trained.

        Args:
            optimizer: an optimizer, its name, or its config.
            loss: a loss, its name, a function `(y_true, y_pred)`, or a list or dict of these by
                output.
            loss_weights: factors of the losses, as a list or dict by output.
            metrics: metrics, names or functions, or a list or dict of these by output.
            weighted_metrics: metrics that the sample weights count for.
            run_eagerly: whether steps run uncompiled, for debugging.
            steps_per_execution: number of steps between two looks of the callbacks.
            jit_compile: whether the engine's compiler is used; 'auto': where it serves.
            auto_scale_loss: whether the loss is scaled under the policy 'mixed_float16'.
        """
        if jit_compile not in (True, False, "auto", None):
            raise ValueError(
                f"compile(): jit_compile={jit_compile!r}: expected True, False or 'auto'."
            )
        if steps_per_execution < 1:
            raise ValueError(
                f"compile(): steps_per_execution={steps_per_execution}: expected at least 1."
            )
        self.__dict__["loss"] = loss  # as it was given
        self.optimizer = optimizers.get(optimizer)
        scaled = auto_scale_loss and getattr(self, "dtype_policy", None) is not None
        if scaled and self.dtype_policy.name == "mixed_float16" and self.optimizer is not None:
            self.optimizer = optimizers.LossScaleOptimizer(inner_optimizer=self.optimizer)
        compiled = Compiled(
            optimizer=optimizer, loss=loss, loss_weights=loss_weights, metrics=metrics,
            weighted_metrics=weighted_metrics, run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
        )  # fmt: skip
        names = getattr(self, "output_names", None)
        if loss is not None:
            compiled.loss = CompileLoss(loss, loss_weights, output_names=names)
        if metrics is not None or weighted_metrics is not None:
            compiled.metrics = CompileMetrics(metrics, weighted_metrics, output_names=names)
        compiled.tracker = Mean(name="loss")
        self.__dict__["_compiled"] = compiled
        self._forget_programs()
        self.stop_training = False

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._compiled is not None

    def _need_compiled(self, what: str) -> Compiled:
        if self._compiled is None:
            raise ValueError(
                f"{what}: call compile() first: it says which optimizer, loss and metrics to use."
            )
        return self._compiled

    @property
    def run_eagerly(self) -> bool:
        """Whether steps run uncompiled."""
        return bool(self._compiled and self._compiled.arguments["run_eagerly"])

    @run_eagerly.setter
    def run_eagerly(self, value: bool) -> None:
        compiled = self._need_compiled("run_eagerly")
        compiled.arguments["run_eagerly"] = bool(value)
        self._forget_programs()

    @property
    def jit_compile(self) -> bool:
        """Whether the engine's compiler is used."""
        chosen = self._compiled.arguments["jit_compile"] if self._compiled else "auto"
        return backend.JIT if chosen in ("auto", None) else bool(chosen)

    @jit_compile.setter
    def jit_compile(self, value: bool | str) -> None:
        compiled = self._need_compiled("jit_compile")
        compiled.arguments["jit_compile"] = value
        self._forget_programs()

    @property
    def metrics(self) -> list[Any]:
        """The loss tracker, metrics of the layers, and those of `compile`."""
        compiled, found = self._compiled, []
        if compiled:
            found.append(compiled.tracker)
        found += super().metrics  # type: ignore[misc]
        if compiled and compiled.metrics:
            found.append(compiled.metrics)
        if compiled and compiled.loss:
            found += compiled.loss.metrics
        return distinct(found)

    @property
    def metrics_names(self) -> list[str]:
        """The names of the metrics."""
        return [m.name for m in self.metrics]

    def reset_metrics(self) -> None:
        """Begin anew to count."""
        for metric in self._parts().metrics:
            metric.reset_state()

    def get_metrics_result(self) -> dict[str, Any]:
        """The values of the metrics by name."""
        results: dict[str, Any] = {}
        for metric in self._parts().metrics:
            value = unwrap(metric.result())  # it may give its variable
            results |= value if isinstance(value, dict) else {metric.name: value}
        return results

    def get_compile_config(self) -> dict[str, Any] | None:
        """What `compile` was given, as values that JSON can hold."""
        if self._compiled is None:
            return None
        arguments = self._compiled.arguments | {"optimizer": self.optimizer}
        names = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics",
                 "run_eagerly", "steps_per_execution", "jit_compile")  # fmt: skip
        return {n: serialize_keras_object(arguments[n]) for n in names}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with what `get_compile_config` gave, in the way that suits this engine."""
        self.compile(**deserialize_keras_object(config) | {"jit_compile": "auto"})
        if self.built and self.optimizer is not None:  # type: ignore[attr-defined]
            self.optimizer.build(self.trainable_variables)  # type: ignore[attr-defined]

    # -- Losses and steps, for users to override --------------------------------------------------
    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The scalar that training lowers: the loss of `compile`, and those that layers added."""
        compiled = self._need_compiled("compute_loss()")
        terms = []
        if compiled.loss is not None:
            value = compiled.loss(y, y_pred, sample_weight)
            if value is not None:
                terms.append(value)
        parts = self._parts()
        added = [x for layer in parts.layers for x in layer._kx.losses]
        added += [penalty(v.value) for penalty, v in parts.penalized]
        terms += [ops.sum(ops.cast(x, "float32")) for x in added]
        if not terms and compiled.loss is None:
            raise ValueError(
                "there is no loss: give compile(loss=...), or call add_loss() in a layer."
            )
        total = terms[0]
        for term in terms[1:]:
            total = ops.add(total, term)
        return total

    def stateless_compute_loss(
        self, trainable_variables: Any, non_trainable_variables: Any, metrics_variables: Any,
        x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
        training: bool = True,
    ) -> Any:  # fmt: skip
        """`compute_loss` with the given values: (loss, (non-trainable, metrics values after
        it))."""
        own = (self.trainable_variables, self.non_trainable_variables, self.metrics_variables)  # type: ignore
        given = (trainable_variables, non_trainable_variables, metrics_variables)
        pairs = [p for group in zip(own, given) for p in zip(*group)]
        with Scope(pairs) as scope:
            loss = self.compute_loss(x, y, y_pred, sample_weight, training)
            return loss, tuple([scope.read(v) for v in group] for group in own[1:])

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Bring the metrics of `compile` up to date; their values by name."""
        self._update_metrics(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def _update_metrics(self, y: Any, y_pred: Any, sample_weight: Any) -> None:
        if self._compiled and self._compiled.metrics is not None:
            self._compiled.metrics.update_state(y, y_pred, sample_weight)

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of training on a batch; the metrics by name.

        An override is written for its engine, as in Keras: in torch with `loss.backward()`, in
        TensorFlow with a `GradientTape`, in JAX as `train_step(self, state, data)` that returns
        `(logs, state)`.
        """
        *found, loss = self._learn(data)
        with backend.without_gradients():
            self._track(loss, number_of(found[0]))
            return self.compute_metrics(*found)

    def _learn(self, data: Any) -> tuple[Any, ...]:
        """Bring the weights up to date; (x, y, y_pred, sample_weight, loss)."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        variables = self._parts().trained
        optimizer = self.optimizer

        def objective() -> tuple[Any, tuple[Any, Any, Any]]:
            y_pred = self(x, training=True)  # type: ignore[operator]
            loss = self.compute_loss(x, y, y_pred, sample_weight, training=True)
            return optimizer.scale_loss(loss), (y_pred, masks_in(tree.flatten(y_pred)), loss)

        _, (y_pred, found, loss), gradients = backend.value_and_grad(objective, variables)
        set_masks(tree.flatten(y_pred), found)  # an engine may have made other tensors of them
        with backend.without_gradients():
            self._clear_losses()
            optimizer.apply(gradients, variables)
        return x, y, y_pred, sample_weight, loss

    def test_step(self, data: Any) -> dict[str, Any]:
        """One step of evaluation on a batch; the metrics by name."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        y_pred = self(x, training=False)  # type: ignore[operator]
        self._judge(x, y, y_pred, sample_weight, number_of(x))
        return self.compute_metrics(x, y, y_pred, sample_weight)

    def _judge(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, size: Any) -> None:
        """Take in the loss of outputs for `size` samples."""
        self._track(self.compute_loss(x, y, y_pred, sample_weight, training=False), size)
        self._clear_losses()

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch."""
        x, _, _ = unpack_x_y_sample_weight(data)
        return self(x, training=False)  # type: ignore[operator]

    def _clear_losses(self) -> None:
        for layer in self._parts().layers:
            layer._kx.losses.clear()

    def _track(self, loss: Any, size: Any) -> None:
        """Take in the mean loss of `size` samples."""
        self._need_compiled("a step").tracker.update_state(loss, sample_weight=size)
