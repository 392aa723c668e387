"""Long work and recurring jobs: whether somebody does them, and how they go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well, wrong
from tracer.domain.job import Job, JobState
from tracer.services.steer_recurring import failing_jobs

CHECK = "jobs"
_PATIENCE = timedelta(minutes=10)


def look(app: Application) -> Iterator[Finding]:
    """Jobs that nobody takes up, and recurring ones that fail."""
    with app.reading() as work:
        found, failing = work.jobs.all(), failing_jobs(work)
        last_run = max((one.finished_at for one in work.recurring.all().values() if one.finished_at), default=None)
    yield judge(app.clock(), found)
    yield judge_recurring(app.clock(), last_run)
    for one in failing:
        yield wrong(CHECK, f"{one.job} fails, {one.failures} times running: {one.note}", "`tracer jobs` tells more.")


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
