"""Tell a call what further messages of its contact say, and look again at what had to be left out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tracer.domain.call import Call
from tracer.domain.delivery import Delivery, Fault, told_together
from tracer.domain.records import CALL_COLUMNS, call_record, read_call
from tracer.services.incoming.check_message import noted_fact, taken
from tracer.services.incoming.place_incoming import NOTHING_LEFT_OUT, Placer
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ToldMore:
    """The further messages as they are to be written, the facts, and what is left out of the call now."""

    messages: list[Delivery] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    faults: frozenset[Fault] = NOTHING_LEFT_OUT


def tell_more(work: UnitOfWork, placer: Placer, before: Sequence[Delivery], more: Sequence[Delivery]) -> ToldMore:
    """Change what of a call still stands as its messages before made it; `more` are not written yet.

    Whatever a person changed stays. Of an erased call nothing is kept but that the messages came.
    """
    call_id = before[0].call_id or ""
    work.calls.hold([call_id])
    call = work.calls.get(call_id)
    if call.erased_at is not None:
        known = [replace(one, call_id=call_id, told={}, extra={}, place="", erased=True) for one in more]
        return ToldMore(known, [noted_fact(one) for one in known])
    left_out = frozenset(fault for one in before for fault in one.faults)
    was = placer.place(told_together(before), call_id, min(one.received_at for one in before), left_out)
    together = [*before, *more]
    now = placer.place(told_together(together), call_id, min(one.received_at for one in together))
    messages = [taken(one, call_id, now) for one in more]
    for one in before:  # what is left out is noted with whichever message told it last
        mine = now if not more and one.faults else None
        settled = replace(one, faults=mine.faults if mine else NOTHING_LEFT_OUT, reason=mine.reason if mine else "")
        if settled != one:
            work.deliveries.settle(settled)
    changes = _changes(call_record(was.call), call_record(now.call), call_record(call))
    facts = _correct(work, placer, call, changes, together[-1])
    return ToldMore(
        messages, [*facts, *(noted_fact(one) for one in (messages[:-1] if facts else messages))], now.faults
    )


def _changes(was: Mapping[str, str], now: Mapping[str, str], stands: Mapping[str, str]) -> dict[str, str]:
    """What the messages change: columns that say something else now, and that nobody else changed."""
    return {name: now[name] for name in CALL_COLUMNS if was[name] != now[name] and stands[name] == was[name]}


def _correct(work: UnitOfWork, placer: Placer, call: Call, changes: dict[str, str], message: Delivery) -> list[Fact]:
    """Write the changes, and the fact of it."""
    after = _changed(call, changes)
    canary_id, line = after.canary_id, after.dialled
    if canary_id is not None and line is not None and not line.covers(work.canaries.line_of(canary_id)):
        # A person stated one of the two: the message does not overrule it.
        after = _changed(call, {name: value for name, value in changes.items() if name not in _PLACE})
    old, new = call_record(call), call_record(after)
    changed = {name: new[name] for name in CALL_COLUMNS if old[name] != new[name]}
    if not changed:
        return []
    work.calls.replace(after, placer.number_ids(after))
    told = {"changed": changed, "before": {name: old[name] for name in changed}}
    return [Fact("call_corrected", call.call_id, {**told, "source": message.source, "delivery": message.delivery_id})]


_PLACE = frozenset(("dialled_number", "canary_id"))


def _changed(call: Call, changes: Mapping[str, str]) -> Call:
    """The call with these columns changed; of two that contradict each other known fields hold."""
    record = {**call_record(call), **changes}
    after = read_call({**record, "unknown_fields": ""})
    unknown = read_call({**record, "known_fields": ""}).unknown_fields & ~after.known_fields
    return replace(
        after, unknown_fields=unknown, state=call.state, merged_into=call.merged_into, erased_at=call.erased_at
    )
