"""Recurring jobs: what is known of one, whether it is due, and how it stands for those who look.

All processes of a registry look at the same row and the same clock, so they agree; a compare-and-set on the row
(storage.recurring_jobs) lets one of them begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from tracer.domain.schedule import Schedule, slot_time

FAILING_AFTER = 3
"""So many failures in a row, and people are told: a single one mends itself more often than not."""
NOTE_LIMIT = 300
SKEW = timedelta(seconds=30)
"""How far the clocks of two processes may be apart; what lies further ahead was written by a clock that was wrong."""
_SOON, _LATE = timedelta(minutes=1), timedelta(hours=1)
_SLOWEST_OF_FAST = timedelta(minutes=10)
_MOST_JITTER = timedelta(seconds=30)


class RunResult(StrEnum):
    """What came of a run."""

    OK = "ok"
    FAILED = "failed"


class Cause(StrEnum):
    """Why a job is to run now."""

    SLOT = "slot"
    RETRY = "retry"
    ASKED = "asked"
    TAKEN_OVER = "taken_over"
    """It was begun, and its worker has not been heard of since."""


@dataclass(frozen=True, slots=True)
class RunState:
    """What the database knows of a recurring job. `claims` counts the runs begun, and is its version.

    `claimed_by` names the worker of a run that outlasts a transaction; it was heard of at `claimed_at`, and is given
    up as dead at `lease_until`. `slot` is the newest that was begun.
    """

    job: str
    slot: int = 0
    claims: int = 0
    runs: int = 0
    failed_runs: int = 0
    failures: int = 0
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    lease_until: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    succeeded_at: datetime | None = None
    result: RunResult | None = None
    note: str = ""
    milliseconds: int | None = None
    retry_at: datetime | None = None
    paused_at: datetime | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A recurring job as it is set up here: `needless` says why there is nothing for it to do, where that is so."""

    name: str
    what: str
    schedule: Schedule
    needless: str = ""

    @property
    def jitter(self) -> timedelta:
        """By how much its beginning may be put off, so that not all begin at once."""
        return min(self.schedule.period / 10, _MOST_JITTER)


@dataclass(frozen=True, slots=True)
class Due:
    """A run that may begin: its slot, and why."""

    slot: int
    cause: Cause


def due(planned: Planned, state: RunState, now: datetime, zone: tzinfo) -> Due | None:
    """The run that may begin now, None for none. Slots that were missed are one run, the newest.

    What a clock that ran ahead has written (a slot, a lease, a wait) is not waited for, once it is set right.
    """
    current = planned.schedule.slot(now, zone)
    here = int(now.timestamp()) if current is None else current
    if state.claimed_by is not None:
        return Due(max(state.slot, here), Cause.TAKEN_OVER) if is_lapsed(state, now) else None
    if state.asked_at is not None:
        return Due(here, Cause.ASKED)
    if state.paused_at is not None or current is None or planned.needless:
        return None
    if state.retry_at is not None:
        return None if _ahead(state.retry_at, now, longest_wait(planned.schedule)) else Due(here, Cause.RETRY)
    if state.slot < current or slot_time(state.slot, zone) > now + SKEW:
        return Due(current, Cause.SLOT)
    return None


def is_lapsed(state: RunState, now: datetime) -> bool:
    """Whether a run was begun whose worker is silent for longer than its lease."""
    if state.claimed_by is None or state.lease_until is None or state.claimed_at is None:
        return False
    lease = max(state.lease_until - state.claimed_at, timedelta())
    return not _ahead(state.lease_until, now, lease)


def _ahead(until: datetime, now: datetime, most: timedelta) -> bool:
    """Whether a wait goes on; one longer than it can be was begun by a clock that ran ahead."""
    return now < until <= now + most + SKEW


def longest_wait(schedule: Schedule) -> timedelta:
    """The longest wait after failures: ten minutes, an hour for jobs that are rarer than that."""
    return min(max(schedule.period, _SLOWEST_OF_FAST), _LATE)


def wait_after(failures: int, schedule: Schedule) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time."""
    return min(min(schedule.period, _SOON) * 2.0 ** min(failures - 1, 30), longest_wait(schedule))


def next_run(planned: Planned, state: RunState, now: datetime, zone: tzinfo) -> datetime | None:
    """When it runs next as things stand, now at the earliest; None where nobody can tell."""
    if state.claimed_by is not None and not is_lapsed(state, now):
        return None
    if due(planned, state, now, zone) is not None:
        return now
    if state.paused_at is not None or planned.needless:
        return None
    if state.retry_at is not None:
        return state.retry_at
    following = planned.schedule.following(now, zone)
    return None if following is None else slot_time(following, zone)


def standing(planned: Planned, state: RunState, now: datetime) -> str:
    """running, interrupted, asked, paused, off, needless, failing or waiting."""
    ways = {
        "interrupted": is_lapsed(state, now),
        "running": state.claimed_by is not None,
        "asked": state.asked_at is not None,
        "paused": state.paused_at is not None,
        "off": planned.schedule.is_off,
        "needless": bool(planned.needless),
        "failing": state.failures >= FAILING_AFTER,
    }
    return next((name for name, holds in ways.items() if holds), "waiting")


def standing_record(planned: Planned, state: RunState, now: datetime, zone: tzinfo) -> Mapping[str, Any]:
    """A recurring job as JSON."""
    coming = next_run(planned, state, now, zone)
    return {
        "job": planned.name,
        "what": planned.what,
        "every": planned.schedule.text,
        "state": standing(planned, state, now),
        "needless": planned.needless,
        "paused": state.paused_at is not None,
        "last_started": _text(state.started_at),
        "last_finished": _text(state.finished_at),
        "last_success": _text(state.succeeded_at),
        "result": state.result.value if state.result else None,
        "note": state.note,
        "seconds": None if state.milliseconds is None else state.milliseconds / 1000,
        "runs": state.runs,
        "failed_runs": state.failed_runs,
        "failures_in_a_row": state.failures,
        "next_run": _text(coming),
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
