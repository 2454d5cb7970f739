"""Weights of classes as weights of samples."""

from typing import Any

import numpy as np

from ..core import tree


def class_weights_to_sample_weights(
    batch: Any, class_weight: dict[int, float]
) -> tuple[Any, Any, Any]:
    """`batch` with the factor of each sample's class as its sample weight.

    Raises ValueError where there are several outputs, or sample weights already.
    """
    x, y, sample_weight = batch
    if sample_weight is not None:
        raise ValueError("class_weight and sample_weight cannot be given together.")
    if tree.is_nested(y) or y is None:
        raise ValueError("class_weight works for models with one output.")
    y_array = np.asarray(y)
    classes = (
        y_array.argmax(-1)
        if y_array.ndim > 1 and y_array.shape[-1] > 1
        else y_array.reshape(len(y_array), -1)
    )
    classes = np.round(classes).astype(int)
    weights = np.ones(classes.shape, "float32")
    for k, factor in class_weight.items():
        weights[classes == int(k)] = factor
    return x, y, weights.reshape(len(y_array)) if weights.size == len(y_array) else weights
