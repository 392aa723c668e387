"""/jobs, /imports: long work, which goes on while you do something else."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import ValidationError
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import makes, problems, reads
from tracer.api.asked import Asked, asking, media_type
from tracer.api.paging import page
from tracer.api.parameters import time_or_none
from tracer.api.schemas.intake import ImportOptions
from tracer.api.schemas.jobs import JobIn, JobOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue
from tracer.domain.job import KIND_SCOPES, JobKind, JobState, job_record
from tracer.domain.simulation.families import require_family
from tracer.http.job_answers import job_for, may_see, output_answer
from tracer.intake.file_options import file_source, read_options
from tracer.services.access.answer_once import Answer, Work
from tracer.services.jobs.queue_job import queue_job

router = APIRouter(prefix=V1, tags=["jobs"])
ZIP = "application/zip"
CSV = "text/csv"
UPLOADS = (ZIP, CSV, "text/xml", "application/xml", "text/html", "text/plain", "application/octet-stream")
_ANYONE = tuple(sorted(set(KIND_SCOPES.values())))
Worker = Annotated[Asked, asking(*_ANYONE)]


@router.post("/jobs", status_code=202, responses=makes(JobOut, status=202), summary="Begin long work")
def begin(body: JobIn, asked: Worker) -> Response:
    """Queue a report, a refresh, an export or a simulated world; GET /jobs/{job_id} tells how far it is."""
    kind = JobKind(body.kind)
    asked.require(KIND_SCOPES[kind])
    time_or_none(body.as_of, "as_of")
    if kind is JobKind.SIMULATE:
        require_family(body.family)
    parameters = body.model_dump(exclude={"kind"})
    return asked.once(lambda work: _queued(asked, work, kind, parameters, None))


@router.post(
    "/imports",
    status_code=202,
    responses=makes(JobOut, status=202),
    summary="Import a bundle, or another program's file of calls",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "A zip of the bundle's CSV files, or a file of a source (GET /intake/sources), as it is.",
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in UPLOADS},
        }
    },
)
def import_upload(
    asked: Annotated[Asked, asking(Scope.BULK, media_types=UPLOADS)],
    import_options: Annotated[
        str,
        Header(
            max_length=8_000,
            description="For a file of calls, JSON: name (of the file), source, zone, lines (SOURCE_LINE=NUMBER …), "
            "columns (THEIRS=OURS …); all may be left out.",
        ),
    ] = "",
) -> Response:
    """Import a bundle: all of it or nothing, and a second time without effect. Or the calls of another program's
    file: good rows are taken, bad ones held. A job does it; its result names every bad row, or counts what is held."""
    if not asked.body or (media_type(asked.request) == ZIP and not asked.body.startswith(b"PK")):
        raise InvalidValue("body", "", "a zip of the bundle's CSV files, or a file of calls")
    parameters = _options(import_options)
    return asked.once(lambda work: _queued(asked, work, JobKind.IMPORT, parameters, asked.body))


def _options(text: str) -> dict[str, Any]:
    """What a header says of a file, checked before anything is queued."""
    try:
        told = ImportOptions.model_validate_json(text or "{}")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "JSON"
        raise InvalidValue("Import-Options", "", f"a JSON object; {where}: {first['msg']}") from None
    file_source(told.source)
    read_options(told.lines, told.zone, told.columns)
    return told.model_dump()


@router.get("/jobs", responses=reads(page_of(JobOut)), summary="List jobs")
def list_jobs(asked: Worker) -> Response:
    """Your jobs, newest first; an owner sees everybody's."""
    with asked.app.reading() as work:
        jobs = [job for job in work.jobs.all() if may_see(asked.principal, job)]
    return asked.answer(page([job_record(job) for job in jobs], None))


@router.get("/jobs/{job_id}", responses=reads(JobOut, 404), summary="Show a job")
def show(job_id: str, asked: Worker) -> Response:
    """How far a job is, and what came of it."""
    job = job_for(asked, job_id)
    noted = asked.app.progress_notes.read(job_id) if job.state is JobState.RUNNING else None
    return asked.answer({**job_record(job), **({"done": noted[0], "total": noted[1]} if noted else {})})


@router.get(
    "/jobs/{job_id}/output",
    responses={
        200: {"description": "The report as JSON, or a zip.", "content": {"application/json": {}, ZIP: {}}},
        **problems(401, 403, 404, 409, 422, 429, 503),
    },
    summary="Fetch what a job made",
)
def output(job_id: str, asked: Worker) -> Response:
    """The file that a finished job made: a report as JSON; an export or a simulated world as a zip."""
    return output_answer(asked, job_id)


def _queued(asked: Asked, work: Work, kind: JobKind, parameters: dict[str, Any], upload: bytes | None) -> Answer:
    job = queue_job(work, kind, asked.principal.principal_id, parameters, asked.app.fresh_rng(), upload)
    return Answer(202, job_record(job), address_of("jobs", job.job_id))
