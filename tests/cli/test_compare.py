import json
from itertools import pairwise

import pytest

from kerasx.cli import figures, page
from tests.processes import python

COMPARE = ("-m", "kerasx_command", "compare")
SCRIPT = """
import sys
import numpy as np
import kerasx

kerasx.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = x @ np.array([[1.0], [-2.0], [0.5], [0.0]], "float32")
dense = kerasx.layers.Dense
model = kerasx.Sequential([kerasx.Input((4,)), dense(8, "tanh"), dense(1)])
model.compile("adam", "mean_squared_error", metrics=["mean_absolute_error"])
model.fit(x, y, batch_size=16, epochs=int(sys.argv[1]), validation_data=(x, y), verbose=0)
if kerasx.backend.backend() == "torch" and "--fail" in sys.argv:
    raise RuntimeError("the cat sat on the keyboard")
print("all went well")
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture(scope="session")
def engines(request):
    """The engines under test that train."""
    return [e for e in request.config.engines if e != "numpy"]


@pytest.mark.slow
def test_engines_are_set_side_by_side(script, tmp_path, engines):
    files = [tmp_path / "page.html", tmp_path / "data.json"]
    outputs = ("--html", str(files[0]), "--json", str(files[1]))
    ran = python(*COMPARE, str(script), "--engines", ",".join(engines), *outputs, "--", "3")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    runs = json.loads(files[1].read_text())["runs"]
    assert [r["engine"] for r in runs] == engines
    for r in runs:
        assert len(r["steps"]) == 3 * 4
        assert len(r["epochs"]) == 3
        assert set(r["epochs"][0]) >= {"loss", "mean_absolute_error", "val_loss"}
        assert r["first_step"] > 0 and r["step"] > 0 and r["peak_memory"] > 1e7
        assert r["said"] == "all went well"
        assert max(figures.distances(runs[0], r)) < 1e-4
    for word in ("final loss", "final val_loss", "time a step", "peak memory", *engines):
        assert word in ran.stdout
    assert files[0].read_text().count("<svg") >= 4


@pytest.mark.slow
def test_a_failure_is_shown_with_its_reason(script, engines):
    if "torch" not in engines:
        pytest.skip("the script fails on torch")
    ran = python(*COMPARE, str(script), "--engines", "torch", "--", "1", "--fail")
    assert ran.returncode == 1
    assert "torch: RuntimeError: the cat sat on the keyboard" in ran.stdout
    assert "failed" in ran.stdout


def test_an_engine_that_cannot_train_is_a_failure_where_it_is_asked_for(script):
    ran = python(*COMPARE, str(script), "--engines", "numpy", "--", "1")
    assert ran.returncode == 1
    assert "numpy: numpy does not train" in ran.stdout


def test_a_script_that_is_not_there_is_told():
    ran = python(*COMPARE, "nowhere.py")
    assert ran.returncode == 1
    assert ran.stderr == "kerasx compare: nowhere.py: there is no such file.\n"


def test_an_unknown_engine_is_told(script):
    ran = python(*COMPARE, str(script), "--engines", "theano")
    assert ran.returncode == 1
    assert "--engines: 'theano' is not an engine" in ran.stderr


def run(engine, steps, error=None):
    epochs = [{"loss": steps[-1], "accuracy": 0.5}] if steps else []
    return {"engine": engine, "steps": steps, "epochs": epochs, "error": error, "first_step": 1.5,
            "step": 0.002, "peak_memory": 3 << 20, "seconds": 2.0, "said": ""}  # fmt: skip


def test_the_table_has_a_column_for_each_engine():
    rows = figures.table([run("a", [2.0, 1.0]), run("b", [2.0, 1.1]), run("c", [], "Oops")])
    assert rows[0] == ["", "a", "b", "c"]
    table = {row[0]: row[1:] for row in rows[1:]}
    assert table["final loss"] == ["1", "1.1", "failed"]
    assert table["loss off a's by"] == ["0.0e+00", "1.0e-01", "failed"]
    assert table["time a step"] == ["2.00 ms", "2.00 ms", "failed"]
    assert table["time to the first step"][0] == "1.50 s"
    assert table["peak memory"][0] == "3 MiB"
    assert len({len(line) for line in figures.laid_out(rows).splitlines()}) == 1


@pytest.mark.parametrize(
    "said, merits",
    [
        ("test accuracy 98.61%; misread digits in misread-jax.png", {"test accuracy": "98.61%"}),
        (
            "error 0.587 ppm; naive forecast 0.795 ppm",
            {"error": "0.587 ppm", "naive forecast": "0.795 ppm"},
        ),
        (
            "recall at 10 49.04 %, most called: 25 %",
            {"recall at 10": "49.04 %", "most called": "25 %"},
        ),
        ("loss=-1.5e-07", {"loss": "-1.5e-07"}),
        ("all went well", {}),
        ("3 of 4", {}),
        ("", {}),
    ],
)
def test_the_last_line_of_a_script_may_give_figures_of_merit(said, merits):
    assert figures.merits({"said": said}) == merits


def test_figures_of_merit_stand_in_the_table():
    runs = [{**run("a", [1.0]), "said": "recall 40%"}, run("b", [1.0]), run("c", [], "Oops")]
    assert figures.table(runs)[1] == ["recall", "40%", "-", "failed"]


def test_the_table_stands_where_all_have_failed():
    assert figures.table([run("a", [], "Oops")])[1][1] == "failed"


def test_the_page_needs_nothing_else_and_escapes_what_it_shows():
    runs = [run("a", [2.0, 1.0]), run("b", [2.0, 1.0]), run("c", [], "<script>")]
    text = page.html("<b>.py", figures.table(runs), runs)
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert "&lt;b&gt;.py" in text
    assert "http" not in text and "src=" not in text
    assert text.count("<svg") == 4  # losses, their distance, loss and accuracy by epoch


def test_the_page_draws_one_point_no_number_and_nothing():
    page.html("s", figures.table([run("a", [float("nan")])]), [run("a", [float("nan")])])
    page.html("s", figures.table([run("a", [], "Oops")]), [run("a", [], "Oops")])


@pytest.mark.parametrize("low, high", [(0, 1), (0.1, 0.13), (-7, 250), (3, 3), (1e-9, 2e-9)])
def test_axes_have_round_numbers_around_the_values(low, high):
    ticks = page.round_numbers(low, high)
    assert ticks[0] <= low and ticks[-1] >= high
    assert 3 <= len(ticks) <= 8
    assert all(a < b for a, b in pairwise(ticks))
