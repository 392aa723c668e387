"""The append-only journal: every fact goes through here in the transaction that makes it true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from uuid_utils.compat import uuid7

from tracer.storage.session import Session
from tracer.storage.tables import JournalRow

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened: event in the past tense, the id it is about, and what was recorded."""

    event: str
    subject_id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A fact as it stands in the journal."""

    position: int
    recorded_at: datetime
    actor: str
    event: str
    subject_id: str
    payload: Mapping[str, Any]


class Journal:
    """Writes and reads facts; `actor` and `now` hold for the whole unit of work."""

    def __init__(self, session: Session, actor: str, now: datetime) -> None:
        self._session = session
        self._actor = actor
        self._now = now

    def record(self, facts: Iterable[Fact]) -> None:
        """Append facts."""
        seal = self._session.cipher.seal
        rows = []
        for fact in facts:
            entry_id = uuid7().hex
            payload = _written(fact.payload)
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
        self._session.insert(JournalRow, rows)

    def about(self, subject_id: str) -> list[JournalEntry]:
        """The facts about one id, oldest first."""
        query = select(*JournalRow.__table__.columns).where(JournalRow.subject_id == subject_id)
        open_payload = self._session.cipher.open
        return [
            JournalEntry(
                position=row["position"],
                recorded_at=row["recorded_at"],
                actor=row["actor"],
                event=row["event"],
                subject_id=row["subject_id"],
                payload=json.loads(open_payload("journal", "payload", row["entry_id"], row["payload"])),
            )
            for row in self._session.stream(query.order_by(JournalRow.position))
        ]
