"""API keys in the database; of a key's secret only the SHA-256 is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from tracer.domain.access import ApiKey, Scope
from tracer.domain.errors import UnknownId
from tracer.domain.ids import LENGTH
from tracer.domain.key_text import MARK
from tracer.storage.instant import at_or_before
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Query, Session
from tracer.storage.tables import ApiKeyRow

_ID_LENGTH = len(MARK) + LENGTH


class ApiKeys:
    """The keys of programs: few, so they are read whole. Revoked and expired ones stay; labels are sealed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, ApiKeyRow)

    def add(self, key: ApiKey, secret_hash: bytes) -> None:
        """Insert a key whose id is free."""
        values = {
            "key_id": key.key_id,
            "secret_hash": secret_hash,
            "label": key.label,
            "user_id": key.user_id,
            "scopes": " ".join(sorted(key.scopes)),
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
            "used_at": key.used_at,
        }
        self._session.insert(ApiKeyRow, [self._cipher.seal(values)])

    def all(self) -> Sequence[ApiKey]:
        """Every key, the eldest first."""
        return self._find(select(*ApiKeyRow.__table__.columns).order_by(ApiKeyRow.created_at, ApiKeyRow.key_id))

    def find(self, key_id: str) -> ApiKey | None:
        """One key, None where there is none."""
        found = self._find(select(*ApiKeyRow.__table__.columns).where(ApiKeyRow.key_id == key_id))
        return found[0] if found else None

    def get(self, key_id: str) -> ApiKey:
        """One key; raises UnknownId, which repeats no more than an id, where a whole key was given in its place."""
        found = self.find(key_id)
        if found is None:
            shown = key_id if len(key_id) <= _ID_LENGTH else key_id[:_ID_LENGTH] + "…"
            hint = f"Give its id alone, {MARK} and {LENGTH} characters; `tracer key list` shows them"
            raise UnknownId("key", shown, hint)
        return found

    def secret_hash(self, key_id: str) -> bytes:
        """The SHA-256 of the secret of a key that exists."""
        query = select(ApiKeyRow.secret_hash).where(ApiKeyRow.key_id == key_id)
        return bytes(self._session.connection.execute(query).scalar_one())

    def revoke(self, key_id: str, now: datetime) -> bool:
        """Revoke a key; gives False where it was revoked before."""
        revoked = update(ApiKeyRow).where(ApiKeyRow.key_id == key_id, ApiKeyRow.revoked_at.is_(None))
        return self._session.change(revoked.values(revoked_at=now)) == 1

    def touch(self, key_id: str, now: datetime) -> None:
        """Note that a key was in use; never an earlier time than stands there."""
        earlier = or_(ApiKeyRow.used_at.is_(None), at_or_before(ApiKeyRow.used_at, now))
        used = update(ApiKeyRow).where(ApiKeyRow.key_id == key_id, earlier).values(used_at=now)
        self._session.connection.execute(used)

    def _find(self, query: Query) -> list[ApiKey]:
        return [self._key(row) for row in self._session.stream(query)]

    def _key(self, row: Mapping[str, Any]) -> ApiKey:
        values = self._cipher.open(row)
        return ApiKey(
            key_id=values["key_id"],
            label=values["label"],
            scopes=frozenset(Scope(text) for text in values["scopes"].split()),
            user_id=values["user_id"],
            created_at=values["created_at"],
            expires_at=values["expires_at"],
            revoked_at=values["revoked_at"],
            used_at=values["used_at"],
        )
