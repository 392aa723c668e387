"""See to it that what was erased or written over lies in none of the database's files any more."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DatabaseError

from tracer.storage.engine import BUSY_SECONDS
from tracer.storage.leftovers import holds_leftovers

_CLEARED = (
    "calls, canaries, orders, exposures, tracked_parcels, attachments, attachment_parts, journal, requests, jobs, "
    "job_parts, deliveries"
)

_PATIENCE = 1_000
"""Milliseconds."""
_MOST_VACUUMED = 128 * 1024 * 1024
"""Bytes of a file that VACUUM writes anew within seconds; nobody else can write meanwhile."""


def clear_overwritten(engine: Engine) -> bool:
    """See Registry.clear_overwritten."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            return _clear_file(connection.cursor())
        finally:
            connection.close()
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as vacuuming:
            vacuuming.exec_driver_sql(f"VACUUM {_CLEARED}")
    except DatabaseError:  # it is autovacuum's then
        return False
    return True


def empty_log(engine: Engine) -> None:
    """Put SQLite's write-ahead log into the file; nothing is to be done on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            _empty_log(connection.cursor())
        finally:
            connection.close()


def _clear_file(cursor: DBAPICursor) -> bool:
    cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")  # while it waits for readers, nobody can write
    try:
        cursor.execute("PRAGMA database_list")
        path = Path(cursor.fetchall()[0][2])
        if not _empty_log(cursor):
            return False
        if not holds_leftovers(path):
            return True
        if path.stat().st_size > _MOST_VACUUMED:
            return False
        cursor.execute("VACUUM")
        return _empty_log(cursor)
    except sqlite3.OperationalError:  # another program writes, or there is no room for a second copy
        return False
    finally:
        cursor.execute(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1000)}")


def _empty_log(cursor: DBAPICursor) -> bool:
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return not cursor.fetchall()[0][0]
