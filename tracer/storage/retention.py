"""What is due to be erased by its age, and the clock that this goes by."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, select, update

from tracer.domain.canary import CanaryState
from tracer.domain.retention import Clock, Stamp
from tracer.storage.instant import at_or_before
from tracer.storage.ledger_tables import CheckpointRow, TimeTokenRow
from tracer.storage.session import Session
from tracer.storage.tables import CallRow, CanaryRow, JournalRow, RetentionRow


class Due(NamedTuple):
    """Something that is old by its own time, and when it came into this registry."""

    subject_id: str
    recorded_at: datetime


class Retention:
    """What a look at the ages needs of the database."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def clock(self) -> Clock | None:
        """What is known of the clock, None before the first look; held to the end of the transaction."""
        query = select(RetentionRow.trusted_at, RetentionRow.doubted_at, RetentionRow.looked_at).with_for_update()
        row = self._connection.execute(query).first()
        return None if row is None else Clock(*row)

    def keep_clock(self, clock: Clock) -> None:
        """Write down what is known now."""
        values = clock._asdict()
        if self._connection.execute(select(RetentionRow.single)).first() is None:
            self._session.insert(RetentionRow, [{"single": 1, **values}])
        else:
            self._connection.execute(update(RetentionRow).values(**values))

    def newest_fact(self) -> datetime | None:
        """When the last fact was written, by the clock of then."""
        last = select(func.max(JournalRow.position)).scalar_subquery()
        query = select(JournalRow.recorded_at).where(JournalRow.position == last)
        return self._connection.execute(query).scalar()

    def newest_stamp(self) -> Stamp | None:
        """The newest checkpoint that an authority has stamped."""
        same = (CheckpointRow.epoch == TimeTokenRow.epoch, CheckpointRow.size == TimeTokenRow.size)
        query = select(CheckpointRow.made_at, TimeTokenRow.stamped_at).join(TimeTokenRow, and_(*same))
        row = self._connection.execute(query.order_by(TimeTokenRow.token_id.desc()).limit(1)).first()
        return None if row is None else Stamp(*row)

    def old_calls(self, until: datetime, limit: int, after: str = "") -> list[Due]:
        """Calls received by then that hold what can be erased, by id after the one given."""
        query = select(CallRow.call_id).where(CallRow.erased_at.is_(None), at_or_before(CallRow.received_at, until))
        query = query.where(CallRow.call_id > after).order_by(CallRow.call_id).limit(limit)
        return self._with_times(list(self._connection.execute(query).scalars()))

    def old_canaries(self, until: datetime, limit: int, after: str = "") -> list[Due]:
        """Canaries retired by then that hold what can be erased, by id after the one given."""
        query = select(CanaryRow.canary_id).where(
            CanaryRow.erased_at.is_(None),
            CanaryRow.recipient_name.is_not(None),
            CanaryRow.state == CanaryState.RETIRED.value,
            at_or_before(CanaryRow.state_since, until),
        )
        query = query.where(CanaryRow.canary_id > after).order_by(CanaryRow.canary_id).limit(limit)
        return self._with_times(list(self._connection.execute(query).scalars()))

    def _with_times(self, subject_ids: list[str]) -> list[Due]:
        found = []
        for subject_id in subject_ids:
            first = select(JournalRow.recorded_at).where(JournalRow.subject_id == subject_id)
            recorded_at = self._connection.execute(first.order_by(JournalRow.position).limit(1)).scalar()
            if recorded_at is not None:
                found.append(Due(subject_id, recorded_at))
        return found
