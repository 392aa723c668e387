"""Long work: its kinds, who may ask for each, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tracer.domain.access import Scope


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    EXPORT = "export"
    REPORT = "report"
    REFRESH = "refresh"
    SIMULATE = "simulate"
    VERIFY = "verify"
    EVIDENCE = "evidence"
    BACKUP = "backup"


KIND_SCOPES: Mapping[JobKind, Scope] = {
    JobKind.IMPORT: Scope.BULK,
    JobKind.EXPORT: Scope.BULK,
    JobKind.REPORT: Scope.READ_REPORTS,
    JobKind.REFRESH: Scope.READ_REPORTS,
    JobKind.SIMULATE: Scope.READ_REPORTS,
    JobKind.VERIFY: Scope.READ_LEDGER,
    JobKind.EVIDENCE: Scope.BULK,
    JobKind.BACKUP: Scope.BACK_UP,
}
"""The scope that a kind of job needs."""

OUTPUTS: Mapping[JobKind, tuple[str, str]] = {
    JobKind.EXPORT: ("application/zip", "tracer-export-{}.zip"),
    JobKind.REPORT: ("application/json", "tracer-report-{}.json"),
    JobKind.SIMULATE: ("application/zip", "tracer-world-{}.zip"),
    JobKind.EVIDENCE: ("application/zip", "tracer-evidence-{}.zip"),
}
"""Media type and file name (its job's id goes into the braces) of what a kind of job makes."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work; `done` of `total` in the unit of its kind, total None where it is not known."""

    job_id: str
    kind: JobKind
    state: JobState
    principal: str
    parameters: Mapping[str, Any]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int
    total: int | None
    attempts: int
    result: Mapping[str, Any]


def job_record(job: Job) -> dict[str, Any]:
    """A job as JSON."""
    return {
        "job_id": job.job_id,
        "kind": job.kind.value,
        "state": job.state.value,
        "principal": job.principal,
        "created_at": job.created_at.isoformat(),
        "started_at": job.started_at.isoformat() if job.started_at else None,
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "done": job.done,
        "total": job.total,
        "result": dict(job.result),
    }
