"""The heap that steps take their memory from."""

import os
import subprocess
import sys

import pytest

from kerasx.core import heap

FAULTS = """
import resource, sys
import numpy as np
from kerasx.core import heap
print(heap.keep())
def step():
    blocks = [np.ones(2**18) for _ in range(8)]  # 2 MB each
step(); step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def run(**variables):
    env = {k: v for k, v in os.environ.items() if k not in heap.USERS}
    out = subprocess.run(
        [sys.executable, "-c", FAULTS],
        env=env | {"KERASX_BACKEND": "numpy"} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    kept, faults = out.stdout.split()
    return kept == "True", int(faults)


@pytest.mark.skipif(sys.platform != "linux", reason="is about glibc")
def test_memory_that_was_freed_serves_the_next_step():
    kept, faults = run()
    if not kept:
        pytest.skip("the C library is not glibc")
    assert faults < 100  # of 40,960 pages


@pytest.mark.parametrize("name", heap.USERS)
def test_what_the_user_has_set_stays(name):
    value = "glibc.malloc.arena_max=2" if name == "GLIBC_TUNABLES" else "131072"
    assert not run(**{name: value})[0]
