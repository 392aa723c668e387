"""The recurring jobs. One more is a file beside this one, a line here, and a setting `job_` and its name."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.bootstrap import Application
from tracer.domain.recurring import Planned
from tracer.scheduler.recurring.backup import BACKUP
from tracer.scheduler.recurring.digest import DIGEST
from tracer.scheduler.recurring.job import RecurringJob
from tracer.scheduler.recurring.pull import PULL
from tracer.scheduler.recurring.quarantine import QUARANTINE
from tracer.scheduler.recurring.refresh import REFRESH
from tracer.scheduler.recurring.retention import RETENTION
from tracer.scheduler.recurring.seal import SEAL
from tracer.scheduler.recurring.stamp import STAMP
from tracer.scheduler.recurring.tidy import TIDY
from tracer.scheduler.recurring.tracking import TRACKING

RECURRING: Mapping[str, RecurringJob] = {
    job.name: job for job in (SEAL, STAMP, REFRESH, PULL, TRACKING, DIGEST, QUARANTINE, TIDY, RETENTION, BACKUP)
}


def planned_jobs(app: Application) -> tuple[Planned, ...]:
    """All of them as they are set up here."""
    return tuple(job.planned(app) for job in RECURRING.values())
