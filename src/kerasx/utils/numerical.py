"""Arrays of labels and vectors, made ready for training."""

from typing import Any

import numpy as np

from .. import ops
from ..core.symbolic import KerasTensor


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """One-hot rows for integer labels; a last axis of size one is taken away first.

    NumPy arrays, and whatever is no tensor, give NumPy arrays; tensors give tensors.
    num_classes: number of classes; None: one more than the largest label.
    """
    if ops.is_tensor(x) and not isinstance(x, np.ndarray):
        if len(x.shape) > 1 and x.shape[-1] == 1:
            x = ops.squeeze(x, -1)
        if num_classes is None:
            if isinstance(x, KerasTensor):
                raise ValueError(
                    "to_categorical: a KerasTensor has no labels yet: give num_classes."
                )
            num_classes = int(ops.convert_to_numpy(ops.max(x))) + 1
        return ops.one_hot(x, num_classes)
    labels = np.asarray(x).astype("int64")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    if num_classes is None:
        num_classes = int(labels.max()) + 1
    if labels.size and not 0 <= labels.min() <= labels.max() < num_classes:
        raise ValueError(
            f"to_categorical: labels from {labels.min()} to {labels.max()}: "
            f"expected 0 to {num_classes - 1}."
        )
    return np.eye(num_classes)[labels]


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """`x` divided by its norm of the given order along `axis`; rows of zeros stay as they are.

    NumPy arrays, and whatever is no tensor, give NumPy arrays; tensors give tensors.
    """
    if ops.is_tensor(x) and not isinstance(x, np.ndarray):
        return ops.normalize(x, axis, order)
    norm = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(norm == 0, 1, norm)
