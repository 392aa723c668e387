"""Backup files: written aside and put in place whole, listed, and the oldest taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from tracer.domain.backup import BackupHead
from tracer.domain.errors import BackupRejected, BackupUnwritable, DatabaseTooNew, NotAllowed
from tracer.storage.backup.head_line import ledger_place, read_head
from tracer.storage.backup.sealed_stream import is_whole
from tracer.storage.durable_file import put_in_place, written_aside

_NAME = re.compile(r"tracer-\d{8}T\d{6}Z(-\d+)?\.backup", re.ASCII)


class Measured:
    """A file that is written once, with its size and SHA-256."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()
        self.size = 0

    def write(self, content: bytes) -> int:
        """Write some more."""
        self._hash.update(content)
        self.size += len(content)
        return self._file.write(content)

    @property
    def sha256(self) -> str:
        """Of all that was written, in hexadecimal."""
        return self._hash.hexdigest()


def new_name(folder: Path, now: datetime) -> Path:
    """A name for a backup of that time that is not taken."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    path, number = folder / f"tracer-{stamp}.backup", 2
    while path.exists():
        path, number = folder / f"tracer-{stamp}-{number}.backup", number + 1
    return path


@contextmanager
def written_whole(path: Path) -> Iterator[Measured]:
    """A file beside the path, for its owner only, that takes its place once it is on the disk; else nothing stays.

    Raises NotAllowed where something is there already, BackupUnwritable where it cannot be written.
    """
    if path.exists():
        raise NotAllowed(f"{path} exists already, and backups overwrite nothing. Give another name")
    try:
        with written_aside(path) as (aside, file):
            yield Measured(file)
        put_in_place(aside, path)
    except OSError as error:
        raise BackupUnwritable(f"{path} cannot be written: {error.strerror}. No backup was made") from error


def whole_backups(folder: Path, instance_id: str) -> list[tuple[Path, BackupHead, int]]:
    """The whole backups of a registry in a folder that have names as we give them, newest first, with their sizes.

    Newer is what has the later ledger: a clock may have run ahead. Only of one ledger the time tells.
    """
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if not _NAME.fullmatch(path.name):
            continue
        try:
            with path.open("rb") as file:
                head, _ = read_head(file, path.name)
                if head.instance_id == instance_id and is_whole(file):
                    found.append((ledger_place(head), path, head, path.stat().st_size))
        except (OSError, BackupRejected, DatabaseTooNew):  # not ours to list, and never ours to delete
            continue
    found.sort(key=lambda one: (one[0], one[2].made_at, one[1].name), reverse=True)
    return [(path, head, size) for _, path, head, size in found]


def drop_oldest(folder: Path, instance_id: str, kept: int, made: Path) -> tuple[str, ...]:
    """Delete whole backups of a registry but the newest; the names of those deleted. Other files stay.

    `made` was made just now and is one of those that are kept, however old what it holds is. Raises BackupUnwritable.
    """
    try:
        others = [path for path, _, _ in whole_backups(folder, instance_id) if path.name != made.name]
        old = others[kept - 1 :]
        for path in old:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise BackupUnwritable(
            f"{made} was made, and older backups in that folder cannot be deleted: {error.strerror}. Check who may "
            "write there"
        ) from error
    return tuple(path.name for path in old)
