"""What `import kerasx` brings in: its own engine, and nothing that may not be needed."""

import pytest

from tests.processes import value_of

ENGINES = {"jax", "torch", "tensorflow"}
HEAVY = ("pandas", "sklearn", "matplotlib", "h5py", "PIL", "keras", "IPython", "scipy.stats")

LOADED = """
import sys, {engine}
before = set(sys.modules)
import kerasx
out = sorted(set(sys.modules) - before)
"""


def test_importing_brings_in_no_other_engine(engine):
    loaded = set(value_of(LOADED.format(engine=engine), KERASX_BACKEND=engine))
    assert "kerasx" in loaded
    assert not loaded & (ENGINES - {engine})


def test_importing_brings_in_nothing_heavy(engine):
    loaded = value_of(LOADED.format(engine=engine), KERASX_BACKEND=engine)
    assert not [m for m in loaded if m.startswith(HEAVY)]


def test_the_command_line_imports_no_engine():
    out = value_of("import sys, kerasx_command as c; c.load(); out = sorted(sys.modules)")
    assert not ENGINES & set(out)
    assert "kerasx" not in out


@pytest.mark.parametrize("public", ["layers", "ops", "models", "optimizers", "losses", "metrics"])
def test_names_are_there_without_another_import(kx, public):
    assert getattr(kx, public).__name__ == f"{kx.__name__}.{public}"
