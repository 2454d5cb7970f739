"""Rules by which weights follow their gradients."""

from . import schedules
from .adam import Adam, Adamax, AdamW, Lamb, Nadam
from .adaptive import Adadelta, Adagrad, Ftrl, RMSprop
from .find import deserialize, get, serialize
from .optimizer import Optimizer
from .sgd import SGD, Lion
