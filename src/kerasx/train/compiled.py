"""What `compile` is given, made into one loss and one list of metrics for all outputs."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import losses, metrics, ops
from ..core import dtypes, tree
from ..core.scope import LOCAL, Scope
from ..core.tracking import distinct
from ..core.variable import Variable, unwrap
from ..losses.loss import LossFunctionWrapper, rows_of
from ..metrics.lookup import find

# What a metric's short name stands for: with one output, one-hot targets, integer targets.
BY_SHAPES = {
    "accuracy": (
        metrics.BinaryAccuracy, metrics.CategoricalAccuracy, metrics.SparseCategoricalAccuracy,
    ),
    "crossentropy": (
        metrics.BinaryCrossentropy, metrics.CategoricalCrossentropy,
        metrics.SparseCategoricalCrossentropy,
    ),
}  # fmt: skip
BY_SHAPES |= {"acc": BY_SHAPES["accuracy"], "ce": BY_SHAPES["crossentropy"]}


class Outputs:
    """The outputs of a model: their structure, and their names in the order of `tree.flatten`."""

    def __init__(self, structure: Any, names: list[str] | None):
        self.structure = tree.map_structure(lambda _: 0, structure)
        self.paths = list(paths(self.structure))
        self.known = names is not None and len(names) == len(self.paths)
        given: list[Any] = list(names) if self.known else [None] * len(self.paths)  # type: ignore[arg-type]
        self.labels = [label(path, name) for path, name in zip(self.paths, given)]
        self.names = [name or own for name, own in zip(given, self.labels)]

    def each(self, given: Any, what: str, shared: bool = True, many: bool = False) -> list[Any]:
        """`given`, in the outputs' structure or by their names, as a list with one entry for each.

        shared: whether what is no list and no dict goes for all outputs.
        many: whether entries may be lists themselves.
        """
        if isinstance(given, dict):
            for names in (self.labels, self.names):
                if set(given) <= set(names):
                    return [given.get(name) for name in names]
            if len(given) == 1 and self.names == [None]:
                return list(given.values())
        elif len(self.paths) == 1:
            if many:
                return [given]
            if isinstance(given, (list, tuple)) and len(given) == 1:
                return [given[0]]
        return self._walk(self.structure, given, what, shared, many)

    def _walk(self, node: Any, given: Any, what: str, shared: bool, many: bool) -> list[Any]:
        if not tree.is_nested(node) and (
            not tree.is_nested(given) or (many and not isinstance(given, dict))
        ):
            return [given]
        if given is None or (shared and not tree.is_nested(given)):
            return [given] * len(tree.flatten(node))
        keys = [k for k, _ in tree.items(node)] if tree.is_nested(node) else []
        if isinstance(given, dict) and isinstance(node, dict) and set(given) <= set(keys):
            parts = [given.get(k) for k in keys]
        elif isinstance(given, (list, tuple)) and len(given) == len(keys):
            parts = list(given)
        else:
            raise ValueError(
                f"{what} has {told(given)}, but the outputs are {self}: "
                "give one for each, in order or by name."
            )
        return [
            x for k, part in zip(keys, parts) for x in self._walk(node[k], part, what, shared, many)
        ]

    def __str__(self):
        names = [n or f"number {k}" for k, n in enumerate(self.names)]
        return (
            ", ".join(map(repr, names))
            if self.paths != [()]
            else repr(self.names[0] or "one tensor")
        )


def told(given: Any) -> str:
    """What an argument holds, for a message."""
    if isinstance(given, dict):
        return f"the keys {sorted(map(str, given))}"
    if isinstance(given, (list, tuple)):
        return f"{len(given)} entries"
    return "one entry"


def paths(structure: Any) -> Iterator[tuple[Any, ...]]:
    """The keys that lead to each leaf."""
    if not tree.is_nested(structure):
        yield ()
        return
    for key, child in tree.items(structure):
        for path in paths(child):
            yield (key, *path)


def label(path: tuple[Any, ...], name: str | None) -> str | None:
    """The name of an output: its keys in dicts, its own name in place of a number in a list."""
    words = [key for key in path[:-1] if isinstance(key, str)]
    last = path[-1] if path and isinstance(path[-1], str) else name
    return "/".join([*words, last]) if last is not None else None


def distinct_names(names: list[str]) -> list[str]:
    """`names`, with numbers behind those that were there before."""
    used: dict[str, int] = {}
    out = []
    for name in names:
        count = used[name] = used.get(name, -1) + 1
        out.append(f"{name}_{count}" if count else name)
    return out


# -- Losses ---------------------------------------------------------------------------------------
def as_loss(given: Any, reduction: str) -> Any:
    """A Loss, from what users may give for one."""
    found = losses.get(given)
    if found is None or isinstance(found, losses.Loss):
        return found
    return LossFunctionWrapper(fn=found, reduction=reduction)


def number_of(batch: Any) -> Any:
    """The number of samples in a structure of tensors."""
    if LOCAL.present is not None:
        return LOCAL.present.count
    return ops.shape(next(a for a in tree.flatten(batch) if a is not None))[0]


class CompileLoss:
    """The weighted sum of the losses of all outputs.

    Args:
        loss: a loss, its name or a function, for all outputs; or a list or dict of these.
        loss_weights: factors, as a list or dict.
        reduction: how the losses that are mere functions are reduced.
        output_names: names of the outputs.

    `metrics` are means of the losses of each output, where there are several.
    """

    def __init__(
        self, loss: Any, loss_weights: Any = None, reduction: str = "sum_over_batch_size",
        output_names: list[str] | None = None,
    ):  # fmt: skip
        self.loss, self.loss_weights, self.reduction = loss, loss_weights, reduction
        self.output_names = output_names
        self.metrics: list[Any] = []
        self.built = False
        if names := [w for w in tree.flatten(loss_weights) if isinstance(w, str)]:
            raise ValueError(
                f"compile(): loss_weights={names}: expected numbers. Metrics are given by name: "
                f"compile(..., metrics={names})."
            )
        for given in tree.flatten(loss) if not is_config(loss) else ():
            as_loss(given, reduction)  # a wrong name shall be told of now

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Find the loss of each output, given targets and predictions (or their KerasTensors)."""
        outputs = self.outputs = Outputs(y_pred, self.output_names)
        given = (
            [self.loss] * len(outputs.paths)
            if is_config(self.loss)
            else outputs.each(self.loss, "compile(): loss")
        )
        weights = outputs.each(self.loss_weights, "compile(): loss_weights")
        found = [as_loss(x, self.reduction) for x in given]
        targets = outputs.each(y_true, "the data: y", shared=False)
        for loss, target, name in zip(found, targets, outputs.names):
            if loss is not None and target is None:
                one = "the model" if name is None else f"output {name!r}"
                raise ValueError(f"{one} has a loss, but no targets in the data: give y.")
        self._terms = [
            (k, loss, w) for k, (loss, w) in enumerate(zip(found, weights)) if loss is not None
        ]
        self.metrics = []
        if len(self._terms) > 1:
            names = distinct_names([outputs.labels[k] or loss.name for k, loss, _ in self._terms])
            self.metrics = [metrics.Mean(name=f"{name}_loss") for name in names]
        self.built = True

    @property
    def variables(self) -> list[Variable]:
        """The state of `metrics`."""
        return [v for m in self.metrics for v in m.variables]

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The scalar that training lowers, or None where no output has a loss."""
        if not self.built:
            self.build(y_true, y_pred)
        predictions = tree.flatten(y_pred)
        targets = self.outputs.each(y_true, "the data: y", shared=False)
        sample_weights = self.outputs.each(sample_weight, "the data: sample_weight")
        total = None
        for n, (k, loss, weight) in enumerate(self._terms):
            value = loss(targets[k], predictions[k], sample_weights[k])
            if self.metrics:
                self.metrics[n].update_state(value, sample_weight=number_of(predictions[k]))
            value = value if weight is None else ops.multiply(value, weight)
            total = value if total is None else ops.add(total, value)
        return total


def is_config(x: Any) -> bool:
    """Whether a dict tells of one object, not of several by name."""
    return isinstance(x, dict) and "class_name" in x and "config" in x


# -- Metrics --------------------------------------------------------------------------------------
def as_metric(given: Any, y_true: Any, y_pred: Any) -> Any:
    """A Metric, from what users may give for one."""
    if isinstance(given, str):
        kinds = BY_SHAPES.get(given.lower())
        found = kinds[kind_of(y_true, y_pred)] if kinds else find(given)
        if isinstance(found, type):
            return found(name=given)
        given = found
    elif isinstance(given, (dict, type)):
        given = metrics.get(given)
    if isinstance(given, metrics.Metric) or given is None:
        return given
    if not callable(given):
        raise ValueError(
            f"compile(): {given!r} is not a metric: expected a metric, its name or a function."
        )
    name = getattr(given, "name", None) or getattr(given, "__name__", type(given).__name__)
    return metrics.MeanMetricWrapper(given, name=name.strip("<>"))


def kind_of(y_true: Any, y_pred: Any) -> int:
    """0 for yes-no outputs, 1 for one-hot targets, 2 for integer targets."""
    true, pred = tuple(y_true.shape), tuple(y_pred.shape)
    if len(pred) < 2 or pred[-1] == 1:
        return 0
    return 2 if len(true) < len(pred) or (true[-1] == 1 and pred[-1] != 1) else 1


class CompileMetrics(metrics.Metric):
    """The metrics of all outputs, as one whose result is a dict.

    Args:
        metrics: metrics, names or functions; for several outputs a list or dict of these, or of
            lists of these.
        weighted_metrics: the same, for metrics that sample weights count for.
        output_names: names of the outputs.
    """

    def __init__(
        self,
        metrics: Any = None,
        weighted_metrics: Any = None,
        output_names: list[str] | None = None,
    ):
        super().__init__(name="compile_metrics")
        self.given, self.output_names = (metrics, weighted_metrics), output_names
        self.entries: list[Entry] = []
        self.built = False
        for given in tree.flatten(self.given):
            if isinstance(given, str) and given.lower() not in BY_SHAPES:
                find(given)  # a wrong name shall be told of now

    @property
    def metrics(self) -> list[Any]:
        """The metrics of all outputs; none before they are built."""
        return distinct(e.metric for e in self.entries)

    @property
    def variables(self) -> list[Variable]:
        """The state of all metrics."""
        return distinct(v for m in self.metrics for v in m.variables)

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Make the metrics and their variables, given targets and predictions, or KerasTensors."""
        outputs = self.outputs = Outputs(y_pred, self.output_names)
        targets = outputs.each(y_true, "the data: y", shared=False)
        predictions = tree.flatten(y_pred)
        self.entries = []
        for given, what in zip(self.given, ("metrics", "weighted_metrics")):
            for k, entry in enumerate(
                outputs.each(given, f"compile(): {what}", shared=False, many=True)
            ):
                for one in tree.flatten(entry) if isinstance(entry, (list, tuple)) else [entry]:
                    if one is None:
                        continue
                    if targets[k] is None:
                        raise ValueError(
                            f"output {outputs.names[k]!r} has metrics, but no targets."
                        )
                    metric = as_metric(one, targets[k], predictions[k])
                    build_metric(metric, targets[k], predictions[k])
                    self.entries.append(Entry(k, metric, what == "weighted_metrics"))
        self.entries.sort(key=lambda e: e.output)
        self._name_entries()
        self.built = True

    def _name_entries(self) -> None:
        """Give each metric its name among the results."""
        several = len(self.outputs.paths) > 1
        plain = {(e.output, e.metric.name) for e in self.entries if not e.weighted}
        names = []
        for e in self.entries:
            name = e.metric.name
            if e.weighted and (e.output, name) in plain:
                name = f"weighted_{name}"
            prefix = self.outputs.labels[e.output] if several else None
            names.append(name if prefix is None else f"{prefix}_{name}")
        for e, name in zip(self.entries, distinct_names(names)):
            e.name = name

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch."""
        if not self.built:
            self.build(y_true, y_pred)
        predictions = tree.flatten(y_pred)
        targets = self.outputs.each(y_true, "the data: y", shared=False)
        weights = self.outputs.each(sample_weight, "the data: sample_weight")
        for e in self.entries:
            weight = weights[e.output] if e.weighted else None
            rows = rows_of(predictions[e.output] if weight is None else weight)
            if rows is not None:
                weight = ops.reshape(rows, (-1,)) if weight is None else ops.multiply(weight, rows)
            options = {} if weight is None else {"sample_weight": weight}
            e.metric.update_state(targets[e.output], predictions[e.output], **options)

    def result(self) -> dict[str, Any]:
        """The results by name."""
        results: dict[str, Any] = {}
        for e in self.entries:
            value = unwrap(e.metric.result())  # it may give its variable
            results |= value if isinstance(value, dict) else {e.name: value}
        return results

    def get_config(self) -> dict[str, Any]:
        """Raises NotImplementedError: what is saved is what `compile` was given."""
        raise NotImplementedError("CompileMetrics: save model.get_compile_config() in its place.")


class Entry:
    """A metric of an output."""

    def __init__(self, output: int, metric: Any, weighted: bool):
        self.output, self.metric, self.weighted = output, metric, weighted
        self.name = metric.name


def build_metric(metric: Any, y_true: Any, y_pred: Any) -> None:
    """Have a metric make the variables that it makes only once it sees data."""
    built = getattr(metric, "built", bool(metric.variables))
    if built:
        return
    if hasattr(metric, "build"):
        metric.build(tuple(y_true.shape), tuple(y_pred.shape))
        return

    arrays = [np.zeros([n or 1 for n in y.shape], dtypes.name_of(y)) for y in (y_true, y_pred)]
    with Scope():  # what it writes is not meant
        metric.update_state(*map(ops.convert_to_tensor, arrays))
