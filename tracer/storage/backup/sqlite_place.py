"""A restore into an SQLite file: a new file is filled, and takes its place when it is whole."""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from tracer.domain.errors import NotOurDatabase, StoreUnavailable
from tracer.storage.backup.places import Occupant, occupant_of, stamp
from tracer.storage.durable_file import sync_folder
from tracer.storage.engine import READ_ONLY, open_engine, readable_errors
from tracer.storage.instant import pack
from tracer.storage.migrations import mark_ours, migrating, upgrade

_PATIENCE = 2  # seconds in which others let go of the old file
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES, errno.EINVAL)


class SqlitePlace:
    """The file of a registry, there or to be; see Place."""

    def __init__(self, path: Path, now: datetime) -> None:
        self._path = path
        self._now = now
        self._aside = ""
        self.where = str(path)

    def occupant(self) -> Occupant | None:
        """See Place."""
        if not self._path.exists() or not self._path.stat().st_size:
            return None
        engine = open_engine(f"sqlite:///{self._path}")
        try:
            with readable_errors(self.where), engine.connect().execution_options(**{READ_ONLY: True}) as connection:
                return occupant_of(connection)
        except (NotOurDatabase, StoreUnavailable) as error:
            raise type(error)(
                f"{error}. To restore here all the same, move {self._path} and its -wal file elsewhere first"
            ) from error
        finally:
            engine.dispose()

    @contextmanager
    def filling(self, revision: str, *, occupied: bool) -> Iterator[Connection]:
        """See Place. Raises StoreUnavailable where another program has the old file open."""
        new = self._path.with_name(f".{self._path.name}.restoring-{secrets.token_hex(4)}")
        engine = open_engine(f"sqlite:///{new}")
        try:
            with readable_errors(self.where):
                try:
                    with migrating(engine, self.where) as connection:
                        upgrade(connection, revision)
                        mark_ours(connection)
                        yield connection
                finally:
                    engine.dispose()  # the last one that lets go puts the log into the file
            if new.with_name(f"{new.name}-wal").exists():
                raise StoreUnavailable(f"{new} could not be written to its end. Check the disk and its free space")
            self._put_in_place(new, occupied=occupied)
        finally:
            for name in (new.name, f"{new.name}-wal", f"{new.name}-shm", f"{new.name}-turn"):
                new.with_name(name).unlink(missing_ok=True)

    def set_aside_as(self) -> str:
        """See Place."""
        return self._aside

    def _put_in_place(self, new: Path, *, occupied: bool) -> None:
        try:
            if self._path.exists():
                if not occupied and self.occupant() is not None:
                    raise StoreUnavailable(
                        f"another process made a registry in {self._path} meanwhile. Nothing changed"
                    )
                with _held_alone(self._path) as old:
                    if occupied:
                        self._aside = str(self._exchange(old, new))
                    else:
                        os.replace(new, self._path)
            else:
                self._set_log_aside()
                os.replace(new, self._path)
            sync_folder(self._path.parent)
        except OSError as error:
            raise StoreUnavailable(f"{self._path} cannot be put in place: {error.strerror}") from error

    def _set_log_aside(self) -> None:
        """The log of a file that is gone would be taken for the new one's."""
        for kind in ("-wal", "-shm", "-journal"):
            left = self._path.with_name(self._path.name + kind)
            if left.exists():
                os.replace(left, left.with_name(f"{self._path.name}.before-{stamp(self._now)}{kind}"))

    def _exchange(self, old: sqlite3.Connection, new: Path) -> Path:
        """Let the new file take the old one's place; where the old one is now. All is as it was if this raises."""
        aside = self._set_aside(old)
        copied = not aside.samefile(self._path)
        try:
            with _closed(old, self._now):
                os.replace(new, self._path)
                sync_folder(self._path.parent)
            if copied:
                with closing(sqlite3.connect(aside, isolation_level=None)) as copy, _closed(copy, self._now):
                    pass
        except BaseException:
            if not new.exists():
                os.replace(aside, self._path)
            aside.unlink(missing_ok=True)
            raise
        return aside

    def _set_aside(self, old: sqlite3.Connection) -> Path:
        """A second name for the old file, or a copy where the disk knows no second names."""
        first = aside = self._path.with_name(f"{self._path.name}.before-{stamp(self._now)}")
        for left in self._path.parent.iterdir():
            if left.name.startswith(f"{self._path.name}.before-") and left.samefile(self._path):
                left.unlink()  # the second name from a restore that was killed before the exchange
        while aside.exists():
            aside = first.with_name(f"{first.name}-{secrets.token_hex(2)}")
        try:
            os.link(self._path, aside)  # until the new file takes its place the old one has both names
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # Through the connection: to close a second descriptor of the old file would let go of its locks.
            try:
                os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                with closing(sqlite3.connect(aside, isolation_level=None)) as copy:
                    old.backup(copy)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise
        return aside


@contextmanager
def _held_alone(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold an old file while it is exchanged: whole in one file, locked for others, and open nowhere else.

    SQLite finds a file's log by its name: who still had the old file open would take the new one's for its own.
    Leaving WAL needs the file alone, which tells. Nothing is changed that would have to be taken back.
    """
    with closing(sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE)) as old:
        with _readable(path):
            old.execute("PRAGMA locking_mode=EXCLUSIVE")  # what is locked stays so until the connection is closed
            old.execute("PRAGMA journal_mode=DELETE").fetchone()
            old.execute("BEGIN EXCLUSIVE")
            old.execute("COMMIT")
        with _readable(path):
            yield old


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise StoreUnavailable(f"{path} cannot be set aside: {error}. Nothing was touched") from error
        raise StoreUnavailable(
            f"another program has {path} open. Stop `tracer serve` and `tracer work` and call again; nothing was "
            "touched"
        ) from error
    except sqlite3.DatabaseError as error:
        raise NotOurDatabase(
            f"{path} is damaged ({error}). Put it and its -wal file elsewhere yourself, and call again"
        ) from error


@contextmanager
def _closed(old: sqlite3.Connection, now: datetime) -> Iterator[None]:
    """Close a file for writers once the block ended well: who waits for it, or finds it aside, reads only.

    Its journal lies in memory: one beside the file would be found by name, and taken for the new file's.
    """
    old.execute("PRAGMA journal_mode=MEMORY").fetchone()
    old.execute("BEGIN EXCLUSIVE")
    try:
        if _has_mark(old):
            old.execute("UPDATE instance SET moved_at = ?", (pack(now),))
        yield
        old.execute("COMMIT")
    except BaseException:
        if old.in_transaction:
            old.execute("ROLLBACK")
        raise


def _has_mark(connection: sqlite3.Connection) -> bool:
    """Whether the schema has that column: older ones have not."""
    return any(column[1] == "moved_at" for column in connection.execute("PRAGMA table_info(instance)"))
