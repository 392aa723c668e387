"""Database engines, set up the same way everywhere.

SQLite: WAL with synchronous=FULL (an acknowledged row survives a power cut), foreign keys on,
and our own BEGIN: IMMEDIATE for writers, plain for readers. The driver's implicit transactions
would let two writers read the same state and lose an update.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from tracer.domain.errors import NotOurDatabase, StoreUnavailable

BUSY_SECONDS = 30
READ_ONLY = "tracer_read_only"


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`; nothing is connected yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            insertmanyvalues_page_size=2000,
        )
    raise NotOurDatabase(
        f"database URL: expected sqlite:///PATH or postgresql://…, got one for {parsed.get_backend_name()!r}"
    )


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def configure(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in (
            "journal_mode=WAL",
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


@contextmanager
def readable_errors(where: str) -> Iterator[None]:
    """Turn what a database driver raises into a StoreError that says what to do."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(f"{where}: {_reason(error)}") from error
    except DatabaseError as error:
        if "not a database" in str(error.orig):
            raise NotOurDatabase(f"{where} is not a Tracer database: it is not an SQLite file") from error
        if "malformed" in str(error.orig):
            raise StoreUnavailable(f"{where} is damaged ({error.orig}). Restore a backup") from error
        raise


def _reason(error: DBAPIError) -> str:
    text = str(error.orig).strip()
    advice = {
        "disk is full": "the disk is full. Nothing was written; free some space and do it again",
        "readonly": "the database is read-only. Check who may write the file and its folder",
        "read-only": "the database is read-only. Check who may write to it",
        "unable to open": "the database file cannot be opened. Check that its folder exists and may be written",
        "locked": f"another program held the database for {BUSY_SECONDS} s. Try again",
        "disk I/O error": "the disk refused to read or write. Nothing was kept; check the disk and its free space",
    }
    for sign, meaning in advice.items():
        if sign in text:
            return meaning
    return f"the database does not answer ({text.splitlines()[0] if text else 'no reason given'})"


def sqlite_path(engine: Engine) -> Path | None:
    """The file behind an SQLite engine, None for a server."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    return Path(engine.url.database)
