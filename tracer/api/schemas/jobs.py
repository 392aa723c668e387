"""Long work, recurring jobs and backups."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tracer.api.schemas.strict import Strict
from tracer.domain.job import JobKind, JobState


class JobIn(Strict):
    """Long work to do: a report, an attribution state to keep for quick answers, an export, a simulated world, or an
    audit of the ledger."""

    kind: Literal["report", "refresh", "export", "simulate", "verify"] = Field(
        description="What to do.", examples=["report"]
    )
    as_of: str = Field(default="", max_length=64, description="For report and refresh: events up to this time.")
    tag: str = Field(default="", max_length=64, description="For report: one campaign.")
    family: str = Field(default="", max_length=64, description="For simulate: a family of worlds.")
    seed: int = Field(default=1, ge=0, le=2**31, description="For simulate: another seed, another world.")
    orders: int | None = Field(default=None, ge=1, le=200_000, description="For simulate: how many orders.")


class JobOut(Strict):
    """Long work: how far it is (`done` of `total`, in rows or in thousandths), and what came of it."""

    job_id: str = Field(examples=["j-5k2n8w3xqd"])
    kind: JobKind
    state: JobState
    principal: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    done: int
    total: int | None
    result: dict[str, Any]


class RecurringJobOut(Strict):
    """What the server does by itself again and again. `next_run` is null while nobody can tell, or it does not come."""

    job: str = Field(examples=["backup"])
    what: str
    every: str = Field(description="As in the settings: 15m, 03:30, mon,thu 03:30 or off.", examples=["03:30"])
    state: Literal["waiting", "running", "interrupted", "asked", "paused", "off", "needless", "failing"]
    needless: str = Field(description="Why there is nothing for it to do as things are set; empty where there is.")
    paused: bool
    last_started: str | None
    last_finished: str | None
    last_success: str | None
    result: Literal["ok", "failed"] | None
    note: str
    seconds: float | None
    runs: int
    failed_runs: int
    failures_in_a_row: int
    next_run: str | None


class BackupOut(Strict):
    """An encrypted backup on the server. `sha256` is what the journal says, null where it does not know of the file."""

    name: str = Field(examples=["tracer-20261121T040000Z.backup"])
    made_at: str
    size: int
    sha256: str | None
    ledger_size: int
