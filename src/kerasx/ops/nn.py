"""What Keras has under `ops.nn`."""

from .activation import (
    hard_silu,
    silu,
)  # fmt: skip

hard_swish = hard_silu
swish = silu
