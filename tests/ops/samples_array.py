"""Sample calls of the ops that NumPy has, too, beyond those of `samples`."""

import numpy as np

from .samples import EXTREMES, REDUCED, Call, b, c, each, f, h, i, j, p, unary

HOLES = np.array([[np.nan, 2, 0.5], [1, np.nan, -3]], "float32")
NOTHING = np.array([[np.nan, np.nan], [1, 2]], "float32")
COMPLEX = np.array([1 + 2j, -3j, -1, 0], "complex64")
SIGNED = np.array([0.0, -0.0, 1.5, -2.5, np.inf, -np.inf], "float32")
HALF = SIGNED.astype("float16")
BYTE = np.array([3, 200], "uint8")

PASSING = [
    *REDUCED, c(HOLES), c(HOLES, 1), c(HOLES, 0, True), c(NOTHING, -1), c(b(2, 3), 1),
    c(HOLES.astype("float16"), (0, 1)), c(np.full((3,), 100, "int8")),
]  # fmt: skip
PLACED = [c(f(2, 3, 4)), c(HOLES, 1), c(NOTHING, -1, True), c(HOLES, keepdims=True), c(i(2, 3), 0)]
RUNNING = [
    c(HOLES), c(HOLES, 1), c(HOLES, -2), c(i(3, 2), 0), c(b(4), 0), c(HOLES, 0, dtype="float16"),
    c(f(0, 2), 0), c(f(2, 3), 1),
]  # fmt: skip
QS = np.array([0.35, 0.45], "float32")
PIXELS = c(f(2, 4, 2, 3), 2)
FLOATS = [
    c(f(2, 3), f(3) + 0.1), c(f(2, 1), p(2, 3)), c(f(2, 3), 1), c(i(3), 1.5), c(2.5, f(2)),
    c(f(), p(1)), c(h(2), f(2)), c(f(0, 2), f(2)), c(BYTE, np.array([2, 4], "int8")),
    c(EXTREMES, np.array([1.0, -1.0, 2.0, np.nan], "float32")),
]  # fmt: skip
WHOLE = [
    c(j(2, 3), i(3)), c(i(2), 6), c(BYTE, np.array([12, 90], "uint8")), c(i(), i()),
    c(i(0, 2), i(2)), c(np.array([0, -4, 6], "int32"), np.array([0, 6, -9], "int32")),
]  # fmt: skip
TWICE = np.array([3, 1, 2, 1, 3, 3], "float32")
ROWS = np.array([[3, 1], [2, 1], [3, 1], [2, 0]], "int32")
OF_UNIQUE = {"return_index": True, "return_inverse": True, "return_counts": True}

ARRAY: dict[str, list[Call]] = {
    # -- special
    **each("cbrt deg2rad rad2deg fabs exp2 erfc i0", unary()),
    "sinc": [*unary(), c(np.array([0.0, 1.0, -0.5], "float16"))],
    **each("isneginf isposinf signbit", [c(EXTREMES), c(HALF), c(i(3)), c(f(0)), c(b(2)), c(BYTE),
        c(SIGNED)]),
    **each("fmax fmin logaddexp2 hypot", FLOATS),
    "fmod": [c(f(2, 3), p(3)), c(f(2, 3), 2), c(j(3), np.array([2, -2, 3], "int32")),
        c(1.5, p(2)), c(j(3), 2.0), c(f(0, 3), p(3)), c(BYTE, 7), c(b(3), np.ones(3, "bool"))],
    **each("gcd lcm", WHOLE),
    "heaviside": [*FLOATS[:8], c(SIGNED, h()), c(EXTREMES, 0.5), c(i(3), i(3))],
    "ldexp": [c(f(2, 3), i(3)), c(f(), 3), c(h(2), np.array([3, -20], "int32")), c(i(3), j(3)),
        c(np.array([1e-30, 1e30], "float32"), np.array([200, -200], "int32")), c(f(0, 2), 1)],
    "gammainc": [c(i(2, 3) + 1, p(3)), c(1.5, p(2, 1)), c(2.5, h(4) + 3), c(30, f(0, 2)),
        c(np.array([0.5, 40.0, 40.0], "float16"), np.array([9.0, 30.0, 60.0], "float16")), c(3, 2)],
    # -- bits
    "view": [c(f(2, 4), "int32"), c(f(2, 4), "int16"), c(i(2, 4), "float32"), c(f(2, 3)),
        c(i(2, 4).astype("int8"), "int32"), c(SIGNED, "uint8"), c(h(4), "bfloat16"),
        c(i(), "uint32"), c(f(0, 2), "int8")],
    "nextafter": [*FLOATS, c(SIGNED, np.array(1.0, "float32")), c(HALF, -2.5)],
    "saturate_cast": [c(SIGNED * 1e9, "int32"), c(f(2, 3) * 100, "uint8"), c(f(3), "float16"),
        c(j(3) * 100, "int8"), c(BYTE, "int8"), c(EXTREMES, "int16"), c(i(), "bool"),
        c(np.array([1e20, -1e20, 3.0], "float32"), "float16"), c(HALF, "int32"), c(f(0), "uint16"),
        c(b(2), "float32")],
    # -- complexes
    **each("real imag conj conjugate isreal", [c(COMPLEX), c(f(2, 3)), c(i(3)), c(f()), c(h(2)),
        c(b(2)), c(COMPLEX[:0])]),
    "angle": [c(COMPLEX), c(f(2, 3)), c(j(3)), c(f()), c(h(3)), c(f(0, 2))],
    "polar": [c(p(2, 3), f(3)), c(p(), 1.5), c(i(3), f(3)), c(2.0, f(2)), c(f(0, 2), f(2))],
    "view_as_complex": [c(f(3, 2)), c(f(2)), c(i(2, 2)), c(f(0, 2)), c(h(3, 2)), c(COMPLEX)],
    "view_as_real": [c(COMPLEX), c(f(2, 3)), c(COMPLEX.reshape(2, 2)), c(i()), c(f(0))],
    # -- nan
    **each("nansum nanmean nanmax nanmin", PASSING),
    "nanprod": [*PASSING, c(np.full((2,), 100, "int8"))],
    **each("nanstd nanvar", [*PASSING[:3], *PASSING[4:]]),
    **each("nanargmax nanargmin", PLACED),
    **each("nancumsum nancumprod", RUNNING),
    "nanmedian": [*REDUCED[:5], c(f(5)), c(HOLES, 1), c(NOTHING, 1), c(HOLES, keepdims=True)],
    "nanquantile": [c(f(2, 5), 0.3), c(HOLES, QS, 1), c(f(2, 3, 4), 0.5, (0, 2), keepdims=True),
        c(i(5), 0.25), c(NOTHING, 0.25, -1), c(HOLES, QS, None, keepdims=True),
        *(c(HOLES, QS, 0, m) for m in ("lower", "higher", "midpoint", "nearest"))],
    "nanpercentile": [c(f(2, 5), 30), c(HOLES, QS * 100, 1), c(i(4), 50), c(HOLES, 70, 0, "lower")],
    # -- sets
    "unique": [c(TWICE), c(i(2, 3), **OF_UNIQUE), c(TWICE, size=5, **OF_UNIQUE),
        c(TWICE, size=2, **OF_UNIQUE), c(TWICE, size=4, fill_value=9.0), c(f()), c(b(4)),
        c(ROWS, axis=0, **OF_UNIQUE), c(ROWS, axis=-2, size=5, fill_value=7, **OF_UNIQUE),
        c(f(0)), c(i(2, 3, 2), axis=0, size=2), c(f(2, 3), size=6)],
    "isin": [c(i(2, 3), i(2)), c(EXTREMES, np.array([np.nan, 0.5], "float32")), c(f(3), f(0)),
        c(i(), [1, 2]), c(b(3), 1), c(i(3), np.array([1.0, 2.5], "float32"), invert=True),
        c(BYTE, np.array([3], "int8"), True)],
    "bincount": [c(i(5)), c(i(5), minlength=7), c(i(4), h(4)), c(i(0)), c(i(2, 3)),
        c(i(2, 3), weights=h(2, 3), minlength=2), c(i(3), i(3)), c(BYTE // 50)],
    "histogram": [c(f(2, 5)), c(f(7), 3), c(f(6), bins=4, range=(-1, 1)), c(i(5), 2),
        c(np.full(3, 2, "float16"), 2), c(f(0), 2), c(h(4), 2, (-4, 4)), c(HOLES, 3, (-3, 3))],
    "digitize": [c(f(2, 3), np.array([-1, 0, 1], "float32")), c(i(4), np.array([1, 2], "int32")),
        c(i(3), np.array([0.5, 1.5], "float32")), c(f(), [0.0, 1.0]), c(f(0), [0.0]),
        c(f(2), f(0))],
    # -- arranging
    "array_split": [c(f(5, 3), 3), c(f(2, 7), 3, -1), c(i(2), 4), c(f(0, 2), 2), c(f(2, 4), 2, 1)],
    "vsplit": [c(f(4, 3), 2), c(i(4, 2), [1, 3]), c(f(0, 2), 2), c(f(2, 2, 2), 1)],
    "hsplit": [c(f(4), 2), c(i(2, 4), (1, 3)), c(f(0, 2), 2), c(f(2, 2, 2), 1)],
    "dsplit": [c(f(2, 3, 4), 2), c(i(1, 2, 4), [1, 3]), c(f(0, 1, 2), 2), c(f(2, 2, 2), 1)],
    "dstack": [c([f(3), f(3)]), c([f(2, 3), i(2, 3)]), c([f(2, 3, 1), f(2, 3, 2)]), c([f(), i()])],
    "column_stack": [c([f(3), i(3)]), c([f(2, 3), f(2, 1)]), c([f(2), f(2, 2)]), c([f(), f()])],
    "flipud": [c(f(3)), c(f(2, 3)), c(i(2, 2, 2)), c(f(0, 2))],
    "fliplr": [c(f(2, 3)), c(i(2, 2, 2)), c(f(0, 2)), c(b(3, 3))],
    "rot90": [c(f(2, 3)), *(c(f(2, 3, 4), k, (1, -1)) for k in (0, 1, 2, 3, -1)), c(i(2, 2), 5),
        c(f(0, 2))],
    "rearrange": [c(f(2, 3), "a b -> b a"), c(f(2, 6), "a (b c) -> c (a b)", b=2),
        c(f(2, 6), "... (b c) -> c b ...", b=2), c(f(2, 3), "a b -> a 1 b"), c(f(), "->"),
        c(i(2, 1, 3), "a 1 b -> (a b)"), c(f(2, 3, 4), "a ... -> (...) a"),
        c(i(2, 3), "... -> ..."), c(f(0, 4), "a (b c) -> a b c", b=2),
        c(f(4, 3), "(a b) c -> b c a", a=2)],
    "space_to_depth": [PIXELS, c(f(2, 3, 4, 2), 2, "channels_first"), c(i(1, 2, 2, 1), 1),
        c(f(0, 2, 2, 1), 2)],
    "depth_to_space": [c(f(2, 2, 1, 8), 2), c(f(2, 8, 1, 2), 2, "channels_first"),
        c(i(1, 2, 2, 1), 1), c(f(0, 2, 2, 4), 2)],
    # -- creation
    "geomspace": [c(1, 1000, 4), c(p(2), p(2) + 1, 3), c(-1.0, -8.0, 4),
        c(1, 256, 9, dtype="int32"), c(1.0, 16.0, 4, endpoint=False), c(p(2), 3, 4, axis=-1),
        c(2, 5, 1), c(h(2) + 3, 8.0, 3), c(np.array([-1.0], "float16"), 8.0, 3)],
    "logspace": [c(0, 2, 3), c(f(2), f(2) + 1, 3), c(0.0, 3.0, 3, endpoint=False, base=2),
        c(f(2), 1, 4, axis=-1), c(0, 3, 4, dtype="int32"), c(1, 2, 1),
        c(0, QS, 3, base=2), c(0.0, 1.0, 3, True, p(2), None, 1)],
    "diagflat": [c(f(2, 2)), c(f(3), 1), c(i(2), -2), c(f()), c(f(0))],
    "vander": [c(f(3)), c(i(3), 2), c(f(2), 4, True), c(f(0)), c(BYTE), c(h(2), increasing=True)],
    # -- others
    "argpartition": [c(f(2, 5), 2), c(i(4), -1), c(f(3, 2), 1, 0), c(f(2, 3), 3, None), c(b(4), 0)],
    "select": [c([b(2, 3), b(3)], [f(2, 3), f(3)], 9.0), c([b(3)], [i(3)], 0.5),
        c([b(2, 1)], [f(2)]), c([b(3), b(3)], [i(3), h(3)], p(3)),
        c([b()], [f()]), c([b(0)], [i(0)])],
    "unravel_index": [c(i(2, 3), (2, 2)), c(np.array([5, 1], "int32"), (2, 3)), c(i(), (4,)),
        c(i(0), (2, 3)), c(np.array([-1], "int32"), (2, 3)), c(BYTE, (10, 30)), c(5, (2, 3))],
    "kron": [c(f(2), f(3)), c(f(2, 3), f(3, 2)), c(f(2), f(2, 1, 2)), c(i(2), 3), c(f(), f(2)),
        c(f(0, 2), f(2)), c(BYTE, np.array([1, 2], "int8"))],
    "correlate": [*(c(f(5), f(*n), m) for n in ((3,), (2,)) for m in ("valid", "same", "full")),
        *(c(f(n), f(5), m) for n in (3, 2) for m in ("valid", "same", "full")), c(i(4), i(2)),
        c(h(3), f(3))],
    "corrcoef": [c(f(3, 5)), c(f(4)), c(i(2, 4)), c(h(2, 3)), c(f(0, 3))],
    "cdist": [c(f(3, 2), f(4, 2)), c(f(2, 3, 2), f(4, 2)), c(i(2, 2), j(3, 2)), c(h(2, 3), h(2, 3)),
        c(f(0, 2), f(3, 2))],
    "psnr": [c(f(2, 3), p(2, 3), 2.0), c(f(), p(), 1), c(i(3), j(3) + 9, 255),
        c(h(4), f(4) + 1.0, 1.0)],
    "trapezoid": [c(f(2, 3)), c(f(2, 3), f(3)), c(f(2, 3), f(2), axis=0), c(i(4), dx=0.5),
        c(f(2, 3), f(2, 3), axis=-2), c(h(3), i(3)), c(f(0, 3)), c(b(3))],
    # -- windows
    **each("bartlett blackman hamming hanning", [c(5), c(1), c(0), c(i() + 3)]),
    "kaiser": [c(5, 3.0), c(1, 2), c(0, 1.0), c(7, 8.6)],
}  # fmt: skip

ARRAY_UNSMOOTH = {
    "nextafter": "its values are steps",
    "saturate_cast": "its values are rounded",
    "view": "other numbers of the same bits",
    "unique": "drawn apart by differences",
}
# Ops that must know sizes: of vectors that are shifted along each other, of a vector's powers.
ARRAY_SIZED = {"correlate"}
