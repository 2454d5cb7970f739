"""Functions of tensors, the same on every engine."""

from . import linalg, nn
from .activation import *  # noqa: F403
from .attention import *  # noqa: F403
from .control import *  # noqa: F403
from .conv import *  # noqa: F403
from .creation import *  # noqa: F403
from .elementwise import *  # noqa: F403
from .indexing import *  # noqa: F403
from .linalg import *  # noqa: F403
from .linear import *  # noqa: F403
from .logic import *  # noqa: F403
from .loss import *  # noqa: F403
from .normalization import *  # noqa: F403
from .pool import *  # noqa: F403
from .recurrent import *  # noqa: F403
from .reduce import *  # noqa: F403
from .shaping import *  # noqa: F403
from .sorting import *  # noqa: F403
from .tensors import *  # noqa: F403
