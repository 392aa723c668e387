"""The clock: against the newest fact, and against what retention has come to believe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tracer.bootstrap import Application
from tracer.domain.finding import Finding, notice, well, wrong

CHECK = "clock"
_LEEWAY = timedelta(minutes=2)


def look(app: Application) -> Iterator[Finding]:
    """A clock behind the newest fact is wrong now, or was when that was written."""
    with app.reading() as work:
        newest, known = work.retention.newest_fact(), work.retention.known()
    yield judge(app.clock(), newest)
    if known is not None and known.is_doubted:
        yield notice(
            CHECK,
            f"It stands far ahead of {known.trusted_at.isoformat()}, the last time believed. Nothing is erased by age.",
            "If the clock is right, wait: after a day of steady running it is believed. Else set it.",
        )


def judge(now: datetime, newest: datetime | None) -> Finding:
    """What the clock says beside the newest fact."""
    if newest is not None and now + _LEEWAY < newest:
        return wrong(
            CHECK,
            f"It says {now.isoformat()}, before the newest fact ({newest.isoformat()}).",
            "Set the clock, and run a time daemon. The order of facts does not depend on it; their times do.",
        )
    return well(CHECK, f"It says {now.isoformat()}.")
