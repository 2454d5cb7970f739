"""Write ops.md beside, from what the ops and the backends declare: `python docs/ops.py`."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

ROOT = Path(__file__).parents[1]
FILE = Path(__file__).with_suffix(".md")
ENGINES = ("jax", "torch", "tensorflow", "numpy")
OWN = "**own**"
HEAD = """\
# Ops by engine

Written by [ops.py](ops.py) from the declarations of the ops and the tables of the backends; a
test holds it to them.

- **own**: the backend has a function of this name: its engine's, or a few lines around it.
- shared: the op is written once, in terms of others; the last column names those of them that
  engines have their own of.
- **no**: the engine does not have it, for the reason given.

How an op is declared, and what an engine has to provide, is told in
[architecture.md](architecture.md). Names that Keras does not have (`convolve`, `taken`) are what
others are made of: they take their arguments in one form.

"""


def tables(kerasx: Any) -> dict[str, dict[str, tuple[Any, str]]]:
    """By engine and op: its declaration, and how the engine comes by it."""
    found: dict[str, dict[str, tuple[Any, str]]] = {}
    for engine in ENGINES:
        library = kerasx.with_backend(engine)
        core = import_module(f"{library.__name__}.core.op")
        found[engine] = {d.name: (d, source(d, core.backend)) for d in core.DECLARATIONS}
    return found


def source(declaration: Any, backend: Any) -> str:
    if declaration.native is not None:
        return OWN
    return "shared" if declaration.derived else f"**no**: {backend.UNSUPPORTED[declaration.name]}"


def title(kerasx: Any, name: str) -> str:
    """`name` with the namespace that it is found in, if that is not `ops`."""
    spaces = {"": kerasx.ops, "image.": kerasx.ops.image, "random.": kerasx.random}
    return next((f"{prefix}{name}" for prefix, s in spaces.items() if hasattr(s, name)), name)


def steps(fn: Any, seen: set[Any]) -> Iterator[str]:
    """The ops that a body calls, also in functions that it calls."""
    for name in fn.__code__.co_names:
        value = fn.__globals__.get(name)
        if hasattr(value, "declaration"):
            yield value.declaration.name
        elif isinstance(value, FunctionType) and ".ops." in value.__module__ and value not in seen:
            seen.add(value)
            yield from steps(value, seen)


def page(kerasx: Any) -> str:
    """The text of ops.md."""
    found = tables(kerasx)
    first = found[ENGINES[0]]
    owned = {name for table in found.values() for name, (_, how) in table.items() if how == OWN}
    lines = [f"| op | {' | '.join(ENGINES)} | made of |", "|---" * (len(ENGINES) + 2) + "|"]
    for name in sorted(first, key=str.lower):
        declaration, _ = first[name]
        made = set(steps(declaration.fn, set())) & owned if declaration.derived else set()
        cells = [f"`{title(kerasx, name)}`", *(found[e][name][1] for e in ENGINES)]
        lines.append("| " + " | ".join([*cells, ", ".join(f"`{n}`" for n in sorted(made))]) + " |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "src"))
    FILE.write_text(page(import_module("kerasx")))
