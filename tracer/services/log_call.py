"""Log a received contact, and correct, undo or merge what was logged. History stays in the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tracer.domain.call import Call, CallState, Nature
from tracer.domain.errors import AlreadyExists, NotAllowed, UnknownId
from tracer.domain.ids import new_id
from tracer.domain.records import CALL_COLUMNS, call_record, read_call
from tracer.storage.calls import Attachment
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file to note with a call: its name, size in bytes and SHA-256 (hex). The content is not taken."""

    file_name: str
    size: int
    sha256: str


def log_call(
    work: UnitOfWork, record: Mapping[str, str], files: Sequence[AttachedFile], rng: np.random.Generator
) -> Call:
    """Log the call of a record (calls.csv columns); without call_id and received_at it gets a new id and now.

    Where no nature is stated and the caller's number is a channel's known legitimate one, the call
    is logged as legitimate. Raises InvalidRecord, UnknownId (number, canary), AlreadyExists.
    """
    record = dict(record)
    record["call_id"] = record.get("call_id") or new_id("c", rng)
    record["received_at"] = record.get("received_at") or work.now.isoformat()
    call = read_call(record)
    if work.calls.find([call.call_id]):
        raise AlreadyExists("call", call.call_id, "`tracer call correct` changes one that is logged")
    call = _with_line_of_canary(work, call)
    if not record.get("nature") and _is_legitimate(work, call.caller_number):
        call = replace(call, nature=Nature.LEGITIMATE)
    work.calls.add([call], _number_ids(work, call))
    payload = {**call_record(call), "attachments": [_attach(work, call, file, rng) for file in files]}
    work.journal.record([Fact("call_logged", call.call_id, payload)])
    return call


def correct_call(work: UnitOfWork, call_id: str, changes: Mapping[str, str]) -> Call:
    """Change columns of a logged call; the earlier values stay in the journal.

    A line that was only known from the canary follows when the canary changes.
    """
    unknown = set(changes) - (set(CALL_COLUMNS) - {"call_id"})
    if unknown:
        raise NotAllowed(f"these cannot be changed: {' '.join(sorted(unknown))}")
    before = work.calls.get(call_id)
    if changes.get("canary_id") and "dialled_number" not in changes and _rang_on_line_of_canary(work, before):
        changes = {**changes, "dialled_number": ""}
    after = read_call({**call_record(before), **changes})
    after = _with_line_of_canary(work, replace(after, state=before.state, merged_into=before.merged_into))
    old, new = call_record(before), call_record(after)
    changed = {column: new[column] for column in CALL_COLUMNS if old[column] != new[column]}
    if changed:
        work.calls.replace(after, _number_ids(work, after))
        work.journal.record(
            [Fact("call_corrected", call_id, {"changed": changed, "before": {key: old[key] for key in changed}})]
        )
    return after


def undo_call(work: UnitOfWork, call_id: str) -> Call:
    """Take a mislogged call out of every count. It stays in the journal and can be restored."""
    return _change_state(work, call_id, CallState.UNDONE, "call_undone", allowed={CallState.LOGGED})


def restore_call(work: UnitOfWork, call_id: str) -> Call:
    """Count an undone or merged call again."""
    return _change_state(work, call_id, CallState.LOGGED, "call_restored", allowed={CallState.UNDONE, CallState.MERGED})


def merge_call(work: UnitOfWork, call_id: str, into: str) -> Call:
    """Say that two records are the same contact: the first stops counting, what only it knew goes to the second.

    Known and unknown fields are joined, a field known to either is known; empty columns of the
    target are filled from the merged one. Raises UnknownId, NotAllowed.
    """
    if call_id == into:
        raise NotAllowed("a call cannot be merged into itself")
    target = work.calls.get(into)
    if target.state is not CallState.LOGGED:
        raise NotAllowed(f"call {into!r} is {target.state.value}; merge into one that counts")
    merged = _change_state(work, call_id, CallState.MERGED, "call_merged", allowed={CallState.LOGGED}, into=into)
    known = target.known_fields | merged.known_fields
    gained = {
        column: text
        for column, text in call_record(merged).items()
        if column != "call_id" and text and not call_record(target)[column]
    }
    gained["known_fields"] = known.text
    gained["unknown_fields"] = ((target.unknown_fields | merged.unknown_fields) & ~known).text
    return correct_call(work, into, gained)


def _change_state(
    work: UnitOfWork, call_id: str, state: CallState, event: str, allowed: set[CallState], into: str | None = None
) -> Call:
    before = work.calls.get(call_id)
    if before.state not in allowed:
        raise NotAllowed(f"call {call_id!r} is {before.state.value} already; `tracer call show {call_id}` tells more")
    after = replace(before, state=state, merged_into=into)
    work.calls.replace(after, _number_ids(work, after))
    work.journal.record([Fact(event, call_id, {"state": state.value, "merged_into": into or ""})])
    return after


def _with_line_of_canary(work: UnitOfWork, call: Call) -> Call:
    if call.canary_id is None:
        return call
    canary = work.canaries.get(call.canary_id)
    return call if call.dialled is not None else replace(call, dialled=canary.phone)


def _rang_on_line_of_canary(work: UnitOfWork, call: Call) -> bool:
    return call.canary_id is not None and call.dialled == work.canaries.get(call.canary_id).phone


def _number_ids(work: UnitOfWork, call: Call) -> dict[str, str]:
    if call.dialled is None:
        return {}
    found = work.numbers.find([call.dialled.number])
    if not found:
        raise UnknownId(
            "number",
            call.dialled.number,
            "The number that rang is not in your pool: check the digits, or add it with `tracer number add`",
        )
    return {number: stored.number_id for number, stored in found.items()}


def _is_legitimate(work: UnitOfWork, caller_number: str) -> bool:
    return bool(caller_number) and any(caller_number in channel.legitimate_numbers for channel in work.channels.all())


def _attach(work: UnitOfWork, call: Call, file: AttachedFile, rng: np.random.Generator) -> dict[str, str]:
    attachment = Attachment(new_id("a", rng), call.call_id, file.sha256, file.size, file.file_name, work.now)
    work.calls.attach(attachment)
    return {"file_name": file.file_name, "sha256": file.sha256, "size": str(file.size)}
