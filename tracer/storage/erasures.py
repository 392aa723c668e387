"""Taking personal data out of rows: what is sealed becomes NULL, contents and copies of it are deleted."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from tracer.domain.call import Call
from tracer.domain.errors import DatabaseTooNew
from tracer.domain.job import JobKind, JobState
from tracer.domain.order import Exposure
from tracer.domain.personal import ERASED
from tracer.storage.calls import Attachment
from tracer.storage.instant import OFFSET_BITS, at_or_before, microseconds, pack, packed
from tracer.storage.jobs import Jobs
from tracer.storage.journal import read_entry
from tracer.storage.migrations import BEHIND
from tracer.storage.session import Session, chunks
from tracer.storage.tables import (
    AttachmentPartRow,
    AttachmentRow,
    Base,
    CallRow,
    CanaryRow,
    DeliveryRow,
    ExposureRow,
    JobPartRow,
    JobRow,
    JournalRow,
    OrderRow,
    RequestRow,
)
from tracer.storage.tracked_parcels import TrackedParcels

_KEPT_FILES = frozenset({JobKind.REPORT.value, JobKind.SIMULATE.value, JobKind.REFRESH.value})
_READING = (JobKind.EXPORT, JobKind.EVIDENCE)


class Erasures:
    """Writes over rows; whoever erases sees to the journal as well."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def take_turns(self) -> None:
        """Begin an erasure, before any row is held: others wait, and so does every job that would begin to read.

        Raises DatabaseTooNew where a newer program upgraded the database: this one does not know all that is personal.
        """
        if self._connection.info.get(BEHIND):
            raise DatabaseTooNew(
                "a newer version of Tracer upgraded the database, and this server may not know all that is personal "
                "in it. Nothing was erased; ask again when every server is upgraded"
            )
        Jobs(self._session).hold_back()

    def calls(self, call_ids: Sequence[str], now: datetime) -> None:
        """Empty the personal columns of calls, names and contents of their attachments, and what sources said."""
        self._empty(CallRow, CallRow.call_id, call_ids, "call", now)
        for part in chunks(call_ids):
            contacts = select(DeliveryRow.contact_key).where(DeliveryRow.call_id.in_(part))
            # By contact, not by call: a message that is held tells of the same one.
            told = update(DeliveryRow).where(or_(DeliveryRow.call_id.in_(part), DeliveryRow.contact_key.in_(contacts)))
            self._connection.execute(told.values(content=None, place=None, reason=None))
            mine = AttachmentRow.call_id.in_(part)
            held = select(AttachmentRow.attachment_id).where(mine)
            self._connection.execute(delete(AttachmentPartRow).where(AttachmentPartRow.attachment_id.in_(held)))
            self._connection.execute(update(AttachmentRow).where(mine).values(file_name=None))

    def keep_callers_together(self, call: Call, pause: timedelta) -> None:
        """Before a caller's number goes: mark the call and those of the same number, each within `pause` of the next.

        The mark is drawn by chance and tells nothing of the number. It is a number to whoever counts callers.
        """
        found, frontier, groups = {call.call_id}, [call.received_at], {self._group(call.call_id)}
        while frontier:
            moment = frontier.pop()
            for row in self._around(moment, pause):
                number = self._session.cipher.open("calls", "caller_number", row.call_id, row.caller_number)
                if row.call_id not in found and number == call.caller_number:
                    found.add(row.call_id)
                    frontier.append(row.received_at)
                    groups.add(row.caller_group)
        groups.discard(None)
        if len(found) > 1 or groups:
            group = min((one for one in groups if one), default=f"0-{secrets.token_hex(8)}")
            for part in chunks(sorted(found)):
                mine = or_(CallRow.call_id.in_(part), CallRow.caller_group.in_(groups))
                self._connection.execute(update(CallRow).where(mine).values(caller_group=group))

    def _group(self, call_id: str) -> str | None:
        return self._connection.execute(select(CallRow.caller_group).where(CallRow.call_id == call_id)).scalar()

    def _around(self, moment: datetime, pause: timedelta) -> Sequence[Any]:
        query = select(CallRow.call_id, CallRow.received_at, CallRow.caller_number, CallRow.caller_group).where(
            CallRow.caller_number.is_not(None),
            packed(CallRow.received_at) >= microseconds(moment - pause) << OFFSET_BITS,
            at_or_before(CallRow.received_at, moment + pause),
        )
        return self._connection.execute(query).all()

    def canary(self, canary_id: str, now: datetime) -> None:
        """Empty the personal columns of a canary. Its line stays."""
        self._empty(CanaryRow, CanaryRow.canary_id, [canary_id], "canary", now)

    def orders(self, order_ids: Sequence[str], now: datetime) -> None:
        """Empty the personal columns of orders, and take away what carriers told of their parcels."""
        TrackedParcels(self._session).forget(order_ids)
        self._empty(OrderRow, OrderRow.order_id, order_ids, "order", now)

    def alias(self, exposure: Exposure) -> None:
        """Write an exposure without its alias: `fields` as the exposure given states them."""
        mine = (
            ExposureRow.order_id == exposure.order_id,
            ExposureRow.channel_id == exposure.channel_id,
            packed(ExposureRow.exposed_at) == pack(exposure.exposed_at),
        )
        fields = None if exposure.fields is None else int(exposure.fields)
        self._connection.execute(update(ExposureRow).where(*mine).values(alias=None, fields=fields))

    def files(self, call_id: str) -> list[Attachment]:
        """The attachments of this very call, without their names."""
        query = select(*AttachmentRow.__table__.columns).where(AttachmentRow.call_id == call_id)
        rows = self._session.stream(query.order_by(AttachmentRow.added_at, AttachmentRow.attachment_id))
        return [Attachment(**{**row, "file_name": ""}) for row in rows]

    def merges(self) -> list[tuple[str, str]]:
        """(call, the one it was merged into) of every merge there ever was, undone ones too."""
        query = select(*JournalRow.__table__.columns).where(JournalRow.event == "call_merged")
        entries = [read_entry(self._session, row) for row in self._session.stream(query)]
        return [(entry.subject_id, str(entry.payload["merged_into"])) for entry in entries]

    def answers(
        self, subject_ids: Collection[str], made_at: Collection[datetime], emptied: Callable[[Any], Any]
    ) -> int:
        """Rewrite the kept answers to requests that name one of the subjects; gives how many.

        `emptied` gives an answer's value without what is personal. Answers that are kept for ever are looked at
        where they were made at one of the times, which are those of the subjects' facts; of the others, all.
        """
        changed = 0
        for row in self._answers(made_at):
            key = bytes(row["request_key"])
            text = self._session.cipher.open("requests", "answer", key.hex(), row["answer"])
            if not any(subject_id in text for subject_id in subject_ids):
                continue
            value, location = json.loads(text)
            kept = json.dumps([emptied(value), location], ensure_ascii=False, allow_nan=False)
            sealed = self._session.cipher.seal("requests", "answer", key.hex(), kept)
            self._connection.execute(update(RequestRow).where(RequestRow.request_key == key).values(answer=sealed))
            changed += 1
        return changed

    def job_files(self) -> int:
        """Delete what finished jobs gave out that may hold anything personal, and the bad rows that imports named.

        Jobs that are making such a file begin again: they may have read what is erased. To be called after
        `take_turns`. Gives how many files. Reports name calls and canaries by id and stay.
        """
        Jobs(self._session).begin_again(_READING)  # first: one that ends at this moment is then deleted below
        over = JobRow.state.in_([JobState.DONE.value, JobState.FAILED.value])
        old = select(JobRow.job_id).where(over, JobRow.kind.not_in(_KEPT_FILES))
        gone = select(func.count(JobPartRow.job_id.distinct())).where(JobPartRow.job_id.in_(old))
        count = self._connection.execute(gone).scalar_one()
        self._connection.execute(delete(JobPartRow).where(JobPartRow.job_id.in_(old)))
        failed = select(JobRow.job_id, JobRow.result).where(JobRow.state == JobState.FAILED.value)
        for row in self._connection.execute(failed).all():
            result = json.loads(self._session.cipher.open("jobs", "result", row.job_id, row.result) or "{}")
            if result.get("rows"):
                sealed = self._session.cipher.seal("jobs", "result", row.job_id, json.dumps({**result, "rows": []}))
                self._connection.execute(update(JobRow).where(JobRow.job_id == row.job_id).values(result=sealed))
        return int(count)

    def moments(self, until: datetime) -> tuple[dict[str, datetime], dict[str, datetime]]:
        """When each was erased, of calls received and of canaries issued by then."""
        calls = self._moments(CallRow.call_id, CallRow.erased_at, CallRow.received_at, until)
        return calls, self._moments(CanaryRow.canary_id, CanaryRow.erased_at, CanaryRow.issued_at, until)

    def _moments(self, key: Any, erased_at: Any, happened_at: Any, until: datetime) -> dict[str, datetime]:
        query = select(key, erased_at).where(erased_at.is_not(None), at_or_before(happened_at, until))
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def _empty(self, table: type[Base], key: Any, ids: Sequence[str], noun: str, now: datetime) -> None:
        columns = table.__table__.columns
        values: dict[str, Any] = {name: None for name in ERASED[noun] if name in columns}
        for part in chunks(ids):
            self._connection.execute(update(table).where(key.in_(part)).values(**values, erased_at=now))

    def _answers(self, made_at: Collection[datetime]) -> Iterator[dict[str, Any]]:
        query = select(RequestRow.request_key, RequestRow.answer)
        yield from [dict(row) for row in self._connection.execute(query.where(~RequestRow.kept)).mappings()]
        for part in chunks(sorted(made_at)):
            then = packed(RequestRow.made_at).in_([pack(moment) for moment in part])
            yield from [dict(row) for row in self._connection.execute(query.where(RequestRow.kept, then)).mappings()]
