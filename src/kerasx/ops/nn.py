"""What Keras has under `ops.nn`."""

from .activation import (
    celu, elu, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh, leaky_relu, log_sigmoid,
    log_softmax, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign,
    sparse_plus, sparse_sigmoid, sparsemax, squareplus, tanh_shrink, threshold,
)  # fmt: skip
from .attention import dot_product_attention
from .conv import conv, conv_transpose, depthwise_conv, separable_conv
from .indexing import multi_hot, one_hot
from .loss import (
    binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy,
)  # fmt: skip
from .normalization import (
    batch_normalization, layer_normalization, moments, normalize, rms_normalization,
)  # fmt: skip
from .pool import adaptive_average_pool, adaptive_max_pool, average_pool, max_pool

hard_swish = hard_silu
swish = silu
