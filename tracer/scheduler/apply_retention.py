"""Erase what is due by its age, once an hour, from whichever worker comes first."""

from __future__ import annotations

import structlog

from tracer.bootstrap import Application
from tracer.domain.errors import StoreUnavailable

log = structlog.get_logger("tracer.retention")


def apply_retention(app: Application) -> None:
    """Erase what is due, where the settings limit how long anything is kept; a doubted clock is told.

    Raises StoreUnavailable; what else goes wrong is logged, and the next hour tries again.
    """
    if not app.retention_rules.is_on:
        return
    try:
        done = app.apply_retention()
    except StoreUnavailable:  # the loop waits for the database
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, jobs go on
        log.error("retention_failed", error=type(error).__name__)
        return
    for one in done.skipped:
        log.error("retention_skipped", subject_id=one.subject_id, error=one.error)
    if done.clock.is_doubted:
        log.warning("clock_doubted", trusted_at=done.clock.trusted_at.isoformat(), clock=app.clock().isoformat())
    if done.calls or done.canaries:
        log.info("personal_data_erased", calls=done.calls, canaries=done.canaries)
