"""Long work: whether somebody does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well
from tracer.domain.job import Job, JobState

CHECK = "jobs"
_PATIENCE = timedelta(minutes=10)


def look(app: Application) -> Iterator[Finding]:
    """Jobs that nobody takes up."""
    with app.reading() as work:
        found = work.jobs.all()
    yield judge(app.clock(), found)


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
