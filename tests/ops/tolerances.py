"""How far results may lie apart: (relative, absolute), by what is compared and the dtype.

docs/differences.md has the same table. Integers, booleans and dtypes are compared exactly.
"""

import numpy as np

TOLERANCES = {
    "engines": {  # one engine and another, or compiled and eager; an override and its body
        "float32": (1e-5, 1e-5),
        "float16": (2e-3, 2e-3),
        "bfloat16": (2e-2, 2e-2),
    },
    "wide": {"float32": (1e-5, 1e-5), "float64": (1e-12, 1e-12)},  # engines, in 64 bits
    "keras": {  # genuine Keras on the same engine
        "float32": (2e-4, 2e-4),
        "float16": (3e-3, 2e-3),
        "bfloat16": (2e-2, 2e-2),
    },
    "numpy": {"float32": (1e-5, 1e-5), "float16": (1e-2, 1e-2)},  # NumPy in 64 bits
    "gradients": {"float64": (1e-5, 1e-6)},  # the slope along one direction, by differences
}


def close(kind, got, wanted, message="", steps=0):
    """Assert that arrays are as close as their dtype lets them be; integers, up to `steps`."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    table = TOLERANCES[kind]
    name = {"complex64": "float32", "complex128": "float64"}.get(got.dtype.name, got.dtype.name)
    exact = got.dtype.kind in "iub" and wanted.dtype.kind in "iub"
    tolerance = (0, steps) if exact else table.get(name, table.get("float32"))
    wide = "int64" if exact else "complex128" if got.dtype.kind == "c" else "float64"
    got, wanted = got.astype(wide), wanted.astype(wide)
    np.testing.assert_allclose(got, wanted, *tolerance, err_msg=str(message))
