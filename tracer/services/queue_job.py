"""Put long work into the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tracer.domain.ids import new_id
from tracer.storage.jobs import PART_BYTES, Job
from tracer.storage.journal import Fact
from tracer.storage.unit_of_work import UnitOfWork


def queue_job(
    work: UnitOfWork,
    kind: str,
    principal: str,
    parameters: Mapping[str, Any],
    rng: np.random.Generator,
    upload: bytes | None = None,
) -> Job:
    """A job of a kind (scheduler.run_jobs knows them) that some process will claim; `upload` is the file it works on."""
    job = work.jobs.add(new_id("j", rng), kind, principal, parameters, work.now)
    if upload is not None:
        work.jobs.add_file(job.job_id, "input", _pieces(upload))
    work.journal.record([Fact("job_queued", job.job_id, {"kind": kind})])
    return job


def _pieces(content: bytes) -> Iterable[bytes]:
    return (content[start : start + PART_BYTES] for start in range(0, len(content), PART_BYTES))
