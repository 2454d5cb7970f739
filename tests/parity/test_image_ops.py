"""Ops of images, signals, patches, matrices and labels against genuine Keras, SciPy and NumPy."""

import os
from operator import attrgetter

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

ndimage = pytest.importorskip("scipy.ndimage")
linalg = pytest.importorskip("scipy.linalg")

from ..ops.calls import arrays, named, run, value, with_arrays  # noqa: E402
from ..ops.samples import DEFINITE, f, p  # noqa: E402
from ..ops.samples_image import IMAGE, LINE, PHOTO, SIGNAL, SOUND  # noqa: E402
from ..ops.tolerances import close  # noqa: E402

ENGINE = keras.backend.backend()
ALL = "jax numpy tensorflow torch"

# Calls where Keras is not followed: on which engines, and why.
DIFFERS = {
    "image.gaussian_blur": (ALL, "mixes channels, or exchanges height and width: see SciPy below"),
    "image.elastic_transform": ("", "random; compared without a distance"),
    "image.sobel_edges": ("jax numpy torch", "zeros around the image, or the signs exchanged"),
    "eig": ("numpy", "real where no eigenvalue is complex"),
    "lu_factor": ("tensorflow", "a permutation in place of the pivots"),
}


def differs(name, call):
    """Whether a single call is one where Keras's engines do not agree with each other."""
    ints = any(a.dtype.kind in "iu" for a in arrays(call)[:1])
    half = any(a.dtype == "float16" for a in arrays(call))
    empty = any(not a.size for a in arrays(call))
    words = {a for a in (*call.args, *call.kwargs.values()) if isinstance(a, str)}
    torch, tensorflow, cubic = ENGINE == "torch", ENGINE == "tensorflow", "bicubic" in words
    if ENGINE in DIFFERS.get(name, ("",))[0].split():
        return True
    if (half or empty) and name not in ("image.resize", "image.rgb_to_grayscale"):
        return True  # not available, or without a dtype of its own
    if name == "image.resize":
        # torch: another cubic kernel, and antialiasing along a wrong axis; TensorFlow: a table of
        # weights; numpy: integers kept in the range of the image
        aliased = len(call.args) > 3
        return (torch and (cubic or aliased)) or (tensorflow and cubic) or (cubic and ints)
    if name in ("image.affine_transform", "image.perspective_transform"):
        # integers are cut off by some; projections are TensorFlow's only, and its edges are others
        tilted = name == "image.affine_transform" and call.args[1].ndim == 2
        edges = bool(words & {"wrap", "mirror"}) and (tensorflow or torch)
        return ints or edges or (tilted and not tensorflow)
    if name == "image.map_coordinates":
        return ints or (tensorflow and bool(words & {"reflect", "mirror"}))
    if name in ("stft", "istft"):  # the windows None and of odd lengths; what no window saw
        return torch or tensorflow or (name == "istft" and None in call.args)
    if name == "logdet":
        return ENGINE in ("jax", "numpy") and arrays(call)[0].ndim == 2  # negative: not NaN
    return name in ("image.scale_and_translate", "image.ssim", "rfft") and ints


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", [n for n in IMAGE | SIGNAL if n != "image.reconstruct_patches"])
def test_values_and_dtypes_are_those_of_keras(reference, name):
    if not hasattr(keras.ops, name) and not name.startswith("image."):
        pytest.skip("genuine Keras has no such op")
    op = attrgetter(name)(keras.ops)
    compared = 0
    for n, call in enumerate((IMAGE | SIGNAL)[name]):
        if differs(name, call):
            continue
        theirs = with_arrays(keras.ops.convert_to_tensor, call)
        try:
            wanted = keras.tree.flatten(op(*theirs.args, **theirs.kwargs))
        except Exception:  # what genuine Keras does not have on this engine
            continue
        got = run(reference, named(reference, name), call)
        for y, z in zip(got, wanted, strict=True):
            z = keras.ops.convert_to_numpy(z)
            y = np.asarray(value(reference, y))
            assert y.shape == z.shape, n
            if "float16" not in str([a.dtype for a in arrays(call)]):
                assert y.dtype == z.dtype or z.dtype in ("float64", "int64", "complex128"), n
            close("keras", y, z, f"call {n}")
        compared += 1
    assert compared or DIFFERS.get(name) or ENGINE != "jax"


# -- SciPy and NumPy ----------------------------------------------------------------------------
SCIPY = {"constant": "grid-constant", "wrap": "grid-wrap"}  # where it has another name


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("mode", ["constant", "nearest", "wrap", "mirror", "reflect"])
def test_coordinates_are_mapped_as_in_scipy(reference, mode, order):
    x = p(5)
    got = reference.ops.image.map_coordinates(x, LINE, order, mode, 7.0)
    wanted = ndimage.map_coordinates(x, LINE, order=order, mode=SCIPY.get(mode, mode), cval=7.0)
    np.testing.assert_allclose(got, wanted, 1e-4)


def test_a_blur_is_a_correlation_with_normal_weights(reference):
    size, sigma = (5, 3), (0.7, 1.3)
    wanted = PHOTO
    for axis, n, s in zip((1, 2), size, sigma):
        bell = np.exp(-((np.arange(n) - n // 2) ** 2) / (2 * s * s))
        wanted = ndimage.correlate1d(wanted, bell / bell.sum(), axis, mode="constant")
    got = reference.ops.image.gaussian_blur(PHOTO, size, sigma)
    np.testing.assert_allclose(got, wanted, 1e-4, 1e-5)


def test_sobel_edges_are_those_of_scipy(reference):
    plane = PHOTO[0, :, :, :1]
    got = reference.ops.image.sobel_edges(plane)
    for axis in (0, 1):
        wanted = ndimage.sobel(plane[..., 0], axis, mode="mirror")
        np.testing.assert_allclose(got[..., 0, axis], wanted, 1e-4, 1e-5)


def test_a_signal_comes_back_from_its_short_time_transform(reference):
    for window in ("hann", "hamming", None):
        for center in (True, False):
            rest = {"window": window, "center": center}
            terms = reference.ops.stft(SOUND, 5, 2, 8, **rest)
            back = reference.ops.istft(terms, 5, 2, 8, **rest)
            edge = 0 if center else 3  # what only the zeros of a window saw
            np.testing.assert_allclose(
                back[:, edge : 20 - edge], SOUND[:, edge : 20 - edge], 1e-4, 1e-5
            )


def test_matrices_are_treated_as_by_numpy_and_scipy(reference):
    ops, x, tall = reference.ops, DEFINITE[0], f(4, 3)
    pairs = [
        (ops.pinv(tall), np.linalg.pinv(tall)),
        (ops.lstsq(tall, f(4, 2)), np.linalg.lstsq(tall, f(4, 2))[0]),
        (ops.matrix_power(x, -3), np.linalg.matrix_power(x, -3)),
        (ops.matrix_rank(np.ones((3, 3), "float32")), 1),
        (ops.slogdet(x)[1], np.linalg.slogdet(x)[1]),
        (ops.solve_triangular(x, f(3)), linalg.solve_triangular(x, f(3))),
        (ops.cholesky_inverse(np.linalg.cholesky(x)), np.linalg.inv(x)),
        *zip(ops.lu_factor(f(4, 4)), linalg.lu_factor(f(4, 4))),
        *zip(ops.fft((f(7), f(7) ** 2)), parts(np.fft.fft(f(7) + 1j * f(7) ** 2))),
    ]
    for got, wanted in pairs:
        np.testing.assert_allclose(got, wanted, 2e-3, 1e-4)


def parts(x):
    return x.real, x.imag
