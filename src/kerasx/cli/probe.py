"""Run by `kerasx doctor` in a process of each engine: prints what is there, as JSON."""

import json
from importlib import import_module

from .. import __version__
from ..backends import ENGINE, current

if __name__ == "__main__":
    found = {
        "kerasx": __version__,
        "version": import_module(ENGINE).__version__,
        "devices": current.devices(),
        "trains": current.TRAINS,
    }
    print(json.dumps(found))
