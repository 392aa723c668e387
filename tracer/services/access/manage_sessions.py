"""See where one is logged in, and log out elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from tracer.domain.access import AccessRules
from tracer.domain.errors import UnknownId
from tracer.services.access.log_in import log_out
from tracer.storage.unit_of_work import UnitOfWork


class OpenSession(NamedTuple):
    """A log-in that still holds: since when, last seen when, and when it ends at the latest."""

    session_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def sessions_of(work: UnitOfWork, user_id: str, rules: AccessRules) -> Sequence[OpenSession]:
    """The log-ins of a user that still hold, the one seen last first."""
    idle = timedelta(hours=rules.idle_hours)
    return [
        OpenSession(one.session_id, one.created_at, one.seen_at, one.expires_at)
        for one in work.log_ins.of_user(user_id)
        if work.now < one.expires_at and work.now - one.seen_at < idle
    ]


def end_session(work: UnitOfWork, user_id: str, session_id: str) -> None:
    """Log a user out elsewhere. Raises UnknownId for a session that is not theirs, or has ended."""
    if session_id not in {one.session_id for one in work.log_ins.of_user(user_id)}:
        raise UnknownId("session", session_id)
    log_out(work, session_id)
