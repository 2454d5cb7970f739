"""Measure, print tables, write JSON and a picture: see README.md beside."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

os.environ["KERASX_BACKEND"] = "numpy"  # this process only draws the first weights
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from . import report
from .contestants import NAMES, runs
from .duel import MEASURES, duels, micro, starts, write_weights
from .micro import CASES
from .worker import Worker
from .workloads import WORKLOADS

ENGINES = ("jax", "torch", "tensorflow", "numpy")  # numpy: `micro` alone
SHORT = {"float32": "", "mixed_bfloat16": ", 16 bits"}  # of precisions, in tables


def listed(allowed: tuple[str, ...]) -> Any:
    """A converter of `a,b` to a list of some of `allowed`."""

    def convert(text: str) -> list[str]:
        names = text.split(",")
        if unknown := set(names) - set(allowed):
            raise argparse.ArgumentTypeError(f"{sorted(unknown)}: expected some of {allowed}")
        return names

    return convert


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    every = (*MEASURES, "start", "micro", "all")
    parser.add_argument("measures", nargs="+", choices=every, metavar="MEASURE",
                        help=f"some of {', '.join(every)}")  # fmt: skip
    parser.add_argument("--engine", type=listed(ENGINES),
                        default=[e for e in ENGINES if find_spec(e)])  # fmt: skip
    usual = [n for n, w in WORKLOADS.items() if n != "deep" and not w.large]
    parser.add_argument("--workload", type=listed(tuple(WORKLOADS)), default=usual)
    parser.add_argument("--precision", type=listed(tuple(SHORT)), default=["float32"])
    parser.add_argument("--contestant", type=listed(NAMES), default=list(NAMES))
    parser.add_argument("--case", type=listed(tuple(CASES)), default=list(CASES),
                        help="which of those of `micro`")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, help="keep each process to so many cores (Linux)")
    parser.add_argument("--tiny", action="store_true", help="two steps an epoch, for a test")
    parser.add_argument("--json", type=Path, help="write all figures to a file")
    parser.add_argument("--picture", type=Path, help="draw the ratios into a file")
    parser.add_argument("--profile", type=Path, metavar="FILE",
                        help="instead of measuring: kerasx under cProfile")  # fmt: skip
    args = parser.parse_args()
    if "all" in args.measures:
        args.measures = [*MEASURES, "start", "micro"]
    return args


def specs_of(
    args: argparse.Namespace, engine: str, workload: str, folder: str, precision: str = "float32"
) -> list[dict]:
    """What the workers of one comparison are told."""
    small = workload == "micro"
    for name in ("mlp", "deep") if small else (workload,):
        write_weights(name, folder)
    names = [n for n in args.contestant if runs(n, engine, workload)]
    common = dict(engine=engine, workload=workload, folder=folder, precision=precision)
    return [dict(contestant=n, **common, tiny=args.tiny, cores=args.cores) for n in names]


def measured(args: argparse.Namespace, folder: str) -> Iterator[list[dict[str, Any]]]:
    """The records of one comparison after the other: one for each measure and contestant."""
    rounds = [m for m in args.measures if m in MEASURES]
    for engine in args.engine:
        kinds = product(args.precision, args.workload if engine != "numpy" else ())
        asked = {}
        for precision, workload in kinds:
            if specs := specs_of(args, engine, workload, folder, precision):
                asked[workload + SHORT[precision]] = specs
        if rounds and asked:
            for name, found in zip(asked, duels([*asked.values()], rounds, args.rounds)):
                if found:
                    yield report.records_of(engine, name, found)
        if "start" in args.measures:
            for name, specs in asked.items():
                yield report.records_of(engine, name, starts(specs, args.rounds))
        if "micro" in args.measures:
            found = micro(specs_of(args, engine, "micro", folder), args.rounds, args.case)
            yield report.records_of(engine, "micro", found)


def profile(args: argparse.Namespace, folder: str) -> None:
    """The profile of each measure asked for, of kerasx alone."""
    args.contestant = ["kerasx"]
    for engine in args.engine:
        for workload in args.workload:
            worker = Worker(specs_of(args, engine, workload, folder)[0])
            for name in args.measures:
                worker.ask(name)
                answer = worker.ask("profile", measure=name, path=str(args.profile.resolve()))
                print(f"{engine} {workload} {name}\n{answer['result']}")
            worker.close()


def main() -> None:
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        if args.profile:
            profile(args, folder)
            return
        records = []
        for file in filter(None, (args.json, args.picture)):
            file.parent.mkdir(parents=True, exist_ok=True)
        for new in measured(args, folder):
            print(report.table(new), flush=True)
            records += new
            if args.json:  # what there is, should a later comparison fail
                args.json.write_text(json.dumps(records, indent=1))
    if args.picture:
        report.picture(records, args.picture)


if __name__ == "__main__":
    main()
