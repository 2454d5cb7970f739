"""The table that `model.summary()` prints."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import tree

HEADS = ("Layer (type)", "Output Shape", "Param #", "Trainable")
BYTES = {"float64": 8, "int64": 8, "uint64": 8, "float16": 2, "bfloat16": 2, "int16": 2, "uint16":
2,
         "int8": 1, "uint8": 1, "bool": 1}  # fmt: skip


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: list[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Any = None,
) -> None:
    """Print a table of the layers of `model` and the number of its parameters."""
    if layer_range is not None and len(layer_range) != 2:
        raise ValueError(
            f"summary(): layer_range={layer_range!r}: expected (first name, last name)."
        )
    columns = 4 if show_trainable else 3
    rows = [HEADS[:columns]]
    rows += [r[:columns] for r in layer_rows(between(model.layers, layer_range), expand_nested)]
    widths = column_widths(rows, line_length, positions)
    rule = "-" * (sum(widths) + 3 * len(widths) + 1)
    lines = [f'Model: "{model.name}"', rule]
    for k, row in enumerate(rows):
        cells = (str(c)[:w].ljust(w) for c, w in zip(row, widths))
        lines.append("| " + " | ".join(cells) + " |")
        if k == 0:
            lines.append(rule)
    lines.append(rule)
    (print_fn or print)("\n".join([*lines, *totals(model)]))


def layer_rows(layers: list[Any], nested: bool, indent: str = "") -> Any:
    """(name and type, output shape, parameters, trainable) of layers."""
    for layer in layers:
        count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        yield (
            f"{indent}{layer.name} ({type(layer).__name__})",
            shape_of(layer),
            count,
            "Y" if layer.trainable else "N",
        )
        if nested and hasattr(layer, "layers"):
            yield from layer_rows(layer.layers, nested, indent + "  ")


def shape_of(layer: Any) -> str:
    """The shape of a layer's output, or '?'."""
    nodes = layer.__dict__.get("_inbound_nodes")
    if nodes:
        shapes = [str(t.shape) for t in nodes[0].outputs]
        return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"
    return "?"


def between(layers: list[Any], layer_range: Any) -> list[Any]:
    """The layers from one name to another."""
    if layer_range is None:
        return layers
    names = [layer.name for layer in layers]
    for name in layer_range:
        if name not in names:
            raise ValueError(f"summary(): layer_range: there is no layer {name!r}.")
    return layers[names.index(layer_range[0]) : names.index(layer_range[1]) + 1]


def column_widths(
    rows: list[Any], line_length: int | None, positions: list[float] | None
) -> list[int]:
    """Widths of the columns: as wide as their text, or parts of `line_length`."""
    widths = [max(len(str(r[k])) for r in rows) for k in range(len(rows[0]))]
    if positions and line_length:
        ends = [int(line_length * p) if p <= 1 else int(p) for p in positions]
        widths = [max(b - a - 3, 4) for a, b in zip([0, *ends], ends)][: len(widths)]
    return widths


def totals(model: Any) -> list[str]:
    """Lines that count the parameters."""
    if not model.built:
        return ["The model is not built: the number of its parameters is not known yet."]
    groups = {
        "Total params": model.variables,
        "Trainable params": model.trainable_variables,
        "Non-trainable params": model.non_trainable_variables,
    }
    if getattr(model, "optimizer", None) is not None and model.optimizer.built:
        groups["Optimizer params"] = list(model.optimizer.variables)
    return [f"{name}: {count(v):,} ({memory(v)})" for name, v in groups.items()]


def count(variables: list[Any]) -> int:
    """The number of scalars in variables."""
    return sum(int(np.prod(v.shape, dtype=np.int64)) for v in tree.flatten(variables))


def memory(variables: list[Any]) -> str:
    """The size of variables, in words."""
    size = float(
        sum(int(np.prod(v.shape, dtype=np.int64)) * BYTES.get(v.dtype, 4) for v in variables)
    )
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.2f} {unit}"
        size /= 1024
    return ""
