"""Models: functional, sequential and subclassed; and the same model on another engine."""

from ..saving import load_model, save_model
from .clone import clone_model, model_from_json
from .functional import Functional
from .model import Model
from .sequential import Sequential
from .transfer import to_backend
