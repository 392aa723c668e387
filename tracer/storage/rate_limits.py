"""Buckets of rate limits in the database: one row each, so that all processes share them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from tracer.storage.instant import at_or_before
from tracer.storage.session import Session
from tracer.storage.tables import RateLimitRow


class RateLimits:
    """Theoretical arrival times by bucket. A bucket is a blind index: no address or name lies in plain."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def bucket(self, limit: str, subject: str) -> bytes:
        """The row of a subject under a limit."""
        return self._session.cipher.blind_index(f"rate_limits.bucket|{limit}", subject)

    def arrival(self, bucket: bytes) -> datetime | None:
        """The arrival time that stands there, None for a bucket never used."""
        query = select(RateLimitRow.arrival_at).where(RateLimitRow.bucket == bucket)
        return self._session.connection.execute(query).scalar()

    def hold(self, bucket: bytes, now: datetime) -> datetime:
        """The arrival time (now for a new bucket); others wait for this bucket to the end of the transaction.

        On SQLite writers take turns anyway.
        """
        held = select(RateLimitRow.arrival_at).where(RateLimitRow.bucket == bucket).with_for_update()
        connection = self._session.connection
        arrival = connection.execute(held).scalar()
        if arrival is None:
            self._session.insert_new(RateLimitRow, [{"bucket": bucket, "arrival_at": now}])
            arrival = connection.execute(held).scalar_one()
        return arrival

    def move(self, bucket: bytes, arrival: datetime) -> None:
        """Write the arrival time of a bucket that is held."""
        moved = update(RateLimitRow).where(RateLimitRow.bucket == bucket).values(arrival_at=arrival)
        self._session.connection.execute(moved)

    def forget(self, before: datetime) -> int:
        """Delete the buckets that were empty again before a time; gives how many."""
        return self._session.change(delete(RateLimitRow).where(at_or_before(RateLimitRow.arrival_at, before)))
