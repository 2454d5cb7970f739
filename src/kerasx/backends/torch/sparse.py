"""Sparse tensors, which this engine's part of Keras does not have."""

is_sparse = None
