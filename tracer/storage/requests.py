"""Requests that were carried out under an Idempotency-Key, with their answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, select, text

from tracer.storage.instant import at_or_before
from tracer.storage.session import Session
from tracer.storage.tables import RequestRow


@dataclass(frozen=True, slots=True)
class Answered:
    """What was done and answered: operation ("POST /api/v1/calls"), blind index of the body, status, answer as text."""

    operation: str
    body_key: bytes
    status: int
    answer: str


class Requests:
    """Answered requests, by the blind index of who asked and with which key."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def body_key(self, body: bytes) -> bytes:
        """By which a body is told from another without being kept."""
        return self._session.cipher.blind_index("requests.body", sha256(body).hexdigest())

    def take_turn(self, principal: str, key: str) -> bool:
        """Whether nobody else is carrying out this request, who then waits until the end of this transaction.

        On SQLite writers take turns anyway: the second finds the answer of the first.
        """
        connection = self._session.connection
        if connection.dialect.name != "postgresql":
            return True
        number = int.from_bytes(self._request_key(principal, key)[:8], "big", signed=True)
        return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": number}).scalar())

    def find(self, principal: str, key: str) -> Answered | None:
        """What was answered to this principal's request with this key."""
        # What a key indexes is stored nowhere, so a rotation leaves these indexes as they were made.
        keys = self._session.cipher.blind_indexes("requests", _request(principal, key))
        row = self._session.connection.execute(select(RequestRow).where(RequestRow.request_key.in_(keys))).first()
        if row is None:
            return None
        answer = self._session.cipher.open("requests", "answer", row.request_key.hex(), row.answer)
        return Answered(row.operation, row.body_key, row.status, answer)

    def is_body(self, body_key: bytes, body: bytes) -> bool:
        """Whether a stored mark is that of this body, under whichever version of the key it was made."""
        return body_key in self._session.cipher.blind_indexes("requests.body", sha256(body).hexdigest())

    def keep(self, principal: str, key: str, answered: Answered, now: datetime, *, for_ever: bool) -> None:
        """Store an answer under a key that is free."""
        request_key = self._request_key(principal, key)
        row = {
            "request_key": request_key,
            "operation": answered.operation,
            "body_key": answered.body_key,
            "status": answered.status,
            "answer": self._session.cipher.seal("requests", "answer", request_key.hex(), answered.answer),
            "made_at": now,
            "kept": for_ever,
        }
        self._session.insert(RequestRow, [row])

    def forget(self, before: datetime) -> None:
        """Delete the answers made by then, but for those that are kept for ever."""
        old = at_or_before(RequestRow.made_at, before)
        self._session.connection.execute(delete(RequestRow).where(old, ~RequestRow.kept))

    def _request_key(self, principal: str, key: str) -> bytes:
        return self._session.cipher.blind_index("requests", _request(principal, key))


def _request(principal: str, key: str) -> str:
    """Hashed first: a blind index takes no note of case and width, a key does."""
    return sha256(f"{principal}\0{key}".encode()).hexdigest()
