"""Training: the loop, its steps, data and callbacks."""

from .callbacks import default_callbacks
from .trainer import Trainer
