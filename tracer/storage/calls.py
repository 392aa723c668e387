"""Received contacts in the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update

from tracer.domain.call import Call, CallState, ContactKind, Nature, Reached
from tracer.domain.errors import UnknownId
from tracer.domain.fields import Fields
from tracer.domain.heard_values import Heard
from tracer.domain.line import Line
from tracer.storage.instant import at_or_before, packed
from tracer.storage.sealed_columns import sealed_by_row
from tracer.storage.session import Query, Session, by_keys, chunks
from tracer.storage.tables import AttachmentRow, CallRow

_COLUMNS = tuple(CallRow.__table__.columns)
_BY_ID = by_keys(_COLUMNS, CallRow.call_id)
_NATURES, _REACHED = {one.value: one for one in Nature}, {one.value: one for one in Reached}


class CallFacts(NamedTuple):
    """What an attribution needs of a call, and no more: there may be a million.

    `caller_number` is a mark that stands for it where it was erased. `stored` is the instant as stored; number and
    line, by blind index, are None where it is not known which rang; `heard` is None where nothing was.
    """

    call_id: str
    stored: int
    number_id: str | None
    line_key: bytes | None
    canary_id: str | None
    known: int
    unknown: int
    answered: bool
    nature: Nature
    reached: Reached
    script: str
    tags: str
    caller_number: str
    heard: Heard | None


_HEARD = ("heard_name", "heard_item", "heard_price", "heard_order_no", "heard_waybill_no")
_FACTS = (
    CallRow.call_id,
    packed(CallRow.received_at),
    CallRow.number_id,
    CallRow.line_key,
    CallRow.canary_id,
    CallRow.known_fields,
    CallRow.unknown_fields,
    CallRow.answered,
    CallRow.nature,
    CallRow.caller_reached,
    CallRow.script,
    CallRow.tags,
    CallRow.caller_number,
    *(getattr(CallRow, name) for name in _HEARD),
    CallRow.caller_group,
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a call: its SHA-256 (hex), size in bytes and name."""

    attachment_id: str
    call_id: str
    sha256: str
    size: int
    file_name: str
    added_at: datetime


class Calls:
    """Calls as they stand now; their history is in the journal."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cipher = sealed_by_row(session.cipher, CallRow)

    def add(self, calls: Sequence[Call], number_ids: Mapping[str, str], *, import_id: int | None = None) -> None:
        """Insert calls whose ids are free; `number_ids` maps base numbers to their row ids."""
        rows = [{**self._values(call, number_ids), "import_id": import_id} for call in calls]
        self._session.insert(CallRow, rows)

    def replace(self, call: Call, number_ids: Mapping[str, str]) -> None:
        """Write a corrected, undone or merged call over its earlier version."""
        values = self._values(call, number_ids)
        call_id = values.pop("call_id")
        self._session.connection.execute(update(CallRow).where(CallRow.call_id == call_id).values(**values))

    def hold(self, call_ids: Sequence[str]) -> None:
        """Keep others from changing these calls, to the end of the transaction; to be read after this.

        On SQLite writers take turns anyway.
        """
        query = select(CallRow.call_id).where(CallRow.call_id.in_(call_ids)).order_by(CallRow.call_id)
        self._session.connection.execute(query.with_for_update()).all()

    def get(self, call_id: str) -> Call:
        """One call; raises UnknownId."""
        found = self.find([call_id])
        if call_id not in found:
            raise UnknownId("call", call_id, "`tracer call list` shows them")
        return found[call_id][0]

    def find(self, call_ids: Sequence[str]) -> dict[str, tuple[Call, int | None]]:
        """Those of the ids that exist, each with the import that brought it."""
        found: dict[str, tuple[Call, int | None]] = {}
        for part in chunks(call_ids):
            for row in self._session.stream(_BY_ID, keys=part):
                found[row["call_id"]] = (self._call(row), row["import_id"])
        return found

    def counting(self) -> Iterator[Call]:
        """Every call that counts (not undone, not merged away), by time received."""
        query = select(*_COLUMNS).where(CallRow.state == CallState.LOGGED.value)
        return self._read(query.order_by(CallRow.received_at, CallRow.call_id))

    def facts(self, until: datetime) -> Iterator[CallFacts]:
        """Every call that counts and was received by then, by time received, without what is not needed of it."""
        query = select(*_FACTS).where(CallRow.state == CallState.LOGGED.value)
        query = query.where(at_or_before(CallRow.received_at, until))
        return self._facts(query.order_by(CallRow.received_at, CallRow.call_id))

    def facts_of(self, call_id: str) -> CallFacts:
        """The same of one call, whether it counts or not; raises UnknownId."""
        found = list(self._facts(select(*_FACTS).where(CallRow.call_id == call_id)))
        if not found:
            raise UnknownId("call", call_id)
        return found[0]

    def facts_concerning(
        self, line_keys: Sequence[bytes], canary_ids: Sequence[str], until: datetime
    ) -> list[CallFacts]:
        """Calls received by then that count, on these lines or logged for these canaries, by time received."""
        of_lines = (CallRow.line_key.in_(part) for part in chunks(line_keys))
        of_canaries = (CallRow.canary_id.in_(part) for part in chunks(canary_ids))
        found: dict[str, CallFacts] = {}
        for wanted in (*of_lines, *of_canaries):
            query = select(*_FACTS).where(CallRow.state == CallState.LOGGED.value, wanted)
            query = query.where(at_or_before(CallRow.received_at, until))
            found |= {call.call_id: call for call in self._facts(query)}
        return sorted(found.values(), key=lambda call: (call.stored, call.call_id))

    def all(self) -> Iterator[Call]:
        """Every call, undone and merged ones too, by time received."""
        return self._read(select(*_COLUMNS).order_by(CallRow.received_at, CallRow.call_id))

    def merged_into(self, call_id: str) -> list[str]:
        """The ids of the calls that were merged into this one."""
        query = select(CallRow.call_id).where(CallRow.merged_into == call_id).order_by(CallRow.call_id)
        return list(self._session.connection.execute(query).scalars())

    def attach(self, attachment: Attachment) -> None:
        """Insert one attachment of a call."""
        values = {
            "attachment_id": attachment.attachment_id,
            "call_id": attachment.call_id,
            "sha256": attachment.sha256,
            "size": attachment.size,
            "file_name": self._session.cipher.seal(
                "attachments", "file_name", attachment.attachment_id, attachment.file_name
            ),
            "added_at": attachment.added_at,
        }
        self._session.insert(AttachmentRow, [values])

    def attachments(self, call_id: str) -> list[Attachment]:
        """The attachments of one call and of those merged into it, oldest first."""
        whole = select(CallRow.call_id).where(CallRow.call_id == call_id).cte(recursive=True)
        whole = whole.union(select(CallRow.call_id).where(CallRow.merged_into == whole.c.call_id))
        query = select(*AttachmentRow.__table__.columns).where(AttachmentRow.call_id.in_(select(whole.c.call_id)))
        opened = self._session.cipher.open
        return [
            Attachment(
                **{
                    **row,
                    "file_name": opened("attachments", "file_name", row["attachment_id"], row["file_name"]),
                }
            )
            for row in self._session.stream(query.order_by(AttachmentRow.added_at))
        ]

    def _read(self, query: Query) -> Iterator[Call]:
        return (self._call(row) for row in self._session.stream(query))

    def _facts(self, query: Query) -> Iterator[CallFacts]:
        opened = self._session.cipher.open
        result = self._session.connection.execute(query.execution_options(yield_per=5_000))
        for part in result.partitions():
            for row in part:
                call_id, caller, script = row[0], row[12], sys.intern(row[10])
                heard = [
                    opened("calls", name, call_id, text) if text and name != "heard_price" else text or ""
                    for name, text in zip(_HEARD, row[13:18], strict=True)
                ]
                yield CallFacts(
                    call_id,
                    row[1],
                    sys.intern(row[2]) if row[2] else None,
                    row[3],
                    row[4],
                    row[5],
                    row[6],
                    row[7],
                    _NATURES[row[8]],
                    _REACHED[row[9]],
                    script,
                    sys.intern(row[11]),
                    row[18] or (opened("calls", "caller_number", call_id, caller) if caller else ""),
                    Heard(*heard) if any(heard) else None,
                )

    def _values(self, call: Call, number_ids: Mapping[str, str]) -> dict[str, Any]:
        dialled = call.dialled
        line_key = None if dialled is None else self._session.cipher.blind_index("line", dialled.text)
        return self._cipher.seal(
            {
                "call_id": call.call_id,
                "received_at": call.received_at,
                "kind": call.kind.value,
                "number_id": None if dialled is None else number_ids[dialled.number],
                "dialled": "" if dialled is None else dialled.text,
                "line_key": line_key,
                "caller_number": call.caller_number,
                "heard_name": call.heard_name,
                "claimed_role": call.claimed_role,
                "known_fields": int(call.known_fields),
                "unknown_fields": int(call.unknown_fields),
                "script": call.script,
                "transcript": call.transcript,
                "canary_id": call.canary_id,
                "heard_item": call.heard_item,
                "heard_price": call.heard_price,
                "heard_order_no": call.heard_order_no,
                "heard_waybill_no": call.heard_waybill_no,
                "nature": call.nature.value,
                "answered": call.answered,
                "caller_reached": call.caller_reached.value,
                "notes": call.notes,
                "tags": " ".join(call.tags),
                "state": call.state.value,
                "merged_into": call.merged_into,
                "erased_at": call.erased_at,
            }
        )

    def _call(self, row: Mapping[str, Any]) -> Call:
        values = self._cipher.open(row)
        number, _, extension = values["dialled"].partition(";ext=")
        return Call(
            call_id=values["call_id"],
            received_at=values["received_at"],
            dialled=Line(number, extension or None) if number else None,
            kind=ContactKind(values["kind"]),
            caller_number=values["caller_number"],
            heard_name=values["heard_name"],
            claimed_role=values["claimed_role"],
            known_fields=Fields(values["known_fields"]),
            unknown_fields=Fields(values["unknown_fields"]),
            script=values["script"],
            transcript=values["transcript"],
            canary_id=values["canary_id"],
            heard_item=values["heard_item"],
            heard_price=values["heard_price"],
            heard_order_no=values["heard_order_no"],
            heard_waybill_no=values["heard_waybill_no"],
            nature=Nature(values["nature"]),
            answered=values["answered"],
            caller_reached=Reached(values["caller_reached"]),
            notes=values["notes"],
            tags=tuple(values["tags"].split()),
            state=CallState(values["state"]),
            merged_into=values["merged_into"],
            erased_at=values["erased_at"],
        )
