"""A column type for points in time that keeps the offset they were written with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, type_coerce
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OFFSET_BITS = 11
_OFFSET_ZERO = 1 << (OFFSET_BITS - 1)
_OFFSET_MASK = (1 << OFFSET_BITS) - 1
_MINUTE = timedelta(minutes=1)


@lru_cache(maxsize=256)
def _epoch_at(minutes: int) -> datetime:
    """The epoch as an offset has it: of fixed offsets, what is added to it keeps the offset."""
    return EPOCH.astimezone(timezone(timedelta(minutes=minutes)))


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC; exact."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def pack(moment: datetime) -> int:
    """One 64-bit integer: microseconds since 1970 UTC above, offset in minutes below.

    Sorts by instant, then by offset. Good for 1970 to 2112 (`domain.records` refuses other years).
    Raises ValueError for a naive time.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a time without offset reached the database")
    return (microseconds(moment) << OFFSET_BITS) | (offset // _MINUTE + _OFFSET_ZERO)


def unpack(packed: int) -> datetime:
    """The inverse of pack."""
    return _epoch_at((packed & _OFFSET_MASK) - _OFFSET_ZERO) + timedelta(0, 0, packed >> OFFSET_BITS)


class Instant(TypeDecorator[datetime]):
    """A timezone-aware datetime as BIGINT, the same on SQLite and PostgreSQL (ADR 0003)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Pack on the way in."""
        return None if value is None else pack(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Unpack on the way out."""
        return None if value is None else unpack(value)


def packed(column: Any) -> ColumnElement[int]:
    """The column as its stored integer, for reading many rows without making datetimes."""
    return type_coerce(column, BigInteger)


def at_or_before(column: Any, moment: datetime) -> ColumnElement[bool]:
    """SQL condition "the instant in column is at or before moment", whatever the offsets."""
    return packed(column) <= ((microseconds(moment) << OFFSET_BITS) | _OFFSET_MASK)
