"""Rounds: every contestant in its own process, asked in turn, in another order each round."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from .contestants import LIBRARIES
from .micro import NUMPY, import_seconds
from .worker import Worker, environment
from .workloads import WORKLOADS

MEASURES = ("fit", "callback", "evaluate", "predict")
TOLERANCE = {"float32": 2e-3, "mixed_bfloat16": 2e-2}  # of the first epoch's loss, relative
MANY = 12  # cores on which contestants may make themselves ready together


def write_weights(workload: str, folder: str) -> None:
    """Keep the weights that all contestants begin with, drawn by kerasx on NumPy."""
    path = Path(folder) / f"{workload}.npz"
    if path.exists():
        return
    import kerasx

    kerasx.utils.set_random_seed(0)
    weights = WORKLOADS[workload].model(kerasx.with_backend("numpy")).weights
    arrays = {f"w{k}": np.asarray(v.numpy()) for k, v in enumerate(weights)}
    np.savez(path, allow_pickle=False, trains=[v.trainable for v in weights], **arrays)


@contextmanager
def workers(specs: list[dict[str, Any]]) -> Iterator[list[Worker]]:
    """A process for each, ended at the end."""
    with ExitStack() as stack:
        made = []
        for spec in specs:
            made.append(Worker(spec))
            stack.callback(made[-1].close)
            made[-1].ask("facts")  # one starts after the other
        yield made


def check_alike(found: dict[str, dict[str, float]], precision: str = "float32") -> None:
    """Raise where contestants differ in parameters or in the first epoch's loss."""
    first, *others = found
    for name in others:
        for fact, tolerance in ("parameters", 0.0), ("loss", TOLERANCE[precision]):
            a, b = found[first][fact], found[name][fact]
            if abs(a - b) > tolerance * abs(a):
                raise RuntimeError(f"{fact}: {first} has {a}, {name} has {b}: not the same work.")


def name_of(measure: str, contestant: str) -> str:
    """What a contestant is asked for; native loops have no callbacks."""
    plain = measure == "callback" and contestant not in LIBRARIES
    return "fit" if plain else measure


class Duel:
    """Contestants of one workload, each in its process, warm and seen to do the same work."""

    def __init__(self, specs: list[dict[str, Any]], measures: list[str], stack: ExitStack):
        self.spec, self.measures = specs[0], measures
        self.workers = list(stack.enter_context(workers(specs)))
        facts = {w.name: w.ask("facts")["result"] for w in self.workers}
        for w in self.workers:
            facts[w.name]["loss"] = w.ask("fit", shuffle=False)["result"]
        check_alike(facts, self.spec["precision"])
        self.losses = {name: known["loss"] for name, known in facts.items()}
        for w in self.workers:
            for measure in dict.fromkeys(["fit", *measures]):  # compiles what is to be compiled
                w.ask(name_of(measure, w.name))

    def fight(self, rounds: int) -> dict[str, dict[str, Any]]:
        """{contestant: {measure: seconds of each round, ...}}."""
        found: dict[str, dict[str, Any]] = {
            w.name: {m: [] for m in self.measures} | {"loss": self.losses[w.name]}
            for w in self.workers
        }
        for k in range(rounds):
            for measure in self.measures:
                for w in turned(self.workers, k):
                    answer = w.ask(name_of(measure, w.name))
                    found[w.name][measure].append(answer["seconds"])
        for w in self.workers:
            if on_device := w.ask("device_memory")["result"]:
                found[w.name]["memory"] = [on_device]
        peak(self.spec, self.workers[0], found)
        return found


def duels(
    comparisons: list[list[dict[str, Any]]], measures: list[str], rounds: int
) -> Iterator[dict[str, dict[str, Any]]]:
    """The figures of one comparison after the other. With many cores all make themselves ready at
    the same time, which takes longer than the measuring; with few, one after the other."""
    if (os.cpu_count() or 1) < MANY:
        for specs in comparisons:
            with ExitStack() as stack:
                yield Duel(specs, measures, stack).fight(rounds)
        return
    with ExitStack() as stack, ThreadPoolExecutor(len(comparisons)) as pool:
        ready = [pool.submit(Duel, specs, measures, stack) for specs in comparisons]
        wait(ready)
        for duel in ready:  # what failed stops only itself
            yield {} if duel.exception() else duel.result().fight(rounds)
        for duel in ready:
            duel.result()


def peak(spec: dict[str, Any], worker: Worker, found: dict[str, dict[str, Any]]) -> None:
    """Add the share of the hardware's peak that training of a large workload reaches."""
    workload = WORKLOADS[spec["workload"]]
    if not workload.large or spec["tiny"]:
        return
    best = worker.ask("peak")["result"]
    work = workload.operations * workload.samples * workload.epochs
    for figures in found.values():
        figures["share of peak"] = [work / s / best for s in figures.get("fit", ())]


def turned(items: list, k: int) -> list:
    """The items, beginning with another one in each round."""
    return items[k % len(items) :] + items[: k % len(items)]


def micro(specs: list[dict[str, Any]], rounds: int, asked: list[str]) -> dict:
    """{contestant: {case: seconds of a call in each round}}."""
    engine, folder = specs[0]["engine"], specs[0]["folder"]
    cases = [c for c in asked if engine != "numpy" or c in NUMPY]
    found = {s["contestant"]: {case: [] for case in cases} for s in specs}
    with workers(specs) as made:
        for case in cases:
            for k in range(rounds):
                for worker in turned(made, k):
                    if case == "import":
                        env = environment(engine, folder)
                        seconds = import_seconds(engine, worker.name, env)
                    else:
                        seconds = worker.ask("time", case=case)["result"]
                    found[worker.name][case].append(seconds)
    return found


def starts(specs: list[dict[str, Any]], rounds: int) -> dict:
    """{contestant: {"start": seconds to the first step's end, "memory": peak bytes of a fit}} of
    fresh processes, one at a time."""
    found = {s["contestant"]: {"start": [], "memory": []} for s in specs}
    for _ in range(rounds):
        for spec in specs:
            with workers([spec]) as (worker,):
                found[worker.name]["start"].append(worker.ask("facts")["result"]["first"])
                worker.ask("fit")
                found[worker.name]["memory"].append(worker.ask("memory")["result"])
    return found


def ratio(base: list[float], other: list[float]) -> float:
    """How many times as fast `other` is: the median over rounds of base / other."""
    return median(b / o for b, o in zip(base, other))
