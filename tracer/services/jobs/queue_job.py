"""Put long work into the queue, and hand out what it made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tracer.domain.ids import new_id
from tracer.domain.job import Job, JobKind
from tracer.storage.jobs import PART_BYTES
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def queue_job(
    work: UnitOfWork,
    kind: JobKind,
    principal: str,
    parameters: Mapping[str, Any],
    rng: np.random.Generator,
    upload: bytes | None = None,
) -> Job:
    """A job that some process will claim (scheduler.run_jobs); `upload` is the file it works on, kept sealed."""
    job = work.jobs.add(new_id("j", rng), kind, principal, parameters, work.now)
    if upload is not None:
        work.jobs.add_file(job.job_id, "input", in_pieces(upload))
    work.journal.record([Fact("job_queued", job.job_id, {"kind": kind.value})])
    return job


def note_output_fetched(work: UnitOfWork, job: Job) -> None:
    """Somebody takes away what a job made: an export is in plain text, and a report names parties."""
    work.journal.record([Fact("job_output_fetched", job.job_id, {"kind": job.kind.value})])


def in_pieces(content: bytes) -> Iterable[bytes]:
    """A file in the pieces that are stored."""
    return (content[start : start + PART_BYTES] for start in range(0, len(content), PART_BYTES))
