"""The `kerasx` command, which works where `import kerasx` fails: that is when it is needed.

The modules behind it need no engine. They are loaded from kerasx/ as `kerasx__command`, without
the `__init__` that chooses one, so the command starts in a tenth of a second.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

NAME = "kerasx__command"


def load() -> ModuleType:
    """The package kerasx/cli."""
    spec = find_spec("kerasx")
    assert spec and spec.origin
    root = Path(spec.origin).parent
    for name, folder in ((NAME, root), (f"{NAME}.backends", root / "backends")):
        package = sys.modules.setdefault(name, ModuleType(name))
        package.__path__ = [str(folder)]
    return import_module(f"{NAME}.cli")


def main() -> int:
    """Exit status of the command in `sys.argv`."""
    try:
        cli = load()
    except ValueError as e:  # the settings file is read as soon as there are settings
        sys.exit(f"kerasx: {e}")
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
