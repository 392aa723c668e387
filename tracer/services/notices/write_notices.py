"""Write down for the outbox what people want to be told, in the transaction of the fact itself; nothing is sent here.

Each is written once for each target that wants it: the same event noticed again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from tracer.domain.call import Call, CallState, Nature
from tracer.domain.notice import MORE, Event
from tracer.storage.unit_of_work import UnitOfWork

NEWS = timedelta(days=2)
MOST_IMPORTED = 20


def notice_call(work: UnitOfWork, call: Call) -> None:
    """A call came in: on a control that is told instead, to those who want to hear of controls.

    Nothing is told of a legitimate call, and nothing to whoever logged it.
    """
    if _is_to_tell(call):
        _notice_calls(work, [call], together=False)


def notice_imported(work: UnitOfWork, calls: Iterable[Call]) -> None:
    """Calls that came together: a few like single ones, of more only the newest and how many there are besides.

    What happened days ago is no news.
    """
    fresh = [call for call in calls if call.received_at > work.now - NEWS and _is_to_tell(call)]
    if fresh:
        _notice_calls(work, fresh, together=len(fresh) > MOST_IMPORTED)


def _is_to_tell(call: Call) -> bool:
    return call.nature is not Nature.LEGITIMATE and call.state is CallState.LOGGED


def _notice_calls(work: UnitOfWork, calls: Sequence[Call], *, together: bool) -> None:
    wanting = [
        (target_id, events)
        for target_id, user_id, events in work.notify_targets.wanting([Event.CALL, Event.CONTROL])
        if user_id != work.actor
    ]
    if not wanting:
        return
    places = {(call.canary_id, call.dialled) for call in calls}
    controls = {place for place in places if work.canaries.is_control(*place)}
    for target_id, events in wanting:
        told: dict[Event, list[Call]] = {}
        for call in calls:
            control = (call.canary_id, call.dialled) in controls
            event = Event.CONTROL if control and Event.CONTROL in events else Event.CALL
            if event in events:
                told.setdefault(event, []).append(call)
        for event, mine in told.items():
            leading = [max(mine, key=lambda call: call.received_at)] if together else mine
            more = len(mine) - len(leading)
            detail = {MORE: str(more)} if more else {}
            for call in leading:
                work.outbox.add([target_id], event, f"call:{call.call_id}", call.call_id, detail, work.now)


def notice_verdicts(work: UnitOfWork, implicated: Mapping[str, float], as_of: datetime) -> None:
    """A full attribution implicates these channels, with P(leaked): what changed since the last one is told."""
    before = work.outbox.implicated()
    added, gone = sorted(set(implicated) - before), sorted(before - set(implicated))
    if not added and not gone:
        return
    work.outbox.keep_implicated(added, gone, work.now)
    for channel_id in added:
        detail = {"p": f"{implicated[channel_id]:.4f}"}
        _notice(work, Event.IMPLICATED, f"implicated:{as_of.isoformat()}:{channel_id}", channel_id, detail)
    for channel_id in gone:
        _notice(work, Event.CLEARED, f"cleared:{as_of.isoformat()}:{channel_id}", channel_id, {})


def notice_failing_job(work: UnitOfWork, job: str, since: datetime) -> None:
    """A recurring job fails, for the first time since it last went well: told once, however long it goes on."""
    _notice(work, Event.JOB, f"job:{job}:{since.isoformat()}", job, {"since": since.isoformat()})


def notice_held(work: UnitOfWork, source: str, held_id: str) -> None:
    """Something that came from a source could not be read and is held under an id."""
    _notice(work, Event.HELD, f"held:{held_id}", held_id, {"source": source})


def _notice(work: UnitOfWork, event: Event, key: str, subject_id: str, detail: Mapping[str, str]) -> None:
    targets = [target_id for target_id, _, _ in work.notify_targets.wanting([event])]
    work.outbox.add(targets, event, key, subject_id, detail, work.now)
