"""Layers, and inputs to call them on: rows for generic and for parity tests."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Row:
    """A class of `keras.layers`, the arguments of its constructor, and the shapes of its inputs."""

    layer: str
    arguments: dict[str, Any]
    inputs: Any
    call: dict[str, Any] = field(default_factory=dict)
    random: bool = False  # in training: cannot be compared with another library
    without: dict[str, str] = field(
        default_factory=dict
    )  # checks that do not apply, with the reason

    @property
    def id(self) -> str:
        """The row as the name of a test."""
        said = ",".join(f"{k}={v}" for k, v in self.arguments.items())
        return f"{self.layer}({said})".replace(" ", "")


V, S1, S2, S3 = (4, 6), (2, 6, 4), (2, 6, 5, 4), (2, 5, 4, 6, 4)
FIRST1, FIRST2 = (2, 4, 6), (2, 4, 6, 5)


def row(layer: str, inputs: Any = S1, random: bool = False, **arguments: Any) -> Row:
    return Row(layer, arguments, inputs, random=random)


ROWS = [
    # core
    row("Dense", V, units=3),
    row("Dense", S1, units=3, activation="tanh", use_bias=False),
    row(
        "Dense",
        V,
        units=3,
        kernel_regularizer="l2",
        activity_regularizer="l1",
        bias_initializer="ones",
    ),
    row("Dense", V, units=3, lora_rank=2),
    row("Conv1D", S1, filters=3, kernel_size=2, lora_rank=2, lora_alpha=3.0),
    row("EinsumDense", V, equation="ab,bc->ac", output_shape=3, bias_axes="c"),
    row(
        "EinsumDense",
        S1,
        equation="abc,cd->abd",
        output_shape=(None, 3),
        bias_axes="d",
        activation="relu",
    ),
    row("EinsumDense", S1, equation="...x,xy->...y", output_shape=3, bias_axes="y"),
    row("EinsumDense", S1, equation="abc,cde->abde", output_shape=(None, 3, 2), bias_axes="de"),
    row("EinsumDense", S2, equation="abcd,cde->abe", output_shape=(None, 3), bias_axes="e"),
    row("EinsumDense", S1, equation="ab...,bc->ac...", output_shape=3, bias_axes="c"),
    row("Activation", S1, activation="silu"),
    row("Identity", S1),
    row("Masking", S1),
    row("Rescaling", S2, scale=0.5, offset=-1.0),
    row("Rescaling", S1, scale=[1.0, 2.0, 3.0, 4.0]),
    # convolutions
    row("Conv1D", S1, filters=3, kernel_size=3),
    row("Conv1D", S1, filters=4, kernel_size=2, padding="causal", dilation_rate=2, groups=2),
    row("Conv1D", FIRST1, filters=3, kernel_size=2, padding="causal", data_format="channels_first"),
    row(
        "Conv2D",
        S2,
        filters=3,
        kernel_size=(3, 2),
        strides=(2, 1),
        padding="same",
        activation="relu",
    ),
    row("Conv2D", FIRST2, filters=3, kernel_size=3, data_format="channels_first"),
    row("Conv2D", S2, filters=6, kernel_size=2, groups=2, dilation_rate=2, use_bias=False),
    row("Conv3D", S3, filters=3, kernel_size=2, padding="same"),
    row("Conv1DTranspose", S1, filters=3, kernel_size=3, strides=2),
    row(
        "Conv1DTranspose", S1, filters=3, kernel_size=3, strides=2, padding="same", output_padding=1
    ),
    row("Conv2DTranspose", S2, filters=3, kernel_size=3, strides=2, padding="same"),
    row("Conv2DTranspose", FIRST2, filters=3, kernel_size=(2, 3), data_format="channels_first"),
    row("Conv3DTranspose", S3, filters=2, kernel_size=2, strides=2),
    row("DepthwiseConv1D", S1, kernel_size=3, depth_multiplier=2),
    row("DepthwiseConv2D", S2, kernel_size=3, padding="same", activation="tanh"),
    row("DepthwiseConv2D", FIRST2, kernel_size=2, data_format="channels_first", use_bias=False),
    row("SeparableConv1D", S1, filters=3, kernel_size=3, depth_multiplier=2, padding="same"),
    row("SeparableConv2D", S2, filters=3, kernel_size=2, strides=2),
    # pools
    row("MaxPooling1D", S1),
    row("MaxPooling2D", S2, pool_size=(3, 2), strides=1, padding="same"),
    row("MaxPooling2D", FIRST2, data_format="channels_first"),
    row("MaxPooling3D", S3),
    row("AveragePooling1D", S1, pool_size=3, padding="same"),
    row("AveragePooling2D", S2, pool_size=2, strides=(1, 2), padding="same"),
    row("AveragePooling3D", S3, pool_size=2),
    row("GlobalMaxPooling1D", S1),
    row("GlobalMaxPooling2D", S2, keepdims=True),
    row("GlobalMaxPooling3D", S3),
    row("GlobalAveragePooling1D", S1, keepdims=True),
    row("GlobalAveragePooling2D", FIRST2, data_format="channels_first"),
    row("GlobalAveragePooling3D", S3),
    row("AdaptiveMaxPooling1D", S1, output_size=4),
    row("AdaptiveMaxPooling2D", S2, output_size=(4, 2)),
    row("AdaptiveMaxPooling3D", S3, output_size=2),
    row("AdaptiveAveragePooling1D", S1, output_size=4),
    row("AdaptiveAveragePooling2D", FIRST2, output_size=3, data_format="channels_first"),
    row("AdaptiveAveragePooling3D", S3, output_size=(2, 3, 4)),
    # normalizations
    row("BatchNormalization", V),
    row("BatchNormalization", S2, axis=1, momentum=0.9, scale=False),
    row("BatchNormalization", S1, renorm=True, renorm_clipping={"rmax": 1.1, "dmax": 0.2}),
    row("LayerNormalization", S1),
    row("LayerNormalization", S2, axis=[2, 3], center=False),
    row("LayerNormalization", S1, axis=1, epsilon=1e-2),
    row("RMSNormalization", S1),
    row("UnitNormalization", S1),
    row("UnitNormalization", S2, axis=[1, 2]),
    row("GroupNormalization", S2, groups=2),
    row("GroupNormalization", S1, groups=-1, axis=1),
    # merges
    row("Add", [S1, S1, S1]),
    row("Add", [S1, (2, 4)]),
    row("Subtract", [S1, (2, 1, 4)]),
    row("Multiply", [S1, S1]),
    row("Average", [S1, S1, S1]),
    row("Maximum", [S1, S1]),
    row("Minimum", [S1, S1]),
    row("Concatenate", [S1, (2, 6, 3)]),
    row("Concatenate", [S1, (2, 3, 4)], axis=1),
    row("Dot", [V, V], axes=1),
    row("Dot", [S1, (2, 4, 3)], axes=[2, 1]),
    row("Dot", [S2, S1], axes=-1, normalize=True),
    # shapes
    row("Reshape", S1, target_shape=[3, 8]),
    row("Reshape", S1, target_shape=[-1, 2]),
    row("Flatten", S2),
    row("Flatten", FIRST2, data_format="channels_first"),
    row("Permute", S2, dims=[3, 1, 2]),
    row("RepeatVector", V, n=3),
    row("Cropping1D", S1, cropping=[1, 2]),
    row("Cropping2D", S2, cropping=1),
    row("Cropping2D", FIRST2, cropping=[[1, 2], [0, 1]], data_format="channels_first"),
    row("Cropping3D", S3),
    row("ZeroPadding1D", S1, padding=[2, 1]),
    row("ZeroPadding2D", S2, padding=[1, 2]),
    row("ZeroPadding2D", FIRST2, padding=[[1, 2], [0, 1]], data_format="channels_first"),
    row("ZeroPadding3D", S3),
    row("UpSampling1D", S1, size=3),
    row("UpSampling2D", S2, size=[2, 3]),
    row("UpSampling2D", S2, interpolation="bilinear"),
    row("UpSampling3D", S3),
    # training only
    row("Dropout", S1, rate=0.5, random=True),
    row("Dropout", S1, rate=0.3, noise_shape=[None, 1, 4], seed=3, random=True),
    row("Dropout", S1, rate=0.0),
    row("SpatialDropout1D", S1, rate=0.5, random=True),
    row("SpatialDropout2D", FIRST2, rate=0.5, data_format="channels_first", random=True),
    row("SpatialDropout3D", S3, rate=0.5, random=True),
    row("GaussianNoise", S1, stddev=0.5, random=True),
    row("GaussianDropout", S1, rate=0.5, random=True),
    row("AlphaDropout", S1, rate=0.3, random=True),
    row("ActivityRegularization", S1, l1=0.5, l2=0.1),
    # activations
    row("ReLU", S1),
    row("ReLU", S1, max_value=1.0, negative_slope=0.1, threshold=0.5),
    row("LeakyReLU", S1),
    row("PReLU", S2, shared_axes=[1, 2], alpha_initializer="ones"),
    row("ELU", S1, alpha=0.5),
    row("Softmax", S1),
    row("Softmax", S1, axis=[1, 2]),
]
