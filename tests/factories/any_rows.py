"""Rows for every table there is, whatever tables there will be: for tests of what happens to tables as such."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Integer, LargeBinary, SmallInteger, Table, insert

from tests.conftest import NOW
from tracer.storage.instant import Instant
from tracer.storage.tables import Base, InstanceRow, KeyVersionRow

_TRUE = {InstanceRow.__tablename__, KeyVersionRow.__tablename__}  # what they say is believed
TABLES = [table for table in Base.metadata.sorted_tables if table.name not in _TRUE]
_STRANGE = "王'\"\\N\t\n🦊‮é"


def fill_any(connection: Connection, numbers: Iterable[int]) -> None:
    """A row of each number in each of TABLES: odd ones full of strange text, even ones as empty as may be."""
    listed = list(numbers)
    for table in TABLES:
        connection.execute(insert(table), [any_row(table, number) for number in listed])


def any_row(table: Table, number: int) -> dict[str, Any]:
    """One row; it points to the rows of the same number."""
    full = number % 2 == 1
    return {column.name: _value(column, number) if full or not column.nullable else None for column in table.columns}


def _value(column: Column[Any], number: int) -> Any:
    kind = column.type
    for key in column.foreign_keys:
        return _value(key.column, number)
    if isinstance(kind, Instant):
        return NOW.replace(microsecond=number)
    if isinstance(kind, Boolean):
        return number % 3 == 0
    if isinstance(kind, SmallInteger):
        return number - 20_000
    if isinstance(kind, Integer):
        far = column.primary_key and not column.autoincrement and column.table.name != "job_parts"
        return number - 2**62 if far else number
    if isinstance(kind, LargeBinary):
        return blake2b(f"{column.name}{number}".encode(), digest_size=32).digest() if kind.length else _bytes(number)
    if column.primary_key:
        return f"{_STRANGE[:3]}{number:06}"
    return f"{number}{_STRANGE}"[: kind.length]


def _bytes(number: int) -> bytes:
    return bytes(range(256)) * (1 + number % 3)
