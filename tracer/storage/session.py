"""What every repository works with: one connection in one transaction, and the cipher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Dialect, Select, UpdateBase, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from tracer.storage.crypto import Cipher
from tracer.storage.instant import Instant, pack
from tracer.storage.tables import Base

CHUNK = 500
_REACH_BYTES = 32_768
_ROW_BYTES = 120
"""What goes around the values of a row."""
T = TypeVar("T")
Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Session:
    """A connection in a transaction, and the cipher for its personal fields."""

    connection: Connection
    cipher: Cipher

    def insert(self, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, all with the same columns, by the driver's own bulk path; nothing happens for none.

        SQLAlchemy's per-row parameter handling costs as much as the rest of an import together, and all
        it does for our types is to pack instants; that is done here.
        """
        if not rows:
            return
        dialect = self.connection.dialect
        sql, instants = _insert_statement(table, tuple(rows[0]), dialect)
        if instants:
            rows = [{**row, **{name: pack(row[name]) for name in instants if row[name] is not None}} for row in rows]
        if dialect.positional:
            self.connection.exec_driver_sql(sql, [tuple(row.values()) for row in rows])
            return
        for part in _in_reach(rows):
            self.connection.exec_driver_sql(sql, [dict(row) for row in part])

    def stream(
        self, query: Query, size: int = 2_000, *, keys: Sequence[Any] | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Rows as mappings, fetched in batches, in flat memory; `keys`, a few, for a query made by `by_keys`.

        Who stops early leaves no cursor open.
        """
        if keys is None:
            result = self.connection.execute(query, execution_options={"yield_per": size})
        else:  # at once: on PostgreSQL batches need a cursor on the server, which takes three questions more
            result = self.connection.execute(query, {"keys": keys})
        with closing(result):
            names = tuple(result.keys())
            for row in result:  # plain dicts: SQLAlchemy's mappings take three times as long to read and to copy
                yield dict(zip(names, row, strict=True))

    def insert_new(self, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows that are not there, also where somebody else does so at the same time."""
        if rows:
            dialect = postgresql if self.connection.dialect.name == "postgresql" else sqlite
            self.connection.execute(dialect.insert(table).on_conflict_do_nothing(), list(rows))

    def change(self, statement: UpdateBase) -> int:
        """Carry out an UPDATE or DELETE; how many rows it met."""
        return int(cast("CursorResult[Any]", self.connection.execute(statement)).rowcount)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that may fail and be tried again inside the transaction."""
        with self.connection.begin_nested():
            yield


@lru_cache(maxsize=64)
def _insert_statement(table: type[Base], names: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[str, ...]]:
    """The INSERT in the driver's own parameter style, and which of the columns are instants."""
    marks = ", ".join("?" if dialect.positional else f"%({name})s" for name in names)
    sql = f"INSERT INTO {table.__tablename__} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  # our own names
    return sql, tuple(name for name in names if isinstance(table.__table__.columns[name].type, Instant))


def _in_reach(rows: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """The rows in slices that the server's socket takes in whole, also while the server itself waits for a lock.

    psycopg sends all of them before it hears of the first. What a socket does not take for ten seconds is a network
    that was cut (`tcp_user_timeout` in storage.engine): with more in a slice, who waited longer lost the connection.
    """
    begin = size = 0
    for place, row in enumerate(rows):
        mine = _ROW_BYTES + sum(len(value) for value in row.values() if isinstance(value, (str, bytes)))
        if size + mine > _REACH_BYTES and place > begin:
            yield rows[begin:place]
            begin, size = place, 0
        size += mine
    yield rows[begin:]


def by_keys(columns: Sequence[Any], key: Any) -> Query:
    """SELECT the columns WHERE key IN (:keys), for statements made once: to make one takes ten times its execution."""
    return select(*columns).where(key.in_(bindparam("keys", expanding=True)))


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in slices that fit a statement's parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
