"""What every repository works with: one connection in one transaction, and the cipher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Insert, Select

from tracer.storage.crypto import Cipher

CHUNK = 500
T = TypeVar("T")
Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Session:
    """A connection in a transaction, and the cipher for its personal fields."""

    connection: Connection
    cipher: Cipher

    def insert(self, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows with one prepared statement; nothing happens for none."""
        if rows:
            self.connection.execute(statement, rows)

    def stream(self, query: Query, size: int = 2_000) -> Iterator[Mapping[str, Any]]:
        """Rows as mappings, fetched in batches, in flat memory."""
        result = self.connection.execute(query.execution_options(yield_per=size))
        yield from cast("Iterator[Mapping[str, Any]]", result.mappings())

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that may fail and be tried again inside the transaction."""
        with self.connection.begin_nested():
            yield


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in slices that fit a statement's parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
