"""Processes that measure: one for each contestant, asked in turn, so that only one runs at a time.

The parent's side is `Worker`; `python -m benchmarks.worker SPEC` is the child's. They speak JSON, a
line for each question: {"call": name, "args": {...}} -> {"seconds": ..., "result": ...}.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from . import contestants
from .micro import Micro
from .workloads import WORKLOADS

ROOT = Path(__file__).parents[1]


def environment(engine: str, folder: str) -> dict[str, str]:
    """The variables of a process that measures, this checkout on its path."""
    paths = [str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH")]
    own = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}  # as installed
    return own | {
        "KERAS_BACKEND": engine, "KERASX_BACKEND": engine,
        "KERAS_HOME": folder, "KERASX_HOME": folder,
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # several share a GPU
        "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }  # fmt: skip


class Worker:
    """A process of its own with one contestant in it."""

    def __init__(self, spec: dict[str, Any]):
        """`spec` says who: contestant, engine, workload or "micro", tiny, cores, folder,
        precision."""
        self.name, folder = spec["contestant"], spec["folder"]
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.worker", json.dumps(spec)]
        pipe = subprocess.PIPE
        # Engines talk much: it is kept, and shown where they fail.
        self.errors = tempfile.TemporaryFile("w+", dir=folder)  # noqa: SIM115
        self.process = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=self.errors,
            text=True,
            cwd=folder,
            env=environment(spec["engine"], folder),
        )

    def ask(self, call: str, **args: Any) -> dict[str, Any]:
        """Run a method of the contestant there: its seconds and its result, if JSON can hold it."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"call": call, "args": args}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            text = self.errors.read()[-4000:]
            raise RuntimeError(f"{self.name}: the process ended during {call}():\n{text}")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


def peak_memory() -> int:
    """Bytes of memory that this process held at most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("peak memory is read from /proc/self/status, which Linux has.")


def plain(value: Any) -> Any:
    """`value` where JSON can hold it, else None."""
    return value if isinstance(value, (int, float, str, dict, type(None))) else None


def contestant_of(spec: dict[str, Any], module: Any, name: str) -> Any:
    """The contestant with the model of workload `name`, ready for its first step."""
    workload = WORKLOADS[name].tiny() if spec["tiny"] else WORKLOADS[name]
    workload = replace(workload, precision=spec["precision"])
    with np.load(f"{spec['folder']}/{name}.npz") as file:
        trains = [bool(t) for t in file["trains"]]
        weights = [file[f"w{k}"] for k in range(len(trains))]
    return contestants.make(spec["contestant"], module, workload, weights, trains)


def begin(spec: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """(what is asked to do the measures, what is known of it)."""
    name, engine = spec["contestant"], spec["engine"]
    module = contestants.load(name, engine)
    if spec["workload"] == "micro":
        make = partial(contestant_of, spec, module)
        return Micro(name, engine, module, make, spec["folder"]), {}
    start = perf_counter()
    contestant = contestant_of(spec, module, spec["workload"])
    contestant.fit(samples=contestant.workload.batch, shuffle=False)
    first = perf_counter() - start
    return contestant, {"parameters": contestant.parameters, "first": first}


def serve(spec: dict[str, Any]) -> None:
    """Answer on what was standard output; what engines print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if spec.get("cores"):  # before the engine makes its threads
        os.sched_setaffinity(0, range(spec["cores"]))
    contestant, facts = begin(spec)
    hand = import_module(f"benchmarks.native.{spec['engine']}")
    own = {
        "facts": lambda: facts,
        "memory": peak_memory,
        "device_memory": getattr(hand, "device_memory", None),
        "peak": getattr(hand, "peak", None),
        "profile": lambda **args: profile(contestant, **args),
    }
    for line in sys.stdin:
        question = json.loads(line)
        call = own.get(question["call"]) or getattr(contestant, question["call"])
        gc.collect()
        start = perf_counter()
        result = call(**question["args"])
        seconds = perf_counter() - start
        answers.write(json.dumps({"seconds": seconds, "result": plain(result)}) + "\n")
        answers.flush()


def profile(contestant: Any, measure: str, path: str) -> str:
    """Run a measure under cProfile; the figures also go to `path`, for pstats or a viewer."""
    import cProfile
    import io
    import pstats

    profiler = cProfile.Profile()
    profiler.runcall(getattr(contestant, measure))
    profiler.dump_stats(path)
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(30)
    return text.getvalue()


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
