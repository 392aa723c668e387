"""The outbox: what is to be told, written with the fact it tells of, and sent afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from tracer.domain.notice import Event, Notice, NoticeState
from tracer.storage.instant import at_or_before
from tracer.storage.session import Session
from tracer.storage.tables import ImplicatedChannelRow, OutboxRow

_DETAIL_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A notice and what became of it; `message_id` None: it was never tried."""

    notice: Notice
    state: NoticeState
    message_id: str | None
    settled_at: datetime | None


class Outbox:
    """Notices by target, in the order in which they were written."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        target_ids: Iterable[str],
        event: Event,
        event_key: str,
        subject_id: str,
        detail: Mapping[str, str],
        now: datetime,
    ) -> None:
        """A notice to each target; one that has been told of this very event is left out."""
        told = json.dumps(dict(detail), ensure_ascii=False)
        if len(told) > _DETAIL_LIMIT:
            raise ValueError("a notice holds a few plain facts")
        same = {"event": event.value, "event_key": event_key, "subject_id": subject_id, "detail": told}
        rows = [
            {**same, "target_id": target_id, "created_at": now, "state": NoticeState.WAITING.value}
            for target_id in target_ids
        ]
        self._session.insert_new(OutboxRow, rows)

    def waiting(self, target_id: str) -> list[tuple[Notice, str | None]]:
        """What waits for a target, each with the id of the message it was sent in, if it was; eldest first."""
        query = select(*OutboxRow.__table__.columns).where(
            OutboxRow.target_id == target_id, OutboxRow.state == NoticeState.WAITING.value
        )
        rows = self._session.stream(query.order_by(OutboxRow.position))
        return [(_notice(row), row["message_id"]) for row in rows]

    def begin(self, positions: Sequence[int], message_id: str) -> None:
        """These are sent together under this id."""
        self._set(positions, message_id=message_id)

    def settle(self, positions: Sequence[int], state: NoticeState, now: datetime) -> None:
        """Say what became of them."""
        self._set(positions, state=state.value, settled_at=now)

    def entries(self, target_ids: Sequence[str], limit: int) -> list[OutboxEntry]:
        """The newest notices of these targets, newest first."""
        query = select(*OutboxRow.__table__.columns).where(OutboxRow.target_id.in_(target_ids))
        rows = self._session.stream(query.order_by(OutboxRow.position.desc()).limit(limit))
        return [
            OutboxEntry(_notice(row), NoticeState(row["state"]), row["message_id"], row["settled_at"]) for row in rows
        ]

    def count_waiting(self) -> dict[str, int]:
        """How many notices wait, by target."""
        query = select(OutboxRow.target_id, func.count()).where(OutboxRow.state == NoticeState.WAITING.value)
        rows = self._session.connection.execute(query.group_by(OutboxRow.target_id)).all()
        return {row[0]: row[1] for row in rows}

    def forget(self, before: datetime) -> int:
        """Delete what was settled by then; how many."""
        old = delete(OutboxRow).where(
            OutboxRow.state != NoticeState.WAITING.value, at_or_before(OutboxRow.settled_at, before)
        )
        return self._session.change(old)

    def implicated(self) -> set[str]:
        """The channels that the newest full attribution implicated."""
        return set(self._session.connection.execute(select(ImplicatedChannelRow.channel_id)).scalars())

    def keep_implicated(self, added: Iterable[str], gone: Iterable[str], now: datetime) -> None:
        """Take channels into that list and out of it."""
        connection = self._session.connection
        connection.execute(delete(ImplicatedChannelRow).where(ImplicatedChannelRow.channel_id.in_(list(gone))))
        rows = [{"channel_id": channel_id, "noted_at": now} for channel_id in added]
        self._session.insert_new(ImplicatedChannelRow, rows)

    def _set(self, positions: Sequence[int], **values: object) -> None:
        for start in range(0, len(positions), 500):
            some = positions[start : start + 500]
            self._session.connection.execute(update(OutboxRow).where(OutboxRow.position.in_(some)).values(**values))


def _notice(row: Mapping[str, Any]) -> Notice:
    return Notice(
        position=row["position"],
        target_id=row["target_id"],
        event=Event(row["event"]),
        subject_id=row["subject_id"],
        detail=json.loads(row["detail"]),
        created_at=row["created_at"],
    )
