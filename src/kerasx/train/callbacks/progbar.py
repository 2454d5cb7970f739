"""Progbar: how far a loop has come, as a line of text."""

import os
import sys
from collections.abc import Iterable
from time import perf_counter
from typing import Any

from .say import say

FULL, EMPTY = "━", "─"


class Progbar:
    """A line that says how much is done, how long it takes, and some values.

    Where the output is no terminal (a file, a pipe), only the last state is written.

    Args:
        target: number of units to do; None: not known.
        width: characters of the bar.
        verbose: 0 silent, 1 a bar, 2 one line at the end.
        interval: seconds at least between two drawings.
        stateful_metrics: values that are shown as they are; so are all others.
        stateless_metrics: values that are averaged over the units, each as the mean since the last.
        unit_name: what is counted.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ):
        self.target, self.width, self.verbose, self.interval = target, width, verbose, interval
        self.stateful_metrics = set(stateful_metrics or ())
        self.averaged = set(stateless_metrics or ()) - self.stateful_metrics
        self.unit_name = unit_name
        self.dynamic = is_dynamic()
        self.began = perf_counter()
        self.drawn_at, self.drawn_width = 0.0, 0
        self.seen = 0
        self.values: dict[str, tuple[float, int]] = {}  # name -> (sum, number of units)
        self.finished = False

    def update(self, current: int, values: Any = None, finalize: bool | None = None) -> None:
        """Show that `current` units are done.

        values: (name, value) pairs.
        finalize: whether this is the end; None: where the target is met.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        units = max(current - self.seen, 1)
        for name, value in values or ():
            total, n = self.values.get(name, (0.0, 0)) if name in self.averaged else (0.0, 0)
            self.values[name] = (total + value * units, n + units) if number(value) else (value, 0)
        self.seen = current
        if self.verbose == 0 or self.finished:
            return
        now = perf_counter()
        if (
            self.verbose == 1
            and self.dynamic
            and (finalize or now - self.drawn_at >= self.interval)
        ):
            self.drawn_at = now
            self.draw(self.line(now, finalize), finalize)
        elif finalize:
            say(self.summary(now) if self.verbose == 2 else self.line(now, True))
        self.finished = finalize and self.target is not None

    def add(self, n: int, values: Any = None) -> None:
        """Show that `n` more units are done."""
        self.update(self.seen + n, values)

    def draw(self, line: str, last: bool) -> None:
        """Write `line` over the one before."""
        say("\r" + line.ljust(self.drawn_width), line_break=last)
        self.drawn_width = 0 if last else len(line)

    def line(self, now: float, finalize: bool) -> str:
        """`12/40 ━━━━━━────────────── 3s 96ms/step - loss: 0.1234`."""
        count = f"{self.seen}/{self.target or 'unknown'}"
        bar = ""
        if self.target:
            done = min(self.width, self.width * self.seen // self.target)
            count = count.rjust(2 * len(str(self.target)) + 1)
            bar = " " + FULL * done + EMPTY * (self.width - done)
        spent, each = now - self.began, (now - self.began) / max(self.seen, 1)
        ends = finalize or not self.target
        seconds = spent if ends else each * (self.target - self.seen)  # type: ignore[operator]
        return f"{count}{bar} {clock(seconds)} {self.pace(each)}{self.told()}"

    def summary(self, now: float) -> str:
        """`40/40 - 4s - 96ms/step - loss: 0.1234`."""
        spent = now - self.began
        pace = self.pace(spent / max(self.seen, 1))
        return f"{self.seen}/{self.target or self.seen} - {clock(spent)} - {pace}{self.told()}"

    def pace(self, each: float) -> str:
        """'96ms/step'."""
        return f"{duration(each)}/{self.unit_name}"

    def told(self) -> str:
        """The values, as text."""
        return "".join(
            f" - {name}: {shown(v / n if n else v)}" for name, (v, n) in self.values.items()
        )


def number(x: Any) -> bool:
    """Whether `x` can be averaged."""
    return hasattr(x, "__mul__") and not isinstance(x, str)


def shown(x: Any) -> str:
    """A value with four digits."""
    if not number(x) or getattr(x, "ndim", 0):
        return str(x)
    x = float(x)
    return f"{x:.4f}" if abs(x) > 1e-3 or x == 0 else f"{x:.4e}"


def clock(seconds: float) -> str:
    """'12s', '1:05', '2:00:12'."""
    whole = int(seconds)
    if whole >= 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 60}:{whole % 60:02d}" if whole > 60 else f"{whole}s"


def duration(seconds: float) -> str:
    """'3s', '96ms', '120us'."""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1 or (unit == "s" and seconds == 0):
            return f"{seconds * factor:.0f}{unit}"
    return f"{seconds * 1e6:.0f}us"


def is_dynamic() -> bool:
    """Whether a line that is written can be written over: on a terminal, or in a notebook."""
    isatty = getattr(sys.stdout, "isatty", None)
    return bool(isatty and isatty()) or "ipykernel" in sys.modules or "PYCHARM_HOSTED" in os.environ
