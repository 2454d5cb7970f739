"""Which rows of a batch are samples: a last batch is filled up, so that it has the shape that was
compiled for, with rows that must not count. Pure Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .scope import LOCAL


class Present(NamedTuple):
    """The samples of a batch: how many there are, and a boolean mask over its rows."""

    count: Any
    mask: Any


class Inseparable(Exception):
    """Something was computed whose rows are not those of the batch: none can be left out."""


@contextmanager
def only(present: Present | None) -> Iterator[None]:
    """While open, only the rows that are `present` count."""
    LOCAL.present = present
    try:
        yield
    finally:
        LOCAL.present = None


def mask_for(x: Any) -> Any:
    """Which rows of `x` count, as a mask over them; None: all of them.

    Raises Inseparable where they are not the rows of the batch.
    """
    if LOCAL.present is None:
        return None
    mask = LOCAL.present.mask
    if not x.shape or x.shape[0] != mask.shape[0]:
        raise Inseparable(f"a tensor of shape {tuple(x.shape)} in a batch of {mask.shape[0]}")
    return mask
