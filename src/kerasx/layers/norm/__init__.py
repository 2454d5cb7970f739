"""Normalizations: mean 0 and variance 1, over the batch or over axes of each sample."""

from .batch import BatchNormalization
from .sample import GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization
from .spectral import SpectralNormalization
