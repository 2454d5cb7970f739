"""The backend's table: every name of the contract, for numpy."""

from .array import *
from .control import *
from .linalg import *
from .nn import *
from .random import *
from .sparse import *
from .special import *
from .spectral import *
from .state import *
from .transform import *

UNSUPPORTED: dict[str, str] = {}  # contract name -> why this engine has it not
