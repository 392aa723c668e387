"""Whether every blind index is that of its row: calls and canaries meet by them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from tracer.storage.sealed_columns import INDEXED, sealed_by_row
from tracer.storage.session import Session
from tracer.storage.tables import NumberRow


def stray_indexes(session: Session) -> Iterator[str]:
    """The columns, each named with its row, whose index is not that of the value beside it."""
    numbers = _numbers(session)
    for indexed in INDEXED:
        table, rows = indexed.stored, sealed_by_row(session.cipher, indexed.table)
        (key,) = table.primary_key.columns
        query = select(key, *(table.c[name] for name in (*indexed.columns, *indexed.of)))
        for row in session.stream(query):
            kept = {name: row[name] for name in indexed.columns if row[name] is not None}
            if not kept:
                continue
            right = session.cipher.blind_index(indexed.purpose, indexed.value(rows.open(row), numbers))
            for name, found in kept.items():
                if bytes(found) != right:
                    yield f"{table.name}.{name} of {row[key.name]}"


def _numbers(session: Session) -> dict[str, str]:
    rows = sealed_by_row(session.cipher, NumberRow)
    query = select(NumberRow.number_id, NumberRow.number)
    return {row["number_id"]: rows.open(row)["number"] for row in session.stream(query)}
