"""The rows of a backup into a database that has its schema and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, column, inspect, table, text
from sqlalchemy.exc import IntegrityError

from tracer.domain.errors import BackupRejected
from tracer.storage.backup.frames import Batch, End
from tracer.storage.move.driver import driver_errors, quoted
from tracer.storage.move.target import Target


def load(connection: Connection, frames: Iterable[Batch | End], tell: Callable[[int], None]) -> Mapping[str, int]:
    """Write all rows; how many of each table the backup says it has. `tell` hears of each batch.

    Foreign keys are not looked at meanwhile: rows come table by table, and some point to rows of their own table.
    Raises BackupRejected for a table that this schema does not have, and where rows are missing.
    """
    keys = ForeignKeys(connection)
    keys.drop()
    counts = _insert_all(connection, frames, tell)
    keys.put_back()
    return counts


def _insert_all(
    connection: Connection, frames: Iterable[Batch | End], tell: Callable[[int], None]
) -> Mapping[str, int]:
    known = set(inspect(connection).get_table_names()) - {"alembic_version"}
    found: dict[str, int] = {}
    for one in frames:
        if isinstance(one, End):
            if found != dict(one.counts):
                raise BackupRejected("the backup holds not as many rows as it says")
            return found
        if one.table not in known:
            raise BackupRejected("the backup holds a table that its schema does not have")
        found.setdefault(one.table, 0)
        if one.rows:
            _insert(connection, one)
            found[one.table] += len(one.rows)
            tell(len(one.rows))
    raise BackupRejected("the backup ends before all of its rows came")


def _insert(connection: Connection, batch: Batch) -> None:
    if connection.dialect.name == "postgresql":
        Target(connection).insert(table(batch.table, *map(column, batch.columns)), batch.rows)
        return
    columns, marks = ", ".join(map(quoted, batch.columns)), ", ".join("?" * len(batch.columns))
    sql = f"INSERT INTO {quoted(batch.table)} ({columns}) VALUES ({marks})"  # noqa: S608  # a table that is there
    with driver_errors(connection):
        connection.connection.cursor().executemany(sql, batch.rows)


class ForeignKeys:
    """The foreign keys of a PostgreSQL database, of whatever schema, away while rows come; SQLite's are switched off.

    Putting them back proves that every row points to one that is there.
    """

    _ALL = text(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dropped: list[tuple[str, str, str]] = []

    def drop(self) -> None:
        """Take them away."""
        if self._connection.dialect.name != "postgresql":
            return
        self._dropped = [(row[0], row[1], row[2]) for row in self._connection.execute(self._ALL)]
        for owner, name, _ in self._dropped:
            self._connection.execute(text(f"ALTER TABLE {owner} DROP CONSTRAINT {quoted(name)}"))

    def put_back(self) -> None:
        """Put them back; raises BackupRejected where a row points nowhere."""
        for owner, name, definition in self._dropped:
            try:
                self._connection.execute(text(f"ALTER TABLE {owner} ADD CONSTRAINT {quoted(name)} {definition}"))
            except IntegrityError as error:
                raise BackupRejected(f"a row of {owner} in the backup points nowhere ({name})") from error
        if self._connection.dialect.name == "sqlite":
            broken: list[Any] = list(self._connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall())
            if broken:
                raise BackupRejected(f"{len(broken)} rows of the backup point nowhere")
