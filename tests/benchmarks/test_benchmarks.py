"""The benchmarks run: two steps of the smallest model, against the native loop, in processes of
their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.duel import check_alike, ratio
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
    asked = ["fit", "callback", "evaluate", "predict"]
    ran = run(*asked, "--engine", "torch", "--workload", "mlp", "--json", file)
    assert ran.returncode == 0, ran.stderr
    records = json.loads(file.read_text())
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


def test_models_have_the_parameters_of_their_names(reference):
    assert WORKLOADS["mlp"].model(reference).count_params() == 6922
    assert len(WORKLOADS["deep"].model(reference).layers) == 200
