"""Every table of a registry as frames, out of one consistent look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from sqlalchemy import Boolean, Connection, LargeBinary, Table, func, select

from tracer.storage.backup.frames import Row, end_frame, rows_frame, table_frame
from tracer.storage.move.driver import driver_errors, quoted
from tracer.storage.tables import Base, LoginLinkRow, RateLimitRow, SessionRow

LEFT_OUT = frozenset(table.__tablename__ for table in (SessionRow, LoginLinkRow, RateLimitRow))
"""What lets somebody in for a while, or keeps somebody out: neither comes back with a backup."""
_MOST_ROWS = 2_000
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
    with driver_errors(connection):
        driver: Any = connection.connection
        cursor = driver.cursor(name="tracer_backup", binary=True) if postgresql else driver.cursor()
        try:
            cursor.execute(sql)
            size = 4  # the first rows say how large they are
            while rows := cast("list[Row]", cursor.fetchmany(size)):
                yield rows
                mean = max(1, sum(map(_weight, rows)) // len(rows))
                size = max(1, min(_MOST_ROWS, size * 4, _MOST_BYTES // mean))
        finally:
            cursor.close()


def _weight(row: Row) -> int:
    return sum(len(cell) if isinstance(cell, (bytes, str)) else 8 for cell in row)
