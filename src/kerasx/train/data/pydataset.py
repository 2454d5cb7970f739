"""PyDataset: batches by number, made by the user's own Python."""

from typing import Any


class PyDataset:
    """A data set that gives its batches by number: subclasses define `__len__` and
    `__getitem__(index)`.

    Args:
        workers: number of workers that make batches ahead; only 1 is available.
        use_multiprocessing: whether workers are processes; not available.
        max_queue_size: number of batches that are made ahead.
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ):
        if workers > 1 or use_multiprocessing:
            raise NotImplementedError(
                "PyDataset: several workers are not available; use workers=1."
            )
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, False, max_queue_size

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
