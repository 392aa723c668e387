"""Ask for the parcels that are due: what a recurring job calls, every quarter of an hour or so."""

from __future__ import annotations

import structlog

from tracer.bootstrap import Application
from tracer.services.orders.poll_tracking import Polled

log = structlog.get_logger("tracer.tracking")


def poll_tracking(app: Application) -> Polled:
    """One round. It may run as often as one likes, in several processes: each parcel is asked for when it is due."""
    polled = app.poll_tracking()
    if polled.begun or polled.asked or polled.failures:
        log.info("parcels_asked_for", **polled.record)
    return polled
