"""/backups: made on the server, listed, and never handed out; to restore one takes the command line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page
from tracer.api.schemas.jobs import BackupOut, JobOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.backup import found_record
from tracer.domain.job import JobKind, job_record
from tracer.services.access.answer_once import Answer, Work
from tracer.services.jobs.queue_job import queue_job
from tracer.services.upkeep.make_backup import list_backups

router = APIRouter(prefix=V1, tags=["backups"])
Keeper = Annotated[Asked, asking(Scope.BACK_UP)]


@router.post("/backups", status_code=202, responses=makes(JobOut, status=202), summary="Make a backup")
def begin(asked: Keeper) -> Response:
    """Queue an encrypted backup into the server's own folder; GET /jobs/{job_id} tells how far it is."""

    def queued(work: Work) -> Answer:
        job = queue_job(work, JobKind.BACKUP, asked.principal.principal_id, {}, asked.app.fresh_rng())
        return Answer(202, job_record(job), address_of("jobs", job.job_id))

    return asked.once(queued)


@router.get("/backups", responses=reads(page_of(BackupOut)), summary="List backups")
def list_all(asked: Keeper) -> Response:
    """The whole backups in the server's folder, newest first. The files are not handed out over HTTP."""
    with asked.app.reading() as work:
        found = list_backups(work, asked.app.backups_folder)
    return asked.answer(page([found_record(one) for one in found], None))
