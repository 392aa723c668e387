"""Erase what has been kept for as long as the settings say. Safe to run from several processes, and to break off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracer.domain.channel import ChannelModel
from tracer.domain.retention import Clock, look
from tracer.services.erase_personal import Unsettled, erase_call, erase_canary, same_contact
from tracer.services.settle_call import Settler
from tracer.storage.retention import OldCall
from tracer.storage.unit_of_work import UnitOfWork

AT_ONCE = 20
_READ_AT_ONCE = 500
_REASON = "kept for as long as the settings say"


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """How many days the personal data of a call and of a retired canary is kept; 0: for ever."""

    call_days: int = 0
    canary_days: int = 0

    @property
    def is_on(self) -> bool:
        """Whether anything ever gets due."""
        return bool(self.call_days or self.canary_days)


@dataclass(frozen=True, slots=True)
class Due:
    """What is due by the time that is believed: ids of calls and canaries, not more than were asked for."""

    clock: Clock
    calls: tuple[str, ...]
    canaries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What one step erased; `more`: there may be more to do. `clock` says by which time."""

    clock: Clock
    calls: int
    canaries: int
    more: bool


def look_at_clock(work: UnitOfWork) -> Clock:
    """Look at the clock and write down what is known of it now: nothing gets old by a clock that is doubted."""
    before = work.retention.clock()
    clock = look(before, work.now, work.retention.newest_fact(), work.retention.newest_stamp())
    work.retention.keep_clock(clock)
    return clock


def what_is_due(work: UnitOfWork, rules: RetentionRules, limit: int = 1_000_000) -> Due:
    """What is due, after a look at the clock.

    A call is old by the time it was received, yet not before it has been here for so long, whether it was logged
    late or imported; several records of one contact get due with the last of them. A canary is by its retirement.
    """
    clock = look_at_clock(work)
    calls: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    if rules.call_days:
        calls = tuple(_due_calls(work, clock.trusted_at - timedelta(days=rules.call_days), limit))
    if rules.canary_days:
        until = clock.trusted_at - timedelta(days=rules.canary_days)
        canaries = tuple(work.retention.old_canaries(until, limit))
    return Due(clock, calls, canaries)


def apply_retention(work: UnitOfWork, rules: RetentionRules, prior_ours: float, model: ChannelModel) -> Applied:
    """Erase some of what is due; to be called until there is no more, each time in a transaction of its own.

    Of a call whose canary only what was heard tells, that canary is noted first where it is sure enough.
    """
    due = what_is_due(work, rules, AT_ONCE)
    settler = Settler(work, prior_ours)
    for call_id in due.calls:
        if work.calls.get(call_id).erased_at is None:  # else with another record of the same contact
            erase_call(work, call_id, _REASON, settler, Unsettled.DUE)
    for canary_id in due.canaries:
        erase_canary(work, canary_id, _REASON, model)
    more = len(due.calls) == AT_ONCE or len(due.canaries) == AT_ONCE
    return Applied(due.clock, len(due.calls), len(due.canaries), more)


def _due_calls(work: UnitOfWork, until: datetime, limit: int) -> list[str]:
    found: list[str] = []
    after = ""
    while len(found) < limit:
        old = work.retention.old_calls(until, _READ_AT_ONCE, after)
        if not old:
            break
        after = old[-1].call_id
        for one in old:
            if _is_due(work, one, until):
                found.append(one.call_id)
    return found[:limit]


def _is_due(work: UnitOfWork, old: OldCall, until: datetime) -> bool:
    """Whether the call and every other record of its contact are old: they are erased together."""
    if not old.imported and work.retention.here_since(old.call_id) > until:
        return False
    others = work.calls.find([one for one in same_contact(work, old.call_id) if one != old.call_id])
    return all(
        call.received_at <= until and work.retention.here_since(call_id) <= until
        for call_id, (call, _) in others.items()
    )
