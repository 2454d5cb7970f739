"""Sample calls of the ops of images, signals, patches, matrices and unaligned labels."""

import numpy as np

from .samples import DEFINITE, Call, c, each, f, h, i, p

PHOTO = f(2, 5, 7, 3, low=0.05, high=0.95)
FIRST = np.ascontiguousarray(PHOTO.transpose(0, 3, 1, 2))
ONE, EMPTY, SHORT = PHOTO[0], PHOTO[:0], PHOTO.astype("float16")
BYTES = (PHOTO * 255).astype("uint8")
LAST = {"data_format": "channels_last"}
AHEAD = {"data_format": "channels_first"}
RED = np.array([0, 0, 0, 0.5, 0.5, 0.5, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0], "float16")
COLOURS = [
    c(PHOTO), c(ONE), c(FIRST, "channels_first"), c(SHORT), c(EMPTY), c(RED.reshape(1, 6, 3)),
]  # fmt: skip
VOLUME = f(2, 4, 5, 6, 2)

SHEAR = np.array([1.137, 0.21, -0.73, 0.11, 0.93, 0.61, 0, 0], "float32")
TILT = np.stack([SHEAR, [0.9, 0.1, 0.33, -0.13, 1.07, 0.21, 0.013, -0.021]]).astype("float32")
CORNERS = np.array([[0, 0], [0, 5], [7, 0], [7, 5]], "float32")
MOVED = np.array([[0.3, 0.5], [0.7, 4.1], [6.6, -1.2], [7.5, 4.7]], "float32")
LINE = np.array([[-6.2, -1.4, -0.6, -0.2, 0.3, 1.6, 2.7, 3.7, 4.2, 5.6, 9.3]], "float32")
COARSE = (LINE / 3).astype("float16")  # in 16 bits, where differences would be of rounding
PLANE = f(2, 3, 4, low=0.1, high=2.9)
MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def scaled(*args, **kwargs) -> Call:
    """A call of scale_and_translate: 0.7 and 1.2 times as high and wide, moved by 0.3 and -1.1."""
    factors = np.array([0.7, 1.2], "float32"), np.array([0.3, -1.1], "float32")
    return c(PHOTO, (2, 4, 5, 3), *factors, (1, 2), *args, **kwargs)


IMAGE: dict[str, list[Call]] = {
    "image.resize": [
        *(c(PHOTO, (3, 9), m) for m in ("nearest", "bilinear", "bicubic", "lanczos3", "area")),
        *(c(PHOTO, (3, 4), m, True) for m in ("bilinear", "bicubic", "lanczos5", "nearest")),
        c(ONE, (4, 4)), c(FIRST, (6, 3), "bicubic", **AHEAD), c(BYTES, (9, 4), "bicubic"),
        c(BYTES, (3, 3), "nearest"), c(BYTES.astype("int32") - 100, (4, 4)), c(SHORT, (4, 4)),
        c(EMPTY, (4, 4)), c(PHOTO, (4, 4), crop_to_aspect_ratio=True),
        c(PHOTO, (3, 6), crop_to_aspect_ratio=True), c(PHOTO, (4, 4), pad_to_aspect_ratio=True),
        c(ONE, (3, 9), "nearest", pad_to_aspect_ratio=True, fill_value=0.5),
    ],
    "image.scale_and_translate": [
        scaled("linear"), scaled("linear", False), scaled("cubic"), scaled("lanczos3"),
        scaled("lanczos5", antialias=False),
        c(BYTES, (2, 9, 7, 3), np.array([1.7], "float32"), np.array([0.3], "float32"), (1,),
          "bilinear"),
        c(f(5), (4,), np.array([0.7], "float32"), np.array([0.3], "float32"), (-1,), "tricubic"),
    ],
    "image.map_coordinates": [
        *(c(p(5), LINE, 1, m, 7.0) for m in MODES), *(c(p(5), LINE, 0, m, 7.0) for m in MODES),
        c(f(4, 5), PLANE[:, 0], 1), c(f(4, 5), PLANE, 1, "reflect"),
        c(f(3, 4, 5), f(3, 2, low=0.1, high=1.9), 1), c(i(4) * 5, LINE / 3, 1), c(h(4), COARSE, 1),
        c(f(1), LINE, 1, "mirror"), c(f(4), np.zeros((1, 0), "float32"), 1),
        c(f(5), np.array([[0, 2, 4]], "int32"), 1),
    ],
    "image.affine_transform": [
        *(c(PHOTO, SHEAR, "bilinear", m, 0.5) for m in MODES), c(PHOTO, TILT, "nearest"),
        c(PHOTO, TILT), c(ONE, SHEAR), c(FIRST, TILT, **AHEAD), c(BYTES, SHEAR),
        c(SHORT, SHEAR.astype("float16")), c(EMPTY, SHEAR.astype("float16")),
    ],
    "image.perspective_transform": [
        c(PHOTO, CORNERS, MOVED), c(PHOTO, CORNERS[None], MOVED[None], "nearest", 0.5),
        c(ONE, CORNERS, MOVED), c(BYTES, CORNERS, MOVED),
        c(FIRST, np.stack([CORNERS, MOVED]), np.stack([MOVED, CORNERS + 0.1]), **AHEAD),
        c(SHORT, CORNERS.astype("float16"), MOVED.astype("float16")),
    ],
    # without a distance: what is drawn differs among engines
    "image.elastic_transform": [
        c(PHOTO, 0.0, seed=1), c(ONE, 0.0, seed=1), c(FIRST, 0.0, 1.5, "nearest", seed=1, **AHEAD),
        c(BYTES, 0.0, seed=1), c(SHORT, 0.0, seed=1),
    ],
    "image.rgb_to_grayscale": [*COLOURS, c(BYTES), c(PHOTO[..., :1]), c(FIRST[:, :1], **AHEAD)],
    **each("image.rgb_to_hsv image.hsv_to_rgb", COLOURS),
    "image.gaussian_blur": [
        c(PHOTO), c(PHOTO, (5, 3), (0.7, 1.3)), c(ONE, (2, 4)), c(FIRST, (3, 1), **AHEAD), c(BYTES),
        c(SHORT), c(EMPTY), c(PHOTO, (3, 3), np.array([0.6, 0.9], "float32")),
    ],
    "image.sobel_edges": [c(PHOTO), c(ONE), c(FIRST, **AHEAD), c(BYTES), c(SHORT), c(EMPTY)],
    "image.ssim": [
        c(PHOTO, PHOTO * 0.8, filter_size=3), c(ONE, ONE**2, 1.0, 5, 1.0),
        c(SHORT, SHORT / 2, 2, 3),
        c(FIRST, FIRST * 0.9, filter_size=4, k1=0.02, k2=0.05, **AHEAD),
        c(BYTES, BYTES // 2, 255, 3),
    ],
    "image.crop_images": [
        c(PHOTO, 1, 2, target_height=3, target_width=2), c(PHOTO, 1, 0, 2, 3),
        c(ONE, bottom_cropping=1, right_cropping=2, target_height=3, target_width=2),
        c(FIRST, 1, 1, 1, 1, **AHEAD), c(BYTES, 0, 1, 1, 1),
    ],
    "image.pad_images": [
        c(PHOTO, 1, 2, target_height=9, target_width=12), c(PHOTO, 1, 0, 2, 3),
        c(ONE, bottom_padding=1, right_padding=2, target_height=8, target_width=9),
        c(FIRST, 1, 1, 1, 1, **AHEAD), c(BYTES, 0, 1, 1, 1),
    ],
    "image.extract_patches": [
        c(PHOTO, 2), c(PHOTO, (3, 2), (2, 3), padding="same"), c(PHOTO, (2, 3), 1, 2, "same"),
        c(PHOTO, (2, 3), 2, 2), c(ONE, 2, 3), c(FIRST, 2, **AHEAD), c(BYTES, 2), c(SHORT, 2),
        c(EMPTY, 2), c(VOLUME, (2, 3, 2), 1, padding="same"), c(VOLUME[0], (2, 2, 3)),
    ],
    "image.extract_patches_3d": [
        c(VOLUME, 2), c(VOLUME[0], (2, 2, 3), 1), c(VOLUME, (3, 2, 2), 2, 1, "same"),
        c(np.ascontiguousarray(VOLUME.transpose(0, 4, 1, 2, 3)), 2, **AHEAD),
    ],
    "image.reconstruct_patches": [
        c(f(2, 3, 2, 12), 2), c(f(2, 3, 2, 12), 2, (5, 3), padding="same"), c(f(3, 2, 6), (3, 2)),
        c(f(2, 12, 3, 2), 2, (6, 4), **AHEAD), c(f(2, 2, 1, 3, 24), (2, 3, 2)),
        c(i(1, 2, 2, 4), 2, (4, 4), 2), c(f(2, 2, 2, 8), 2, (3, 4), padding="same"),
    ],
}  # fmt: skip

WAVES = f(2, 9), f(2, 9) / 2
GRID = f(2, 4, 5), f(2, 4, 5) / 3
SOUND = f(2, 20)
BELL = np.hanning(5).astype("float32") + 0.1
TERMS = f(2, 6, 5), f(2, 6, 5) / 2
COLUMNS = f(2, 8, 12)
TALL = f(2, 4, 3) + np.eye(4, 3, dtype="float32")
LOW = np.tril(DEFINITE)
LOGITS = f(3, 7, 5)
LABELS = np.array([[1, 2, 2], [3, 0, 0], [4, 4, 1]], "int32")
COUNTS, TIMES = np.array([3, 1, 2], "int32"), np.array([7, 5, 6], "int32")
FEW = np.array([2, 2, 2], "int32")
HALVES = tuple(w.astype("float16") for w in WAVES)
FOUND = [
    c(LOGITS, TIMES), c(LOGITS, TIMES, merge_repeated=False), c(LOGITS, TIMES, mask_index=None),
    c(LOGITS, TIMES, mask_index=2), c(h(3, 7, 5), TIMES),
    c(LOGITS, TIMES, "beam_search", 20), c(LOGITS, TIMES, "beam_search", 20, 3, mask_index=4),
    c(LOGITS, TIMES, "beam_search", 2, 2), c(h(3, 7, 5), FEW, "beam_search", beam_width=5),
]  # fmt: skip

SIGNAL: dict[str, list[Call]] = {
    # -- spectral
    **each("fft ifft", [c(WAVES), c((f(5), f(5))), c(GRID), c(HALVES), c((f(0, 4), f(0, 4)))]),
    **each("fft2 ifft2", [c(GRID), c((f(3, 4), f(3, 4))), c(HALVES), c((f(0, 4, 2),) * 2)]),
    "rfft": [c(SOUND), c(SOUND, 5), c(SOUND, fft_length=32), c(i(5)), c(h(4)), c(f(0, 4))],
    "irfft": [c(WAVES), c(WAVES, 5), c(WAVES, 7), c(WAVES, 25), c(HALVES), c((f(0, 4), f(0, 4)))],
    "extract_sequences": [c(f(2, 9), 3, 2), c(i(6), 3, 2), c(f(2, 3), 5, 2), c(h(2, 2, 4), 4, 1)],
    "stft": [
        c(SOUND, 5, 3, 8), c(SOUND, 5, 3, 8, center=False), c(SOUND, 4, 3, 9, "hamming"),
        c(SOUND, 5, 3, 8, None), c(SOUND, 5, 3, 8, BELL), c(SOUND[0], 8, 2, 8), c(GRID[0], 3, 1, 4),
        c(SOUND.astype("float16"), 5, 3, 8),
    ],
    "istft": [
        c(TERMS, 5, 2, 8), c(TERMS, 5, 2, 8, center=False), c(TERMS, 5, 2, 8, 9, "hamming"),
        c(TERMS, 5, 2, 8, 40, None), c(TERMS, 5, 2, 8, window=BELL), c(TERMS, 5, 6, 9),
        c((f(3, 5), f(3, 5)), 4, 3, 8),
    ],
    # -- patches
    "unfold": [
        c(f(2, 2, 5, 6), 2), c(f(2, 2, 5, 6), (2, 3), (2, 1), (1, 0), (1, 2)), c(i(1, 2, 3, 3), 2),
        c(h(1, 2, 4, 4), 2, 1, 1, 2), c(f(0, 2, 3, 3), 2),
    ],
    "fold": [
        c(COLUMNS, (4, 5), 2), c(COLUMNS, (6, 8), 2, stride=2), c(COLUMNS, (4, 6), 2, 1, 1, 2),
        c(COLUMNS[..., :8], (4, 6), 2, 2), c(i(1, 4, 4), 3, 2), c(h(1, 4, 4), 3, 2),
    ],
    # -- linalg
    "cholesky_inverse": [c(LOW), c(LOW.swapaxes(1, 2), upper=True), c(LOW[0]), c(i(2, 2) + 1)],
    "eig": [c(np.diag([1.5, 0.5, 3.0]).astype("float32")), c(np.diag([2, 1]).astype("int32"))],
    "lu_factor": [c(DEFINITE), c(f(3, 3)), c(i(2, 2) + 1), c(f(2, 4, 4)), c(DEFINITE[1])],
    "slogdet": [c(DEFINITE), c(f(3, 3)), c(i(2, 2)), c(DEFINITE[0])],
    "logdet": [c(DEFINITE), c(DEFINITE[0]), c(i(2, 2)), c(-np.eye(3, dtype="int32"))],
    "lstsq": [
        c(TALL[0], f(4, 2)), c(TALL[0], f(4)), c(TALL[0].T, f(3)), c(TALL, f(2, 4, 2)),
        c(TALL[0], f(4), 0.5), c(i(2, 2) + 1, i(2)),
    ],
    "matrix_power": [c(DEFINITE, 3), c(f(3, 3), 0), c(f(3, 3), 1), c(DEFINITE, -2), c(i(2, 2), 2)],
    "matrix_rank": [c(TALL), c(TALL[0], 1.5), c(np.ones((3, 3), "float32")), c(i(2, 2) + 1),
        c(np.zeros((2, 2), "float32"))],
    "pinv": [c(TALL), c(TALL[0].T), c(TALL, 0.5), c(i(2, 2) + 1),
    ],
    **each("solve_triangular", [
        c(DEFINITE, f(2, 3, 4)), c(DEFINITE, f(2, 3, 4), lower=True), c(DEFINITE[0], f(3)),
        c(DEFINITE, f(2, 3)), c(i(2, 2) + 1, i(2)),
    ]),
    # -- unaligned labels
    "ctc_loss": [
        c(LABELS, LOGITS, COUNTS, TIMES), c(LABELS % 4, LOGITS, COUNTS, TIMES, mask_index=4),
        c(LABELS, LOGITS, np.array([0, 1, 2], "int32"), TIMES), c(LABELS, h(3, 7, 5), COUNTS, FEW),
        c(LABELS.astype("float16"), h(3, 7, 5), COUNTS, TIMES),
        c(i(1, 2), f(1, 3, 4), FEW[:1], FEW[:1]),
    ],
    "ctc_decode": FOUND,
}  # fmt: skip

SIGNAL_UNSMOOTH = {"ctc_decode": "TensorFlow's search has none"}
