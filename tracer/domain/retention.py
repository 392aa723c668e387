"""Whether a clock may be believed that says something is old enough to be erased.

Nothing that was erased comes back, so a clock that jumps ahead must not make anything old. The time goes on from
look to look; where it went further than STEP since the last one, or an authority stamped a checkpoint that much
earlier than our clock said it was made, it is doubted, and the time of before holds. A doubted clock is believed once
it has run on for a whole DAY, with looks at least every STEP: then the machine was off, or the clock had been behind.
One that went wrong for some hours and was set right was never believed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

DAY = timedelta(days=1)
STEP = timedelta(days=2)


class Stamp(NamedTuple):
    """The newest checkpoint that an authority stamped: when it was made by our clock, and by the authority's."""

    made_at: datetime
    stamped_at: datetime


class Clock(NamedTuple):
    """What is known: the newest time believed, when a time far ahead of it was first seen, and the last look."""

    trusted_at: datetime
    doubted_at: datetime | None
    looked_at: datetime

    @property
    def is_doubted(self) -> bool:
        """Whether the clock stands too far ahead."""
        return self.doubted_at is not None


def look(before: Clock | None, now: datetime, newest_fact: datetime | None, stamp: Stamp | None) -> Clock:
    """What is known after a look at the clock. `newest_fact`: when the last fact was written, for the first look ever.

    A clock that an authority's newest stamp contradicts is not believed however long it runs.
    """
    if before is None:
        start = newest_fact if newest_fact is not None and newest_fact < now else now
        before = Clock(start, None, now)
    contradicted = stamp is not None and stamp.made_at - stamp.stamped_at > STEP and now >= stamp.made_at - STEP
    if now - before.trusted_at <= STEP and not contradicted:
        return Clock(max(now, before.trusted_at), None, now)
    doubted_at = before.doubted_at
    if doubted_at is None or now < doubted_at or now - before.looked_at > STEP:
        return Clock(before.trusted_at, now, now)
    if now - doubted_at >= DAY and not contradicted:
        return Clock(now, None, now)
    return Clock(before.trusted_at, doubted_at, now)
