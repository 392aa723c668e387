"""The SQLite side of a move: a table's rows in batches, each with a digest.

Batches follow SQLite's row numbers, which is the order of the file: new rows come last, so that a
batch that was read before is cut the same way again. What a row *is* its primary key says; were the
row numbers given out anew (VACUUM does that), batches would only look changed and be compared.
"""

from __future__ import annotations

import marshal
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Table

from tracer.storage.engine import readable_errors
from tracer.storage.move.driver import driver_errors, quoted
from tracer.storage.session import chunks

Key = tuple[Any, ...]
Row = tuple[Any, ...]
_MOST_ROWS = 4_000
_MOST_BYTES = 4_000_000
_FETCHED = 100
_PARAMETERS = 900  # that every SQLite takes in one statement


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of a table with row numbers in (after, upto]; `after` None: from the first.

    `read` are the rows as SQLite gave them, each with its row number at the end. `digest` is BLAKE2b
    over every value of every row with its type.
    """

    table: Table
    after: int | None
    upto: int
    read: list[Row]
    digest: bytes

    def by_key(self) -> dict[Key, Row]:
        """The rows by primary key, without their numbers; made only where they are looked at."""
        key_of = _key_reader(self.table)
        return {key_of(row): row[:-1] for row in self.read}


@dataclass(slots=True)
class Known:
    """The batches of a table that were found equal on both sides."""

    ends: list[int] = field(default_factory=list)
    digests: dict[tuple[int | None, int], bytes] = field(default_factory=dict)

    def add(self, batch: Batch) -> None:
        """Remember a batch as equal; batches come in order."""
        self.ends.append(batch.upto)
        self.digests[batch.after, batch.upto] = batch.digest

    def holds(self, batch: Batch) -> bool:
        """Whether the batch is what it was when it was equal."""
        return self.digests.get((batch.after, batch.upto)) == batch.digest

    def end_after(self, row_number: int | None) -> int | None:
        """Where the batch that begins there ended, None where nothing is known."""
        place = 0 if row_number is None else bisect_right(self.ends, row_number)
        return self.ends[place] if place < len(self.ends) else None


class Source:
    """The rows that one transaction on the SQLite database sees."""

    def __init__(self, connection: Connection, where: str) -> None:
        self._connection = connection
        self._where = where

    def count(self, table: Table) -> int:
        """How many rows a table has."""
        with readable_errors(self._where):
            found = self._connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(table.name)}")  # noqa: S608  # our own names
            return int(found.scalar_one())

    def version(self) -> int:
        """A number that is another one as soon as another connection has committed anything (SQLite's data_version)."""
        with readable_errors(self._where):
            return int(self._connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def batches(self, table: Table, known: Known) -> Iterator[Batch]:
        """The whole table, cut as it was cut when `known` was noted, as far as that goes."""
        after: int | None = None
        while True:
            end = known.end_after(after)
            batch = self.batch(table, after, end)
            if batch is not None:
                yield batch
                after = batch.upto
            elif end is not None:  # all rows up to there are gone
                after = end
            else:
                return

    def batch(self, table: Table, after: int | None, upto: int | None) -> Batch | None:
        """The next rows after a row number, as far as `upto` or as many as are worked on at once."""
        bounds = {"rowid > ?": after, "rowid <= ?": upto}
        given = {condition: bound for condition, bound in bounds.items() if bound is not None}
        where = f" WHERE {' AND '.join(given)}" if given else ""
        columns = ", ".join(quoted(column.name) for column in table.columns)
        sql = f"SELECT {columns}, rowid FROM {quoted(table.name)}{where} ORDER BY rowid"  # noqa: S608  # our own names
        rows: list[Row] = []
        part: list[Row] = [()]
        digest, size = blake2b(digest_size=32), 0
        with readable_errors(self._where), driver_errors(self._connection):
            cursor = self._connection.connection.cursor()
            cursor.execute(sql, tuple(given.values()))
            while part and len(rows) < _MOST_ROWS and size < _MOST_BYTES:
                part = list(cursor.fetchmany(_FETCHED))
                rows += part
                written = marshal.dumps(part, 2)  # the later formats depend on who else holds a value
                digest.update(written)
                size += len(written)
            cursor.close()
        if not rows:
            return None
        end = int(rows[-1][-1]) if part or upto is None else upto
        return Batch(table, after, end, rows, digest.digest())

    def present(self, table: Table, keys: Sequence[Key]) -> set[Key]:
        """Those of the primary keys that are there."""
        columns = ", ".join(quoted(column.name) for column in table.primary_key.columns)
        width = len(table.primary_key.columns)
        found: set[Key] = set()
        for part in chunks(keys, _PARAMETERS // width):
            marks = ", ".join(["(" + ", ".join("?" * width) + ")"] * len(part))
            sql = f"SELECT {columns} FROM {quoted(table.name)} WHERE ({columns}) IN (VALUES {marks})"  # noqa: S608  # our own names
            values = tuple(value for key in part for value in key)
            with readable_errors(self._where):
                found.update(tuple(row) for row in self._connection.exec_driver_sql(sql, values))
        return found


def _key_reader(table: Table) -> Callable[[Row], Key]:
    places = [list(table.columns).index(column) for column in table.primary_key.columns]
    if len(places) == 1:
        place = places[0]
        return lambda row: (row[place],)
    return lambda row: tuple(row[place] for place in places)
