"""Where persons are told of things: addresses and names sealed, the rest in the clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, not_, or_, select, update

from tracer.domain.errors import UnknownId
from tracer.domain.notice import (
    DIGEST_WAITS,
    LONGEST_LEASE,
    LONGEST_WAIT,
    Event,
    NoticeState,
    Rhythm,
    SwitchedOff,
    Target,
    Wishes,
    wishes_record,
)
from tracer.storage.instant import at_or_before
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Session
from tracer.storage.tables import NotifyTargetRow, OutboxRow

_SHOWN = [column for column in NotifyTargetRow.__table__.columns if column.name != "url"]


class NotifyTargets:
    """Targets of all users: few, so they are read whole."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, NotifyTargetRow)

    def add(self, target: Target) -> None:
        """Insert a target, address and all."""
        first = {
            "target_id": target.target_id,
            "user_id": target.user_id,
            "created_at": target.created_at,
            "failures": 0,
            "last_error": "",
            "digest_at": target.digest_at,
        }
        self._session.insert(NotifyTargetRow, [self._cipher.seal({**first, **_address(target), **_wishes(target)})])

    def get(self, target_id: str, *, with_url: bool = False) -> Target:
        """One target; raises UnknownId."""
        columns = NotifyTargetRow.__table__.columns if with_url else _SHOWN
        for row in self._session.stream(select(*columns).where(NotifyTargetRow.target_id == target_id)):
            return self._target(row)
        raise UnknownId("notification target", target_id, "`tracer notify list` shows them")

    def all(self, user_id: str | None = None) -> list[Target]:
        """Every target, or those of a user, the eldest first; without their addresses."""
        query = select(*_SHOWN).order_by(NotifyTargetRow.created_at, NotifyTargetRow.target_id)
        if user_id is not None:
            query = query.where(NotifyTargetRow.user_id == user_id)
        return [self._target(row) for row in self._session.stream(query)]

    def wanting(self, events: Sequence[Event]) -> list[tuple[str, str, frozenset[str]]]:
        """(target id, user id, events) of the targets that are on and want any of the events."""
        # Asked for with every call that is logged, and mostly there are none: the driver is asked directly.
        sql = 'SELECT target_id, user_id, events FROM notify_targets WHERE "off" IS NULL'
        found = self._session.connection.exec_driver_sql(sql).all()
        wanted = {event.value for event in events}
        rows = [(target_id, user_id, frozenset(words.split())) for target_id, user_id, words in found]
        return [row for row in rows if row[2] & wanted]

    def change(self, target: Target, *, address: bool = False) -> None:
        """Write what the person wants of a target, when it is due by that, and its address where that is new."""
        times = {"digest_at": target.digest_at, "retry_at": target.retry_at}
        values = {**_wishes(target), **times, "target_id": target.target_id}
        self._update(target.target_id, self._sealed({**values, **(_address(target) if address else {})}))

    def remove(self, target_id: str) -> None:
        """Delete a target and all that was to be told there."""
        self._session.connection.execute(delete(OutboxRow).where(OutboxRow.target_id == target_id))
        self._session.connection.execute(delete(NotifyTargetRow).where(NotifyTargetRow.target_id == target_id))

    def due(self, now: datetime) -> list[str]:
        """Targets for which something waits, that may be tried now and that no process holds; longest due first.

        What a clock that ran ahead has put off is not waited for, once it is set right (domain.notice.has_come).
        """
        row = NotifyTargetRow
        waiting = select(OutboxRow.target_id).where(
            OutboxRow.state == NoticeState.WAITING.value, OutboxRow.target_id == row.target_id
        )
        rhythms = (
            and_(row.rhythm == one.value, _has_come(row.digest_at, now, DIGEST_WAITS[one])) for one in DIGEST_WAITS
        )
        digest = or_(row.digest_at.is_(None), *rhythms, self._in_flight())
        tried = _has_come(row.retry_at, now, LONGEST_WAIT)
        query = select(row.target_id).where(and_(row.off.is_(None), _is_free(now), tried, digest, waiting.exists()))
        query = query.order_by(row.retry_at, row.target_id)
        return list(self._session.connection.execute(query).scalars())

    def hold(self, target_id: str, worker: str, now: datetime, until: datetime) -> bool:
        """Take a target for sending; False where another process has it, or it was switched off."""
        row = NotifyTargetRow
        change = update(row).where(row.target_id == target_id, row.off.is_(None), _is_free(now))
        return self._session.change(change.values(worker=worker, lease_until=until)) == 1

    def held_by(self, target_id: str, worker: str) -> bool:
        """Whether the process still has it; then it keeps it to the end of the transaction."""
        row = NotifyTargetRow
        mine = (row.target_id == target_id, row.worker == worker)
        return self._session.change(update(row).where(*mine).values(worker=worker)) == 1

    def settle(self, target: Target) -> None:
        """Write how it went, and let go of it."""
        self._update(target.target_id, {**self._sealed(_state(target)), "worker": None, "lease_until": None})

    def note(self, target: Target) -> None:
        """Write how it went beside whoever holds it."""
        self._update(target.target_id, self._sealed(_state(target)))

    def _in_flight(self) -> Any:
        """Whether something was on its way when its sender died: that is not kept for the next digest."""
        same = (OutboxRow.target_id == NotifyTargetRow.target_id, OutboxRow.state == NoticeState.WAITING.value)
        return select(OutboxRow.target_id).where(*same, OutboxRow.message_id.is_not(None)).exists()

    def _sealed(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with their personal ones sealed; those that are not given stay out."""
        place, seal = str(values["target_id"]), self._session.cipher.seal
        secret = {"host", "url", "name", "last_error"} & set(values)
        return values | {name: seal("notify_targets", name, place, values[name]) for name in secret}

    def _update(self, target_id: str, values: Mapping[str, Any]) -> None:
        row = NotifyTargetRow
        self._session.connection.execute(update(row).where(row.target_id == target_id).values(**values))

    def _target(self, row: Mapping[str, Any]) -> Target:
        values = self._cipher.open(row)
        wishes = Wishes(
            name=values["name"],
            language=values["language"],
            events=frozenset(Event(word) for word in values["events"].split() if word in set(Event)),
            rhythm=Rhythm(values["rhythm"]),
            hour=values["hour"],
            weekday=values["weekday"],
            zone=values["zone"],
            quiet_begin=values["quiet_begin"],
            quiet_end=values["quiet_end"],
            reveal=values["reveal"],
        )
        return Target(
            target_id=values["target_id"],
            user_id=values["user_id"],
            service=values["service"],
            host=values["host"],
            wishes=wishes,
            created_at=values["created_at"],
            off=SwitchedOff(values["off"]) if values["off"] else None,
            failures=values["failures"],
            failing_since=values["failing_since_at"],
            retry_at=values["retry_at"],
            digest_at=values["digest_at"],
            sent_at=values["sent_at"],
            last_error=values["last_error"],
            url=values.get("url", ""),
        )


def _is_free(now: datetime) -> ColumnElement[bool]:
    return _has_come(NotifyTargetRow.lease_until, now, LONGEST_LEASE)


def _has_come(column: Any, now: datetime, most: timedelta) -> ColumnElement[bool]:
    """SQL of domain.notice.has_come."""
    return or_(column.is_(None), at_or_before(column, now), not_(at_or_before(column, now + most)))


def _address(target: Target) -> dict[str, Any]:
    return {"service": target.service, "host": target.host, "url": target.url}


def _wishes(target: Target) -> dict[str, Any]:
    return {**wishes_record(target.wishes), "events": " ".join(sorted(target.wishes.events))}


def _state(target: Target) -> dict[str, Any]:
    return {
        "target_id": target.target_id,
        "off": target.off.value if target.off else None,
        "failures": target.failures,
        "failing_since_at": target.failing_since,
        "retry_at": target.retry_at,
        "digest_at": target.digest_at,
        "sent_at": target.sent_at,
        "last_error": target.last_error,
    }
