"""`result_type` of every pair of dtypes, against genuine Keras in a process of its own."""

import itertools

import pytest

from ..processes import value_of

pytestmark = pytest.mark.parity
NAMES = (
    "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 "
    "complex64 complex128"
).split()
PYTHON = {"int": int, "float": float, "complex": complex}
PAIRS = list(itertools.product([*NAMES, *PYTHON], repeat=2))
CODE = f"""
import torch
import keras
python = dict(int=int, float=float, complex=complex)
out = [keras.backend.result_type(*(python.get(n, n) for n in pair)) for pair in {PAIRS!r}]
"""


def test_every_pair_of_dtypes_gives_what_keras_gives(kx):
    narrow, result_type = kx.core.op.narrow, kx.core.dtypes.result_type
    got = {pair: narrow(result_type(*(PYTHON.get(n, n) for n in pair))) for pair in PAIRS}
    wanted = dict(zip(PAIRS, value_of(CODE, KERAS_BACKEND=kx.backends.ENGINE), strict=True))
    assert {p: (got[p], wanted[p]) for p in PAIRS if got[p] != wanted[p]} == {}
