"""`kerasx doctor`: which engines are there, which would be picked, and why."""

import json
import platform
from argparse import Namespace
from typing import Any

from ..backends.choice import ENGINES, choose, installed
from ..core import config
from . import process


def add(commands: Any) -> None:
    """Declare the command."""
    summary = "say which engines are there, which is picked, and why"
    parser = commands.add_parser("doctor", help=summary, description=f"{summary}.".capitalize())
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """0 where the engine that would be picked works, else 1."""
    found = examine()
    print(json.dumps(found, indent=2) if args.json else told(found))
    return 0 if found["error"] is None else 1


def examine() -> dict[str, Any]:
    """All that is to be said."""
    there = installed()
    engines = {name: {"installed": name in there, "error": None} for name in ENGINES}
    for name, ran in zip(there, process.each(there, "-m", "kerasx.cli.probe")):
        if ran.returncode:
            engines[name]["error"] = process.complaint(ran)
        else:
            engines[name] |= json.loads(process.last_line(ran.stdout))
    picked, why, error = None, None, None
    try:
        picked, why = choose()
        error = engines[picked]["error"]
    except (ValueError, ImportError) as e:
        error = str(e)
    return {
        "kerasx": next((e["kerasx"] for e in engines.values() if "kerasx" in e), None),
        "python": platform.python_version(),
        "settings": str(config.home() / "kerasx.json"),
        "engines": engines,
        "picked": picked,
        "why": why,
        "error": error,
    }


def told(found: dict[str, Any]) -> str:
    """The same, for people."""
    lines = [f"kerasx {found['kerasx'] or '?'} on Python {found['python']}", ""]
    for name, engine in found["engines"].items():
        mark = "*" if name == found["picked"] else " "
        lines.append(f"{mark} {name:<11} {state(name, engine)}")
    lines.append("")
    if found["picked"]:
        lines.append(f"Picked: {found['picked']} ({found['why']}).")
    if found["error"]:
        lines.append(f"Not usable: {found['error']}")
    lines.append("To pick another: KERASX_BACKEND, KERAS_BACKEND, or")
    lines.append(f'{{"backend": "..."}} in {found["settings"]}')
    return "\n".join(lines)


def state(name: str, engine: dict[str, Any]) -> str:
    """One engine in one line."""
    if engine["error"]:
        return f"broken: {engine['error']}"
    if not engine["installed"]:
        return f"not installed: pip install 'kerasx[{name}]'"
    without = "" if engine["trains"] else "  (no training)"
    return f"{engine['version']:<12} {', '.join(engine['devices'])}{without}"
