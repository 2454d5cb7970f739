"""Layers that most models have: linear maps, and layers without any variables."""

from .basic import Activation, Identity, Masking
from .dense import Dense
from .einsum_dense import EinsumDense
from .lambda_layer import Lambda
