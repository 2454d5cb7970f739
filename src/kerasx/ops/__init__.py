"""Functions of tensors, the same on every engine."""

from . import image, linalg, nn, numpy
from .activation import *
from .arranging import *
from .attention import *
from .batches import *
from .bits import *
from .complexes import *
from .control import *
from .conv import *
from .creation import *
from .ctc import *
from .derivatives import *
from .elementwise import *
from .indexing import *
from .linalg import *
from .linear import *
from .logic import *
from .loss import *
from .nan import *
from .normalization import *
from .patches import *
from .pool import *
from .program import *
from .recurrent import *
from .reduce import *
from .sets import *
from .shaping import *
from .sorting import *
from .special import *
from .spectral import *
from .statistics import *
from .tensors import *
from .windows import *
