"""What came out of a comparison, in figures."""

import re
from typing import Any

Run = dict[str, Any]  # what `record` writes, with `seconds` and `said`
TINY = 1e-30  # a loss of nothing is still divided by
MERIT = re.compile(r"([^\W\d].*?)[ :=]+([-+]?\d[\d.]*(?:e[-+]?\d+)?(?: ?[^\W\d]+| ?%)?)")


def table(runs: list[Run]) -> list[list[str]]:
    """Rows of text: a heading, then one row for each quantity, with a column for each engine."""
    good = [r for r in runs if not r["error"]]
    names = list(dict.fromkeys(name for r in good for name in r["epochs"][-1]))
    first = good[0] if good else None
    rows = [["", *(r["engine"] for r in runs)]]

    def row(name: str, value: Any) -> None:
        rows.append([name, *("failed" if r["error"] else value(r) for r in runs)])

    for name in dict.fromkeys(name for r in good for name in merits(r)):
        row(name, lambda r, name=name: merits(r).get(name, "-"))
    for name in names:
        row(f"final {name}", lambda r, name=name: number(r["epochs"][-1].get(name)))
    if first:
        row(f"loss off {first['engine']}'s by", lambda r: number(max(distances(first, r)), ".1e"))
    row("time a step", lambda r: duration(r["step"]))
    row("time to the first step", lambda r: duration(r["first_step"]))
    row("peak memory", lambda r: memory(r["peak_memory"]))
    row("time in all", lambda r: duration(r["seconds"]))
    return rows


def outcome(run: Run) -> str:
    """How a run ended, in a line: its error, or the last thing that the script said."""
    return run["error"] or run["said"] or "done"


def merits(run: Run) -> dict[str, str]:
    """Figures of merit by name: what a script's last line says as `name number; name number`."""
    found = (MERIT.fullmatch(part.strip()) for part in re.split("[;,]", run["said"]))
    return {m[1]: m[2] for m in found if m}


def distances(one: Run, other: Run) -> list[float]:
    """Relative difference of two loss curves at each step."""
    pairs = zip(one["steps"], other["steps"])
    return [abs(a - b) / max(abs(a), TINY) for a, b in pairs]


def laid_out(rows: list[list[str]]) -> str:
    """Rows of text in columns."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(
            cell.rjust(w) if k else cell.ljust(w) for k, (cell, w) in enumerate(zip(r, widths))
        )
        for r in rows
    )


def number(x: float | None, form: str = ".6g") -> str:
    return "-" if x is None else format(x, form)


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"


def memory(size: int | None) -> str:
    return "-" if size is None else f"{size / 2**20:,.0f} MiB"
