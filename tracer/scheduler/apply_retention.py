"""Erase what is due by its age, once an hour, from whichever worker comes first."""

from __future__ import annotations

import structlog

from tracer.bootstrap import Application

log = structlog.get_logger("tracer.retention")


def apply_retention(app: Application) -> None:
    """Erase what is due, where the settings limit how long anything is kept; a doubted clock is told."""
    if not app.retention_rules.is_on:
        return
    done = app.apply_retention()
    if done.clock.is_doubted:
        log.warning("clock_doubted", trusted_at=done.clock.trusted_at.isoformat(), clock=app.clock().isoformat())
    if done.calls or done.canaries:
        log.info("personal_data_erased", calls=done.calls, canaries=done.canaries)
