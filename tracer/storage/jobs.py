"""Long work in the database: who asked for it, who is at it, how far it is, what came of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from tracer.domain.errors import NotAllowed, UnknownId
from tracer.domain.job import Job, JobKind, JobState
from tracer.storage.advisory_locks import Lock, hold
from tracer.storage.instant import at_or_before
from tracer.storage.session import Session
from tracer.storage.tables import JobPartRow, JobRow

LEASE = timedelta(minutes=1)
PART_BYTES = 1 << 20


class Jobs:
    """Jobs and their files, in sealed pieces."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job_id: str, kind: JobKind, principal: str, parameters: Mapping[str, Any], now: datetime) -> Job:
        """A new job in the queue."""
        row = {
            "job_id": job_id,
            "kind": kind.value,
            "state": JobState.QUEUED.value,
            "principal": principal,
            "parameters": self._session.cipher.seal("jobs", "parameters", job_id, json.dumps(dict(parameters))),
            "created_at": now,
            "done": 0,
            "attempts": 0,
        }
        self._session.insert(JobRow, [row])
        return self.get(job_id)

    def get(self, job_id: str) -> Job:
        """One job; raises UnknownId."""
        for row in self._session.stream(select(*JobRow.__table__.columns).where(JobRow.job_id == job_id)):
            return self._job(row)
        raise UnknownId("job", job_id)

    def all(self) -> list[Job]:
        """Every job that is not forgotten, newest first."""
        query = select(*JobRow.__table__.columns).order_by(JobRow.created_at.desc(), JobRow.job_id)
        return [self._job(row) for row in self._session.stream(query)]

    def count_by_state(self) -> dict[JobState, int]:
        """How many there are in each state that any is in."""
        query = select(JobRow.state, func.count()).group_by(JobRow.state)
        return {JobState(state): count for state, count in self._session.connection.execute(query)}

    def claim(self, worker: str, now: datetime) -> Job | None:
        """Take the oldest job that waits, or whose worker has not been heard of for the length of a lease."""
        hold(self._session.connection, Lock.JOBS, shared=True)
        lost = and_(JobRow.state == JobState.RUNNING.value, at_or_before(JobRow.lease_until, now))
        free = or_(JobRow.state == JobState.QUEUED.value, lost)
        query = select(JobRow.job_id).where(free).order_by(JobRow.created_at, JobRow.job_id).limit(1)
        job_id = self._session.connection.execute(query.with_for_update(skip_locked=True)).scalar()
        if job_id is None:
            return None
        values = {
            "state": JobState.RUNNING.value,
            "worker": worker,
            "lease_until": now + LEASE,
            "started_at": now,
            "attempts": JobRow.attempts + 1,
            "done": 0,
            "total": None,
        }
        self._session.connection.execute(update(JobRow).where(JobRow.job_id == job_id).values(**values))
        return self.get(job_id)

    def note(self, job_id: str, worker: str, done: int, total: int | None, now: datetime) -> None:
        """How far the worker is; its lease begins anew. Raises NotAllowed where the job is no longer its own."""
        self._held(job_id, worker, {"done": done, "total": total, "lease_until": now + LEASE})

    def finish(self, job_id: str, worker: str, state: JobState, result: Mapping[str, Any], now: datetime) -> None:
        """Say what came of a job. Raises NotAllowed where it is no longer the worker's: then nothing may be kept."""
        sealed = self._session.cipher.seal("jobs", "result", job_id, json.dumps(dict(result), ensure_ascii=False))
        values = {"state": state.value, "finished_at": now, "lease_until": None, "result": sealed}
        self._held(job_id, worker, values)
        self.drop_file(job_id, "input")

    def hold_back(self) -> None:
        """Let nobody claim a job until the end of the transaction; one of those who ask for it goes on at a time.

        On SQLite writers take turns anyway.
        """
        hold(self._session.connection, Lock.JOBS)

    def begin_again(self, kinds: Collection[JobKind] = tuple(JobKind)) -> None:
        """Put what runs, of some kinds, back into the queue: what its workers have read belongs to a time that is gone.

        What they still bring is refused.
        """
        values = {"state": JobState.QUEUED.value, "worker": None, "lease_until": None, "started_at": None}
        running = (JobRow.state == JobState.RUNNING.value, JobRow.kind.in_([kind.value for kind in kinds]))
        again = update(JobRow).where(*running).values(**values, attempts=0, done=0, total=None)
        self._session.connection.execute(again)

    def give_back(self, job_id: str, worker: str) -> bool:
        """Put one job back into the queue, as if this worker had not begun it; False where it is no longer its own."""
        values = {"state": JobState.QUEUED.value, "worker": None, "lease_until": None, "started_at": None}
        mine = (JobRow.job_id == job_id, JobRow.worker == worker, JobRow.state == JobState.RUNNING.value)
        again = update(JobRow).where(*mine).values(**values, attempts=JobRow.attempts - 1, done=0, total=None)
        return self._session.change(again) == 1

    def add_file(self, job_id: str, side: str, pieces: Iterable[bytes]) -> None:
        """Store a file of a job ("input" or "output") in sealed pieces."""
        seal = self._session.cipher.seal_bytes
        for part, piece in enumerate(pieces):
            content = seal("job_parts", "content", f"{job_id}/{side}/{part}", piece)
            self._session.insert(JobPartRow, [{"job_id": job_id, "side": side, "part": part, "content": content}])

    def file(self, job_id: str, side: str) -> Iterator[bytes]:
        """The pieces of a file of a job, in order; none where there is no such file."""
        query = select(JobPartRow.part, JobPartRow.content)
        query = query.where(JobPartRow.job_id == job_id, JobPartRow.side == side).order_by(JobPartRow.part)
        for row in self._session.stream(query, 1):
            place = f"{job_id}/{side}/{row['part']}"
            yield self._session.cipher.open_bytes("job_parts", "content", place, row["content"])

    def drop_file(self, job_id: str, side: str) -> None:
        """Delete a file of a job."""
        mine = (JobPartRow.job_id == job_id, JobPartRow.side == side)
        self._session.connection.execute(delete(JobPartRow).where(*mine))

    def forget(self, before: datetime) -> None:
        """Delete jobs that ended by then, with their files."""
        old = select(JobRow.job_id).where(at_or_before(JobRow.finished_at, before))
        self._session.connection.execute(delete(JobPartRow).where(JobPartRow.job_id.in_(old)))
        self._session.connection.execute(delete(JobRow).where(at_or_before(JobRow.finished_at, before)))

    def _held(self, job_id: str, worker: str, values: Mapping[str, Any]) -> None:
        mine = (JobRow.job_id == job_id, JobRow.worker == worker, JobRow.state == JobState.RUNNING.value)
        if self._session.change(update(JobRow).where(*mine).values(**values)) != 1:
            raise NotAllowed(f"job {job_id!r} is no longer this worker's: it was silent too long and another took over")

    def _job(self, row: Mapping[str, Any]) -> Job:
        opened = self._session.cipher.open
        job_id = row["job_id"]
        return Job(
            job_id=job_id,
            kind=JobKind(row["kind"]),
            state=JobState(row["state"]),
            principal=row["principal"],
            parameters=json.loads(opened("jobs", "parameters", job_id, row["parameters"]) or "{}"),
            created_at=row["created_at"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            done=row["done"],
            total=row["total"],
            attempts=row["attempts"],
            result=json.loads(opened("jobs", "result", job_id, row["result"]) or "{}"),
        )
