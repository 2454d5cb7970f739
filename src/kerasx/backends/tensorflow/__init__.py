"""The backend's table: every name of the contract, for tensorflow."""

from .array import *
from .control import *
from .image import *
from .linalg import *
from .loop import compile_loop
from .nn import *
from .optimizers import *
from .order import *
from .random import *
from .sparse import *
from .spectral import *
from .state import *
from .transform import *
from .wrap import *

UNSUPPORTED: dict[str, str] = {}  # contract name -> why this engine has it not
