"""What kerasx costs over the engines' own calls.

    python benchmarks/overhead.py [--engines jax,torch] [--rounds 400] [--json FILE]

Each engine is measured in a process of its own. Raw and kerasx calls alternate in short blocks and
the quietest blocks count, so what else the machine does falls on both alike. See README.md beside.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter_ns

ENGINES = ("numpy", "jax", "torch", "tensorflow")
BLOCK = 50  # calls in a block: long against the clock, short against what disturbs
IMPORT = """
import time, {engine}
start = time.perf_counter()
import kerasx
print(time.perf_counter() - start)
"""


def raw_calls(engine: str) -> dict[str, Callable]:
    """The engine's own functions, as its users call them; `array` makes a tensor."""
    if engine == "numpy":
        import numpy as np

        return {"array": np.asarray, "add": np.add, "matmul": np.matmul, "exp": np.exp,
                "reshape": np.reshape}  # fmt: skip
    if engine == "jax":
        import jax.numpy as jnp

        return {"array": jnp.asarray, "add": jnp.add, "matmul": jnp.matmul, "exp": jnp.exp,
                "reshape": jnp.reshape}  # fmt: skip
    if engine == "torch":
        import torch

        return {"array": torch.as_tensor, "add": torch.add, "matmul": torch.matmul,
                "exp": torch.exp, "reshape": torch.reshape}  # fmt: skip
    import tensorflow as tf

    return {"array": tf.convert_to_tensor, "add": tf.add, "matmul": tf.matmul, "exp": tf.exp,
            "reshape": tf.reshape}  # fmt: skip


def cases(engine: str) -> dict[str, tuple[Callable, Callable]]:
    """(raw, kerasx) calls that do the same."""
    import numpy as np

    import kerasx
    from kerasx import ops

    raw = raw_calls(engine)
    values = np.random.default_rng(0).normal(size=(2, 16, 16)).astype("float32")
    x, y = (raw["array"](v) for v in values)
    dense = kerasx.layers.Dense(16)
    dense.build((16, 16))
    # the engine's own parameters, so that both sides record for gradients
    kernel, bias = (v.stored for v in dense.weights)
    add, matmul, exp, reshape = (raw[n] for n in ("add", "matmul", "exp", "reshape"))
    return {
        "add": (lambda: add(x, y), lambda: ops.add(x, y)),
        "matmul": (lambda: matmul(x, y), lambda: ops.matmul(x, y)),
        "exp": (lambda: exp(x), lambda: ops.exp(x)),
        "reshape": (lambda: reshape(x, (8, 32)), lambda: ops.reshape(x, (8, 32))),
        "Dense": (lambda: add(matmul(x, kernel), bias), lambda: dense(x)),
    }


def block(call: Callable) -> float:
    """Microseconds a call, over one block."""
    start = perf_counter_ns()
    for _ in range(BLOCK):
        call()
    return (perf_counter_ns() - start) / BLOCK / 1000


def measure(raw: Callable, ours: Callable, rounds: int) -> tuple[float, float]:
    """Microseconds a call of both: the median of the quieter half of the blocks."""
    pairs = [(block(raw), block(ours)) for _ in range(rounds)]
    quiet = [sorted(times)[: rounds // 2] for times in zip(*pairs[rounds // 10 :])]
    return median(quiet[0]), median(quiet[1])


def import_time(engine: str, tries: int = 3) -> float:
    """Seconds that `import kerasx` takes where the engine is imported already: the best try."""
    command = [sys.executable, "-c", IMPORT.format(engine=engine)]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages have their bytecode
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(tries)
    ]
    return min(float(run.stdout) for run in runs)


def child(engine: str, rounds: int) -> None:
    """Measure one engine in this process, and print it."""
    found = {name: measure(*pair, rounds) for name, pair in cases(engine).items()}
    print(json.dumps(found))


def report(engines: list[str], rounds: int, file: str | None) -> None:
    """Print the table, an engine at a time."""
    found = {}
    print(f"{'engine':<11} {'call':<8} {'raw µs':>8} {'kerasx µs':>10} {'more µs':>8} {'times':>6}")
    for engine in engines:
        os.environ.update(KERASX_BACKEND=engine, OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3")
        command = [sys.executable, __file__, "--child", engine, "--rounds", str(rounds)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        calls = json.loads(ran.stdout.splitlines()[-1])
        for name, (raw, ours) in calls.items():
            more, times = ours - raw, ours / raw
            print(f"{engine:<11} {name:<8} {raw:8.2f} {ours:10.2f} {more:8.2f} {times:6.2f}")
        seconds = import_time(engine)
        print(f"{engine:<11} import kerasx, the engine being there: {seconds:.3f} s", flush=True)
        found[engine] = {"calls": calls, "import": seconds}
    if file:
        Path(file).write_text(json.dumps(found, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--engines", default=",".join(e for e in ENGINES if find_spec(e)))
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--json", help="write the figures to a file, too")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.rounds)
    else:
        report(args.engines.split(","), args.rounds, args.json)


if __name__ == "__main__":
    main()
