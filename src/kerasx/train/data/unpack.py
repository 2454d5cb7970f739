"""One convention for batches: (x, y, sample_weight), with the rest left out where it is None."""

from typing import Any


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of what a data set gives: x, (x,), (x, y) or (x, y, sample_weight).

    A list counts as a tuple of this kind. Raises ValueError for more than three.
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            f"a batch is x, (x, y) or (x, y, sample_weight); got a tuple of {len(data)}."
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """The shortest tuple that `unpack_x_y_sample_weight` takes apart again."""
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return x if not isinstance(x, (list, tuple)) else (x,)
