"""Records of what was measured, as tables in markdown and as a picture."""

from pathlib import Path
from statistics import median
from typing import Any

from .duel import ratio
from .micro import CASES, RULES
from .workloads import WORKLOADS

UNLIKE = ("memory", "share of peak", "import", "save", "load")  # no ratio of these is made

# What we hold ourselves to: kerasx's speed as a multiple of the native loop's.
FIT = {
    "jax": dict(mlp=2.5, cnn=1.0, resnet=1.0, lstm=1.0, lm=1.15, recommender=1.0),
    "torch": dict(mlp=0.9, cnn=1.0, resnet=1.2, lstm=1.0, lm=1.0, recommender=3.0),
    "tensorflow": dict.fromkeys(WORKLOADS, 1.0),
}


ROW = {"jax": 100e-6, "torch": 100e-6, "tensorflow": 700e-6, "numpy": 40e-6}


def target(record: dict[str, Any]) -> str:
    """What is to be reached, as text; empty where nothing is."""
    engine, workload, measure = record["engine"], record["workload"], record["measure"]
    if workload == "micro":
        return small_target(engine, measure)
    if measure == "fit" and workload in FIT[engine]:
        return f"≥ {FIT[engine][workload]}"
    if measure in ("evaluate", "predict"):
        return "≥ 0.6" if (engine, workload) == ("torch", "mlp") else "≥ 0.9"
    if measure == "memory":
        return "≤ +60 MB"
    return "≥ 1.0" if measure == "callback" and (engine, workload) == ("jax", "mlp") else ""


def small_target(engine: str, case: str) -> str:
    """The same for a case of `micro`."""
    own = {
        ("torch", "dense"): "≥ 0.5",
        ("tensorflow", "first_step"): f"≤ {duration(5)}",
        (engine, "predict_row"): f"≤ {duration(ROW[engine])}",
        (engine, "build"): f"≤ {duration(0.05)}",
        (engine, "save"): f"≤ {duration(0.1)}",
        (engine, "load"): f"≤ {duration(0.1)}",
        **{(engine, rule): "≥ 0.91" for rule in RULES},
        (engine, "import"): f"≤ {duration(0.2)}",
    }
    return own.get((engine, case), "")


def records_of(engine: str, workload: str, found: dict[str, dict]) -> list[dict[str, Any]]:
    """A record for each measure and contestant, with its ratio to the native loop."""
    records = []
    measures = [m for m, v in next(iter(found.values())).items() if isinstance(v, list)]
    for measure in measures:
        base = found.get("native", {}).get(measure)
        for name, figures in found.items():
            rounds = figures[measure]
            records.append(
                dict(engine=engine, workload=workload, measure=measure, contestant=name,
                     rounds=rounds, median=median(rounds),
                     ratio=ratio(base, rounds) if base and measure not in UNLIKE else None)
            )  # fmt: skip
    return records


def table(records: list[dict[str, Any]]) -> str:
    """Markdown: a line for each engine, workload and measure; times or MB, and ratios to native."""
    names = list(dict.fromkeys(r["contestant"] for r in records))
    others = [n for n in names if n != "native"]
    head = ["engine", "workload", "measure", *names, *(f"{n} ×" for n in others), "target"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    groups: dict[tuple, dict[str, dict]] = {}
    for r in records:
        groups.setdefault((r["engine"], r["workload"], r["measure"]), {})[r["contestant"]] = r
    for (engine, workload, measure), row in groups.items():
        shown = CASES[measure] if workload == "micro" else measure
        cells = [engine, workload, shown, *(amount(row.get(n)) for n in names)]
        cells += [times(row.get(n)) for n in others]
        lines.append("| " + " | ".join([*cells, target(next(iter(row.values())))]) + " |")
    return "\n".join(lines) + "\n"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    for factor, unit in (1, "s"), (1e3, "ms"):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def amount(record: dict[str, Any] | None) -> str:
    if record is None:
        return ""
    if record["measure"] == "memory":
        return f"{record['median'] / 2**20:.0f} MB"
    if record["measure"] == "share of peak":
        return f"{record['median']:.0%}"
    return duration(record["median"])


def times(record: dict[str, Any] | None) -> str:
    return f"{record['ratio']:.2f}" if record and record["ratio"] else ""


TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


def picture(records: list[dict[str, Any]], path: Path) -> None:
    """Draw how fast Keras and kerasx are beside the native loop, a panel for each measure."""
    from matplotlib import pyplot as plt

    def place(record: dict[str, Any]) -> str:
        return f"{record['engine']}\n{record['workload']}"

    shown = [r for r in records if r["ratio"] and r["workload"] != "micro"]
    measures = list(dict.fromkeys(r["measure"] for r in shown))
    height = 2.5 * len(measures)
    width = 2 + 0.5 * len({place(r) for r in shown})
    figure, axes = plt.subplots(len(measures), 1, figsize=(width, height), squeeze=False)
    for axis, measure in zip(axes[:, 0], measures):
        rows = [r for r in shown if r["measure"] == measure]
        places = list(dict.fromkeys(map(place, rows)))
        for shift, name in (-0.2, "keras"), (0.2, "kerasx"):
            own = [r for r in rows if r["contestant"] == name]
            above = [r["ratio"] - 1 for r in own]  # bars stand on 1, or hang from it
            axis.bar([places.index(place(r)) + shift for r in own], above, 0.4, 1, label=name)
        axis.axhline(1, color="black", linewidth=0.8)
        axis.set(yscale="log", ylabel=f"{measure}: native = 1")
        axis.set_yticks(TICKS, [str(t) for t in TICKS], fontsize=7)
        axis.set_yticks([], minor=True)
        axis.set_xticks(range(len(places)), places, fontsize=6)
    axes[0, 0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
