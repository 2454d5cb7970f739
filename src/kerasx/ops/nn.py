"""What Keras has under `ops.nn`."""

from .activation import *
from .activation import hard_silu, silu
from .arranging import depth_to_space, space_to_depth
from .attention import *
from .complexes import polar
from .conv import *
from .ctc import ctc_decode, ctc_loss
from .indexing import multi_hot, one_hot
from .loss import *
from .normalization import *
from .patches import fold, unfold
from .pool import *
from .recurrent import *
from .statistics import psnr

hard_swish = hard_silu
swish = silu
