"""What is compiled for a model: made when it is first needed, kept until the model changes."""

from collections.abc import Callable
from operator import is_
from typing import Any

from ..backends import current as backend
from ..core import tree
from ..core.present import Inseparable, only
from ..core.registry import is_own
from ..core.scope import walking
from ..core.structure import STRUCTURE
from ..core.tracking import distinct
from . import steps
from .compiled import number_of
from .data import pack_x_y_sample_weight
from .separate import batches_at_once, gives_masks, keeps_samples_apart, measures_apart

FORMS = {"train": steps.train_step, "test": steps.test_step, "predict": steps.predict_step}
PARTS = {"train": ("train_step", "compute_metrics"), "test": ("test_step", "compute_metrics")}


def without_gradients(fn: Callable[..., Any]) -> Callable[..., Any]:
    """`fn`, run where the engine keeps nothing for gradients."""

    def run(*args: Any) -> Any:
        with backend.without_gradients():
            return fn(*args)

    return run


class Parts:
    """What a model is made of, looked up once for many steps."""

    def __init__(self, model: Any):
        self.changes = STRUCTURE.changes
        self.layers = model._flatten_layers()
        self.trained = model.trainable_variables
        self.weights = model.trainable_weights
        self.penalized = [(v.regularizer, v) for v in self.weights if v.regularizer is not None]
        self.metrics = model.metrics
        self.ready: set[tuple[bool, bool]] = set()  # what all has been built for
        self.before = self.contents()

    def contents(self) -> list[Any]:
        """All that the parts hold now."""
        found = []
        for layer in self.layers:
            found += [layer, *layer._children()]
        for metric in self.metrics:
            found += metric.variables
        return found + [x for v in self.weights for x in (v.regularizer, v.constraint)]

    def are_as_before(self) -> bool:
        """Whether they hold the same still: lists of layers may be changed behind our back."""
        now = self.contents()
        return len(now) == len(self.before) and all(map(is_, now, self.before))


class Programs:
    """The compiled steps of a model, by kind: 'train', 'test' or 'predict'."""

    run_eagerly: bool
    jit_compile: bool
    optimizer: Any

    # -- Steps, for users to call -----------------------------------------------------------------
    def make_train_function(self, force: bool = False) -> Callable[..., Any]:
        """The function that runs one step of training on (x, y, sample_weight)."""
        return self._step("train", force)

    def make_test_function(self, force: bool = False) -> Callable[..., Any]:
        """The function that runs one step of evaluation on (x, y, sample_weight)."""
        return self._step("test", force)

    def make_predict_function(self, force: bool = False) -> Callable[..., Any]:
        """The function that gives the outputs for (x, y, sample_weight)."""
        return self._step("predict", force)

    # -- Keeping ----------------------------------------------------------------------------------
    def _parts(self) -> Parts:
        """The parts of the model as it is now."""
        parts = self.__dict__.get("_known_parts")
        if parts is None or parts.changes != STRUCTURE.changes:
            with walking():
                parts = self.__dict__["_known_parts"] = Parts(self)
        return parts

    def _look_again(self) -> None:
        """Forget the parts if they are others now."""
        if self._parts().are_as_before():
            return
        self.__dict__.pop("_known_parts")
        self.__dict__.get("_programs", {}).pop("changes", None)

    def _kept(self, kind: str) -> dict[Any, Any]:
        """What was compiled for the model as it is now."""
        held = self.__dict__.setdefault("_programs", {})
        if held.get("changes") != STRUCTURE.changes:
            held["changes"] = STRUCTURE.changes
            with walking():
                for name in FORMS.keys() & held.keys():
                    if held[name]["made for"] != signature(self._state(name)):
                        del held[name]
        if kind not in held:
            with walking():
                held[kind] = {"made for": signature(self._state(kind))}
        return held[kind]

    def _forget_programs(self) -> None:
        self.__dict__["_programs"] = {}

    def _state(self, kind: str) -> list[Any]:
        """The variables that a step may read or write."""
        found = list(self.variables)  # type: ignore[attr-defined]
        if kind == "train" and self.optimizer is not None:
            found += self.optimizer.variables
        if kind != "predict":
            found += self.metrics_variables  # type: ignore[attr-defined]
        return distinct(found)

    # -- Making -----------------------------------------------------------------------------------
    def _step(self, kind: str, force: bool = False) -> Callable[..., Any]:
        """`step(x, y, sample_weight)`, compiled, that gives logs or outputs."""
        kept = self._kept(kind)
        if force or "step" not in kept:
            step = FORMS[kind](self)

            def run(x: Any, y: Any, sample_weight: Any) -> Any:
                out = step(pack_x_y_sample_weight(x, y, sample_weight))
                if kind != "predict":  # an engine's compiler may give dicts back with sorted keys
                    self.__dict__["_log_names"] = list(out)
                return out

            if kind != "train":
                run = without_gradients(run)
            if not self.run_eagerly:
                state, reads = self._state(kind), kind == "predict"
                run = backend.compile_step(run, state, self.jit_compile, reads, batches=True)
            kept["step"] = run
        return kept["step"]

    def _advance(self, kind: str) -> Callable[..., None]:
        """`advance(batch, present)`: a step of the kind that brings the state up to date, and gives
        nothing; not compiled."""

        def advance(batch: Any, present: Any = None) -> None:
            data = pack_x_y_sample_weight(*batch)
            with only(present):
                if kind == "train":
                    x, y, y_pred, sample_weight, loss = self._learn(data)  # type: ignore[attr-defined]
                    with backend.without_gradients():
                        self._track(loss, number_of(x))  # type: ignore[attr-defined]
                        self._update_metrics(y, y_pred, sample_weight)  # type: ignore[attr-defined]
                    return
                x, y, sample_weight = batch
                y_pred = self(x, training=False)  # type: ignore[operator]
                self._judge(x, y, y_pred, sample_weight, number_of(x))  # type: ignore[attr-defined]
                self._update_metrics(y, y_pred, sample_weight)  # type: ignore[attr-defined]

        return advance if kind == "train" else without_gradients(advance)

    def _results(self) -> dict[str, Any]:
        """The metrics as they are now."""
        with backend.without_gradients():
            logs = self.get_metrics_result()  # type: ignore[attr-defined]
        self.__dict__["_log_names"] = list(logs)
        return logs

    def _defers(self) -> bool:
        """Whether losses and metrics of several batches may be computed at once."""
        kept = self._kept("test")
        if "defers" not in kept:
            kept["defers"] = measures_apart(self)
        return kept["defers"]

    def _splits(self, kind: str) -> bool:
        """Whether a step can be run without its logs: it is not the user's."""
        return all(is_own(getattr(self, name)) for name in PARTS[kind])

    def _loop(
        self, kind: str, batch: Any, ragged: bool, unseen: int | None, steps: int | None
    ) -> Any:
        """Several steps in one call of the engine, for batches like `batch` (see `compile_loop`).

        ragged: whether the last batch is shorter than `batch`.
        unseen: how many steps callbacks let pass unseen; None: any number.
        steps: how many there will be; None: nobody knows.
        """
        kept, anew = self._kept(kind), backend.RECOMPILES
        arrays = tree.flatten(batch)
        form = [a if a is None else (a.shape[not anew :], a.dtype.name) for a in arrays]
        key = (*form, ragged and anew, unseen)
        most = unseen or steps
        if key not in kept or kept[key].is_short_of(most):
            kept[key] = self._compile_loop(kind, batch, ragged, most, unseen is not None)
        return kept[key]

    def _fills_up(self, kind: str) -> bool:
        """Whether a batch may be filled up with rows that do not count."""
        kept = self._kept(kind)
        if "fills up" not in kept:
            kept["fills up"] = keeps_samples_apart(self, kind)
        return kept["fills up"]

    def _at_once(self, kind: str, batch_size: int) -> int:
        """How many batches one step may take as one: such as are small, where nobody looks."""
        own = is_own(self.predict_step) if kind == "predict" else self._splits(kind)  # type: ignore[attr-defined]
        goes_in_loops = backend.RECOMPILES and kind != "predict"
        if self.run_eagerly or self.jit_compile != backend.JIT or goes_in_loops or not own:
            return 1
        kept = self._kept(kind)
        if ("at once", batch_size) not in kept:
            apart = self._fills_up(kind) and (kind == "predict" or not gives_masks(self))
            kept["at once", batch_size] = batches_at_once(self, batch_size) if apart else 1
        return kept["at once", batch_size]

    def _compile_loop(
        self, kind: str, batch: Any, ragged: bool, most: int | None, exactly: bool
    ) -> Any:
        parts = (self._advance(kind), self._results, self._state(kind), batch)
        if ragged and self._fills_up(kind):
            try:
                return backend.compile_loop(*parts, True, most, exactly)
            except Inseparable:
                pass  # the last batch is compiled for itself
        return backend.compile_loop(*parts, False, most, exactly)


def signature(variables: list[Any]) -> list[tuple[Any, ...]]:
    """What a compiled function depends on: which variables there are, and how they are trained."""
    return [(id(v), v.trainable, v.regularizer, v.constraint) for v in variables]
