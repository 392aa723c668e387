"""Take the personal data of a call or a canary away for ever (ADR 0034).

Rows lose their sealed columns, facts of the journal the fields that held them; the leaves of the ledger stay, so that
everything proven before still verifies. The fact of an erasure holds the whole row as it was left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tracer.domain.attribution.campaigns import LONGEST_PAUSE
from tracer.domain.call import Call
from tracer.domain.canary import LIVE_STATES
from tracer.domain.channel import ChannelModel
from tracer.domain.errors import CallUnsettled, InvalidValue, NotAllowed, TracerError
from tracer.domain.order import Exposure, Order
from tracer.domain.personal import ERASED, emptied
from tracer.domain.records import call_record, canary_record, exposure_record, order_record, standing
from tracer.services.calls.log_call import correct_call
from tracer.services.calls.settle_call import Settler
from tracer.storage.journal import Fact, JournalEntry
from tracer.storage.unit_of_work import UnitOfWork

_MOST_REASON = 200
_IN_LISTS = {"attachments": "file_name", "route": "alias"}
"""What is personal in the items of a fact's lists: an item is one field, and goes whole."""


class Unsettled(StrEnum):
    """What to do with a call of which only what was heard tells the canary.

    `due` is for who erases by age: settled where it can be, else erased all the same.
    """

    REFUSE = "refuse"
    SETTLE = "settle"
    ANYWAY = "anyway"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done: ids of the calls, canaries and orders, facts and answers that lost something, files of jobs.

    `settled`: the canary that was noted for the call before, empty where none was.
    """

    calls: Sequence[str] = ()
    canaries: Sequence[str] = ()
    orders: Sequence[str] = ()
    facts: int = 0
    answers: int = 0
    job_files: int = 0
    settled: str = ""


def erasure_object(done: Erasure) -> dict[str, Any]:
    """The same as a JSON object."""
    return {
        "calls": list(done.calls),
        "canaries": list(done.canaries),
        "orders": list(done.orders),
        "facts": done.facts,
        "answers": done.answers,
        "job_files": done.job_files,
        "settled": done.settled,
    }


def erase_call(
    work: UnitOfWork, call_id: str, reason: str, settler: Settler, unsettled: Unsettled = Unsettled.REFUSE
) -> Erasure:
    """Erase what is personal of a call, and of the records that were merged into it or it into: they are one contact.

    Raises UnknownId, InvalidValue (reason), NotAllowed where nothing is left to erase, CallUnsettled where it would
    lose which canary the call was for.
    """
    _check_reason(reason)
    work.erasures.take_turns()
    family, former = _family(work, call_id)
    work.calls.hold(sorted({*family, *former}))
    calls = [work.calls.get(one) for one in family]
    settled = ""
    for call in calls:
        settled = _settle(work, call, settler, unsettled) or settled
    entries = {one: work.journal.about(one) for one in (*family, *former)}
    done = _Journal(work)
    for one in family:
        done.erase(entries[one], "call")
    empty = not done.erased and not any(_holds("call", call_record(call)) for call in calls)
    if empty and unsettled is not Unsettled.DUE:
        raise _nothing_left("call", call_id, calls[0].erased_at)
    for one in former:  # what they gave each other while they were one: the rows keep what is their own
        done.forget_changes(entries[one])
    _record_calls(work, family, former, done, reason)
    answers, files = _copies(work, [*family], [entry for one in family for entry in entries[one]])
    return Erasure(calls=family, facts=done.erased, answers=answers, job_files=files, settled=settled)


def erase_canary(work: UnitOfWork, canary_id: str, reason: str, model: ChannelModel) -> Erasure:
    """Erase what is personal of a canary that was given up, and of its orders. Its line is ours, and stays.

    Raises UnknownId, InvalidValue (reason), NotAllowed for one that is in use or where nothing is left to erase.
    """
    _check_reason(reason)
    work.erasures.take_turns()
    work.canaries.hold(canary_id)
    canary = work.canaries.get(canary_id)
    if canary.state in LIVE_STATES:
        raise NotAllowed(
            f"canary {canary_id!r} is {canary.state.value}: a call may still ask for its name. Give it up first with "
            f"`tracer canary retire {canary_id}`, then erase it"
        )
    orders = sorted(work.orders.of_canaries([canary_id]), key=lambda order: order.order_id)
    order_ids = [order.order_id for order in orders]
    entries = {one: work.journal.about(one) for one in (canary_id, *order_ids)}
    done = _Journal(work)
    done.erase(entries[canary_id], "canary")
    for order_id in order_ids:
        done.erase(entries[order_id], "order")
    records = [("canary", canary_record(canary)), *(("order", order_record(order)) for order in orders)]
    if not done.erased and not any(_holds(noun, record) for noun, record in records):
        raise _nothing_left("canary", canary_id, canary.erased_at)
    what = " ".join(sorted(name for name in ERASED["canary"] if records[0][1][name]) or ["history"])
    work.erasures.canary(canary_id, work.now)
    work.erasures.orders(order_ids, work.now)
    facts = [Fact("canary_erased", canary_id, _told(reason, what, canary_record(work.canaries.get(canary_id))))]
    facts += [_erase_order(work, order, reason, model) for order in orders]
    work.journal.record(facts)
    answers, files = _copies(work, list(entries), [entry for some in entries.values() for entry in some])
    return Erasure((), (canary_id,), order_ids, done.erased, answers, files)


class _Journal:
    """Takes fields out of facts, and counts the facts."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self.erased = 0

    def erase(self, entries: Iterable[JournalEntry], noun: str) -> None:
        """Everything personal."""
        for entry in entries:
            self._erase(entry, _personal_paths(entry, noun))

    def forget_changes(self, entries: Iterable[JournalEntry]) -> None:
        """What was changed, and what it was before."""
        for entry in entries:
            self._erase(entry, _changed_paths(entry))

    def _erase(self, entry: JournalEntry, paths: Sequence[str]) -> None:
        if paths:
            self._work.journal.erase(entry, paths)
            self.erased += 1


def _personal_paths(entry: JournalEntry, noun: str) -> list[str]:
    """The fields of a fact that hold something personal; of lists the items that do, whole."""
    hidden = ERASED[noun] | (ERASED["exposure"] if noun == "order" else frozenset())
    fields = entry.record.fields if entry.record else ()
    paths = []
    for field in fields:  # by the record: of a list that lost items the payload has no gaps
        match field.path.split("/")[1:]:
            case ["payload", name] if name in {*hidden, "file_name"} and field.read:
                paths.append(field.path)
            case ["payload", "attachments" | "route" as name, _] if field.read.get(_IN_LISTS[name]):
                paths.append(field.path)
    return [*paths, *_changed_paths(entry)]


def _changed_paths(entry: JournalEntry) -> list[str]:
    """What a correction or a merge changed, where that was personal."""
    parts = {name: entry.payload.get(name) for name in ("changed", "before")}
    told = {column for part in parts.values() if isinstance(part, Mapping) for column in part}
    return [f"/payload/{name}" for name, part in parts.items() if part] if told & ERASED["call"] else []


def _family(work: UnitOfWork, call_id: str) -> tuple[list[str], list[str]]:
    """The records that are one contact with this one now, the one asked for first; and those that were, once."""
    call = work.calls.get(call_id)
    told = {entry.event for entry in work.journal.about(call_id)}
    if call.merged_into is None and not told & {"call_corrected", "call_merged"}:
        return [call_id], []
    merges = work.erasures.merges()
    together = _linked(call_id, [merge for merge in merges if work.calls.get(merge[0]).merged_into == merge[1]])
    return together, [one for one in _linked(call_id, merges) if one not in together]


def same_contact(work: UnitOfWork, call_id: str) -> list[str]:
    """The call and the records that are one contact with it: they are erased together. Raises UnknownId."""
    return _family(work, call_id)[0]


def _linked(first: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    """What hangs together with the first by pairs, the first one first."""
    found, waiting = [first], [first]
    while waiting:
        one = waiting.pop()
        for other in sorted({*(b for a, b in pairs if a == one), *(a for a, b in pairs if b == one)} - {*found}):
            found.append(other)
            waiting.append(other)
    return found


def _settle(work: UnitOfWork, call: Call, settler: Settler, unsettled: Unsettled) -> str:
    """State the canary of a call where that is wanted, and refuse where it would be lost unasked; the canary stated."""
    found = settler.look(call)
    if not found.is_lost or unsettled is Unsettled.ANYWAY:
        return ""
    if found.canary_id is not None and unsettled in {Unsettled.SETTLE, Unsettled.DUE}:
        changes = {"canary_id": found.canary_id}
        phone = work.canaries.line_of(found.canary_id)
        if call.dialled is not None and not call.dialled.covers(phone):
            changes["dialled_number"] = phone.text  # it was noted a slip away
        try:
            correct_call(work, call.call_id, changes)
        except TracerError:  # raised before anything is written
            if unsettled is not Unsettled.DUE:
                raise
            return ""
        return found.canary_id
    if unsettled is Unsettled.DUE:
        return ""
    raise CallUnsettled(call.call_id, found.canary_id, found.p)


def _record_calls(work: UnitOfWork, family: Sequence[str], former: Sequence[str], done: _Journal, reason: str) -> None:
    calls = [work.calls.get(one) for one in family]
    before = {call.call_id: call_record(call) for call in calls}
    for call in calls:
        if call.caller_number:
            work.erasures.keep_callers_together(call, timedelta(days=LONGEST_PAUSE))
    work.erasures.calls(family, work.now)
    facts = []
    for one in family:
        files = [{"sha256": file.sha256, "size": str(file.size)} for file in work.erasures.files(one)]
        what = " ".join(
            sorted(name for name in ERASED["call"] if before[one][name]) or ["history" if done.erased else "nothing"]
        )
        told = {**_told(reason, what, _row(work.calls.get(one))), "attachments": files}
        facts.append(Fact("call_erased", one, told))
    facts += [Fact("call_history_erased", one, {**_told(reason, "", _row(work.calls.get(one)))}) for one in former]
    work.journal.record(facts)


def _row(call: Call) -> dict[str, str]:
    return {**call_record(call), **standing(call)}


def _erase_order(work: UnitOfWork, order: Order, reason: str, model: ChannelModel) -> Fact:
    """Take the aliases out of an order's route; the fact of the erasure."""
    route = work.exposures.route(order.order_id)
    channels = work.channels.find(sorted({exposure.channel_id for exposure in route}))
    for exposure in route:
        if exposure.alias:
            seen = exposure.shown(model.profile(channels[exposure.channel_id]).fields)
            work.erasures.alias(replace(exposure, alias="", fields=seen))  # that there was an alias still tells
    legs: list[Exposure] = work.exposures.route(order.order_id)
    what = " ".join(sorted(name for name in ERASED["order"] if order_record(order)[name]) or ["history"])
    told = _told(reason, what, order_record(work.orders.get(order.order_id)))
    return Fact("order_erased", order.order_id, {**told, "route": [exposure_record(leg) for leg in legs]})


def _told(reason: str, what: str, record: Mapping[str, str]) -> dict[str, Any]:
    """The payload of an erasure: why, which columns, and the row as it is left."""
    return {"reason": reason, "what": what, **record}


def _copies(work: UnitOfWork, subject_ids: Sequence[str], entries: Sequence[JournalEntry]) -> tuple[int, int]:
    """Take the data out of kept answers to requests, and delete what jobs gave out; how many of each."""
    times = {entry.recorded_at for entry in entries}
    answers = work.erasures.answers(subject_ids, times, lambda value: emptied(value, subject_ids))
    return answers, work.erasures.job_files()


def _holds(noun: str, record: Mapping[str, str]) -> bool:
    return any(record[name] for name in ERASED[noun])


def _nothing_left(noun: str, subject_id: str, erased_at: datetime | None) -> NotAllowed:
    if erased_at is None:
        return NotAllowed(f"{noun} {subject_id!r} holds nothing that is personal")
    day = erased_at.date().isoformat()
    return NotAllowed(f"{noun} {subject_id!r} holds nothing that is personal any more: it was erased on {day}")


def _check_reason(reason: str) -> None:
    """Raise InvalidValue for a reason that does not say anything, or too much."""
    if not 1 <= len(reason.strip()) <= _MOST_REASON or not reason.isprintable():
        expected = f"1 to {_MOST_REASON} characters that say why, without anything personal: the reason is kept"
        raise InvalidValue("reason", f"{len(reason)} characters", expected)
