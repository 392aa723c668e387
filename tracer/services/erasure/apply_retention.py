"""Erase what has been kept for as long as the settings say. Safe to run from several processes, and to break off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tracer.domain.channel import ChannelModel
from tracer.domain.errors import StoreError, TracerError, WrongKey
from tracer.domain.retention import Clock, look
from tracer.services.calls.settle_call import Settler
from tracer.services.erasure.erase_personal import Unsettled, erase_call, erase_canary, same_contact
from tracer.storage.journal import Fact
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


class Skipped(NamedTuple):
    """The id of a call or canary that could not be looked at or erased, and the kind of error."""

    subject_id: str
    error: str


@dataclass(frozen=True, slots=True)
class Due:
    """What is due by the time that is believed: ids of calls and canaries, not more than were asked for.

    `skipped` are calls of which it cannot be told.
    """

    clock: Clock
    calls: tuple[str, ...]
    canaries: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What one step erased; `more`: there may be more to do. `clock` says by which time.

    `skipped` stay as they were: somebody has to look at them.
    """

    clock: Clock
    calls: int
    canaries: int
    more: bool
    skipped: tuple[Skipped, ...] = ()


def look_at_clock(work: UnitOfWork) -> Clock:
    """Look at the clock and write down what is known of it now: nothing gets old by a clock that is doubted."""
    before = work.retention.clock()
    clock = look(before, work.now, work.retention.newest_fact(), work.retention.newest_stamp())
    work.retention.keep_clock(clock)
    return clock


def what_is_due(work: UnitOfWork, rules: RetentionRules, limit: int = 1_000_000, passing: Collection[str] = ()) -> Due:
    """What is due, after a look at the clock; without the ids to pass over.

    A call is old by the time it was received, yet not before it has been here for so long, whether it was logged
    late or imported; several records of one contact get due with the last of them. A canary is by its retirement.
    """
    clock = look_at_clock(work)
    calls: list[str] = []
    skipped: list[Skipped] = []
    canaries: tuple[str, ...] = ()
    if rules.call_days:
        until = clock.trusted_at - timedelta(days=rules.call_days)
        calls, skipped = _due_calls(work, until, limit, passing)
    if rules.canary_days:
        until = clock.trusted_at - timedelta(days=rules.canary_days)
        found = work.retention.old_canaries(until, limit + len(passing))
        canaries = tuple([one for one in found if one not in passing][:limit])
    return Due(clock, tuple(calls), canaries, tuple(skipped))


def apply_retention(
    work: UnitOfWork, rules: RetentionRules, prior_ours: float, model: ChannelModel, passing: Collection[str] = ()
) -> Applied:
    """Erase some of what is due; to be called until there is no more, each time in a transaction of its own.

    What was skipped is to be given as `passing` the next time. Of a call whose canary only what was heard tells, that
    canary is noted first where it is sure enough. Raises StoreError where not a row is at fault but the database.
    """
    due = what_is_due(work, rules, AT_ONCE, passing)
    settler = Settler(work, prior_ours)

    def one_call(call_id: str) -> None:
        if work.calls.get(call_id).erased_at is None:  # else with another record of the same contact
            erase_call(work, call_id, _REASON, settler, Unsettled.DUE)

    def one_canary(canary_id: str) -> None:
        erase_canary(work, canary_id, _REASON, model)

    skipped = [*due.skipped]
    calls, canaries = (
        _each(work, ids, erase, skipped) for ids, erase in ((due.calls, one_call), (due.canaries, one_canary))
    )
    more = len(due.calls) == AT_ONCE or len(due.canaries) == AT_ONCE
    more |= rules.call_days > 0 and _forget_uncalled(work, due.clock.trusted_at - timedelta(days=rules.call_days))
    return Applied(due.clock, calls, canaries, more, tuple(skipped))


def _forget_uncalled(work: UnitOfWork, until: datetime) -> bool:
    """Take away what messages said that became no call, as they would be by now; whether there may be more."""
    old = work.deliveries.old_uncalled(until, AT_ONCE)
    work.deliveries.forget(old)
    work.journal.record(Fact("delivery_erased", one, {"reason": _REASON}) for one in old)
    return len(old) == AT_ONCE


def _each(work: UnitOfWork, ids: Iterable[str], erase: Callable[[str], None], skipped: list[Skipped]) -> int:
    """Erase one by one, how many; of one that cannot be erased nothing is changed, and the others go on."""
    done = 0
    for one in ids:
        try:
            with work.session.savepoint():
                erase(one)
        except TracerError as error:
            skipped.append(_skipped(one, error))
        else:
            done += 1
    return done


def _skipped(subject_id: str, error: TracerError) -> Skipped:
    """What to tell of the error; raises it where it is not the row's."""
    if isinstance(error, StoreError) and not isinstance(error, WrongKey):
        raise error
    return Skipped(subject_id, type(error).__name__)


def _due_calls(
    work: UnitOfWork, until: datetime, limit: int, passing: Collection[str]
) -> tuple[list[str], list[Skipped]]:
    found: list[str] = []
    skipped: list[Skipped] = []
    after = ""
    while len(found) < limit:
        old = work.retention.old_calls(until, _READ_AT_ONCE, after)
        if not old:
            break
        after = old[-1].call_id
        for one in old:
            try:
                if one.call_id not in passing and _is_due(work, one, until):
                    found.append(one.call_id)
            except TracerError as error:
                skipped.append(_skipped(one.call_id, error))
    return found[:limit], skipped


def _is_due(work: UnitOfWork, old: OldCall, until: datetime) -> bool:
    """Whether the call and every other record of its contact are old: they are erased together."""
    if not old.imported and work.retention.here_since(old.call_id) > until:
        return False
    others = work.calls.find([one for one in same_contact(work, old.call_id) if one != old.call_id])
    return all(
        call.received_at <= until and work.retention.here_since(call_id) <= until
        for call_id, (call, _) in others.items()
    )
