"""Long work and recurring jobs: whether somebody does them, and how they go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well, wrong
from tracer.domain.job import Job, JobState
from tracer.domain.recurring import SKEW, Planned, RunState
from tracer.domain.schedule import slot_time
from tracer.scheduler.recurring.jobs import planned_jobs
from tracer.services.jobs.steer_recurring import failing_jobs

CHECK = "jobs"
_PATIENCE = timedelta(minutes=10)
_LATE = timedelta(hours=1)


def look(app: Application) -> Iterator[Finding]:
    """Jobs that nobody takes up, and recurring ones that fail, are late or paused."""
    with app.reading() as work:
        found, failing, states = work.jobs.all(), failing_jobs(work), work.recurring.all()
    now = app.clock()
    yield judge(now, found)
    yield judge_recurring(now, last_run(now, states.values()))
    yield from judge_each(now, planned_jobs(app), states, app.zone)
    for one in failing:
        yield wrong(CHECK, f"{one.job} fails, {one.failures} times running: {one.note}", "`tracer jobs` tells more.")


def last_run(now: datetime, states: Iterable[RunState]) -> datetime | None:
    """When any job ran last; what lies ahead was written by a clock that ran ahead, and tells nothing."""
    return max((one.finished_at for one in states if one.finished_at and one.finished_at <= now + SKEW), default=None)


def judge_each(
    now: datetime, planned: Iterable[Planned], states: Mapping[str, RunState], zone: tzinfo
) -> Iterator[Finding]:
    """Single jobs that are paused, or that nobody has run in their time though others are run."""
    known = [(one, states[one.name]) for one in planned if one.name in states and not one.needless]
    if paused := [one.name for one, state in known if state.paused_at is not None]:
        yield notice(CHECK, f"Paused: {' '.join(paused)}.", "`tracer jobs resume NAME` lets one go on.")
    late = [one.name for one, state in known if state.paused_at is None and is_late(one, state, now, zone)]
    if late and last_run(now, states.values()) is not None:
        advice = "`tracer jobs` tells more. One may hang: start the worker anew."
        yield notice(CHECK, f"Not run in their time: {' '.join(late)}.", advice)


def is_late(planned: Planned, state: RunState, now: datetime, zone: tzinfo) -> bool:
    """Whether a job that is due has not ended for an hour longer than it may take to come round."""
    slot = planned.schedule.slot(now, zone)
    if slot is None:
        return False
    if not planned.schedule.seconds:
        return state.slot < slot and now - slot_time(slot, zone) > _LATE
    return state.finished_at is not None and now - state.finished_at > planned.schedule.period + _LATE


def judge_recurring(now: datetime, last_run: datetime | None) -> Finding:
    """What the time of the last run of any recurring job means: one of them is due every few seconds."""
    if last_run is None or now - last_run > _PATIENCE:
        said = "none has run yet" if last_run is None else f"the last ran at {last_run.isoformat()}"
        advice = "Leave `tracer serve` or `tracer work` running: they seal the ledger, back up and send what is due."
        return notice(CHECK, f"Nobody runs the recurring jobs: {said}.", advice)
    return well(CHECK, "The recurring jobs are run.")


def judge(now: datetime, found: Sequence[Job]) -> Finding:
    """What the waiting of jobs means."""
    waiting = [job for job in found if job.state is JobState.QUEUED and now - job.created_at > _PATIENCE]
    if waiting:
        return notice(
            CHECK,
            f"{len(waiting)} have waited for more than ten minutes.",
            "Start `tracer work`, or `tracer serve`, which brings a worker.",
        )
    return well(CHECK, "None waits in vain.")
