"""The append-only journal: every fact goes through here in the transaction that makes it true.

A fact's leaf for the ledger is made with it. Its payload is sealed as JSON in one of three forms:
`["salt", {payload}]` with the record's one salt in hexadecimal, and a third item with fields more for a fact
that is older than the ledger; `{payload}` alone where such a fact has no leaf yet; and
`{"fields": [[salt, path, value] …], "hidden": [digest …]}` once parts of it were erased.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import select, update
from uuid_utils.compat import uuid7

from tracer.domain.errors import EvidenceRejected, WrongKey
from tracer.domain.ledger.merkle import leaf_hash
from tracer.domain.ledger.record import SALT_BYTES, Field, Record, check_list, new_content, new_record
from tracer.storage.session import Session
from tracer.storage.tables import ErasedEntryRow, JournalRow, PendingLeafRow

SEALED_AT_MIGRATION = "sealed_at_migration"
_AT_ONCE = 2_000
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened: event in the past tense, the id it is about, and what was recorded."""

    event: str
    subject_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A fact as it stands in the journal. `record`: the same as a leaf, None where it has none yet."""

    position: int
    entry_id: str
    recorded_at: datetime
    actor: str
    event: str
    subject_id: str
    payload: Mapping[str, Any]
    record: Record | None


class Journal:
    """Writes and reads facts; `actor` and `now` hold for the whole unit of work."""

    def __init__(self, session: Session, actor: str, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now

    def record(self, facts: Iterable[Fact]) -> None:
        """Append facts, and their leaves to those that wait for a place in the ledger."""
        seal, recorded_at = self._session.cipher.seal, self._now.isoformat()
        rows, leaves = [], []
        for fact in facts:
            entry_id, salt = uuid7().hex, os.urandom(SALT_BYTES)
            payload = f'["{salt.hex()}",{_written(fact.payload)}]'
            rows.append(
                {
                    "entry_id": entry_id,
                    "recorded_at": self._now,
                    "actor": self._actor,
                    "event": fact.event,
                    "subject_id": fact.subject_id,
                    "payload": seal("journal", "payload", entry_id, payload),
                }
            )
            values = {
                "entry_id": entry_id,
                "recorded_at": recorded_at,
                "actor": self._actor,
                "event": fact.event,
                "subject_id": fact.subject_id,
                "payload": fact.payload,
            }
            leaves.append({"entry_id": entry_id, "leaf_hash": leaf_hash(new_content(salt, values))})
        self._session.insert(JournalRow, rows)
        self._session.insert(PendingLeafRow, leaves)

    def about(self, subject_id: str) -> list[JournalEntry]:
        """The facts about one id, oldest first."""
        query = select(*JournalRow.__table__.columns).where(JournalRow.subject_id == subject_id)
        rows = self._session.stream(query.order_by(JournalRow.position))
        return [read_entry(self._session, row) for row in rows]

    def entry(self, entry_id: str) -> JournalEntry | None:
        """One fact by its own id."""
        query = select(*JournalRow.__table__.columns).where(JournalRow.entry_id == entry_id)
        return next((read_entry(self._session, row) for row in self._session.stream(query)), None)

    def erase(self, entry: JournalEntry, paths: Collection[str]) -> None:
        """Take these fields of a fact away for ever; its leaf stays what it was, and nothing else changes."""
        if entry.record is None:
            raise ValueError("what has no leaf yet cannot be erased from it")
        left = entry.record.without(paths)
        if left == entry.record:
            return
        connection = self._session.connection
        marked = select(ErasedEntryRow.entry_id).where(ErasedEntryRow.entry_id == entry.entry_id)
        if connection.execute(marked).first() is None:
            self._session.insert(ErasedEntryRow, [{"entry_id": entry.entry_id, "erased_at": self._now}])
        fields = [[field.salt, field.path, field.read] for field in left.fields]
        payload = _written({"fields": fields, "hidden": [digest.hex() for digest in left.hidden]})
        _rewrite(self._session, entry.entry_id, payload)


def read_entry(session: Session, row: Mapping[str, Any]) -> JournalEntry:
    """A row of the journal, opened. Raises EvidenceRejected where its payload has no known form."""
    stored = json.loads(session.cipher.open("journal", "payload", row["entry_id"], row["payload"]) or "null")
    record, payload = read_payload(stored, _header(row))
    return JournalEntry(
        position=row["position"],
        entry_id=row["entry_id"],
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        event=row["event"],
        subject_id=row["subject_id"],
        payload=payload,
        record=record,
    )


class ReadLeaf(NamedTuple):
    """What a row of the journal gives now: its leaf hash and its payload; without a hash `fault` says what is wrong.

    `erased`: parts of it are gone. `older`: it was sealed only when the ledger began.
    """

    found: bytes | None
    fault: str = ""
    payload: Mapping[str, Any] = MappingProxyType({})
    erased: bool = False
    older: bool = False


def read_leaf(session: Session, row: Mapping[str, Any]) -> ReadLeaf:
    """A row of the journal for an audit, which takes nothing for granted."""
    try:
        stored = json.loads(session.cipher.open("journal", "payload", row["entry_id"], row["payload"]) or "null")
        match stored:
            case [str() as salt, dict() as payload, *more]:  # nearly all, and an audit reads them all
                values = {**_header(row), **(more[0] if more else {}), "payload": payload}
                found = leaf_hash(new_content(bytes.fromhex(salt), values))
                return ReadLeaf(found, payload=payload, older=bool(more))
            case _:
                record, left = read_payload(stored, _header(row))
                if record is None:
                    return ReadLeaf(None, "it has no salt")
                _check_header(record, row)
                check_list(record)
                older = any(field.path == f"/{SEALED_AT_MIGRATION}" for field in record.fields)
                return ReadLeaf(leaf_hash(record.content()), payload=left, erased=True, older=older)
    except (WrongKey, EvidenceRejected, ValueError, TypeError, KeyError) as error:
        return ReadLeaf(None, str(error))


def _check_header(record: Record, row: Mapping[str, Any]) -> None:
    """What was erased of a fact is never its header, which must be what the row says."""
    for name, value in _header(row).items():
        if record.value(f"/{name}") != value:
            raise EvidenceRejected(f"its {name} is not what was sealed")


def read_payload(stored: Any, header: Mapping[str, Any]) -> tuple[Record | None, Mapping[str, Any]]:
    """The leaf and the payload that a stored payload stands for; `header` are the fact's other fields."""
    match stored:
        case [str() as salt, dict() as payload, *more]:
            values = {**header, **(more[0] if more else {}), "payload": payload}
            return new_record(bytes.fromhex(salt), values), payload
        case {"fields": list() as fields, "hidden": list() as hidden, **rest} if not rest:
            opened = tuple(_field(*field) for field in fields)
            return Record(opened, tuple(bytes.fromhex(digest) for digest in hidden)), _payload_of(opened)
        case dict():
            return None, stored
    raise EvidenceRejected("a payload of the journal has no form that this program knows")


def seal_older(session: Session, now: datetime) -> Iterator[int]:
    """Give every fact without a leaf one, which says that it was sealed only now; yields how many, in batches.

    They are the facts from before the ledger: nothing shows that they were not changed before.
    """
    leaf = select(PendingLeafRow.entry_id).where(PendingLeafRow.entry_id == JournalRow.entry_id).exists()
    query = select(*JournalRow.__table__.columns).where(~leaf).order_by(JournalRow.position).limit(_AT_ONCE)
    after = 0
    while True:
        rows = list(session.stream(query.where(JournalRow.position > after)))
        if not rows:
            return
        leaves = []
        for row in rows:
            entry_id = row["entry_id"]
            payload = json.loads(session.cipher.open("journal", "payload", entry_id, row["payload"]) or "null")
            salt, more = os.urandom(SALT_BYTES), {SEALED_AT_MIGRATION: now.isoformat()}
            values = {**_header(row), **more, "payload": payload}
            _rewrite(session, entry_id, _written([salt.hex(), payload, more]))
            leaves.append({"entry_id": entry_id, "leaf_hash": leaf_hash(new_content(salt, values))})
        session.insert(PendingLeafRow, leaves)
        after = rows[-1]["position"]
        yield len(rows)


def _header(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "entry_id": row["entry_id"],
        "recorded_at": row["recorded_at"].isoformat(),
        "actor": row["actor"],
        "event": row["event"],
        "subject_id": row["subject_id"],
    }


def _rewrite(session: Session, entry_id: str, payload: str) -> None:
    sealed = session.cipher.seal("journal", "payload", entry_id, payload)
    session.connection.execute(update(JournalRow).where(JournalRow.entry_id == entry_id).values(payload=sealed))


def _field(salt: str, path: str, value: Any) -> Field:
    return Field(salt, path, json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True))


def _payload_of(fields: Iterable[Field]) -> dict[str, Any]:
    """What is left of a payload, lists put together again."""
    payload: dict[str, Any] = {}
    for field in fields:
        parts = [part.replace("~1", "/").replace("~0", "~") for part in field.path.split("/")[1:]]
        if parts[0] != "payload" or len(parts) not in (2, 3):
            continue
        if len(parts) == 2:
            payload.setdefault(parts[1], field.read)
        else:
            found = payload.get(parts[1])
            payload[parts[1]] = [*(found if isinstance(found, list) else []), field.read]
    return payload
