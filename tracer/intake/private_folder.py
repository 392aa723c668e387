"""A place for what has to lie in a file for a moment, and is not ours to leave behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_IN_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own in it


@contextmanager
def private_folder(size: int = 0) -> Iterator[Path]:
    """A folder for files of that many bytes that only we may read, gone afterwards.

    In memory where there is room for twice as much: of a process that is killed nothing stays on the disk.
    """
    has_room = _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > 2 * size
    with TemporaryDirectory(prefix="tracer-", dir=_IN_MEMORY if has_room else None) as folder:
        yield Path(folder)
