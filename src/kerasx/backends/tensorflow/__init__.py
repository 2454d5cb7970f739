"""The backend's table: every name of the contract, for tensorflow."""

from .array import *
from .control import *
from .linalg import *
from .nn import *
from .optimizers import *
from .random import *
from .spectral import *
from .sparse import *
from .state import *
from .transform import *
from .wrap import *

UNSUPPORTED: dict[str, str] = {}  # contract name -> why this engine has it not
