"""Rules by which weights follow their gradients."""

from . import schedules
from .adam import Adam, Adamax, AdamW, Lamb, Nadam, ScheduleFreeAdamW
from .adaptive import Adadelta, Adafactor, Adagrad, Ftrl, RMSprop
from .find import deserialize, get, serialize
from .loss_scale import LossScaleOptimizer
from .muon import Muon
from .optimizer import Optimizer
from .sgd import SGD, Lion
