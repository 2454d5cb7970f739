"""kerasx: the Keras 3 API, written once, on NumPy, JAX, PyTorch and TensorFlow."""

from . import ops
from .backends import ENGINE as __engine__
from .instances import with_backend

__version__ = "0.1.0"
