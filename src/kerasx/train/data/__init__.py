"""Data for `fit`, `evaluate` and `predict`: arrays, datasets, iterables of batches."""

from .adapter import ArrayBatches, Batches, IterableBatches, batches_of
from .pydataset import PyDataset
from .unpack import pack_x_y_sample_weight, unpack_x_y_sample_weight
