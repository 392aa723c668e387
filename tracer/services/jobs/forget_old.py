"""Delete what ended long ago."""

from __future__ import annotations

from datetime import timedelta

from tracer.storage.unit_of_work import UnitOfWork

KEPT = timedelta(days=30)


def forget_old(work: UnitOfWork) -> int:
    """Delete sessions, links, rate limits and notices that ended more than 30 days ago; gives how many.

    Until then the expired are refused and stay: a clock that runs ahead for a while loses nobody's session.
    """
    before = work.now - KEPT
    return work.log_ins.forget(before) + work.rate_limits.forget(before) + work.outbox.forget(before)
