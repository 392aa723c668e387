"""Erase what is due by its age, where the settings limit how long anything is kept."""

from __future__ import annotations

import structlog

from tracer.bootstrap import Application
from tracer.domain.errors import NotAllowed
from tracer.scheduler.recurring.job import RecurringJob, simply

log = structlog.get_logger("tracer.retention")


def apply_retention(app: Application) -> str:
    """Erase what is due; a doubted clock is told. Raises NotAllowed where something could not be erased."""
    done = app.apply_retention()
    for one in done.skipped:
        log.error("retention_skipped", subject_id=one.subject_id, error=one.error)
    if done.calls or done.canaries:
        log.info("personal_data_erased", calls=done.calls, canaries=done.canaries)
    if done.skipped:
        raise NotAllowed(f"{len(done.skipped)} that are due could not be erased: the server's log names them")
    if done.clock.is_doubted:
        log.warning("clock_doubted", trusted_at=done.clock.trusted_at.isoformat(), clock=app.clock().isoformat())
        return "the clock is doubted: nothing got older"
    return f"{done.calls} calls and {done.canaries} canaries erased"


def _needless(app: Application) -> str:
    return "" if app.retention_rules.is_on else "nothing is limited in age"


RETENTION = RecurringJob("retention", "Erase personal data that is due by its age", simply(apply_retention), _needless)
