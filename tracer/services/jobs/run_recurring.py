"""Claim a run of a recurring job, say that its worker lives, and say what came of it. Safe from several processes.

A run that is one transaction claims, works and finishes in it: all of it is kept, or nothing, and then another
process takes the same slot. A longer one claims in a transaction of its own, with a lease.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from tracer.domain.errors import NotAllowed
from tracer.domain.recurring import (
    FAILING_AFTER,
    NOTE_LIMIT,
    Cause,
    Due,
    Planned,
    RunResult,
    RunState,
    due,
    is_lapsed,
    wait_after,
)
from tracer.services.notices.write_notices import notice_failing_job
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Claim:
    """A run in the hands of a worker, as its row stands since; `worker` None: within one transaction."""

    state: RunState
    cause: Cause
    worker: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: the result, a few words without anything personal, and how long it took.

    `hangs`: it was given up while it goes on, so its process does not begin the job again, and people are told at once.
    """

    result: RunResult
    note: str
    seconds: float
    hangs: bool = False


def begin_rows(work: UnitOfWork, planned: Sequence[Planned], zone: tzinfo) -> None:
    """Rows for jobs that have none yet: those of an interval are due at once, those of a time of day at the next."""
    known = work.recurring.all()
    new = [one for one in planned if one.name not in known]
    work.recurring.begin(
        {one.name: 0 if one.schedule.begins_at_once else one.schedule.slot(work.now, zone) or 0 for one in new}
    )


def claim_run(
    work: UnitOfWork,
    planned: Planned,
    zone: tzinfo,
    clock: Callable[[], datetime],
    worker: str | None = None,
    lease: timedelta = timedelta(),
    is_dead: Callable[[RunState], bool] = lambda state: True,
) -> Claim | None:
    """The run that is due, if there is one and nobody else has it.

    With a worker's name it outlasts this transaction, for the length of the lease unless `extend_run` says more.
    `is_dead`: whether a worker whose lease has run out is believed to be. `clock` is asked while the row is held: by a
    time from before a long wait, what others have run since would look like the work of a clock that ran ahead.
    """
    state = work.recurring.hold(planned.name)
    now = clock()
    found = None if state is None else due(planned, state, now, zone)
    if state is None or found is None or (found.cause is Cause.TAKEN_OVER and not is_dead(state)):
        return None
    return _claimed(work, state, found, now, worker, lease)


def claim_now(
    work: UnitOfWork,
    planned: Planned,
    zone: tzinfo,
    clock: Callable[[], datetime],
    worker: str | None = None,
    lease: timedelta = timedelta(),
) -> Claim:
    """A run that somebody asks for now, due or not; raises NotAllowed while another is at work."""
    state = work.recurring.hold(planned.name)
    now = clock()
    if state is None or (state.claimed_by is not None and not is_lapsed(state, now)):
        raise NotAllowed(f"recurring job {planned.name!r} is running already; `tracer jobs` shows what comes of it")
    slot = planned.schedule.slot(now, zone)
    found = Due(int(now.timestamp()) if slot is None else slot, Cause.ASKED)
    claim = _claimed(work, state, found, now, worker, lease)
    if claim is None:  # nobody else could: the row is held
        raise NotAllowed(f"recurring job {planned.name!r} is running already; `tracer jobs` shows what comes of it")
    return claim


def extend_run(work: UnitOfWork, claim: Claim, lease: timedelta) -> bool:
    """The worker lives; False where another took the run over."""
    state = claim.state
    if claim.worker is None:
        raise ValueError("a run within one transaction has no lease")
    return work.recurring.extend(state.job, state.claims, claim.worker, work.now, work.now + lease)


def finish_run(work: UnitOfWork, claim: Claim, planned: Planned, outcome: Outcome) -> None:
    """Say what came of a run, in the transaction of its work or of its end.

    Raises NotAllowed where another took it over: then nothing of it may be kept.
    """
    if not _told(work, claim.state, claim.worker, planned, outcome):
        raise NotAllowed(
            f"recurring job {planned.name!r} is no longer this worker's: it was silent too long and another took over"
        )


def note_failure(work: UnitOfWork, claim: Claim, planned: Planned, outcome: Outcome) -> None:
    """Say that a run within one transaction failed, of which nothing was kept, its claim neither.

    Where another process ran it meanwhile, that one has told.
    """
    seen = replace(claim.state, claims=claim.state.claims - 1)
    if work.recurring.claim(seen, claim.state.slot, work.now, None, None):
        _told(work, claim.state, None, planned, outcome)


def _claimed(
    work: UnitOfWork, state: RunState, found: Due, now: datetime, worker: str | None, lease: timedelta
) -> Claim | None:
    until = None if worker is None else now + lease
    if not work.recurring.claim(state, found.slot, now, worker, until):
        return None
    return Claim(replace(state, claims=state.claims + 1, slot=found.slot, started_at=now), found.cause, worker)


def _told(work: UnitOfWork, state: RunState, worker: str | None, planned: Planned, outcome: Outcome) -> bool:
    """Write the outcome down; where a job begins or ceases to be failing, the journal tells."""
    failed = outcome.result is RunResult.FAILED
    failures = max(state.failures + 1, FAILING_AFTER if outcome.hangs else 0) if failed else 0
    values = {
        "finished_at": work.now,
        "result": outcome.result.value,
        "note": outcome.note[:NOTE_LIMIT],
        "milliseconds": round(outcome.seconds * 1000),
        "runs": state.runs + 1,
        "failed_runs": state.failed_runs + failed,
        "failures": failures,
        "retry_at": work.now + wait_after(failures, planned.schedule) if failed else None,
        **({} if failed else {"succeeded_at": work.now}),
    }
    if not work.recurring.finish(state.job, state.claims, worker, values):
        return False
    if state.failures < FAILING_AFTER <= failures:
        work.journal.record([Fact("recurring_job_failing", state.job, {"failures": str(failures)})])
        notice_failing_job(work, state.job, work.now)
    elif not failed and state.failures >= FAILING_AFTER:
        work.journal.record([Fact("recurring_job_recovered", state.job, {"failures": str(state.failures)})])
    return True
