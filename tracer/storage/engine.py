"""Database engines, set up the same way everywhere.

SQLite: WAL with synchronous=FULL (an acknowledged row survives a power cut), foreign keys on,
and our own BEGIN: IMMEDIATE for writers, plain for readers. The driver's implicit transactions
would let two writers read the same state and lose an update.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError

from tracer.domain.errors import NotOurDatabase, StoreUnavailable

BUSY_SECONDS = 30
READ_ONLY = "tracer_read_only"


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`; nothing is connected yet.

    Raises NotOurDatabase for another URL, StoreUnavailable where the driver is not installed. What
    drivers raise later names no parameters: they may hold plain ids and tags.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # not repeated: it may hold a password
        raise NotOurDatabase("database URL: expected sqlite:///PATH or postgresql://…, got neither") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return _sqlite_engine(url)
    if backend == "postgresql":
        try:
            return create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_pre_ping=True,
                insertmanyvalues_page_size=2000,
                hide_parameters=True,
            )
        except ModuleNotFoundError as error:
            raise StoreUnavailable("the PostgreSQL driver is missing: pip install 'tracer[postgresql]'") from error
    raise NotOurDatabase(f"database URL: expected sqlite:///PATH or postgresql://…, got one for {backend!r}")


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def make_private(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if options.get("uri"):
            return
        # Made before SQLite makes it readable for others; -wal and -shm get the mode of the file itself.
        with suppress(OSError):  # it is there, or SQLite will say what is wrong with the place
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    @event.listens_for(engine, "connect")
    def configure(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        _enter_wal(cursor)
        for pragma in (
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _enter_wal(cursor: Any) -> None:
    """Switch a database to WAL, once in its life.

    The switch needs the file for itself, and SQLite gives up at once where another process is at it,
    without the time-out that holds for everything else: so the waiting is done here.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def readable_errors(where: str) -> Iterator[None]:
    """Turn what a database driver raises into a StoreError that says what to do."""
    try:
        yield
    except DatabaseError as error:
        text = str(error.orig).strip()
        if "not a database" in text:
            raise NotOurDatabase(f"{where} is not a Tracer database: it is not an SQLite file") from error
        for sign, meaning in _ADVICE.items():
            if sign in text:
                raise StoreUnavailable(f"{where}: {meaning}") from error
        if isinstance(error, OperationalError):
            reason = text.splitlines()[0] if text else "no reason given"
            raise StoreUnavailable(f"{where}: the database does not answer ({reason})") from error
        if isinstance(error, IntegrityError) and "unique" in text.lower():
            raise StoreUnavailable(
                f"{where}: another process wrote the same at the same time. Nothing was kept; look and do it again"
            ) from error
        raise


def may_not_write(error: DatabaseError) -> bool:
    """Whether a driver refused because the database may only be read."""
    text = str(error.orig)
    return any(sign in text for sign in _READ_ONLY_SIGNS)


def is_busy(error: BaseException) -> bool:
    """Whether a driver gave up on what others held: the same may go well a moment later."""
    cause = error.__cause__ if isinstance(error, StoreUnavailable) else error
    return isinstance(cause, DatabaseError) and any(sign in str(cause.orig) for sign in _BUSY_SIGNS)


_BUSY_SIGNS = ("locked", "lock timeout", "deadlock")
_READ_ONLY_SIGNS = ("readonly", "read-only", "permission denied")
_ADVICE = {
    "disk is full": "the disk is full. Nothing was written; free some space and do it again",
    "No space left": "the server's disk is full. Nothing was written; free some space and do it again",
    "readonly": "the database is read-only. Check who may write the file and its folder",
    "read-only": "the database is read-only. Check who may write to it",
    "permission denied": "this user may not do that. Check the rights on the server",
    "unable to open": "the database file cannot be opened. Check that its folder exists and may be written",
    "deadlock": "another program wrote at the same time and won. Nothing was kept; do it again",
    "locked": f"another program held the database for {BUSY_SECONDS} s. Try again",
    "disk I/O error": "the disk refused to read or write. Nothing was kept; check the disk and its free space",
    "malformed": "the database is damaged. Restore a backup",
}
