"""Sessions and log-in links in the database; of their tokens only the SHA-256 is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, func, select, update

from tracer.domain.access import LogIn
from tracer.storage.instant import at_or_before
from tracer.storage.session import Session
from tracer.storage.tables import LoginLinkRow, SessionRow


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as it stands: when it was last seen in use, ends at the latest, and did end (None: not yet)."""

    session_id: str
    user_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A log-in link as it stands; `used_at` is set when it was used or made void."""

    user_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class LogIns:
    """Who is logged in, and the links by which one may be. Expired rows stay: whoever reads compares the time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, token_hash: bytes, log_in: LogIn, now: datetime) -> None:
        """Insert a session."""
        row = {
            "token_hash": token_hash,
            "session_id": log_in.session_id,
            "user_id": log_in.user_id,
            "created_at": now,
            "seen_at": now,
            "expires_at": log_in.expires_at,
            "ended_at": None,
        }
        self._session.insert(SessionRow, [row])

    def session(self, token_hash: bytes) -> StoredSession | None:
        """The session of a token, ended or not; None where there is none."""
        row = self._one(select(*SessionRow.__table__.columns).where(SessionRow.token_hash == token_hash))
        return None if row is None else StoredSession(**{name: row[name] for name in StoredSession.__slots__})

    def of_user(self, user_id: str) -> list[StoredSession]:
        """The sessions of a user that were not ended, the one seen last first; they may have expired."""
        query = select(*(getattr(SessionRow, name) for name in StoredSession.__slots__))
        query = query.where(SessionRow.user_id == user_id, SessionRow.ended_at.is_(None))
        found = self._session.connection.execute(query.order_by(SessionRow.seen_at.desc(), SessionRow.session_id))
        return [StoredSession(*row) for row in found]

    def touch(self, session_id: str, now: datetime) -> None:
        """Note that a session was in use; never an earlier time than stands there."""
        of_session = SessionRow.session_id == session_id
        self._session.change(
            update(SessionRow).where(of_session, at_or_before(SessionRow.seen_at, now)).values(seen_at=now)
        )

    def end(self, session_id: str, now: datetime) -> str | None:
        """End a session; gives its user's id, None where there is nothing to end."""
        of_session = SessionRow.session_id == session_id
        ended = update(SessionRow).where(of_session, SessionRow.ended_at.is_(None)).values(ended_at=now)
        return self._session.connection.execute(ended.returning(SessionRow.user_id)).scalar()

    def end_all(self, user_id: str, now: datetime, keep: str | None = None) -> int:
        """End the sessions of a user but for the one to keep; gives how many."""
        theirs = [SessionRow.user_id == user_id, SessionRow.ended_at.is_(None)]
        if keep is not None:
            theirs.append(SessionRow.session_id != keep)
        return self._session.change(update(SessionRow).where(*theirs).values(ended_at=now))

    def add_link(self, token_hash: bytes, user_id: str, now: datetime, expires_at: datetime) -> None:
        """Insert a log-in link."""
        row = {
            "token_hash": token_hash,
            "user_id": user_id,
            "created_at": now,
            "expires_at": expires_at,
            "used_at": None,
        }
        self._session.insert(LoginLinkRow, [row])

    def link(self, token_hash: bytes) -> StoredLink | None:
        """The log-in link of a token, used or not; None where there is none."""
        row = self._one(select(*LoginLinkRow.__table__.columns).where(LoginLinkRow.token_hash == token_hash))
        return None if row is None else StoredLink(**{name: row[name] for name in StoredLink.__slots__})

    def use_link(self, token_hash: bytes, now: datetime) -> bool:
        """Mark a link as used; gives False where somebody was quicker."""
        unused = [LoginLinkRow.token_hash == token_hash, LoginLinkRow.used_at.is_(None)]
        return self._session.change(update(LoginLinkRow).where(*unused).values(used_at=now)) == 1

    def void_links(self, user_id: str, now: datetime) -> None:
        """Make the links of a user that were not used yet useless."""
        theirs = [LoginLinkRow.user_id == user_id, LoginLinkRow.used_at.is_(None)]
        self._session.change(update(LoginLinkRow).where(*theirs).values(used_at=now))

    def forget(self, before: datetime) -> int:
        """Delete the sessions and links that ended, or could end at the latest, before a time; gives how many."""
        sessions = delete(SessionRow).where(
            at_or_before(func.coalesce(SessionRow.ended_at, SessionRow.expires_at), before)
        )
        links = delete(LoginLinkRow).where(at_or_before(LoginLinkRow.expires_at, before))
        return self._session.change(sessions) + self._session.change(links)

    def _one(self, query: Any) -> Mapping[str, Any] | None:
        return cast("Mapping[str, Any] | None", self._session.connection.execute(query).mappings().first())
