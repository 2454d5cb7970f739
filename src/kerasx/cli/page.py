"""A comparison as one HTML page: the figures, and the curves drawn as SVG."""

from collections.abc import Iterable
from html import escape
from math import ceil, floor, isfinite, log10

from .figures import TINY, Run, distances, outcome

WIDTH, HEIGHT = 640, 260  # of the field that the curves are drawn in
LEFT, TOP, RIGHT, BOTTOM = 64, 12, 12, 34  # around it
MOST = 600  # points in a curve: more than that, screens do not show
Curves = dict[str, list[float]]

STYLE = """
:root { color-scheme: light dark; --line: #8884; --ink: #222; --paper: #fff;
  --c0: #1f77b4; --c1: #d65f0e; --c2: #2a8a3e; --c3: #8e44ad; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --paper: #16181c;
  --c0: #6db3f2; --c1: #ff9c57; --c2: #6fcf7f; --c3: #c792ea; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1460px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem } h2 { font-size: 1rem; margin: 0 0 .3rem }
table { border-collapse: collapse; margin: 1rem 0 2rem }
th, td { padding: .25rem .9rem; border-bottom: 1px solid var(--line); text-align: right }
th:first-child, td:first-child { text-align: left }
td { font-variant-numeric: tabular-nums } p { margin: .2rem 0 } .failed { color: #c0392b }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(480px, 1fr)); gap: 2rem }
figure { margin: 0 } svg { width: 100%; height: auto; display: block }
svg text { font-size: 12px; fill: var(--ink) }
.grid { stroke: var(--line) } polyline { fill: none; stroke-linejoin: round }
.legend span { margin-right: 1.2rem } .legend i { display: inline-block; width: 1.4em;
  height: 3px; vertical-align: middle; margin-right: .4em }
"""


def html(script: str, rows: list[list[str]], runs: list[Run]) -> str:
    """The page: needs no other file, and fetches nothing."""
    title = f"{escape(script)} on {len(runs)} engines"
    good = [r for r in runs if not r["error"]]
    ends = "".join(
        f"<p{' class=failed' if r['error'] else ''}><b>{escape(r['engine'])}</b>: "
        f"{escape(outcome(r))}</p>"
        for r in runs
    )
    return (
        f"<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<meta name='viewport' content='width=device-width'><title>{title}</title>"
        f"<style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
        f"{ends}{table(rows)}\n{legend(good)}\n<main>{''.join(charts(good))}</main>"
        "</body></html>\n"
    )


def table(rows: list[list[str]]) -> str:
    """Rows of text as a table, the first one as its head."""

    def line(cells: list[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "\n".join(line(row, "td") for row in rows[1:])
    return f"<table><thead>{line(rows[0], 'th')}</thead><tbody>{body}</tbody></table>"


def legend(runs: list[Run]) -> str:
    """Which colour is which engine."""
    marks = (
        f"<span><i style='background:var(--c{k % 4})'></i>{escape(r['engine'])}</span>"
        for k, r in enumerate(runs)
    )
    return f"<p class='legend'>{''.join(marks)}</p>"


def charts(runs: list[Run]) -> Iterable[str]:
    """One drawing for each quantity."""
    if not runs:
        return
    first = runs[0]
    yield chart("loss, running mean of each epoch", "step", {r["engine"]: r["steps"] for r in runs})
    # The first engine stays in, so that each engine keeps its colour.
    off = {r["engine"]: [log10(max(d, TINY)) for d in distances(first, r)] for r in runs}
    off = {name: [d if d > -17 else float("nan") for d in curve] for name, curve in off.items()}
    if len(runs) > 1:
        title = f"relative distance of the loss from {first['engine']}'s, as a power of ten"
        yield chart(title, "step", off)
    for name in dict.fromkeys(name for r in runs for name in r["epochs"][-1]):
        curves = {r["engine"]: [e[name] for e in r["epochs"] if name in e] for r in runs}
        yield chart(name, "epoch", curves)


def chart(title: str, across: str, curves: Curves) -> str:
    """Curves over 1, 2, ..., n."""
    values = [y for curve in curves.values() for y in curve if isfinite(y)]
    longest = max(map(len, curves.values()))
    ticks = round_numbers(min(values, default=0.0), max(values, default=1.0))
    low, high = ticks[0], ticks[-1]

    def x(k: float) -> float:
        return LEFT + (WIDTH * (k - 1) / (longest - 1) if longest > 1 else WIDTH / 2)

    def y(value: float) -> float:
        return TOP + HEIGHT * (high - value) / (high - low)

    parts = [
        f"<line class='grid' x1='{LEFT}' x2='{LEFT + WIDTH}' y1='{y(t):.1f}' y2='{y(t):.1f}'/>"
        f"<text x='{LEFT - 8}' y='{y(t) + 4:.1f}' text-anchor='end'>{t:.4g}</text>"
        for t in ticks
    ]
    parts += [
        f"<text x='{x(k):.1f}' y='{TOP + HEIGHT + 18}' text-anchor='middle'>{k:.0f}</text>"
        for k in round_numbers(1, longest)
        if k == int(k) and 1 <= k <= longest
    ]
    parts.append(
        f"<text x='{LEFT + WIDTH}' y='{TOP + HEIGHT + 32}' text-anchor='end'>{across}</text>"
    )
    for k, curve in enumerate(curves.values()):
        every = max(1, ceil(len(curve) / MOST))
        points = [(x(i + 1), y(v)) for i, v in enumerate(curve) if isfinite(v) and i % every == 0]
        parts.append(drawn(points, k))
    size = f"0 0 {LEFT + WIDTH + RIGHT} {TOP + HEIGHT + BOTTOM}"
    return (
        f"<figure><h2>{escape(title)}</h2>"
        f"<svg viewBox='{size}' role='img' aria-label='{escape(title)}'>{''.join(parts)}</svg>"
        "</figure>\n"
    )


def drawn(points: list[tuple[float, float]], k: int) -> str:
    """A line through the points of engine `k`, or a dot where there is just one.

    Those drawn first are broader, so that curves which agree do not hide each other.
    """
    colour, width = f"var(--c{k % 4})", max(1.5, 5.5 - 2 * k)
    if len(points) == 1:
        (x, y), radius = points[0], 2 + width
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{radius}' style='fill:{colour}'/>"
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f"<polyline points='{path}' style='stroke:{colour};stroke-width:{width}'/>"


def round_numbers(low: float, high: float, about: int = 5) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten that hold `low` and `high` between them."""
    if not high > low:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    return [k * step for k in range(floor(low / step), ceil(high / step) + 1)]
