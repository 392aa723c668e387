"""Find the newest report that a job made, and read it with what a reader needs beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracer.domain.errors import UnknownId
from tracer.domain.job import Job, JobKind, JobState
from tracer.storage.filters import CallFilter
from tracer.storage.instant import unpack
from tracer.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class FoundReport:
    """The newest finished report of those asked for, the one under way, and the last one if it failed after that."""

    shown: Job | None
    under_way: Job | None
    failed: Job | None


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A finished report: its job, its JSON object, and when each call was received (by call id)."""

    job: Job
    report: Mapping[str, Any]
    received: Mapping[str, datetime]


def find_report(work: UnitOfWork, as_of: str = "", tag: str = "") -> FoundReport:
    """Reports for a time and a campaign's tag; without a time those made up to the time they were made come first."""
    jobs = [job for job in work.jobs.all() if job.kind is JobKind.REPORT and _asked(job, "tag") == tag]
    exact = [job for job in jobs if _asked(job, "as_of") == as_of]
    done = [job for job in (exact if as_of else [*exact, *jobs]) if job.state is JobState.DONE]
    running = [job for job in exact if job.state in {JobState.QUEUED, JobState.RUNNING}]
    newest = exact[0] if exact else None
    failed = newest if newest is not None and newest.state is JobState.FAILED else None
    return FoundReport(done[0] if done else None, running[-1] if running else None, failed)


def finished_report(work: UnitOfWork, job_id: str) -> Job:
    """The job of one finished report; raises UnknownId for anything else."""
    job = work.jobs.get(job_id)
    if job.kind is not JobKind.REPORT or job.state is not JobState.DONE:
        raise UnknownId("report", job_id)
    return job


def read_report(work: UnitOfWork, job: Job) -> StoredReport:
    """What a finished job made, read whole."""
    report = json.loads(b"".join(work.jobs.file(job.job_id, "output")))
    mine = {call["call_id"] for call in report["calls"]}
    times = work.listings.calls(CallFilter(everything=True), None, None)
    return StoredReport(job, report, {call_id: unpack(stored) for stored, call_id in times if call_id in mine})


def calls_since(work: UnitOfWork, job: Job) -> int:
    """How many calls were logged or changed after a report was made."""
    return len(work.attribution_states.calls_since(int(job.result.get("position", 0))))


def _asked(job: Job, name: str) -> str:
    return str(job.parameters.get(name) or "")
