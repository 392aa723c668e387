"""Seal anew what an older version of the key sealed, batch by batch (ADR 0018).

A batch is read and sealed anew without a lock, and written where nobody was faster: a value that
changed meanwhile is of the newest key already. Rows that others hold just then are left for the
next pass, so that nobody ever waits for a batch that waits itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Dialect, LargeBinary, func, literal, or_, select, tuple_
from sqlalchemy.sql.expression import false

from tracer.storage.crypto import header
from tracer.storage.sealed_columns import SEALED, SealedTable
from tracer.storage.session import Session

ROWS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 4_000_000
_FETCHED = 200
Place = tuple[Any, ...]
"""The primary key of a row."""


class Batch(NamedTuple):
    """Rows by primary key, with their sealed columns as they were and as they shall be; `last` None: there are none."""

    keys: list[Place]
    old: list[list[bytes | None]]
    new: list[list[bytes | None]]
    last: Place | None

    @property
    def values(self) -> int:
        """How many values are sealed anew."""
        pairs = ((old, new) for row in zip(self.old, self.new, strict=True) for old, new in zip(*row, strict=True))
        return sum(old != new for old, new in pairs)


def read_batch(session: Session, sealed: SealedTable, after: Place | None) -> Batch:
    """The next rows with values of an older version, sealed anew; raises WrongKey for one that does not open."""
    table = sealed.stored
    places = list(table.primary_key.columns)
    wanted = {column.name: column for column in (*places, *(table.c[name] for name in (*sealed.of, *sealed.columns)))}
    query = select(*wanted.values()).where(_is_old(sealed, session.cipher.key_version)).limit(ROWS_AT_ONCE)
    if after is not None:
        query = query.where(
            tuple_(*places) > tuple_(*(literal(at, c.type) for at, c in zip(after, places, strict=True)))
        )
    batch, size = Batch([], [], [], None), 0
    newest, name = header(session.cipher.key_version), table.name
    opened, seal = session.cipher.open_bytes, session.cipher.seal_bytes
    query = query.order_by(*places).execution_options(yield_per=_FETCHED)
    with session.connection.execute(query) as rows:
        for row in rows.mappings():
            row_id = sealed.row_id(cast("Mapping[str, Any]", row))
            old = [row[column] for column in sealed.columns]
            new = [
                value
                if value is None or value[: len(newest)] == newest
                else seal(name, column, row_id, opened(name, column, row_id, value))
                for column, value in zip(sealed.columns, old, strict=True)
            ]
            batch.keys.append(tuple(row[column.name] for column in places))
            batch.old.append(old)
            batch.new.append(new)
            size += sum(len(value) for value in old if value is not None)
            if size > _BYTES_AT_ONCE:
                break
    return batch._replace(last=batch.keys[-1] if batch.keys else None)


def write_batch(session: Session, sealed: SealedTable, batch: Batch) -> None:
    """Put the new values in place of the old ones, where those are still there and nobody holds the row."""
    dialect = session.connection.dialect
    sql = _statement(sealed, dialect)
    if dialect.name == "postgresql":
        named = {f"k{place}": list(part) for place, part in enumerate(zip(*batch.keys, strict=True))}
        for prefix, rows in (("o", batch.old), ("n", batch.new)):
            named |= {f"{prefix}{place}": list(part) for place, part in enumerate(zip(*rows, strict=True))}
        session.connection.exec_driver_sql(sql, named)
        return
    session.connection.exec_driver_sql("PRAGMA secure_delete = ON")  # of the old values no byte stays in the file
    changes = zip(batch.new, batch.keys, batch.old, strict=True)
    session.connection.exec_driver_sql(sql, [(*new, *key, *old) for new, key, old in changes])


def count_old(session: Session) -> dict[str, int]:
    """How many values of each table are of an older version than the newest; tables without any are left out."""
    newest = header(session.cipher.key_version)
    found = {}
    for sealed in SEALED:
        counts = [func.count().filter(_column_is_old(sealed, name, newest)) for name in sealed.columns]
        number = sum(session.connection.execute(select(*counts).select_from(sealed.table)).one())
        if number:
            found[sealed.table.__tablename__] = number
    return found


def _is_old(sealed: SealedTable, newest: int) -> ColumnElement[bool]:
    return or_(false(), *(_column_is_old(sealed, name, header(newest)) for name in sealed.columns))


def _column_is_old(sealed: SealedTable, name: str, newest: bytes) -> ColumnElement[bool]:
    column = sealed.stored.c[name]
    return func.substr(column, 1, len(newest), type_=LargeBinary) != literal(newest, LargeBinary)


@lru_cache(maxsize=64)
def _statement(sealed: SealedTable, dialect: Dialect) -> str:
    table = sealed.stored
    places = [column.name for column in table.primary_key.columns]
    if dialect.name != "postgresql":
        changes = ", ".join(f"{name} = ?" for name in sealed.columns)
        same = " AND ".join([*(f"{name} = ?" for name in places), *(f"{name} IS ?" for name in sealed.columns)])
        return f"UPDATE {table.name} SET {changes} WHERE {same}"  # noqa: S608  # our own names
    kinds = [table.c[name].type.compile(dialect) for name in places]
    arrays = [f"%(k{place})s::{kind}[]" for place, kind in enumerate(kinds)]
    arrays += [f"%({prefix}{place})b::bytea[]" for prefix in "on" for place in range(len(sealed.columns))]
    names = [*places, *(f"{prefix}{place}" for prefix in "on" for place in range(len(sealed.columns)))]
    here = " AND ".join(f"t.{name} = v.{name}" for name in places)
    same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM v.o{place}" for place, name in enumerate(sealed.columns))
    changes = ", ".join(f"{name} = h.n{place}" for place, name in enumerate(sealed.columns))
    held = " AND ".join(f"t.{name} = h.{name}" for name in places)
    return (
        f"WITH v AS MATERIALIZED (SELECT * FROM unnest({', '.join(arrays)}) AS v ({', '.join(names)})), "  # noqa: S608  # our own names
        f"h AS MATERIALIZED (SELECT v.* FROM {table.name} t JOIN v ON {here} AND {same} "
        "FOR NO KEY UPDATE OF t SKIP LOCKED) "
        f"UPDATE {table.name} t SET {changes} FROM h WHERE {held}"
    )
