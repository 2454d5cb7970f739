"""The calls of `benchmarks/ops.py` as an expert writes them in each engine: a function for each
case, of the same tensors (channels last), with the same result."""
