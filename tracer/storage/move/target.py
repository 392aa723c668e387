"""The PostgreSQL side of a move: rows by their primary key, written by COPY.

While a move is unfinished the foreign keys are not there: rows come table by table while the source
changes, and only the last step makes a whole of them. Adding the keys again proves that it is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, Table, TableClause, func, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.schema import AddConstraint

from tracer.domain.errors import NotAllowed, StoreUnavailable
from tracer.storage.move.driver import driver_errors, quoted
from tracer.storage.move.source import Key, Row
from tracer.storage.tables import APPEND_ONLY, Base

_AT_ONCE = 5_000


class Target:
    """The rows that one transaction on the PostgreSQL database sees and writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def commit(self) -> None:
        """Keep what was done so far."""
        self._connection.commit()

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        return int(self._connection.execute(select(func.count()).select_from(table)).scalar_one())

    def keys(self, table: Table) -> Iterator[list[Key]]:
        """All primary keys, in parts."""
        query = select(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
        for part in self._connection.execute(query).partitions():
            yield [tuple(row) for row in part]

    def rows(self, table: Table, keys: Iterable[Key]) -> dict[Key, Row]:
        """The rows with these primary keys, their values as SQLite has them."""
        names = [quoted(column.name) for column in table.primary_key.columns]
        columns = ", ".join(f"t.{_as_sqlite(column)}" for column in table.columns)
        key_columns = ", ".join(f"t.{name}" for name in names)
        sql = f"SELECT {key_columns}, {columns} FROM {quoted(table.name)} t JOIN {self._wanted(table)}"  # noqa: S608  # our own names
        width = len(names)
        found = self._run(f"{sql} USING ({', '.join(names)})", _by_column(keys, width), fetch=True)
        return {row[:width]: row[width:] for row in found}

    def insert(self, table: TableClause, rows: Iterable[Row]) -> None:
        """Write rows that are not there; raises StoreUnavailable for values that PostgreSQL does not take."""
        columns = ", ".join(quoted(column.name) for column in table.columns)
        try:
            with driver_errors(self._connection):
                cursor = self._connection.connection.cursor()
                with cursor.copy(f"COPY {quoted(table.name)} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        except DataError as error:
            reason = str(error.orig).splitlines()[0]  # the next lines would show the value
            raise StoreUnavailable(f"PostgreSQL does not take a value in {table.name}: {reason}") from error

    def delete(self, table: Table, keys: Sequence[Key]) -> None:
        """Take away rows that the source has otherwise or not at all; raises NotAllowed for the journal."""
        if not keys:
            return
        if table.name in APPEND_ONLY:
            raise NotAllowed(
                f"the database to move into holds rows in {table.name} that the old one does not have: the old one was "
                "restored from a backup since the move began. Nothing was changed; empty the new database and "
                "call again"
            )
        names = [quoted(column.name) for column in table.primary_key.columns]
        same = " AND ".join(f"t.{name} = k.{name}" for name in names)
        sql = f"DELETE FROM {quoted(table.name)} t USING {self._wanted(table)} WHERE {same}"  # noqa: S608  # our own names
        self._run(sql, _by_column(keys, len(names)), fetch=False)

    def drop_foreign_keys(self) -> None:
        """Take the foreign keys away, where they are there."""
        for table in Base.metadata.sorted_tables:
            for key in table.foreign_key_constraints:
                name = quoted(str(key.name))
                self._connection.execute(text(f"ALTER TABLE {quoted(table.name)} DROP CONSTRAINT IF EXISTS {name}"))

    def add_foreign_keys(self) -> None:
        """Put them back; raises StoreUnavailable where a row points nowhere."""
        for table in Base.metadata.sorted_tables:
            for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
                try:
                    self._connection.execute(AddConstraint(key, isolate_from_table=False))
                except IntegrityError as error:
                    raise StoreUnavailable(
                        f"a row of {table.name} points nowhere ({key.name}): the old database is damaged. "
                        "It is as it was; restore a backup"
                    ) from error

    def set_sequences(self) -> None:
        """Let every sequence go on after the largest number in its column."""
        for table in Base.metadata.sorted_tables:
            for column in table.primary_key.columns:
                found = self._connection.execute(
                    select(func.pg_get_serial_sequence(quoted(table.name), column.name))
                ).scalar()
                largest = self._connection.execute(select(func.max(column))).scalar() if found else None
                if largest is not None:
                    self._connection.execute(select(func.setval(found, largest)))

    def analyze(self) -> None:
        """Tell the planner how large the tables are, as it would find out by itself within minutes."""
        for table in Base.metadata.sorted_tables:
            self._connection.execute(text(f"ANALYZE {quoted(table.name)}"))

    def _wanted(self, table: Table) -> str:
        columns = list(table.primary_key.columns)
        types = ", ".join(f"%s::{column.type.compile(self._connection.dialect)}[]" for column in columns)
        return f"unnest({types}) AS k({', '.join(quoted(column.name) for column in columns)})"

    def _run(self, sql: str, values: list[list[Any]], *, fetch: bool) -> list[Row]:
        with driver_errors(self._connection):
            cursor = self._connection.connection.cursor()
            cursor.execute(sql, values, binary=True)  # type: ignore[call-arg]  # psycopg's own
            found = cursor.fetchall() if fetch else []
            cursor.close()
        return [tuple(row) for row in found]


def _by_column(keys: Iterable[Key], width: int) -> list[list[Any]]:
    listed = list(keys)
    return [[key[place] for key in listed] for place in range(width)]


def _as_sqlite(column: Any) -> str:
    return f"{quoted(column.name)}::int" if isinstance(column.type, Boolean) else quoted(column.name)
