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

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from tracer.domain.errors import NotOurDatabase, StoreUnavailable
from tracer.storage.turns import Turns

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
            return _postgresql_engine(parsed)
        except ModuleNotFoundError as error:
            raise StoreUnavailable("the PostgreSQL driver is missing: pip install 'psycopg[binary]'") from error
    raise NotOurDatabase(f"database URL: expected sqlite:///PATH or postgresql://…, got one for {backend!r}")


_WATCHED_WAY = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_WATCHED_WAY_BACK = "; ".join(
    f"SET {name} = {value}"
    for name, value in {
        "tcp_keepalives_idle": 5,
        "tcp_keepalives_interval": 2,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }.items()
)
"""A network that is cut says nothing. We notice after ten seconds and not after a quarter of an hour; the server, which
keeps what a lost transaction had locked, likewise, and not after two hours."""


def _postgresql_engine(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={name: value for name, value in _WATCHED_WAY.items() if name not in url.query},
        pool_pre_ping=True,
        insertmanyvalues_page_size=2000,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def watch_the_way_back(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.execute(_WATCHED_WAY_BACK)
        dbapi_connection.commit()

    @event.listens_for(engine, "checkin")
    def forget_read_only(dbapi_connection: Any, _record: Any) -> None:
        # After a reading connection the dialect asks for READ WRITE, over the head of a server set to read only.
        if dbapi_connection is not None and not dbapi_connection.closed:
            dbapi_connection.read_only = None

    return engine


def _sqlite_engine(url: str) -> Engine:
    # Whoever waits for a turn to write has a connection already: readers must not have to wait for one.
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "factory": _Connection}, max_overflow=-1, hide_parameters=True
    )
    turns = Turns()
    _set_up_connections(engine, turns, may_write=make_url(url).query.get("mode") != "ro")
    _set_up_transactions(engine, turns)
    return engine


def _set_up_connections(engine: Engine, turns: Turns, *, may_write: bool) -> None:
    """What holds for a connection as long as it lasts."""

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
            "secure_delete=ON",  # many builds have it so: what is deleted or written over leaves no bytes behind
            "temp_store=MEMORY",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        if may_write:
            turns.among_processes(cursor.execute("PRAGMA database_list").fetchone()[2])
        cursor.close()


def _set_up_transactions(engine: Engine, turns: Turns) -> None:
    """How transactions begin, and that none is left open."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(READ_ONLY, False):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_in_turn(connection, turns)

    @event.listens_for(engine, "checkin")
    def leave_nothing_open(dbapi_connection: Any, _record: Any) -> None:
        if dbapi_connection is not None and dbapi_connection.in_transaction:  # a commit failed on its way
            dbapi_connection.rollback()

    @event.listens_for(engine, "engine_disposed")
    def close_queue(_engine: Engine) -> None:
        turns.close()


class _Connection(sqlite3.Connection):
    """A connection that gives the turn back when its transaction ends, whichever way."""

    turns: Turns | None = None

    def commit(self) -> None:
        try:
            super().commit()
        finally:
            if not self.in_transaction:  # else a rollback follows
                self.give_back()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.give_back()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.give_back()

    def give_back(self) -> None:
        """Let the next one write, if it was this one's turn."""
        if self.turns is not None:
            turns, self.turns = self.turns, None
            turns.give_back()


def _begin_in_turn(connection: Connection, turns: Turns) -> None:
    """BEGIN IMMEDIATE when it is this writer's turn; without one after half of the patience.

    Then the other half is SQLite's, which knows who really writes and says so where it takes too long.
    """
    driver: Any = connection.connection.dbapi_connection
    if turns.take(BUSY_SECONDS / 2):
        driver.turns = turns
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            driver.give_back()
            raise
    else:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 500)}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1000)}")


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
    except NoConnectionFree as error:  # all are held by those who wait for the database
        raise StoreUnavailable(f"{where}: every connection is busy. Nothing was kept; do it again") from error
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
    if not isinstance(cause, DatabaseError):
        return False
    state = getattr(cause.orig, "sqlstate", None)
    return state in _BUSY_STATES if state else "locked" in str(cause.orig)


_BUSY_STATES = ("55P03", "40P01")
"""A lock that was not to be had in time, a deadlock; PostgreSQL says so in words of whatever language it is set to."""
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
