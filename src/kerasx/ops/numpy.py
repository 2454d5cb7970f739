"""What Keras has under `ops.numpy`."""

from .arranging import *
from .batches import vectorize
from .bits import *
from .complexes import *
from .creation import *
from .elementwise import *
from .indexing import *
from .linalg import slogdet
from .linear import *
from .logic import *
from .nan import *
from .reduce import *
from .sets import *
from .shaping import *
from .sorting import *
from .special import *
from .statistics import *
from .tensors import *
from .windows import *
