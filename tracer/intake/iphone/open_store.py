"""Opening a database that came from elsewhere: a private copy, read only, with nothing allowed in it but reading.

A `-wal` file beside it holds what the telephone wrote last: it is copied too, and SQLite joins the two in the copy.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeAlias

from tracer.intake.private_folder import private_folder

MAGIC = b"SQLite format 3\0"
_LONGEST_VALUE = 16 << 20
_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ))


class StoreUnreadable(Exception):
    """A file that is no such database; its text says what was expected."""


Tables: TypeAlias = Mapping[str, frozenset[str]]
"""The columns of each table, all names in capitals."""


@contextmanager
def open_store(path: Path, table: str) -> Iterator[tuple[sqlite3.Connection, Tables]]:
    """The database at `path` and its tables; text comes as bytes, since not all of it is UTF-8.

    Raises StoreUnreadable where it is broken, or has no table of the name wanted.
    """
    wal = path.with_name(path.name + "-wal")
    written_last = wal.stat().st_size if wal.is_file() else 0
    with private_folder(path.stat().st_size + 2 * written_last) as folder:
        copy = folder / "store"
        shutil.copyfile(path, copy)
        if written_last:
            shutil.copyfile(wal, copy.with_name("store-wal"))
            mode = "mode=rw"  # joining needs a file of its own beside it
        else:
            mode = "mode=ro&immutable=1"
        with closing(sqlite3.connect(f"file:{copy}?{mode}", uri=True)) as store:
            tables = _lock_down(store)
            if table.upper() not in tables:
                raise StoreUnreadable(
                    f"expected a database with the table {table}: this is one of something else, or of a version that "
                    "nobody has seen yet"
                )
            yield store, tables


def _lock_down(store: sqlite3.Connection) -> Tables:
    store.text_factory = bytes
    store.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    tables = {}
    try:
        store.execute("PRAGMA trusted_schema = OFF")
        store.execute("PRAGMA cell_size_check = ON")
        # No views: one could hold any query, without an end.
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            columns = store.execute("SELECT name FROM pragma_table_info(?)", (text_of(name),)).fetchall()
            tables[text_of(name).upper()] = frozenset(text_of(column).upper() for (column,) in columns)
    except (sqlite3.Error, ValueError) as error:
        raise StoreUnreadable(f"expected a whole SQLite database, and this is broken: {str(error)[:80]}") from error
    store.set_authorizer(_authorise)
    return tables


def _authorise(action: int, *_about: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def text_of(value: object) -> str:
    """A text column as text, whatever it was stored as; empty for NULL."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
