"""/recurring-jobs: what the server does by itself again and again; /jobs is the long work that somebody asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page
from tracer.api.schemas.jobs import RecurringJobOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.job import KIND_SCOPES
from tracer.domain.recurring import Planned
from tracer.services.access.answer_once import Answer, Work
from tracer.services.jobs.steer_recurring import ask_for_run, find_planned, list_recurring, pause_job, resume_job

router = APIRouter(prefix=V1, tags=["recurring jobs"])
Looking = Annotated[Asked, asking(*sorted({*KIND_SCOPES.values(), Scope.MANAGE_JOBS}))]
Steering = Annotated[Asked, asking(Scope.MANAGE_JOBS)]


@router.get("/recurring-jobs", responses=reads(page_of(RecurringJobOut)), summary="List recurring jobs")
def list_all(asked: Looking) -> Response:
    """Sealing, time stamps, backups and the others: last run, what came of it, next run."""
    with asked.app.reading() as work:
        records = list_recurring(work, asked.service.planned, asked.app.zone)
    return asked.answer(page([dict(record) for record in records], None))


@router.post(
    "/recurring-jobs/{job}/run", status_code=202, responses=makes(RecurringJobOut, 404, status=202), summary="Run now"
)
def run(job: str, asked: Steering) -> Response:
    """Have a worker run it within seconds, whether it is paused, off or waits after a failure."""
    return _steer(asked, job, ask_for_run, 202)


@router.post(
    "/recurring-jobs/{job}/pause",
    status_code=200,
    responses=makes(RecurringJobOut, 404, status=200),
    summary="Pause a recurring job",
)
def pause(job: str, asked: Steering) -> Response:
    """Run it no more until it is resumed; one that is at work goes on."""
    return _steer(asked, job, pause_job, 200)


@router.post(
    "/recurring-jobs/{job}/resume",
    status_code=200,
    responses=makes(RecurringJobOut, 404, status=200),
    summary="Resume a recurring job",
)
def resume(job: str, asked: Steering) -> Response:
    """Let it go on; of what it missed one run is made up."""
    return _steer(asked, job, resume_job, 200)


def _steer(asked: Asked, job: str, do: Callable[[Work, Planned, tzinfo], None], status: int) -> Response:
    planned, zone = find_planned(asked.service.planned, job), asked.app.zone

    def steered(work: Work) -> Answer:
        do(work, planned, zone)
        return Answer(status, dict(list_recurring(work, [planned], zone)[0]))

    return asked.once(steered)
