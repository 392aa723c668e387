"""Backups: those that are there, a new one, and how to bring one back. Their files are handed to nobody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.job import JobKind, JobState
from tracer.services.access.answer_once import Work
from tracer.services.jobs.queue_job import queue_job
from tracer.services.upkeep.make_backup import list_backups
from tracer.web.forms import carry_out, new_mark
from tracer.web.page import go, page
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)


@router.get("/backups")
def listing(request: Request, visitor: Annotated[Visitor, visiting(Scope.BACK_UP)]) -> Response:
    """The whole backups in the server's folder, the newest first."""
    app = visitor.app
    with app.reading() as work:
        found = list_backups(work, app.backups_folder)
        under_way = _under_way(work)
    return page(
        request,
        "backups.html",
        backups=found,
        folder=str(app.backups_folder),
        kept=app.settings.backups_kept,
        under_way=under_way,
        once=new_mark(),
    )


@router.post("/backups")
def make(sent: Annotated[tuple[Visitor, Sent], sending(Scope.BACK_UP)]) -> Response:
    """Queue a backup; one that is under way is not begun twice."""
    visitor, form = sent

    def queue(work: Work) -> dict[str, Any]:
        principal = visitor.principal.principal_id
        begun = _under_way(work)
        return {"id": begun or queue_job(work, JobKind.BACKUP, principal, {}, visitor.app.fresh_rng()).job_id}

    return go(f"/jobs/{carry_out(visitor, form, queue)['id']}?done=job-begun")


def _under_way(work: Work) -> str:
    """The id of a backup that is being made, empty for none."""
    going = {JobState.QUEUED, JobState.RUNNING}
    return next((job.job_id for job in work.jobs.all() if job.kind is JobKind.BACKUP and job.state in going), "")
