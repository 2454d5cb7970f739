"""Linear algebra on NumPy."""

import numpy as np


def widened(fn):
    """`fn` of floats of 16 bits computed in 32: LAPACK has none."""

    def call(*args, **kwargs):
        if args[0].dtype.itemsize != 2:
            return fn(*args, **kwargs)
        name = args[0].dtype
        args = (a.astype("float32") if isinstance(a, np.ndarray) else a for a in args)
        out = fn(*args, **kwargs)
        return tuple(y.astype(name) for y in out) if isinstance(out, tuple) else out.astype(name)

    return call


lower_factor = widened(np.linalg.cholesky)
det, inv, qr = widened(np.linalg.det), widened(np.linalg.inv), widened(np.linalg.qr)
eigh, slogdet = widened(np.linalg.eigh), widened(np.linalg.slogdet)
solved_matrix = widened(np.linalg.solve)
svd = widened(np.linalg.svd)


def eig(x):
    wide = "complex128" if x.dtype.name in ("float64", "complex128") else "complex64"
    x = x.astype("float32") if x.dtype.itemsize == 2 else x
    return tuple(y.astype(wide) for y in np.linalg.eig(x))
