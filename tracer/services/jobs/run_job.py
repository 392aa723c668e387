"""Claim long work, tell how far it is, and say what came of it: safe to run twice, and from several processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from tracer.domain.job import Job, JobState
from tracer.services.jobs.forget_old import forget_old
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork

MOST_ATTEMPTS = 3
KEPT = timedelta(days=7)


def claim_job(work: UnitOfWork, worker: str) -> Job | None:
    """The next job for this worker, None where nothing waits.

    One whose worker died is tried again; after the third time it has failed.
    """
    while True:
        job = work.jobs.claim(worker, work.now)
        if job is None or job.attempts <= MOST_ATTEMPTS:
            return job
        reason = f"it ended early {MOST_ATTEMPTS} times, for want of memory perhaps. Look into the log of the server"
        finish_job(work, job, worker, JobState.FAILED, {"error": reason})


def note_progress(work: UnitOfWork, job: Job, worker: str, done: int, total: int | None) -> None:
    """How far the worker is. Raises NotAllowed where another took the job over."""
    work.jobs.note(job.job_id, worker, done, total, work.now)


def finish_job(
    work: UnitOfWork,
    job: Job,
    worker: str,
    state: JobState,
    result: Mapping[str, Any],
    output: Iterable[bytes] = (),
) -> None:
    """Say what came of a job, in the transaction of its work. Raises NotAllowed where another took it over."""
    work.jobs.drop_file(job.job_id, "output")
    work.jobs.add_file(job.job_id, "output", output)
    work.jobs.finish(job.job_id, worker, state, result, work.now)
    work.journal.record([Fact(f"job_{state.value}", job.job_id, {"kind": job.kind.value})])


def give_back_job(work: UnitOfWork, job: Job, worker: str) -> bool:
    """Put a job back into the queue as if it had not been begun; False where it is no longer this worker's."""
    return work.jobs.give_back(job.job_id, worker)


def tidy_up(work: UnitOfWork) -> None:
    """Forget what ended long ago: sessions, links and rate limits, jobs with their files, answers not kept for ever."""
    forget_old(work)
    work.jobs.forget(work.now - KEPT)
    work.requests.forget(work.now - timedelta(days=30))
