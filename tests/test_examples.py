"""The examples are short, run on every engine that trains, and learn more than their baselines."""

import runpy
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from kerasx.cli.figures import merits
from tests.processes import python

EXAMPLES = {path.stem: path for path in Path(__file__).parents[1].glob("examples/*.py")}
NEEDS = {
    "autoencoder": "sklearn",
    "digits": "sklearn",
    "forecasting": "statsmodels",
    "text_classification": "sklearn",
}
# What the first figure of merit is, as a multiple of the second, which is the baseline's: at least
# so much where more is better, at most where less is.
MORE = {"recommendation": 1.7, "text_classification": 1.0, "transformer": 1.08}
LESS = {"autoencoder": 0.6, "characters": 0.85, "forecasting": 0.85}
# Compiled by JAX for many seconds on tensors and shapes that others have, too.
LONG = {("jax", name) for name in ("autoencoder", "recommendation", "transformer")}
LONG |= {(engine, "digits") for engine in ("jax", "torch", "tensorflow")}  # tests/cli/test_demo.py


def pytest_generate_tests(metafunc):
    """Each example on each engine that trains; what takes long is left to the exhaustive tests."""
    if "name" in metafunc.fixturenames:
        engines = [e for e in metafunc.config.engines if e != "numpy"]
        cases = [(e, name) for name in sorted(EXAMPLES) for e in engines]
        marks = {case: [pytest.mark.exhaustive] for case in LONG}
        params = [pytest.param(*c, marks=marks.get(c, []), id=f"{c[1]}-{c[0]}") for c in cases]
        metafunc.parametrize("on, name", params)


def need(name):
    if name in NEEDS and find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]} is not installed: pip install 'kerasx[demo]'")


def figures(text):
    """The figures of merit in what an example printed, as numbers."""
    found = merits({"said": text.splitlines()[-1]})
    return [float(value.rstrip("%").split()[0]) for value in found.values()]


def test_an_example_has_at_most_80_lines():
    lengths = {name: len(path.read_text().splitlines()) for name, path in EXAMPLES.items()}
    assert {name: n for name, n in lengths.items() if n > 80} == {}


def test_every_example_has_a_baseline():
    assert {"digits", *MORE, *LESS} == set(EXAMPLES)


def test_an_example_runs(on, name, monkeypatch, capsys, tmp_path):
    need(name)
    kerasx = import_module("kerasx").with_backend(on)
    fit = kerasx.Model.fit
    monkeypatch.setattr(kerasx.Model, "fit", lambda *a, **k: fit(*a, **k, steps_per_epoch=2))
    monkeypatch.setitem(sys.modules, "kerasx", kerasx)
    monkeypatch.setattr(sys, "argv", [f"{name}.py", "--epochs", "1"])
    monkeypatch.chdir(tmp_path)  # where the picture goes
    runpy.run_path(str(EXAMPLES[name]), run_name="__main__")
    assert len(figures(capsys.readouterr().out)) == (1 if name == "digits" else 2)


@pytest.mark.exhaustive
def test_an_example_learns(on, name, tmp_path, monkeypatch):
    need(name)
    monkeypatch.chdir(tmp_path)
    ran = python(str(EXAMPLES[name]), KERASX_BACKEND=on)
    assert ran.returncode == 0, ran.stderr
    merit, *baseline = figures(ran.stdout)
    if name == "digits":
        assert merit >= 97
    elif name in MORE:
        assert merit > MORE[name] * baseline[0]
    else:
        assert merit < LESS[name] * baseline[0]
