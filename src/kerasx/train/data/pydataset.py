"""PyDataset: batches by number, made by the user's own Python."""

from typing import Any


class PyDataset:
    """A data set that gives its batches by number: subclasses define `__len__` and
    `__getitem__(index)`.

    Args:
        workers: number of workers that make batches ahead, in order; 0 and 1: none, batches are
            made when they are wanted.
        use_multiprocessing: whether workers, if only one, are processes, not threads. Each gets a
            copy of the data set at the beginning of an epoch, in the way that
            `multiprocessing.set_start_method` says, and should leave the engine alone.
        max_queue_size: number of batches that are made ahead at most.
    """

    workers, use_multiprocessing, max_queue_size = 1, False, 10

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ):
        for name, value, least in (
            ("workers", workers, 0),
            ("max_queue_size", max_queue_size, 1),
        ):
            if not hasattr(value, "__index__") or value < least:
                raise ValueError(
                    f"{type(self).__name__}: {name}={value!r}: expected an integer of at least "
                    f"{least}."
                )
        self.workers, self.max_queue_size = int(workers), int(max_queue_size)
        self.use_multiprocessing = bool(use_multiprocessing)

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__().")

    @property
    def num_batches(self) -> int | None:
        """The number of batches, or None where it has no end."""
        return len(self) if hasattr(self, "__len__") else None  # type: ignore[arg-type]

    def on_epoch_begin(self) -> None:
        """Runs before each epoch."""

    def on_epoch_end(self) -> None:
        """Runs after each epoch."""
