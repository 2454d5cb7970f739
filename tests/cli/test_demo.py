import re

import pytest

from tests.processes import python

pytest.importorskip("sklearn", reason="the demo extra is not installed")
pytest.importorskip("matplotlib", reason="the demo extra is not installed")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.slow
def test_digits_are_learned(engine, tmp_path):
    if engine == "numpy":
        pytest.skip("numpy does not train")
    picture = tmp_path / "misread.png"
    ran = python("-m", "kerasx_command", "demo", "--engine", engine, "--out", str(picture))
    assert ran.returncode == 0, ran.stderr
    accuracy = re.search(r"test accuracy ([\d.]+)%", ran.stdout)
    assert accuracy and float(accuracy[1]) >= 97
    assert picture.read_bytes().startswith(PNG)


def test_a_missing_extra_is_told(tmp_path):
    code = (
        "import importlib.util as u, sys, kerasx_command; real = u.find_spec\n"
        "u.find_spec = lambda n, *_: None if n == 'sklearn' else real(n, *_)\n"
        "sys.argv = ['kerasx', 'demo']; sys.exit(kerasx_command.main())"
    )
    ran = python("-c", code)
    assert ran.returncode == 1
    assert "kerasx demo needs sklearn: pip install 'kerasx[demo]'" in ran.stderr


def test_an_unknown_engine_fails():
    ran = python("-m", "kerasx_command", "demo", "--engine", "theano")
    assert ran.returncode == 1
    assert "'theano' is not an engine" in ran.stderr
