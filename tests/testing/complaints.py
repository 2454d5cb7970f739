"""What a suite says of things that are wrong."""

import re


def find(suite, cases, run):
    """Run each wrong thing through the check that should find it, alone, and hold what is said
    against the words expected. cases: by check, lists of (wrong thing, words)."""
    names = [check.__name__ for check in suite.CHECKS]
    assert list(cases) == names
    for name, wrong in cases.items():
        others = [n for n in names if n != name]
        for thing, words in wrong:
            said = complaint(run, thing, others)
            pattern = f"(?s){name.replace('_', ' ')}: .*{words}"
            assert re.search(pattern, said), f"{type(thing).__name__}: {said!r}"


def complaint(run, thing, others):
    """The words of an AssertionError, or none."""
    try:
        run(thing, others)
    except AssertionError as e:
        return str(e)
    return ""
