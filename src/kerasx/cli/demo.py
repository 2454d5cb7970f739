"""`kerasx demo`: a convolutional network learns handwritten digits."""

import os
import subprocess
import sys
from argparse import Namespace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..backends.choice import choose

HERE = Path(__file__).parent


def add(commands: Any) -> None:
    """Declare the command."""
    summary = "train a small network on handwritten digits"
    parser = commands.add_parser("demo", help=summary, description=f"{summary.capitalize()}.")
    parser.add_argument("--engine", help="the engine; default: the one that 'kerasx doctor' shows")
    parser.add_argument("--epochs", type=int, help="how often the data is gone through")
    parser.add_argument("--out", help="the picture of misread digits, a PNG file")
    parser.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Exit status of examples/digits.py."""
    if missing := [name for name in ("sklearn", "matplotlib") if find_spec(name) is None]:
        sys.exit(f"kerasx demo needs {' and '.join(missing)}: pip install 'kerasx[demo]'")
    try:
        engine = args.engine or choose()[0]
    except (ValueError, ImportError) as e:
        sys.exit(f"kerasx demo: {e}")
    command = [sys.executable, str(script())]
    for option in ("epochs", "out"):
        if (value := getattr(args, option)) is not None:
            command += [f"--{option}", str(value)]
    return subprocess.run(command, env={**os.environ, "KERASX_BACKEND": engine}).returncode


def script() -> Path:
    """examples/digits.py: a checkout has it there, a wheel carries it in this folder."""
    places = (HERE / "digits.py", HERE.parents[2] / "examples" / "digits.py")
    return next(place for place in places if place.is_file())
