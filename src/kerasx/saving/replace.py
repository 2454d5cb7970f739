"""Files that are replaced whole, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO


@contextmanager
def replacing(path: Any) -> Iterator[BinaryIO]:
    """A new file to write and read, which takes the place of `path` when the block ends well.

    Until then `path` is as it was: an error, or the death of the process, leaves it whole. The new
    file stands in the same folder as `.name.<random>.tmp`: a process that was killed leaves it.
    """
    target = os.path.realpath(os.fspath(path))  # a link stays, what it points to is replaced
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            os.chmod(temporary, os.stat(target).st_mode & 0o777)
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Make a rename in `folder` last through a loss of power, where the system can."""
    with suppress(OSError):  # not every system opens folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
