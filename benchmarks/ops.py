"""Ops, one call at a time: the engine's own, kerasx's and genuine Keras's, side by side.

    python -m benchmarks.ops [--engine jax torch] [--case take sort] [--size small] [--json FILE]

Each engine is measured in a process of its own, where the contestants alternate, in another order
each round. See README.md beside.
"""

import argparse
import gc
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from .calls import CASES, SIZES

ROOT = Path(__file__).parents[1]
ENGINES = ("jax", "torch", "tensorflow", "numpy")
BLOCK = 2e-3  # seconds of a block of calls: long against the clock, short against what disturbs
LEAST, LONGEST = 5, 1.0  # rounds at least; seconds for a case, if that leaves as many
MARKS = {"jax": 1.0, "torch": 1.0, "tensorflow": 3.0, "numpy": 1.0}  # µs over the engine's own call
# Who gives something else than kerasx, or does less, by engine and case ("" stands for every
# engine): of these only the shapes are compared, and who is slower is not asked.
UNLIKE = {
    ("", "normal"): ("raw", "keras"),  # random
    ("", "gaussian_blur"): ("keras",),  # mixes channels, or exchanges height and width
    ("torch", "resize_bicubic"): ("raw", "keras"),  # PyTorch's cubic kernel is steeper
    ("torch", "affine_transform"): ("keras",),  # turns the matrix that it is given, at each call
    ("torch", "top_k"): ("raw", "keras"),  # equal elements in any order
    ("numpy", "scatter_update"): ("keras",),  # writes into its argument
}


class Contestants:
    """A case's calls by the names of the contestants, on one engine."""

    def __init__(self, engine: str):
        self.engine = engine
        self.raw = importlib.import_module(f"{__package__}.raw.{engine}")
        self.libraries = {
            n: importlib.import_module(n) for n in ("kerasx", "keras") if find_spec(n)
        }
        self.ready = waiting(engine)
        self.refusals: dict[tuple[str, str], str] = {}

    def calls(self, case: str, size: str) -> dict[str, Callable[[], Any]]:
        """What those can do who take part; that all give the same is seen to first."""
        call, arguments = CASES[case]

        def own() -> list[Any]:  # what one does to its arguments shall not reach the others
            return [self.raw.tensor(a.copy()) for a in arguments[SIZES.index(size)]]

        def waited(fn: Callable, *x: Any) -> Callable[[], Any]:
            return lambda: self.ready(fn(*x))

        made: dict[str, Callable[[], Any]] = {}
        if raw := getattr(self.raw, case, None):
            made["raw"] = waited(raw, *own())
        for name, library in self.libraries.items():
            made[name] = waited(call, library, *own())
        try:
            made["keras"]()
        except Exception as error:  # what genuine Keras lacks on this engine, it may say in any way
            made.pop("keras", None)
            self.refusals[case, size] = repr(error)
        wanted = arrays(made["kerasx"]())
        for name in set(made) - {"kerasx"}:
            what = f"{self.engine} {case} {name}"
            check_alike(what, wanted, arrays(made[name]()), name not in unlike(self.engine, case))
        return made


def unlike(engine: str, case: str) -> set[str]:
    """The contestants that do not do the same work as kerasx."""
    return {n for e in ("", engine) for n in UNLIKE.get((e, case), ())}


def waiting(engine: str) -> Callable[[Any], Any]:
    """A function that gives what it is given when it is there, on engines that run ahead."""
    module = importlib.import_module(engine)
    if engine == "jax":
        return module.block_until_ready
    if engine == "torch" and module.cuda.is_available():
        return lambda y: (module.cuda.synchronize(), y)[1]
    if engine == "tensorflow" and module.config.list_physical_devices("GPU"):
        return lambda y: (module.test.experimental.sync_devices(), y)[1]
    return lambda y: y


def arrays(y: Any) -> list[np.ndarray]:
    """The results of a call, on the host."""
    several = y if isinstance(y, (tuple, list)) else [y]
    return [np.asarray(i.cpu() if type(i).__module__ == "torch" else i) for i in several]


def check_alike(what: str, wanted: list[np.ndarray], got: list[np.ndarray], values: bool) -> None:
    """Raise where two contestants do not do the same work."""
    for a, b in zip(wanted, got, strict=True):
        if a.shape != b.shape or (values and not np.allclose(a, b, 1e-3, 1e-3)):
            apart = np.abs(a - b).max() if a.shape == b.shape else f"{a.shape}, {b.shape}"
            raise RuntimeError(f"{what}: other results than kerasx, by {apart}: not the same work.")


def block(call: Callable, count: int, clock: Callable[[], float]) -> float:
    """Seconds a call, over so many of them."""
    start = clock()
    for _ in range(count):
        call()
    return (clock() - start) / count


def compared(
    calls: dict[str, Callable], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Seconds a call by contestant and round; who comes first changes with the round."""
    names = list(calls)
    for n in names:
        block(calls[n], 3, clock)  # the first calls compile, and do not count
    once = [block(calls[n], 3, clock) for n in names]
    count = max(1, int(BLOCK / min(once)))
    rounds = max(LEAST, min(rounds, int(LONGEST / (count * sum(once)))))
    found: dict[str, list[float]] = {n: [] for n in names}
    gc.disable()
    for k in range(rounds):
        first = k % len(names)
        for n in names[first:] + names[:first]:
            found[n].append(block(calls[n], count, clock))
    gc.enable()
    return found


def quiet(times: list[float]) -> float:
    """The median of the quieter half of the rounds, in µs."""
    return 1e6 * median(sorted(times)[: (len(times) + 1) // 2])


def record(engine: str, case: str, size: str, found: dict[str, list[float]]) -> dict[str, Any]:
    """The times of a case in µs, kerasx's over raw, and Keras's as a multiple of kerasx's."""
    us = {n: quiet(v) for n, v in found.items()}
    made: dict[str, Any] = dict(
        engine=engine, case=case, size=size, rounds=len(found["kerasx"]), us=us
    )
    made["over"] = us["kerasx"] - us["raw"] if "raw" in us else None
    made["ratio"] = us["keras"] / us["kerasx"] if "keras" in us else None
    made["alike"] = "keras" not in unlike(engine, case)
    return made


def measured(engine: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The records of one engine."""
    clock = process_time if args.busy else perf_counter
    contestants, records = Contestants(engine), []
    for case in args.case:
        for size in args.size:
            if CASES[case][1][SIZES.index(size)] is None:
                continue
            try:
                calls = contestants.calls(case, size)
            except NotImplementedError:  # kerasx has no such op here
                continue
            records.append(record(engine, case, size, compared(calls, args.rounds, clock)))
            if refusal := contestants.refusals.get((case, size)):
                records[-1]["refusal"] = refusal
    return records


# -- Report ---------------------------------------------------------------------------------------
def table(records: list[dict[str, Any]]) -> str:
    """Markdown: a line for each case and size; what misses a mark is in bold."""
    head = ["engine", "op", "size", "raw µs", "kerasx µs", "over raw", "keras µs", "keras ×"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for r in records:
        us, over, ratio = r["us"], r["over"], r["ratio"]
        cells = [r["engine"], r["case"], r["size"], number(us.get("raw")), number(us["kerasx"])]
        missed = over is not None and r["size"] == "small" and over > MARKS[r["engine"]]
        cells += [number(over, missed), number(us.get("keras"))]
        other = "" if r["alike"] else " (other work)"
        lines.append("| " + " | ".join([*cells, number(ratio, is_slower(r)) + other]) + " |")
    slow = [f"{r['case']} ({r['size']}, {r['ratio']:.2f})" for r in records if is_slower(r)]
    return "\n".join(lines) + f"\n\nSlower than Keras: {', '.join(slow) or 'none'}.\n"


def is_slower(record: dict[str, Any]) -> bool:
    """Whether Keras does the same quicker, by more than the clock's uncertainty."""
    return record["alike"] and record["ratio"] is not None and record["ratio"] < 0.95


def number(value: float | None, bold: bool = False) -> str:
    text = "" if value is None else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    return f"**{text}**" if bold else text


def one_engine(engine: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    """The records of an engine, from a process of its own, where each call has one thread."""
    env = os.environ | {
        "KERASX_BACKEND": engine, "KERAS_BACKEND": engine, "OMP_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3",
        # memory that was freed stays: else it is by chance who has its pages mapped anew
        "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1), "MALLOC_MMAP_THRESHOLD_": str(2**25),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    asked = ["--case", *args.case, "--size", *args.size]
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.ops", "--child", engine, *asked]
    command += ["--rounds", str(args.rounds), *(["--busy"] if args.busy else [])]
    ran = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    if ran.returncode:
        sys.exit(f"benchmarks.ops: {engine} failed.")
    return json.loads(ran.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ops", description=(__doc__ or "").splitlines()[0]
    )

    there = [e for e in ENGINES if find_spec(e)]
    for name, allowed in ("engine", there), ("case", CASES), ("size", SIZES):
        parser.add_argument(f"--{name}", nargs="+", choices=allowed, default=list(allowed))
    parser.add_argument("--rounds", type=int, default=51)
    parser.add_argument("--busy", action="store_true",
                        help="time on the processor instead: for a busy machine")  # fmt: skip
    parser.add_argument("--json", type=Path, help="write all figures to a file")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measured(args.child, args)))
        return
    records = []
    for engine in args.engine:
        records += (new := one_engine(engine, args))
        print(table(new), flush=True)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(records, indent=1))


if __name__ == "__main__":
    main()
