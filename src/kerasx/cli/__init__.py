"""The `kerasx` command. Runs scripts and asks engines in processes of their own: imports none."""

import argparse
import sys

from . import compare, demo, doctor

COMMANDS = (demo, compare, doctor)


def main(argv: list[str] | None = None) -> int:
    """Exit status of `kerasx *argv`. What stands behind `--` goes to the script that is run."""
    argv = sys.argv[1:] if argv is None else argv
    at = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="kerasx", description="The Keras 3 API on every engine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    args = parser.parse_args(argv[:at])
    args.rest = argv[at + 1 :]
    if args.rest and "script" not in args:
        parser.error("only a script takes arguments behind '--'")
    return args.run(args)
