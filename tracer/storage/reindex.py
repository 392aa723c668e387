"""Make all blind indexes and name claims with the next version of the key, and switch to them (ADR 0018).

Calls and canaries meet by comparing indexes of lines, and names are free or taken by claims: old and
new ones must never be seen together. So what each will be is worked out beforehand, beside those in
use, while others go on; the switch itself moves it into place in one transaction, alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, cast

from sqlalchemy import delete, exists, func, insert, select, update

from tracer.domain.errors import WrongKey
from tracer.storage.claims import Claims
from tracer.storage.crypto import Cipher
from tracer.storage.numbers import base_numbers
from tracer.storage.sealed_columns import INDEXED, IndexedTable, sealed_by_row
from tracer.storage.session import Query, Session
from tracer.storage.tables import (
    Base,
    CallRow,
    CanaryRow,
    InstanceRow,
    NameClaimRow,
    NextClaimRow,
    NextIndexRow,
    NextNameRow,
    RateLimitRow,
)

_AT_ONCE = 1_000


class Prepared(NamedTuple):
    """What a batch will be: indexes by the present ones, claims, and the canaries whose claims these are."""

    indexes: Mapping[bytes, bytes]
    claims: list[int]
    canary_ids: list[str]
    last: str | None


def prepare_indexes(indexed: IndexedTable, session: Session, following: Cipher, after: str | None) -> Prepared:
    """The next indexes of a table that are not prepared yet, worked out; raises WrongKey for one that is none."""
    table = indexed.stored
    (place,) = table.primary_key.columns
    index = table.c[indexed.columns[0]]
    rows = sealed_by_row(session.cipher, indexed.table)
    numbers = base_numbers(session) if "number_id" in indexed.of else {}
    query = select(place, index, *(table.c[name] for name in indexed.of))
    query = query.outerjoin(NextIndexRow, NextIndexRow.old_key == index)
    query = query.where(NextIndexRow.old_key.is_(None), index.is_not(None))
    found: dict[bytes, bytes] = {}
    last = None
    for row in _next(session, query, place, after):
        last = row[place.name]
        old = row[index.name]
        if old in found:
            continue
        value = indexed.value(rows.open(row), numbers)
        if session.cipher.blind_index(indexed.purpose, value) != old:
            raise WrongKey(
                f"{table.name}.{index.name} of {last!r} is not the index of its row: the database was altered"
            )
        found[old] = following.blind_index(indexed.purpose, value)
    return Prepared(found, [], [], last)


def prepare_names(session: Session, following: Cipher, after: str | None) -> Prepared:
    """The claims of the next names, worked out: exactly those tokens that are claimed now."""
    query = select(
        CanaryRow.canary_id,
        CanaryRow.recipient_name,
        CanaryRow.gender,
        CanaryRow.number_id,
        CanaryRow.extension.is_not(None).label("has_extension"),
    ).outerjoin(NextNameRow, NextNameRow.canary_id == CanaryRow.canary_id)
    query = query.where(NextNameRow.canary_id.is_(None))
    present, ahead = Claims(session), Claims(Session(session.connection, following))
    present.require_phonetics()
    pairs: dict[int, int] = {}
    canary_ids = []
    for row in _next(session, query, CanaryRow.canary_id, after):
        name = session.cipher.open("canaries", "recipient_name", row["canary_id"], row["recipient_name"])
        named = name, row["gender"], None if row["has_extension"] else row["number_id"]
        # With first=True all that the name can claim. What it does claim, the present claims say.
        old, new = (list(chain(*claims.of(*named, first=True))) for claims in (present, ahead))
        pairs.update(zip(old, new, strict=True))
        canary_ids.append(row["canary_id"])
    taken = present.taken(sorted(pairs))
    return Prepared({}, [pairs[claim] for claim in taken], canary_ids, canary_ids[-1] if canary_ids else None)


def keep_prepared(session: Session, prepared: Prepared) -> None:
    """Put it beside what is in use; what another process put there before says the same."""
    if prepared.canary_ids:
        Claims(session).require_phonetics()
    pairs = sorted(prepared.indexes.items())
    _insert(session, NextIndexRow, ("old_key", "new_key"), pairs)
    _insert(session, NextClaimRow, ("claim",), [(claim,) for claim in sorted(prepared.claims)])
    _insert(session, NextNameRow, ("canary_id",), [(canary_id,) for canary_id in prepared.canary_ids])


def _insert(session: Session, table: type[Base], names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    into, dialect = f"INSERT INTO {table.__tablename__} ({', '.join(names)})", session.connection.dialect
    if dialect.name == "postgresql":
        kinds = [table.__table__.c[name].type.compile(dialect) for name in names]
        arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in zip(names, kinds, strict=True))
        columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
        sql = f"{into} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"  # noqa: S608  # our own names
        session.connection.exec_driver_sql(sql, columns)
    else:
        marks = ", ".join("?" * len(names))
        session.connection.exec_driver_sql(f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING", list(rows))


def count_unprepared(session: Session) -> int:
    """How many canaries' names and calls' and canaries' lines are still to be prepared."""
    names = (
        select(func.count()).select_from(CanaryRow).where(~exists().where(NextNameRow.canary_id == CanaryRow.canary_id))
    )
    calls = (
        select(func.count())
        .select_from(CallRow)
        .where(CallRow.line_key.is_not(None), ~exists().where(NextIndexRow.old_key == CallRow.line_key))
    )
    return sum(session.connection.execute(query).scalar_one() for query in (names, calls))


def switch_indexes(session: Session, newest: int, check: bytes) -> None:
    """Put what was prepared into use, all of it; to be alone and to have prepared the last is the caller's part."""
    connection = session.connection
    for indexed in INDEXED:
        table = indexed.stored
        for name in indexed.columns:
            column = table.c[name]
            known = exists().where(NextIndexRow.old_key == column)
            if connection.execute(select(exists().where(column.is_not(None), ~known))).scalar():
                raise WrongKey(f"{table.name}.{name} holds an index of no row's value: the database was altered")
        new = {
            name: select(NextIndexRow.new_key).where(NextIndexRow.old_key == table.c[name]).scalar_subquery()
            for name in indexed.columns
        }
        connection.execute(update(table).where(table.c[indexed.columns[0]].is_not(None)).values(**new))
    connection.execute(delete(NameClaimRow))
    ordered = select(NextClaimRow.claim).order_by(NextClaimRow.claim)
    connection.execute(insert(NameClaimRow).from_select(["claim"], ordered))
    # A bucket's index is of what is stored nowhere; what it holds is gone in minutes anyway.
    for emptied in (RateLimitRow, NextIndexRow, NextClaimRow, NextNameRow):
        connection.execute(delete(emptied))
    connection.execute(update(InstanceRow).values(key_version=newest, key_check=check))


def _next(session: Session, query: Query, place: Any, after: str | None) -> Sequence[Mapping[str, Any]]:
    query = query if after is None else query.where(place > after)
    found = session.connection.execute(query.order_by(place).limit(_AT_ONCE)).mappings().all()
    return cast("Sequence[Mapping[str, Any]]", found)
