"""What `import kerasx` brings in: its own engine, and nothing that may not be needed."""

import pytest

from tests.processes import value_of

ENGINES = {"jax", "torch", "tensorflow"}
HEAVY = {"pandas", "sklearn", "matplotlib", "h5py", "PIL", "keras", "IPython"}

LOADED = """
import sys, {engine}
before = set(sys.modules)
import kerasx
out = sorted({{name.split(".")[0] for name in set(sys.modules) - before}})
"""


def test_importing_brings_in_nothing_that_may_not_be_needed(engine):
    loaded = set(value_of(LOADED.format(engine=engine), KERASX_BACKEND=engine))
    assert "kerasx" in loaded
    assert not loaded & (ENGINES - {engine})
    assert not loaded & HEAVY


def test_the_command_line_imports_no_engine():
    out = value_of("import sys, kerasx_command as c; c.load(); out = sorted(sys.modules)")
    assert not ENGINES & set(out)
    assert "kerasx" not in out


@pytest.mark.parametrize("public", ["layers", "ops", "models", "optimizers", "losses", "metrics"])
def test_names_are_there_without_another_import(kx, public):
    assert getattr(kx, public).__name__ == f"{kx.__name__}.{public}"
