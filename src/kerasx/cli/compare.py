"""`kerasx compare SCRIPT`: a script on every engine that trains, side by side."""

import json
import sys
from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from ..backends.choice import check, installed
from . import figures, page, process


def add(commands: Any) -> None:
    """Declare the command."""
    summary = "run a script on every engine that trains, and compare what came out"
    parser = commands.add_parser(
        "compare",
        help=summary,
        description=f"{summary.capitalize()}. Arguments of the script go behind '--'. Where the "
        "last line that it prints reads 'name number; name number', these are in the table.",
    )
    parser.add_argument("script", metavar="SCRIPT", help="a Python program that calls fit()")
    parser.add_argument("--engines", help="with commas between; default: all that are installed")
    parser.add_argument("--html", metavar="FILE", help="write a page with the curves drawn")
    parser.add_argument("--json", metavar="FILE", help="write the curves and figures as JSON")
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """0 where the script ran on every engine, else 1."""
    if not Path(args.script).is_file():
        sys.exit(f"kerasx compare: {args.script}: there is no such file.")
    try:
        engines = [check(e, "--engines") for e in args.engines.split(",")] if args.engines else []
    except (ValueError, ImportError) as e:
        sys.exit(f"kerasx compare: {e}")
    runs = []
    for engine in engines or installed():
        result = measured(engine, args.script, args.rest)
        if engines or result.get("trains", True):  # where none is asked for: those that train
            print(f"{engine}: {figures.outcome(result)} ({result['seconds']:.1f} s)", flush=True)
            runs.append(result)
    rows = figures.table(runs)
    print(f"\n{figures.laid_out(rows)}")
    if args.json:
        report = {"script": args.script, "args": args.rest, "runs": runs}
        Path(args.json).write_text(json.dumps(report, indent=1))
    if args.html:
        Path(args.html).write_text(page.html(args.script, rows, runs), encoding="utf-8")
    return 1 if any(r["error"] for r in runs) or not runs else 0


def measured(engine: str, script: str, args: list[str]) -> figures.Run:
    """What a run of the script gave, or why it gave nothing."""
    with TemporaryDirectory(prefix="kerasx-") as folder:
        out = Path(folder) / "record.json"
        start = perf_counter()
        ran = process.python(engine, "-m", "kerasx.cli.record", script, str(out), *args)
        seconds = perf_counter() - start
        result = json.loads(out.read_text()) if out.exists() else {"engine": engine, "error": None}
    if ran.returncode:
        result["error"] = result["error"] or process.complaint(ran)
    elif not result["epochs"]:
        result["error"] = f"{script} calls no fit()"
    return {**result, "seconds": seconds, "said": process.last_line(ran.stdout)}
