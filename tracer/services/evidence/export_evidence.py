"""Gather what an evidence pack shows: the facts of a call, a canary or a channel, opened as far as they must be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracer.domain.call import CallState
from tracer.domain.errors import InvalidValue, NotAllowed
from tracer.domain.evidence import opening as events
from tracer.domain.evidence.members import MOST_FACTS
from tracer.domain.evidence.opened_fact import OpenedFact, open_fact
from tracer.domain.evidence.opening import Opening, Own, opened_paths
from tracer.domain.evidence.restrict_report import restrict_report
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.ledger.checkpoint import Proof
from tracer.domain.ledger.note import NoteKey
from tracer.domain.ledger.record import Record
from tracer.domain.report import Report, report_object
from tracer.storage.filters import CallFilter
from tracer.storage.journal import JournalEntry
from tracer.storage.ledger import SignedCheckpoint, StoredToken
from tracer.storage.unit_of_work import UnitOfWork

MATCHED_AT = 0.5
"""A call is one for a canary that nobody named where it is so with at least this probability."""


@dataclass(frozen=True, slots=True)
class StampedCheckpoint:
    """A checkpoint that time tokens were made over."""

    note: str
    tokens: Sequence[StoredToken]


@dataclass(frozen=True, slots=True)
class ProvedFact:
    """A fact with its proof under the pack's checkpoint, and under the first one over it that has a time token."""

    fact: OpenedFact
    proof: Proof
    early: Proof | None


@dataclass(frozen=True, slots=True)
class PackContent:
    """All that a pack says, before it is put into files. `never_called`: canaries opened that nobody has called."""

    subject: Subject
    keys: Sequence[NoteKey]
    checkpoint: str
    facts: Sequence[ProvedFact]
    stamped: Sequence[StampedCheckpoint]
    report: Mapping[str, Any]
    received: Mapping[str, Any]
    never_called: Sequence[str]


@dataclass(slots=True)
class _Concerned:
    """The ids whose facts go into a pack, in the order in which they are told."""

    calls: list[str] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)


def require_subject(work: UnitOfWork, subject: Subject) -> None:
    """Raise UnknownId for what is not there, NotAllowed for a call that does not count: before long work is begun."""
    if subject.kind is SubjectKind.CANARY:
        work.canaries.get(subject.subject_id)
    elif subject.kind is SubjectKind.CHANNEL:
        work.channels.get(subject.subject_id)
    else:
        call = work.calls.get(subject.subject_id)
        if call.state is CallState.MERGED:
            raise NotAllowed(f"call {call.call_id!r} is part of {call.merged_into!r}: make the pack for that one")
        if call.state is not CallState.LOGGED:
            raise NotAllowed(f"call {call.call_id!r} does not count. To count it again: tracer call restore")


def export_evidence(work: UnitOfWork, report: Report, subject: Subject, opening: Opening) -> PackContent:
    """What a pack on the subject holds: only what lies under the newest signed checkpoint, so seal the ledger first.

    `report` is a whole one on the same state; only what concerns the subject goes into the pack.
    Raises UnknownId, NotAllowed (a call that does not count, nothing sealed), InvalidValue for too much.
    """
    require_subject(work, subject)
    told = report_object(report)
    matched = _matched(work, report)
    concerned = _concerned(work, subject, matched)
    signed = work.ledger.latest_checkpoint()
    if signed is None:
        raise NotAllowed("nothing is sealed in the ledger yet: run `tracer ledger checkpoint`")
    entries = _entries(work, concerned)
    places = {one: at for one, at in work.ledger.places([e.entry_id for e in entries]).items() if at < signed.size}
    entries = sorted((one for one in entries if one.entry_id in places), key=lambda one: places[one.entry_id])
    if len(entries) > MOST_FACTS:
        hint = "Make packs for single canaries or calls of this channel"
        raise InvalidValue("id", subject.subject_id, f"at most {MOST_FACTS:,} facts; these are {len(entries):,}", hint)
    stamped: dict[tuple[int, int], StampedCheckpoint] = {}
    own = _own(work, concerned)
    facts = []
    for one in entries:
        erased = work.ledger.erased([one.entry_id]).get(one.entry_id)
        record = _record(one)
        fact = open_fact(record, opened_paths(record, opening, own), erased.isoformat() if erased else None)
        facts.append(_proved(work, fact, places[one.entry_id], signed, stamped))
    logs = sorted(work.ledger.logs(), key=lambda log: -log.epoch)
    epochs = {signed.epoch, *(epoch for epoch, _ in stamped)}
    return PackContent(
        subject=subject,
        keys=[log.key for log in logs if log.epoch in epochs],
        checkpoint=signed.note,
        facts=facts,
        stamped=list(stamped.values()),
        report=restrict_report(told, concerned.calls, concerned.channels, concerned.canaries),
        received={one.call_id: one.received_at for one, _ in work.calls.find(concerned.calls).values()},
        never_called=sorted(set(concerned.canaries) - set(matched.values())),
    )


def _matched(work: UnitOfWork, report: Report) -> dict[str, str]:
    """Call id to the canary that it was for: the one that a person named, else the most probable one."""
    found = {one.call_id: one.canary_id for one in report.calls if one.canary_id and one.match_p >= MATCHED_AT}
    stated = {
        call.call_id: call.canary_id
        for call, _ in work.calls.find([one.call_id for one in report.calls]).values()
        if call.canary_id
    }
    return {**found, **stated}


def _concerned(work: UnitOfWork, subject: Subject, matched: Mapping[str, str]) -> _Concerned:
    found = _Concerned()
    if subject.kind is SubjectKind.CALL:
        found.calls.append(subject.subject_id)
        canary_id = matched.get(subject.subject_id) or work.calls.get(subject.subject_id).canary_id
        found.canaries += [canary_id] if canary_id else []
    else:
        found.canaries += [subject.subject_id] if subject.kind is SubjectKind.CANARY else []
        if subject.kind is SubjectKind.CHANNEL:
            found.channels.append(subject.subject_id)
            found.canaries += _called_through(work, subject.subject_id, set(matched.values()))
        wanted = set(found.canaries)
        calls = [call_id for call_id, canary_id in matched.items() if canary_id in wanted]
        for canary_id in found.canaries:
            calls += (call_id for _, call_id in work.listings.calls(CallFilter(canary_id=canary_id), None, None))
        found.calls += dict.fromkeys(calls)
    for call_id in list(found.calls):
        found.calls += work.calls.merged_into(call_id)
    canaries = work.canaries.find(found.canaries)
    found.orders += (order.order_id for order in work.orders.of_canaries(found.canaries))
    shown = [exposure.channel_id for exposure, _ in work.exposures.of_orders(found.orders).values()]
    issued_for = [channel_id for canary in canaries.values() for channel_id in canary.issued_for]
    found.channels = list(dict.fromkeys([*found.channels, *issued_for, *shown]))
    return found


def _called_through(work: UnitOfWork, channel_id: str, called: Collection[str]) -> list[str]:
    """The canaries that were called and that a channel was shown: one that nobody called is a trap still live."""
    ids = sorted(called)
    canary_of = {order.order_id: order.canary_id for order in work.orders.of_canaries(ids)}
    shown = {
        canary_of[exposure.order_id]
        for exposure, _ in work.exposures.of_orders(sorted(canary_of)).values()
        if exposure.channel_id == channel_id
    }
    handed = {one.canary_id for one in work.canaries.find(ids).values() if channel_id in one.issued_for}
    return sorted(shown | handed)


def _entries(work: UnitOfWork, concerned: _Concerned) -> list[JournalEntry]:
    def of(ids: Sequence[str], wanted: Sequence[str]) -> Iterator[JournalEntry]:
        for one in ids:
            yield from (entry for entry in work.journal.about(one) if entry.event in wanted)

    return [
        *of(concerned.channels, events.CHANNEL_EVENTS),
        *of(concerned.canaries, events.CANARY_EVENTS),
        *of(concerned.orders, events.ORDER_EVENTS),
        *of(concerned.calls, events.CALL_EVENTS),
    ]


def _record(entry: JournalEntry) -> Record:
    assert entry.record is not None  # noqa: S101  # what has no leaf has no place either
    return entry.record


def _own(work: UnitOfWork, concerned: _Concerned) -> Own:
    """Whom the pack may tell of. A call was perhaps first noted for another canary: that one stays closed."""
    canaries = work.canaries.find(concerned.canaries)
    lines = {text for one in canaries.values() for text in (one.phone.text, one.phone.number)}
    if not canaries:
        found = work.calls.find(concerned.calls).values()
        lines |= {call.dialled.text for call, _ in found if call.dialled is not None}
    return Own(frozenset(canaries), frozenset(lines))


def _proved(
    work: UnitOfWork,
    fact: OpenedFact,
    index: int,
    signed: SignedCheckpoint,
    stamped: dict[tuple[int, int], StampedCheckpoint],
) -> ProvedFact:
    proof = Proof(index, tuple(work.ledger.inclusion(index, signed.size)), signed.note)
    first = work.ledger.first_stamped(index)
    if first is None:
        return ProvedFact(fact, proof, None)
    checkpoint, tokens = first
    stamped.setdefault((checkpoint.epoch, checkpoint.size), StampedCheckpoint(checkpoint.note, tokens))
    early = Proof(index, tuple(work.ledger.inclusion(index, checkpoint.size)), checkpoint.note)
    return ProvedFact(fact, proof, early)
