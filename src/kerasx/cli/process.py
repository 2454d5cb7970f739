"""Python with an engine of one's choice, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

Ran = subprocess.CompletedProcess[str]


def python(engine: str, *args: str) -> Ran:
    """`python *args` on `engine`, with what it printed."""
    return subprocess.run(
        [sys.executable, *args],
        env={**os.environ, "KERASX_BACKEND": engine},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )


def each(engines: list[str], *args: str) -> Iterator[Ran]:
    """`python *args` on each of `engines`, all at the same time."""
    with ThreadPoolExecutor() as pool:
        yield from pool.map(lambda engine: python(engine, *args), engines)


def last_line(text: str) -> str:
    """The last line of `text` that is not empty; '' where there is none."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def complaint(ran: Ran) -> str:
    """Why a process failed."""
    died = f"ended by signal {-ran.returncode}" if ran.returncode < 0 else ""
    return died or last_line(ran.stderr) or f"exit status {ran.returncode}"
