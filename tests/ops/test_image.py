"""Ops of images, signals and labels: what the table of samples does not say."""

from typing import Any

import numpy as np
import pytest

from .calls import (
    arrays,
    assert_same,
    expected,
    filled,
    flat,
    named,
    run,
    tensor,
    value,
    with_arrays,
)
from .samples import SAMPLES, c, each
from .samples_image import COUNTS, IMAGE, LABELS, LOGITS, PHOTO, SIGNAL, SOUND, TIMES, VOLUME

X = PHOTO[0]
CORNERS = np.zeros((4, 2), "float32")
WRONG = {
    "image.resize": [
        c(X, (2, 2, 2)), c(X, (0, 2)), c(X, (2, 2), "foo"), c(X[0], (2, 2)),
        c(X, (2, 2), crop_to_aspect_ratio=True, pad_to_aspect_ratio=True),
        c(X, (2, 2), pad_to_aspect_ratio=True, fill_mode="nearest"),
    ],
    "image.scale_and_translate": [
        c(X, (2, 2, 3), X[0, 0, :1], X[0, 0, :1], (0,), "nearest"),
        c(X, (2, 2), X[0, 0, :1], X[0, 0, :1], (0,), "linear"),
    ],
    "image.map_coordinates": [
        c(X, X, 2), c(X[0], X, 1), c(X, X[:3], 1, "foo"),
    ],
    "image.affine_transform": [
        c(X, np.zeros(6, "float32")), c(X, np.zeros(8, "float32"), "bicubic"),
        c(X, np.zeros(8, "float32"), "bilinear", "foo"), c(X[0], np.zeros(8, "float32")),
    ],
    "image.perspective_transform": [
        c(X, CORNERS[:3], CORNERS[:3]), c(X, CORNERS, CORNERS[None]), c(X, CORNERS, CORNERS, "foo"),
    ],
    "image.elastic_transform": [c(X[0]), c(X, interpolation="foo"), c(X, fill_mode="foo")],
    "image.rgb_to_grayscale": [c(X[..., :2]), c(X[0])],
    "image.rgb_to_hsv": [c(X[..., :2]), c(X.astype("uint8"))],
    "image.hsv_to_rgb": [c(X[..., :1]), c(X.astype("int32"))],
    "image.gaussian_blur": [c(X, (3,)), c(X, (0, 3)), c(X[0])],
    "image.sobel_edges": [c(X[0])],
    "image.ssim": [c(X, X), c(X, PHOTO), c(X[0], X[0])],
    "image.crop_images": [
        c(X), c(X, 1, 1, 1), c(X, 1, 1, 1, 1, 4, 5), c(X, 7, 1, 0, 0),
        c(X, 1, 1, target_height=9, target_width=2),
    ],
    "image.pad_images": [
        c(X), c(X, 1, 1, 1), c(X, -1, 1, 1, 1), c(X, 1, 1, target_height=3, target_width=9),
    ],
    "image.extract_patches": [
        c(X, 9), c(X, 0), c(X, 2, padding="foo"), c(X, (2,)), c(X[0], 2), c(X, (2, 2, 2)),
    ],
    "image.extract_patches_3d": [c(VOLUME, 9), c(X, 2)],
    "image.reconstruct_patches": [c(X, 2, (3, 3)), c(X, 2, padding="same"), c(X, 2, (99, 99))],
    "fft": [c((SOUND, SOUND[:1])), c((COUNTS, COUNTS)), c((SOUND,))],
    "fft2": [c((SOUND[0], SOUND[0]))],
    "rfft": [c(SOUND, 0)],
    "extract_sequences": [c(SOUND, 0, 1), c(SOUND, 3, 0)],
    "stft": [
        c(SOUND, 5, 3, 4), c(SOUND, 5, 0, 8), c(SOUND, 5, 3, 8, "foo"), c(SOUND, 5, 3, 8, SOUND[0]),
    ],
    "istft": [c((SOUND, SOUND), 5, 3, 4), c((SOUND, SOUND[:1]), 5, 3, 8)],
    "unfold": [c(X, 2), c(VOLUME[0], 9), c(VOLUME[0], 0)],
    "fold": [c(X[0], (2, 2), 2), c(X, (9, 9), 2)],
    "lstsq": [c(X[0], X[0, :2, 0]), c(X[0, 0], X[0, 0])],
    "pinv": [c(X[0, 0])], "matrix_rank": [c(X[0, 0])],
    **each("eig lu_factor slogdet logdet cholesky_inverse", [c(X)]),
    "solve_triangular": [c(X, X)], "matrix_power": [c(X, 2)],
    "ctc_loss": [
        c(LABELS[0], LOGITS, COUNTS, TIMES), c(LABELS[:2], LOGITS, COUNTS, TIMES),
        c(LABELS, LOGITS[0], COUNTS, TIMES),
    ],
    "ctc_decode": [
        c(LOGITS, TIMES, "foo"), c(LOGITS[0], TIMES), c(LOGITS, TIMES, "beam_search", 2, 3),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused(reference, name):
    symbol = reference.core.symbolic.KerasTensor
    for call in WRONG[name]:
        with pytest.raises(ValueError):
            run(reference, named(reference, name), call)
        made = with_arrays(lambda a: symbol(a.shape, a.dtype.name), call)
        with pytest.raises(ValueError):
            named(reference, name)(*made.args, **made.kwargs)


def test_wrong_kinds_of_arguments_are_refused(reference):
    ops = reference.ops
    with pytest.raises(TypeError, match="3 of them"):
        ops.image.extract_patches_3d(VOLUME, (2, 2))
    with pytest.raises(NotImplementedError, match="overlap"):
        ops.image.reconstruct_patches(X, 2, strides=1)
    with pytest.raises(TypeError, match="floats"):
        ops.stft(COUNTS, 1, 1, 2)
    with pytest.raises(TypeError, match="integer"):
        ops.matrix_power(np.eye(2, dtype="float32"), 0.5)


# What must know all sizes of an image before TensorFlow runs, or has other tests.
SIZED = {"lu_factor", "eig"}


@pytest.mark.parametrize("name", [n for n in IMAGE | SIGNAL if n not in SIZED])
def test_all_sizes_may_be_unknown_until_tensorflow_runs(reference, name, request):
    if "tensorflow" not in request.config.engines:
        pytest.skip("tensorflow is not among the engines asked for")
    import tensorflow as tf

    from kerasx import with_backend

    kx = with_backend("tensorflow")
    calls = SAMPLES[name]

    def step(*inputs):
        made: list[Any] = [filled(call, tensors) for call, tensors in zip(calls, inputs)]
        return [flat(kx, named(kx, name)(*m.args, **m.kwargs)) for m in made]

    def hidden(call):
        for n, a in enumerate(arrays(call)):
            shape: list[int | None] = [None] * a.ndim
            if n or name.startswith("image."):  # all but the channels
                words = [v for v in (*call.args, *call.kwargs.values()) if isinstance(v, str)]
                axis = -3 if "channels_first" in words else -1
                shape[axis if a.ndim > 2 else -1] = a.shape[axis if a.ndim > 2 else -1]
            yield tf.TensorSpec(shape, a.dtype)

    inputs = [[tensor(kx, a) for a in arrays(call)] for call in calls]
    signature = [list(hidden(call)) for call in calls]
    outputs = tf.function(step, input_signature=signature, autograph=False)(*inputs)
    for got, wanted in zip(outputs, expected(reference, name)):
        assert_same(kx, got, wanted, steps=1)  # halves are rounded by chance


# -- Random -------------------------------------------------------------------------------------
def test_elastic_transforms_follow_their_seed(kx):
    transform = kx.ops.image.elastic_transform
    one, same, other = (value(kx, transform(PHOTO, seed=s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert abs(one - other).max() > 0.1
    generator = kx.random.SeedGenerator(1)
    first, second = (value(kx, transform(PHOTO, seed=generator)) for _ in range(2))
    assert abs(first - second).max() > 0.1
    assert value(kx, transform(PHOTO)).shape == PHOTO.shape


def test_neighbours_are_moved_together(kx):
    ramp = np.broadcast_to(np.arange(64, dtype="float32")[:, None, None], (64, 64, 1))
    moved = value(kx, kx.ops.image.elastic_transform(ramp, 10.0, 4.0, seed=3))
    shift = (moved - ramp)[16:48, 16:48, 0]
    assert 1.5 < shift.std() < 4.5  # 0.28 of 10, but for chance
    assert abs(np.diff(shift, axis=0)).max() < shift.std()


# -- Matrices -----------------------------------------------------------------------------------
def test_eigenvalues_of_any_matrix(kx):
    x = np.random.default_rng(0).normal(size=(2, 4, 4)).astype("float32")
    w, v = (value(kx, y) for y in kx.ops.eig(x))
    assert w.dtype == v.dtype == "complex64"
    np.testing.assert_allclose(x @ v, v * w[:, None], atol=1e-4)
    wanted = np.linalg.eigvals(x)
    np.testing.assert_allclose(np.sort_complex(w), np.sort_complex(wanted), atol=1e-4)


def test_factors_multiply_to_the_exchanged_rows(kx):
    x = np.random.default_rng(1).normal(size=(2, 5, 5)).astype("float32")
    packed, pivots = (value(kx, y) for y in kx.ops.lu_factor(x))
    assert pivots.dtype == "int32"
    for matrix, one, rows in zip(x, packed, pivots):
        lower, upper = np.tril(one, -1) + np.eye(5), np.triu(one)
        order = np.arange(5)
        for k, row in enumerate(rows):
            order[[k, row]] = order[[row, k]]
        np.testing.assert_allclose(lower @ upper, matrix[order], atol=1e-5)


# -- Labels -------------------------------------------------------------------------------------
def test_the_loss_is_the_sum_over_all_alignments(kx):
    logits, labels = LOGITS[:1, :4], LABELS[:1, :2]
    share = np.exp(logits[0]) / np.exp(logits[0]).sum(-1, keepdims=True)
    total = 0.0
    for path in np.ndindex(*(5,) * 4):
        kept = [a for k, a in enumerate(path) if a and (k == 0 or path[k - 1] != a)]
        total += np.prod(share[range(4), path]) if kept == list(labels[0]) else 0
    got = kx.ops.ctc_loss(labels, logits, np.array([2]), np.array([4]))
    np.testing.assert_allclose(value(kx, got), [-np.log(total)], rtol=1e-5)


def test_the_best_path_of_all_beams_is_the_most_probable(kx):
    scores = {}
    for path in np.ndindex(*(5,) * 4):
        labels = tuple(a for k, a in enumerate(path) if a and (k == 0 or path[k - 1] != a))
        share = LOGITS[0] - np.log(np.exp(LOGITS[0]).sum(-1, keepdims=True))
        scores.setdefault(labels, []).append(share[range(4), path].sum())
    totals = sorted(((np.logaddexp.reduce(s), k) for k, s in scores.items()), reverse=True)
    paths, got = kx.ops.ctc_decode(LOGITS[:1, :4], np.array([4]), "beam_search", 700, 3)
    for k, (score, labels) in enumerate(totals[:3]):
        assert tuple(a for a in value(kx, paths)[k, 0] if a >= 0) == labels
        np.testing.assert_allclose(value(kx, got)[0, k], score, rtol=1e-4)


def test_labels_that_do_not_fit_cost_much_and_leave_gradients_finite(trainer):
    logits = trainer.core.variable.Variable(LOGITS[:, :2])

    def loss():
        short = np.array([2, 2, 2], "int32")
        return trainer.ops.sum(trainer.ops.ctc_loss(LABELS, logits, COUNTS, short)), ()

    total, _, (slope,) = trainer.backends.current.value_and_grad(loss, [logits])
    assert 1.9e5 < float(value(trainer, total)) < 2.1e5
    assert np.isfinite(value(trainer, slope)).all()


def test_gradients_of_resizing_are_those_of_its_matrices(trainer, reference):
    """In 32 bits, where engines have kernels of their own."""
    resize = trainer.ops.image.resize
    for size, antialias in (((3, 9), False), ((3, 4), True), ((8, 8), True)):
        images = trainer.core.variable.Variable(PHOTO)
        upstream = np.random.default_rng(0).uniform(size=(2, *size, 3)).astype("float32")

        def loss(images=images, size=size, antialias=antialias, upstream=upstream):
            y = resize(images, size, antialias=antialias)
            return trainer.ops.sum(y * trainer.ops.array(upstream)), ()

        _, _, (slope,) = trainer.backends.current.value_and_grad(loss, [images])
        known = reference.ops.image.resampling.known_weights
        rows, columns = (known(n, m, "bilinear", antialias) for n, m in zip((5, 7), size))
        wanted = np.einsum("boxc,oh,xw->bhwc", upstream, rows, columns)
        np.testing.assert_allclose(value(trainer, slope), wanted, rtol=1e-4, atol=1e-5)
