"""What is due to be erased by its age, and the clock that this goes by."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select, update

from tracer.domain.canary import CanaryState
from tracer.domain.retention import Clock, Stamp
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.instant import at_or_before
from tracer.storage.session import Session
from tracer.storage.tables import CallRow, CanaryRow, CheckpointRow, ImportRow, JournalRow, RetentionRow, TimeTokenRow


class OldCall(NamedTuple):
    """A call that is old by the time it was received; `imported`: an import brought it, which is as old."""

    call_id: str
    imported: bool


class Retention:
    """What a look at the ages needs of the database."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def clock(self) -> Clock | None:
        """What is known of the clock, None before the first look.

        Others wait until the end of the transaction; on SQLite writers take turns anyway.
        """
        hold(self._connection, Lock.RETENTION)
        return self.known()

    def known(self) -> Clock | None:
        """The same for whoever only looks."""
        query = select(RetentionRow.trusted_at, RetentionRow.doubted_at, RetentionRow.looked_at)
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

    def old_calls(self, until: datetime, limit: int, after: str = "") -> list[OldCall]:
        """Calls received by then, not imported since, whose personal data is there; by id, after the one given."""
        query = select(CallRow.call_id, CallRow.import_id).outerjoin(
            ImportRow, ImportRow.import_id == CallRow.import_id
        )
        query = query.where(
            CallRow.erased_at.is_(None),
            at_or_before(CallRow.received_at, until),
            or_(CallRow.import_id.is_(None), at_or_before(ImportRow.imported_at, until)),
            CallRow.call_id > after,
        )
        rows = self._connection.execute(query.order_by(CallRow.call_id).limit(limit))
        return [OldCall(row.call_id, row.import_id is not None) for row in rows]

    def old_canaries(self, until: datetime, limit: int) -> list[str]:
        """Canaries retired by then whose personal data is there, by id."""
        query = select(CanaryRow.canary_id).where(
            CanaryRow.erased_at.is_(None),
            CanaryRow.recipient_name.is_not(None),
            CanaryRow.state == CanaryState.RETIRED.value,
            at_or_before(CanaryRow.state_since, until),
        )
        return list(self._connection.execute(query.order_by(CanaryRow.canary_id).limit(limit)).scalars())

    def here_since(self, call_id: str) -> datetime:
        """When a call came in: with its import, else when the first fact about it was written."""
        imported = select(ImportRow.imported_at).join(CallRow, CallRow.import_id == ImportRow.import_id)
        brought = self._connection.execute(imported.where(CallRow.call_id == call_id)).scalar()
        if brought is not None:
            return brought
        query = select(JournalRow.recorded_at).where(JournalRow.subject_id == call_id)
        return self._connection.execute(query.order_by(JournalRow.position).limit(1)).scalar_one()
