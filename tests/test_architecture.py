"""The plan of the house, held against the source: layers, cycles, engines, sizes.

Everything is read with `ast`; nothing is imported. An import inside a function counts as well.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "kerasx"
ENGINES = ("jax", "torch", "tensorflow", "numpy")
MAX_LINES = 450

# Lowest first; a module may import from its own layer and from those before it. A name stands for
# the module and all below it, the longest name that fits counts. `pure` runs without an engine.
LAYERS = {
    "pure": "core backends.choice",
    "backends": "backends",
    "runtime": "core.op core.arguments core.refusal core.rules core.variable "
    "core.tracking core.policy "
    "instances config backend",
    "ops": "ops",
    "pieces": "initializers regularizers constraints activations random",
    "layers": "layers optimizers losses metrics",
    "train": "train quantizers distribution",
    "models": "models saving",
    "tools": "applications datasets wrappers visualization export distillation utils testing",
    "face": "tree dtype_policies mixed_precision callbacks __init__",
    "command": "cli __main__",
}

# Where an engine's name is needed outside of backends/ and export/, and why.
NAMES_ENGINES: dict[str, str] = {}

# Third parties that everything may import at the top: what pyproject.toml requires.
REQUIRED = {"numpy", "ml_dtypes"}


def name_of(path: Path) -> str:
    """The dotted name below the package: `core.op`; of a package, that of its folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {name_of(p): p for p in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(p.read_text(), str(p)) for name, p in MODULES.items()}


def layer_of(module: str) -> int | None:
    """The place of `module` in LAYERS, or None."""
    table = {name: k for k, names in enumerate(LAYERS.values()) for name in names.split()}
    parts = module.split(".")
    known = (table.get(".".join(parts[:k])) for k in range(len(parts), 0, -1))
    return next((k for k in known if k is not None), None)


def top_level(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run on import: all but those inside of functions."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield node
            yield from top_level(node)


def imports_of(module: str) -> set[str]:
    """The modules of this package that `module` imports, at the top or in a function."""
    path, found = MODULES[module], set()
    package = [] if module == "__init__" else module.split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(TREES[module]):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - node.level + 1]
        base += node.module.split(".") if node.module else []
        for alias in node.names:  # `from . import a` and `from .a import f` look alike
            target = ".".join([*base, alias.name])
            target = target if target in MODULES else ".".join(base) or "__init__"
            if target in MODULES and target != module:
                found.add(target)
    return found


GRAPH = {module: imports_of(module) for module in MODULES}


def absolute_imports(nodes) -> Iterator[tuple[str, int]]:
    """(first part of the name, line) of the imports that are not relative."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0], node.lineno


def every(rule) -> list[str]:
    """What `rule` complains of in any module."""
    return [
        f"{MODULES[m].relative_to(ROOT)}: {complaint}" for m in MODULES for complaint in rule(m)
    ]


def belongs_to_an_engine(module: str) -> bool:
    return module.split(".")[0] in ("backends", "export")


def test_every_module_has_a_layer():
    assert not [m for m in MODULES if layer_of(m) is None]


def test_imports_inside_are_relative():
    def complaints(module):
        for name, line in absolute_imports(ast.walk(TREES[module])):
            if name == "kerasx":
                yield f"line {line}: imports kerasx by name: a second engine would get the first"

    assert not every(complaints)


def test_imports_only_point_down():
    def complaints(module):
        for target in sorted(GRAPH[module]):
            if layer_of(target) > layer_of(module):
                yield f"imports {target}, which is higher"

    assert not every(complaints)


def test_no_module_imports_itself_in_a_circle():
    done: set[str] = set()

    def visit(module, trail):
        if module in trail:
            pytest.fail(" -> ".join([*trail[trail.index(module) :], module]))
        if module not in done:
            for target in sorted(GRAPH[module]):
                visit(target, [*trail, module])
            done.add(module)

    for module in MODULES:
        visit(module, [])


def test_the_pure_core_imports_no_engine_and_no_runtime():
    pure = [m for m in MODULES if layer_of(m) == 0]
    assert pure
    for module in pure:
        names = {name for name, _ in absolute_imports(ast.walk(TREES[module]))}
        assert not names - set(sys.stdlib_module_names) - REQUIRED, module


SLOW = {"urllib"}  # brings in http, email and ssl: 50 ms, for a callback that few use


def test_imports_in_functions_are_of_optional_third_parties():
    def complaints(module):
        at_top = set(map(id, top_level(TREES[module])))
        hidden = [n for n in ast.walk(TREES[module]) if id(n) not in at_top]
        for node in hidden:
            if isinstance(node, ast.ImportFrom) and node.level:
                yield f"line {node.lineno}: a relative import in a function hides a cycle"
        for name, line in absolute_imports(hidden):
            if name in {*sys.stdlib_module_names, "numpy"} - SLOW:
                yield f"line {line}: {name} is always there: import it at the top"

    assert not every(complaints)


def test_optional_third_parties_are_imported_in_functions():
    def complaints(module):
        allowed = {*sys.stdlib_module_names, *REQUIRED}
        allowed |= set(module.split(".")[1:2]) if belongs_to_an_engine(module) else set()
        for name, line in absolute_imports(top_level(TREES[module])):
            if name not in allowed and not belongs_to_an_engine(module):
                yield f"line {line}: {name} may not be installed, and costs time"
            elif name in ENGINES and name not in allowed:
                yield f"line {line}: one engine's backend imports {name}"

    assert not every(complaints)


def test_engines_are_named_in_backends_and_export_only():
    def complaints(module):
        if belongs_to_an_engine(module) or module in NAMES_ENGINES:
            return
        engines = {*ENGINES, "tf", "jnp"} - {"numpy"}
        for name, line in absolute_imports(ast.walk(TREES[module])):
            if name in engines:
                yield f"line {line}: imports {name}"
        for node in ast.walk(TREES[module]):
            if isinstance(node, ast.Compare):
                if words := engine_words(node):
                    yield f"line {node.lineno}: asks whether the engine is {', '.join(words)}"
            elif isinstance(node, (ast.Dict, ast.MatchValue)) and (words := engine_words(node)):
                yield f"line {node.lineno}: goes by the engine's name: {', '.join(words)}"

    assert not every(complaints)


def engine_words(node: ast.AST) -> list[str]:
    """Strings that are names of engines, in a comparison or among the keys of a table."""
    inside = node.keys if isinstance(node, ast.Dict) else ast.walk(node)
    values = [n.value for n in inside if isinstance(n, ast.Constant)]
    return sorted({v for v in values if isinstance(v, str) and v in ENGINES})


def test_the_exceptions_are_still_needed():
    assert not [m for m in NAMES_ENGINES if m not in MODULES]


@pytest.mark.parametrize("path", MODULES.values(), ids=list(MODULES))
def test_files_can_be_read_in_one_sitting(path):
    lines = len(path.read_text().splitlines())
    assert lines <= MAX_LINES, f"{lines} lines: split it where it comes apart by itself"


def test_genuine_keras_is_imported_by_nothing():
    def complaints(module):
        for name, line in absolute_imports(ast.walk(TREES[module])):
            if name in ("keras", "tf_keras"):
                yield f"line {line}: imports {name}"

    assert not every(complaints)
