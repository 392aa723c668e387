"""How the recurring jobs stand, one row each: whoever raises its version has the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from tracer.domain.recurring import RunResult, RunState
from tracer.storage.session import Session
from tracer.storage.tables import RecurringJobRow

_NONE_YET = {"slot": 0, "claims": 0, "runs": 0, "failed_runs": 0, "failures": 0}


class RecurringJobs:
    """The rows of the recurring jobs, seen from one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, slots: Mapping[str, int]) -> None:
        """A row for each job that has none yet, as if its slot had been run."""
        self._session.insert_new(
            RecurringJobRow, [{**_NONE_YET, "job": job, "slot": slot} for job, slot in slots.items()]
        )

    def all(self) -> dict[str, RunState]:
        """How they stand, by job."""
        query = select(*RecurringJobRow.__table__.columns).order_by(RecurringJobRow.job)
        return {row["job"]: _state(row) for row in self._session.stream(query)}

    def hold(self, job: str) -> RunState | None:
        """How one stands, held to the end of the transaction; None where another process holds it, or it has no row.

        Nobody waits: who holds it runs it, or dies and lets go. On SQLite writers take turns anyway.
        """
        query = select(*RecurringJobRow.__table__.columns).where(RecurringJobRow.job == job)
        for row in self._session.stream(query.with_for_update(skip_locked=True)):
            return _state(row)
        return None

    def claim(self, seen: RunState, slot: int, now: datetime, worker: str | None, until: datetime | None) -> bool:
        """Take the run that was seen to be due; False where another process did. With `until` it outlasts this
        transaction: then the worker holds it, and says so again before."""
        values = {
            "slot": slot,
            "claims": seen.claims + 1,
            "started_at": now,
            "claimed_by": worker,
            "claimed_at": None if worker is None else now,
            "lease_until": until,
            "asked_at": None,
        }
        return self._change(seen.job, seen.claims, values)

    def extend(self, job: str, claims: int, worker: str, now: datetime, until: datetime) -> bool:
        """The worker is still at it; False where it is no longer its own."""
        values = {"claimed_at": now, "lease_until": until}
        return self._change(job, claims, values, RecurringJobRow.claimed_by == worker)

    def finish(self, job: str, claims: int, worker: str | None, values: Mapping[str, Any]) -> bool:
        """Say what came of a run; False where it is no longer the worker's."""
        mine = RecurringJobRow.claimed_by.is_(None) if worker is None else RecurringJobRow.claimed_by == worker
        free = {"claimed_by": None, "claimed_at": None, "lease_until": None}
        return self._change(job, claims, {**values, **free}, mine)

    def pause(self, jobs: Iterable[str], at: datetime | None) -> None:
        """From then on no slot of theirs is run; None: they are again."""
        these = RecurringJobRow.job.in_(list(jobs))
        self._session.connection.execute(update(RecurringJobRow).where(these).values(paused_at=at))

    def ask(self, job: str, at: datetime) -> None:
        """Have it run as soon as a worker looks."""
        mine = RecurringJobRow.job == job
        self._session.connection.execute(update(RecurringJobRow).where(mine).values(asked_at=at))

    def _change(self, job: str, claims: int, values: Mapping[str, Any], *conditions: Any) -> bool:
        seen = (RecurringJobRow.job == job, RecurringJobRow.claims == claims, *conditions)
        return self._session.change(update(RecurringJobRow).where(*seen).values(**values)) == 1


def _state(row: Mapping[str, Any]) -> RunState:
    result = RunResult(row["result"]) if row["result"] else None
    return RunState(**{**row, "result": result, "note": row["note"] or ""})
