"""Ask carrier services where the parcels are that are due."""

from __future__ import annotations

from tracer.bootstrap import Application
from tracer.domain.errors import OutboundFailed
from tracer.scheduler.poll_tracking import poll_tracking
from tracer.scheduler.recurring.job import RecurringJob, simply


def _poll(app: Application) -> str:
    """One round; raises OutboundFailed where not one answer came."""
    polled = poll_tracking(app)
    if polled.failures and not polled.asked:
        raise OutboundFailed(polled.error)
    return f"{polled.begun} parcels newly followed, {polled.asked} asked for, {polled.failures} without an answer"


def _needless(app: Application) -> str:
    return "" if app.tracking else "no carrier service is set up"


TRACKING = RecurringJob("tracking", "Ask where the parcels are", simply(_poll), _needless)
