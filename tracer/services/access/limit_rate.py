"""Limit how often somebody may do something, by the generic cell rate algorithm (ITU-T I.371, annex A).

All that is kept of a bucket is its theoretical arrival time: when it will be empty again. Spending moves it on
by cost × period / burst; what would move it further than one period ahead of now is refused. It is a row, held
to the end of the transaction, so that all processes share it and none gives out the same twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracer.domain.errors import InvalidValue, TooManyRequests
from tracer.storage.unit_of_work import UnitOfWork

_CLOCKS_APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` at once and `burst` in every `per` seconds; the name says what of, in the plural: "failed log-ins"."""

    name: str
    burst: int
    per: float

    @property
    def period(self) -> timedelta:
        """How long a full bucket takes to be empty again."""
        return timedelta(seconds=self.per)

    def price(self, cost: int) -> timedelta:
        """By how much a cost moves the arrival time on; rounded down, so that a burst always fits the period."""
        return self.period * cost // self.burst


def spend(work: UnitOfWork, limit: Limit, subject: str, cost: int = 1) -> None:
    """Take from the subject's bucket, in a writing unit of work.

    Raises TooManyRequests, with nothing taken, and InvalidValue for a cost above the burst, which never fits.
    """
    if not 1 <= cost <= limit.burst:
        raise InvalidValue(limit.name, cost, f"1 to {limit.burst} at a time", "Ask for fewer at once")
    bucket = work.rate_limits.bucket(limit.name, subject)
    arrival = work.rate_limits.hold(bucket, work.now)
    work.rate_limits.move(bucket, _moved_on(limit, arrival, work.now, cost))


def peek(work: UnitOfWork, limit: Limit, subject: str) -> None:
    """Raise TooManyRequests where spending one would be refused; nothing is taken, so reading is enough."""
    arrival = work.rate_limits.arrival(work.rate_limits.bucket(limit.name, subject))
    if arrival is not None:
        _moved_on(limit, arrival, work.now, 1)


def _moved_on(limit: Limit, arrival: datetime, now: datetime, cost: int) -> datetime:
    """The arrival time after spending; raises TooManyRequests.

    One that lies more than a period ahead was written before the clock was set back. It is cut back to what
    makes this one fit and the bucket full. To refuse this one as well would keep nothing, and so refuse all,
    until the clock is again where it was. A minute is left for clocks and waiting that differ.
    """
    price = limit.price(cost)
    latest = now + limit.period
    if arrival > latest + _CLOCKS_APART:
        arrival = latest - price
    moved = max(arrival, now) + price
    if moved > latest:
        raise TooManyRequests(limit.name, (moved - latest).total_seconds())
    return moved
