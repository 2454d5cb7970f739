"""Functions of tensors, the same on every engine."""

from . import linalg, nn
from .activation import *
from .attention import *
from .control import *
from .conv import *
from .creation import *
from .elementwise import *
from .indexing import *
from .linalg import *
from .linear import *
from .logic import *
from .loss import *
from .normalization import *
from .pool import *
from .recurrent import *
from .reduce import *
from .shaping import *
from .sorting import *
from .tensors import *
