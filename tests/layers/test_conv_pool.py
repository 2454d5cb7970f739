"""Convolutions and pools: what they refuse, and what the generic tests cannot see."""

import numpy as np
import pytest


@pytest.fixture
def L(kx):
    return kx.layers


@pytest.mark.parametrize(
    "name, arguments, problem",
    [
        ("Conv2D", dict(filters=0, kernel_size=3), "Conv2D: filters=0: expected a positive number"),
        (
            "Conv2D",
            dict(filters=2, kernel_size=(3, 3, 3)),
            r"kernel_size=\(3, 3, 3\): .* or 2 of them",
        ),
        ("Conv2D", dict(filters=2, kernel_size=0), "kernel_size=0: expected a positive number"),
        ("Conv2D", dict(filters=3, kernel_size=3, groups=2), "expected a multiple of groups=2"),
        (
            "Conv2D",
            dict(filters=2, kernel_size=3, strides=2, dilation_rate=2),
            "one of the two must be 1",
        ),
        (
            "Conv2D",
            dict(filters=2, kernel_size=3, padding="causal"),
            "padding='causal': expected one of",
        ),
        (
            "Conv2D",
            dict(filters=2, kernel_size=3, data_format="NHWC"),
            "'channels_last', 'channels_first'",
        ),
        ("Conv1DTranspose", dict(filters=2, kernel_size=3, output_padding=1), "less than strides"),
        ("MaxPooling2D", dict(pool_size=0), "pool_size=0"),
        ("AveragePooling1D", dict(pool_size=2, padding="causal"), "padding='causal'"),
        ("AdaptiveMaxPooling2D", dict(output_size=(1, 2, 3)), "output_size"),
        ("Cropping2D", dict(cropping=-1), "cropping=-1"),
        ("ZeroPadding2D", dict(padding=(1, 2, 3)), "2 pairs of them"),
        ("UpSampling2D", dict(interpolation="cubic"), "interpolation='cubic'"),
    ],
)
def test_wrong_arguments_are_named(L, name, arguments, problem):
    with pytest.raises(ValueError, match=problem):
        getattr(L, name)(**arguments)


def test_a_convolution_must_know_the_channels(L):
    with pytest.raises(ValueError, match="must be known"):
        L.Conv1D(2, 3)(L.Input((8, None)))


def test_a_window_larger_than_the_input_is_an_error(L):
    x = np.ones((2, 5, 5, 3), "float32")
    for layer in (L.Conv2D(2, 9), L.Conv2D(2, 3, dilation_rate=3), L.DepthwiseConv2D(9),
                  L.SeparableConv2D(2, 9), L.MaxPooling2D(9), L.AveragePooling2D(9)):  # fmt: skip
        for call in (lambda f=layer: f.compute_output_shape(x.shape), lambda f=layer: f(x)):
            with pytest.raises(ValueError, match="does not fit"):
                call()


def test_unknown_sizes_of_space_stay_unknown(L):
    assert L.Conv2D(3, 2, padding="same")(L.Input((None, 8, 4))).shape == (None, None, 8, 3)
    assert L.MaxPooling2D()(L.Input((None, 8, 4))).shape == (None, None, 4, 4)
    assert L.Flatten()(L.Input((None, 8))).shape == (None, None)


def test_causal_outputs_do_not_see_what_comes_later(kx, L):
    layer = L.Conv1D(2, 3, padding="causal")
    x = np.random.default_rng(0).normal(size=(1, 6, 2)).astype("float32")
    y = kx.ops.convert_to_numpy(layer(x))
    x[:, 4:] = 0
    assert np.allclose(kx.ops.convert_to_numpy(layer(x))[:, :4], y[:, :4])


def test_cropping_everything_is_an_error(L):
    with pytest.raises(ValueError, match="leaves nothing of axis 1"):
        L.Cropping1D(3)(np.ones((1, 6, 2), "float32"))


def test_other_names_are_the_same_objects(L):
    assert L.MaxPool2D is L.MaxPooling2D and L.AvgPool3D is L.AveragePooling3D
    assert L.GlobalAvgPool1D is L.GlobalAveragePooling1D and L.Convolution2D is L.Conv2D


def test_the_mean_over_steps_leaves_out_what_a_mask_hides(kx, L):
    x = np.array([[[1.0], [3.0], [100.0]]], "float32")
    y = L.GlobalAveragePooling1D()(x, mask=np.array([[True, True, False]]))
    assert kx.ops.convert_to_numpy(y).tolist() == [[2]]
