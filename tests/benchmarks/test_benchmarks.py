"""The benchmarks run: two steps of the smallest model, against the native loop, in processes of
their own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.calls import CASES
from benchmarks.duel import check_alike, ratio
from benchmarks.ops import check_alike as check_same
from benchmarks.ops import table
from benchmarks.workloads import WORKLOADS

ROOT = Path(__file__).parents[2]


def run(*arguments):
    command = [sys.executable, "-m", "benchmarks", *map(str, arguments), "--rounds", "1"]
    command += ["--tiny", "--contestant", "native,kerasx"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_each_measure_has_a_figure_and_a_ratio(tmp_path):
    pytest.importorskip("torch")
    file = tmp_path / "figures.json"
    asked = ["fit", "predict"]
    ran = run(*asked, "--engine", "torch", "--workload", "mlp", "--json", file)
    assert ran.returncode == 0, ran.stderr
    records = json.loads(file.read_text())
    records = [r for r in records if r["measure"] in asked]  # on a GPU, memory is there, too
    assert [(r["measure"], r["contestant"]) for r in records] == [
        (m, c) for m in asked for c in ("native", "kerasx")
    ]
    assert all(r["median"] > 0 and r["ratio"] > 0 for r in records)
    assert "| torch | mlp | fit |" in ran.stdout and "≥ 0.9" in ran.stdout


def test_an_unknown_workload_is_refused():
    ran = run("fit", "--workload", "perceptron")
    assert ran.returncode == 2 and "['perceptron']: expected some of" in ran.stderr


def test_contestants_must_do_the_same_work():
    native = {"parameters": 8, "loss": 1.0}
    check_alike({"native": native, "kerasx": {"parameters": 8, "loss": 1.001}})
    with pytest.raises(RuntimeError, match=r"loss: native has 1\.0, kerasx has 1\.1: not"):
        check_alike({"native": native, "kerasx": {"parameters": 8, "loss": 1.1}})
    with pytest.raises(RuntimeError, match="parameters: native has 8, kerasx has 9"):
        check_alike({"native": native, "kerasx": {"parameters": 9, "loss": 1.0}})


def test_a_ratio_is_the_median_over_rounds_of_native_time_over_own():
    assert ratio([2.0, 4.0, 30.0], [1.0, 4.0, 3.0]) == 2.0


def test_ops_have_figures_of_each_contestant(tmp_path):
    file = tmp_path / "ops.json"
    command = [sys.executable, "-m", "benchmarks.ops", "--engine", "numpy", "--rounds", "1"]
    command += ["--case", "add", "max_pool", "--size", "small", "--json", str(file)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    add, pool = json.loads(file.read_text())
    assert add["us"]["raw"] > 0 and add["us"]["kerasx"] > 0 and add["rounds"] == 5
    assert "raw" not in pool["us"] and pool["over"] is None
    assert "| numpy | add | small |" in ran.stdout and "Slower than Keras:" in ran.stdout


def test_ops_must_give_the_same():
    one = [np.ones(3)]
    check_same("add", one, [np.ones(3)], True)
    check_same("random", one, [np.zeros(3)], False)
    with pytest.raises(RuntimeError, match=r"add: other results than kerasx, by 1\.0"):
        check_same("add", one, [np.zeros(3)], True)


def test_what_misses_a_mark_is_in_bold():
    record = dict(engine="jax", case="add", size="small", us=dict(raw=1.0, kerasx=2.5, keras=2.0))
    record |= dict(alike=True)
    text = table([record | dict(over=1.5, ratio=0.8)])
    assert (
        "| **1.50** | 2.00 | **0.80** |" in text and "Slower than Keras: add (small, 0.80)" in text
    )
    text = table([record | dict(over=None, ratio=None)])
    assert "**" not in text and "Slower than Keras: none" in text
    text = table([record | dict(over=0.5, ratio=0.8, alike=False)])
    assert "| 0.80 (other work) |" in text and "Slower than Keras: none" in text


def test_each_raw_call_is_of_a_case():
    for file in (ROOT / "benchmarks" / "raw").glob("[a-z]*.py"):
        calls = set(re.findall(r"^def (\w+)", file.read_text(), re.MULTILINE))
        assert calls - {"conv", "resized", "tensor"} <= set(CASES), file
    assert len(CASES) == 40


def test_models_have_the_parameters_of_their_names(reference):
    assert WORKLOADS["mlp"].model(reference).count_params() == 6922
    assert len(WORKLOADS["deep"].model(reference).layers) == 200
