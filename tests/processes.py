"""Python in a process of its own: what an import does can only be seen in a fresh one."""

import json
import os
import subprocess
import sys


def python(*args: str, **environ: str | None) -> subprocess.CompletedProcess[str]:
    """`python *args`, with these environment variables changed (None: removed)."""
    env = {**os.environ, "XLA_FLAGS": None, **environ}
    env = {k: v for k, v in env.items() if v is not None}
    command = [sys.executable, *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)


def value_of(code: str, **environ: str | None):
    """What `code` leaves in `out`."""
    ran = python("-c", f"import json\n{code}\nprint(json.dumps(out))", **environ)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def error_of(code: str, **environ: str | None) -> str:
    """The last line of what `code` says as it fails."""
    ran = python("-c", code, **environ)
    assert ran.returncode != 0, ran.stdout
    return ran.stderr.strip().splitlines()[-1]
