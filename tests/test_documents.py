"""The documents say what is so: their examples run, their commands are those that CI runs."""

import doctest
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest
from docs import ops

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
SOURCES = [p for p in sorted(ROOT.glob("src/kerasx/**/*.py")) if ">>> " in p.read_text()]
TEST = 'pip install -c constraints.txt -e ".[all,dev]" && pytest -n 2'


def blocks(document, language):
    """The fenced blocks of a document in one language."""
    pattern = rf"^```{language}\n(.*?)^```"
    return re.findall(pattern, document.read_text(), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_the_examples_of_a_document_run(document):
    code = "\n".join(map(dedent, blocks(document, "python")))
    exec(compile(code, str(document), "exec"), {"__name__": "document"})


def test_the_examples_in_docstrings_hold():
    for source in SOURCES:
        parts = source.relative_to(ROOT / "src").with_suffix("").parts
        module = import_module(".".join(p for p in parts if p != "__init__"))
        assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0, source


def test_the_table_of_ops_is_what_the_backends_declare(reference):
    for engine in ("jax", "torch", "tensorflow"):
        pytest.importorskip(engine)
    assert (ROOT / "docs" / "ops.md").read_text() == ops.page(reference), "run: python docs/ops.py"


def test_ci_runs_the_readmes_own_test_command():
    assert f"{TEST}\n" in blocks(ROOT / "README.md", "bash")
    assert TEST in (ROOT / ".ci" / "run").read_text().splitlines()


@pytest.mark.parametrize("document", [*DOCUMENTS, *ROOT.glob("*.md")], ids=lambda p: p.name)
def test_links_lead_to_files_that_are_there(document):
    for target in re.findall(r"\]\(([^)#]+)", document.read_text()):
        assert target.startswith("http") or (document.parent / target).exists(), target


def test_commands_of_the_readme_exist():
    words = re.findall(r"kerasx (doctor|demo|compare)", (ROOT / "README.md").read_text())
    assert set(words) == {"doctor", "demo", "compare"}
    for word in set(words):
        command = [sys.executable, "-m", "kerasx_command", word, "--help"]
        assert subprocess.run(command, capture_output=True).returncode == 0
