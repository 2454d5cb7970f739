"""`python -m kerasx`: the `kerasx` command."""

import sys

from .cli import main

sys.exit(main())
