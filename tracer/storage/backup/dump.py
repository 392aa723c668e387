"""Every table of a registry as frames, out of one consistent look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from sqlalchemy import Boolean, Connection, LargeBinary, String, Table, func, literal, select

from tracer.storage.backup.frames import Row, batches, end_frame, rows_frame, table_frame
from tracer.storage.move.driver import driver_errors, quoted
from tracer.storage.tables import Base, LoginLinkRow, OutboxRow, RateLimitRow, SessionRow

LEFT_OUT = frozenset(table.__tablename__ for table in (SessionRow, LoginLinkRow, RateLimitRow, OutboxRow))
"""What lets somebody in for a while, or keeps somebody out: neither comes back with a backup, nor does what
waited to be told: by then it is old, and a registry restored for a look must tell nobody anything."""
_MOST_ROWS = 2_000
_FEW_ROWS = 16  # of up to a megabyte each: they are fetched together and then written apart
_MOST_BYTES = 1 << 20


def dumped_tables() -> list[Table]:
    """The tables of a backup, those that others point to first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def count_rows(connection: Connection) -> int:
    """How many rows a backup will have."""
    counts = (connection.execute(select(func.count()).select_from(table)).scalar_one() for table in dumped_tables())
    return sum(map(int, counts))


def dump(connection: Connection, write: Callable[[bytes], None], tell: Callable[[int], None]) -> dict[str, int]:
    """Write all rows that the connection's transaction sees; how many of each table. `tell` hears of each batch.

    Raises StoreUnavailable for a value that is not what its column holds.
    """
    counts = {}
    for table in dumped_tables():
        columns = [(column.name, isinstance(column.type, LargeBinary)) for column in table.columns]
        write(table_frame(table.name, [name for name, _ in columns]))
        counts[table.name] = 0
        for rows in _batches(connection, table):
            frame = rows_frame(table.name, columns, rows)
            write(frame)
            counts[table.name] += len(rows)
            tell(len(rows))
    write(end_frame(counts))
    return counts


def _batches(connection: Connection, table: Table) -> Iterator[list[Row]]:
    """The rows of a table, as many at once as make about a megabyte, straight from the driver."""
    postgresql = connection.dialect.name == "postgresql"
    columns = ", ".join(
        f"{quoted(column.name)}::int" if postgresql and isinstance(column.type, Boolean) else quoted(column.name)
        for column in table.columns
    )
    sql = f"SELECT {columns} FROM {quoted(table.name)}"  # noqa: S608  # our own names
    at_once = _at_once(_widest(connection, table))
    with driver_errors(connection):
        driver: Any = connection.connection
        cursor = driver.cursor(name="tracer_backup", binary=True) if postgresql else driver.cursor()
        try:
            cursor.execute(sql)
            while rows := cast("list[Row]", cursor.fetchmany(at_once)):
                yield from batches(rows, _MOST_BYTES)
        finally:
            cursor.close()


def _at_once(widest: int) -> int:
    """How many rows to fetch, none of which is larger than that: at most sixteen megabytes, or one row."""
    many = min(_MOST_ROWS, _MOST_BYTES // widest)
    return many if many >= _FEW_ROWS else max(1, min(_FEW_ROWS, _FEW_ROWS * _MOST_BYTES // widest))


def _widest(connection: Connection, table: Table) -> int:
    """The bytes (SQLite: of texts the characters) of the table's largest row.

    Asked before, for rows of a megabyte may follow thousands of small ones. Neither database reads large
    values of bytes to tell their length.
    """
    length = func.octet_length if connection.dialect.name == "postgresql" else func.length
    texts = [column for column in table.columns if isinstance(column.type, (LargeBinary, String))]
    parts = [func.coalesce(length(column), 0) for column in texts]
    widest = connection.execute(
        select(func.max(sum(parts, literal(8 * len(table.columns))))).select_from(table)
    ).scalar()
    return int(widest or 1)
