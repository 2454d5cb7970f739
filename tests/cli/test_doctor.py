import json
import os

from tests.processes import python

DOCTOR = ("-m", "kerasx_command", "doctor")
# To ask one engine takes seconds: where they do not matter, they seem not to be installed.
HIDDEN = """
import importlib.util, sys, kerasx_command
real = importlib.util.find_spec
hidden = {"jax", "torch", "tensorflow"}
importlib.util.find_spec = lambda name, *_: None if name in hidden else real(name, *_)
sys.argv = ["kerasx", "doctor"]
sys.exit(kerasx_command.main())
"""


def test_it_tells_versions_devices_and_the_choice(request):
    ran = python(*DOCTOR, "--json", KERASX_BACKEND="numpy")
    found = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert (found["picked"], found["why"]) == ("numpy", "KERASX_BACKEND=numpy")
    for name in request.config.engines:
        engine = found["engines"][name]
        assert engine["version"][0].isdigit()
        assert engine["devices"]
        assert engine["trains"] == (name != "numpy")


def test_it_marks_the_picked_engine_for_people():
    ran = python("-c", HIDDEN, KERASX_BACKEND=None, KERAS_BACKEND="numpy")
    assert ran.returncode == 0
    assert "\n* numpy " in ran.stdout
    assert "Picked: numpy (KERAS_BACKEND=numpy)." in ran.stdout


def test_a_wrong_choice_is_told_and_fails():
    ran = python("-c", HIDDEN, KERASX_BACKEND="theano")
    assert ran.returncode == 1
    assert "Not usable: KERASX_BACKEND: 'theano' is not an engine" in ran.stdout


def test_a_missing_engine_is_told_with_its_extra():
    ran = python("-c", HIDDEN, KERASX_BACKEND="torch")
    assert ran.returncode == 1
    assert "not installed: pip install 'kerasx[torch]'" in ran.stdout


def test_a_broken_settings_file_is_told_in_one_line(tmp_path):
    (tmp_path / "kerasx.json").write_text("{")
    ran = python(*DOCTOR, KERASX_HOME=str(tmp_path))
    assert ran.returncode == 1
    assert ran.stderr.startswith("kerasx: ")
    assert "kerasx.json is not valid JSON" in ran.stderr


def test_a_broken_engine_is_told_and_fails_where_it_is_picked(tmp_path):
    for name in ("jax", "torch", "tensorflow"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('no such driver')\n")
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    ran = python(*DOCTOR, KERASX_BACKEND="jax", PYTHONPATH=path)
    assert ran.returncode == 1
    assert "broken: ImportError: no such driver" in ran.stdout
