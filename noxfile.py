"""Everything that is checked, each in an environment of its own: `nox`, or `nox -s NAME`."""

import nox

ENGINES = ["jax", "torch", "tensorflow", "numpy"]

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests"]


def install(session: nox.Session, extras: str) -> None:
    """Install this checkout; constraints.txt names the versions that are tested."""
    session.install("-c", "constraints.txt", "-e", f".[{extras}]")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and the mistakes that can be seen without running anything."""
    install(session, "dev")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Types, with all engines there to be looked up."""
    install(session, "all,dev")
    session.run("pyright")


@nox.session
@nox.parametrize("engine", ENGINES, ids=ENGINES)
def tests(session: nox.Session, engine: str) -> None:
    """The tests, where one engine is installed and none of the others (NumPy always is)."""
    install(session, "dev" if engine == "numpy" else f"{engine},dev")
    session.run("pytest", *session.posargs, env={"KERASX_BACKEND": engine})


@nox.session
def exhaustive(session: nox.Session) -> None:
    """The long tests: every combination, where the ordinary ones take samples."""
    install(session, "all,dev")
    session.run("pytest", "-m", "exhaustive", *session.posargs)


@nox.session
@nox.parametrize("engine", ["jax", "torch", "tensorflow"], ids=["jax", "torch", "tensorflow"])
def parity(session: nox.Session, engine: str) -> None:
    """Against genuine Keras on one engine, with the quick ways open and closed; Keras comes with
    TensorFlow."""
    install(session, "all,dev")
    for paths in ("quick", "careful"):
        env = {"KERASX_PARITY": engine, "KERASX_PATHS": paths}
        session.run("pytest", "-m", "parity", "tests/parity", *session.posargs, env=env)


@nox.session
def docs(session: nox.Session) -> None:
    """The examples in the documents and docstrings, run."""
    install(session, "all,dev")
    session.run("pytest", "tests/test_documents.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """How fast it is beside the engines' own loops and genuine Keras (TensorFlow has it):
    tables, build/bench.json and bench.png. 85 minutes; `-- fit --engine torch` is a part of it."""
    install(session, "all,dev")
    written = ["--json", "build/bench.json", "--picture", "build/bench.png"]
    session.run("python", "-m", "benchmarks", *(session.posargs or ["all"]), *written)
    session.run("python", "benchmarks/overhead.py")
    session.run("python", "-m", "benchmarks.ops", "--json", "build/ops.json")


@nox.session
def demo(session: nox.Session) -> None:
    """The digits on the default engine, then on all of them."""
    install(session, "all,demo")
    session.run("kerasx", "demo")
    session.run("kerasx", "compare", "examples/digits.py", *session.posargs)
