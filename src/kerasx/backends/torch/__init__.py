"""The backend's table: every name of the contract, for torch."""

from .array import *  # noqa: F403
from .control import *  # noqa: F403
from .linalg import *  # noqa: F403
from .nn import *  # noqa: F403
from .random import *  # noqa: F403
from .optimizers import *  # noqa: F403
from .state import *  # noqa: F403

UNSUPPORTED: dict[str, str] = {}  # contract name -> why this engine has it not
