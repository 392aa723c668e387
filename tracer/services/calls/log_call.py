"""Log a received contact, and correct, undo or merge what was logged. History stays in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import numpy as np

from tracer.domain.call import Call, CallState, Nature
from tracer.domain.columns import parse_time
from tracer.domain.errors import AlreadyExists, InvalidValue, NotAllowed, UnknownId
from tracer.domain.fields import parse_fields
from tracer.domain.ids import new_id
from tracer.domain.join_calls import gained_columns
from tracer.domain.noted_line import is_slip
from tracer.domain.personal import refuse_personal
from tracer.domain.records import CALL_COLUMNS, call_record, read_call, standing
from tracer.services.jobs.queue_job import in_pieces
from tracer.services.notices.write_notices import notice_call
from tracer.storage.calls import Attachment
from tracer.storage.journal import Fact, JournalEntry
from tracer.storage.unit_of_work import UnitOfWork

_CIRCUMSTANCES = frozenset(("call_id", "received_at", "kind", "nature", "answered", "caller_reached", "tags"))


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to note with a call: its name, size in bytes and SHA-256 (hex). `content` None: it is not taken."""

    file_name: str
    size: int
    sha256: str
    content: bytes | None = field(default=None, repr=False)


def attached(file_name: str, content: bytes) -> AttachedFile:
    """A file to keep with a call, content and all."""
    return AttachedFile(file_name, len(content), sha256(content).hexdigest(), content)


def check_something_said(record: Mapping[str, str], files: Sequence[AttachedFile]) -> None:
    """Raise NotAllowed for a record that tells nothing but that there was a call."""
    if not files and not any(text for column, text in record.items() if column not in _CIRCUMSTANCES):
        raise NotAllowed(
            "nothing is said of this call. Give what you know: the number that rang, the canary, the name as heard or "
            "what the caller knew"
        )


def check_received(received_at: str, now: datetime, field: str = "received_at") -> None:
    """Raise InvalidValue for a time received that has not come; a day is allowed for clocks and zones."""
    if received_at and parse_time(received_at, field) > now + timedelta(days=1):
        raise InvalidValue(field, received_at, f"a time that has come; it is {now.isoformat()}")


def log_call(
    work: UnitOfWork, record: Mapping[str, str], files: Sequence[AttachedFile], rng: np.random.Generator
) -> Call:
    """Log the call of a record (calls.csv columns); without call_id and received_at it gets a new id and now.

    Where no nature is stated and the caller's number is a channel's known legitimate one, the call
    is logged as legitimate. Raises InvalidRecord, UnknownId (number, canary), AlreadyExists.
    """
    given_id = record.get("call_id")  # a new one is free, or the database refuses it
    record = dict(record)
    record["call_id"] = given_id or new_id("c", rng)
    record["received_at"] = record.get("received_at") or work.now.isoformat()
    call = read_call(record)
    if given_id and work.calls.find([call.call_id]):
        raise AlreadyExists("call", call.call_id, "`tracer call correct` changes one that is logged")
    call = _on_line_of_canary(work, call)
    if not record.get("nature") and _is_legitimate(work, call.caller_number):
        call = replace(call, nature=Nature.LEGITIMATE)
    work.calls.add([call], _number_ids(work, call))
    kept = [keep_file(work, call.call_id, file, rng) for file in _distinct(files)]
    payload = {**call_record(call), "attachments": [file_facts(attachment) for attachment in kept]}
    work.journal.record([Fact("call_logged", call.call_id, payload)])
    notice_call(work, call)
    return call


def correct_call(work: UnitOfWork, call_id: str, changes: Mapping[str, str]) -> Call:
    """Change columns of a logged call; the earlier values stay in the journal.

    A line that was only known from the canary follows when the canary changes.
    """
    unknown = set(changes) - (set(CALL_COLUMNS) - {"call_id"})
    if unknown:
        raise NotAllowed(f"these cannot be changed: {' '.join(sorted(unknown))}")
    work.calls.hold([call_id])
    before = work.calls.get(call_id)
    if changes.get("canary_id") and "dialled_number" not in changes and _rang_on_line_of_canary(work, before):
        changes = {**changes, "dialled_number": ""}
    after, _ = _correct(work, before, changes)
    return after


def undo_call(work: UnitOfWork, call_id: str) -> Call:
    """Take a mislogged call out of every count. It stays in the journal and can be restored."""
    work.calls.hold([call_id])
    call = work.calls.get(call_id)
    _require_state(call, CallState.LOGGED)
    return _enter(work, replace(call, state=CallState.UNDONE), "call_undone")


def restore_call(work: UnitOfWork, call_id: str) -> Call:
    """Count an undone or merged call again; what a merged one gave to its target is taken back from there.

    Raises UnknownId, NotAllowed where the target was merged further since.
    """
    work.calls.hold([call_id])
    call = work.calls.get(call_id)
    _require_state(call, CallState.UNDONE, CallState.MERGED)
    if call.merged_into is not None:
        _take_back(work, call_id, call.merged_into)
    return _enter(work, replace(call, state=CallState.LOGGED, merged_into=None), "call_restored")


def merge_call(work: UnitOfWork, call_id: str, into: str) -> Call:
    """Say that two records are the same contact: the first stops counting, what only it knew goes to the second.

    Raises UnknownId, NotAllowed (also where the two contradict each other).
    """
    if call_id == into:
        raise NotAllowed("a call cannot be merged into itself")
    work.calls.hold([call_id, into])
    target, merged = work.calls.get(into), work.calls.get(call_id)
    if target.state is not CallState.LOGGED:
        raise NotAllowed(f"call {into!r} is {target.state.value}; merge into one that counts")
    _require_state(merged, CallState.LOGGED)
    after, gained = _correct(work, target, gained_columns(target, merged))
    _enter(work, replace(merged, state=CallState.MERGED, merged_into=into), "call_merged", gained)
    return after


def _take_back(work: UnitOfWork, call_id: str, target_id: str) -> None:
    """Undo what a merge did to its target, except where the target was corrected since."""
    work.calls.hold([target_id])
    target = work.calls.get(target_id)
    if target.merged_into is not None:
        raise NotAllowed(
            f"call {call_id!r} was merged into {target_id!r}, and that into {target.merged_into!r}. "
            f"Restore {target_id!r} first"
        )
    # Later merges built on what this one gave, so they are undone in turn.
    merges = {one: _merge_of(work, one) for one in work.calls.merged_into(target_id)}
    last = max(merges, key=lambda one: merges[one].position)
    if last != call_id:
        raise NotAllowed(f"call {last!r} was merged into {target_id!r} later. Restore {last!r} first")
    told = merges[call_id].payload
    if "changed" not in told and "before" not in told:
        raise NotAllowed(
            f"what call {call_id!r} gave to {target_id!r} was erased, so it can no longer be taken back: they stay one"
        )
    changed, before = told["changed"], told["before"]
    record = call_record(target)
    record |= {column: before[column] for column in changed if record[column] == changed[column]}
    known = parse_fields(record["known_fields"])  # corrected since, it may name what was unknown before
    record["unknown_fields"] = (parse_fields(record["unknown_fields"]) & ~known).text
    _correct(work, target, record)


def _merge_of(work: UnitOfWork, call_id: str) -> JournalEntry:
    return [entry for entry in work.journal.about(call_id) if entry.event == "call_merged"][-1]


def _correct(work: UnitOfWork, before: Call, changes: Mapping[str, str]) -> tuple[Call, dict[str, dict[str, str]]]:
    """Write the changed columns of a call; the call after it, and what its fact tells of it."""
    after = read_call({**call_record(before), **changes})
    after = replace(after, state=before.state, merged_into=before.merged_into, erased_at=before.erased_at)
    refuse_personal("call", before.call_id, before.erased_at, call_record(after))
    if after.dialled is None or (before.canary_id, before.dialled) != (after.canary_id, after.dialled):
        after = _on_line_of_canary(work, after)
    old, new = call_record(before), call_record(after)
    changed = {column: new[column] for column in CALL_COLUMNS if old[column] != new[column]}
    payload = {"changed": changed, "before": {column: old[column] for column in changed}}
    if changed:
        work.calls.replace(after, _number_ids(work, after))
        work.journal.record([Fact("call_corrected", after.call_id, payload)])
    return after, payload


def _require_state(call: Call, *allowed: CallState) -> None:
    if call.state not in allowed:
        raise NotAllowed(
            f"call {call.call_id!r} is {call.state.value} already; `tracer call show {call.call_id}` tells more"
        )


def _enter(work: UnitOfWork, call: Call, event: str, more: Mapping[str, Any] = MappingProxyType({})) -> Call:
    work.calls.replace(call, _number_ids(work, call))
    payload = {**standing(call), **more}
    work.journal.record([Fact(event, call.call_id, payload)])
    return call


def _on_line_of_canary(work: UnitOfWork, call: Call) -> Call:
    """The call with its canary's line where none is noted; raises UnknownId, NotAllowed where another one is."""
    if call.canary_id is None:
        return call
    phone = work.canaries.line_of(call.canary_id)
    if call.dialled is None:
        return replace(call, dialled=phone)
    if not call.dialled.covers(phone):
        raise NotAllowed(
            f"canary {call.canary_id!r} is on another line than the one that rang. "
            "Correct the number or the canary, or leave one of them out"
        )
    return call


def _rang_on_line_of_canary(work: UnitOfWork, call: Call) -> bool:
    return call.canary_id is not None and call.dialled == work.canaries.line_of(call.canary_id)


def _number_ids(work: UnitOfWork, call: Call) -> dict[str, str]:
    if call.dialled is None:
        return {}
    number_id = work.numbers.id_of(call.dialled.number)
    if number_id is None:
        raise UnknownId("number", call.dialled.number, _what_may_have_rung(work, call.dialled.number))
    return {call.dialled.number: number_id}


def _what_may_have_rung(work: UnitOfWork, noted: str) -> str:
    near = [stored.owned.number for stored in work.numbers.all() if is_slip(noted, stored.owned.number)]
    meant = f"Did you mean {' or '.join(near[:3])}? Else check the digits, " if near else "Check the digits, "
    return (
        f"The number that rang is not in your pool. {meant}add it with `tracer number add`, "
        "or leave it out and give the name: the name alone tells, too"
    )


def _is_legitimate(work: UnitOfWork, caller_number: str) -> bool:
    return bool(caller_number) and work.channels.known_as_legitimate(caller_number)


def _distinct(files: Sequence[AttachedFile]) -> Iterable[AttachedFile]:
    """The same file given twice is one: the first with its content, else the first."""
    found: dict[str, AttachedFile] = {}
    for file in files:
        before = found.get(file.sha256)
        if before is None or (before.content is None and file.content is not None):
            found[file.sha256] = file
    return found.values()


def keep_file(work: UnitOfWork, call_id: str, file: AttachedFile, rng: np.random.Generator) -> Attachment:
    """Store a file with a call that has it not yet; telling the journal is left to whoever knows the occasion."""
    attachment = Attachment(new_id("a", rng), call_id, file.sha256, file.size, file.file_name, work.now)
    work.calls.attach(attachment)
    if file.content is not None:
        keep_content(work, attachment.attachment_id, file.content)
    return attachment


def keep_content(work: UnitOfWork, attachment_id: str, content: bytes) -> None:
    """Store what an attachment holds, sealed in pieces."""
    work.attachment_contents.add(attachment_id, in_pieces(content) if content else [b""])


def file_facts(attachment: Attachment) -> dict[str, str]:
    """What the journal tells of a file."""
    return {"file_name": attachment.file_name, "sha256": attachment.sha256, "size": str(attachment.size)}
