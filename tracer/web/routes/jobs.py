"""Long work: imports and exports, how far they are, what came of them; and how the recurring jobs stand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue
from tracer.domain.job import KIND_SCOPES, OUTPUTS, Job, JobKind, JobState, job_record
from tracer.http.job_answers import job_for, may_see, output_answer
from tracer.intake.file_options import file_source, read_options
from tracer.intake.registry import FILES
from tracer.services.access.answer_once import Work
from tracer.services.jobs.queue_job import queue_job
from tracer.services.jobs.steer_recurring import list_recurring
from tracer.web.forms import carry_out, new_mark, problems_of
from tracer.web.page import go, page, translate
from tracer.web.recurring_words import job_row
from tracer.web.refusals import in_words
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
_ANYONE = tuple(sorted({*KIND_SCOPES.values(), Scope.MANAGE_JOBS}))
Working = Annotated[Visitor, visiting(*_ANYONE)]
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.BULK)]
BUNDLE = "bundle"
NOTHING: Mapping[str, str] = MappingProxyType({})


@router.get("/import")
def import_form(request: Request, visitor: Annotated[Visitor, visiting(Scope.BULK)]) -> Response:
    """The form."""
    return _import_form(request, visitor, {})


@router.post("/import")
def import_upload(request: Request, sent: Sending) -> Response:
    """Queue the import of a bundle's zip, or of another program's file of calls."""
    visitor, given = sent
    uploads = given.uploads(BUNDLE)
    content = uploads[0].file.read() if uploads else b""
    asked = {name: given.text(name).strip() for name in ("source", "zone", "lines", "columns")}
    try:
        if not content:
            raise InvalidValue(BUNDLE, "", translate(request, "a zip of the bundle's CSV files, or a file of calls"))
        parameters = _import_parameters(asked, uploads[0].filename or "")
        made = carry_out(
            visitor, given, lambda work: _queue(work, visitor, JobKind.IMPORT, content, parameters), upload=content
        )
    except InvalidValue as error:
        return _import_form(request, visitor, _named(problems_of(request, error)), asked)
    return go(f"/jobs/{made['id']}?done=job-begun")


def _import_parameters(asked: Mapping[str, str], name: str) -> dict[str, Any]:
    """What a form says of a file; raises InvalidValue."""
    lines, columns = asked["lines"].split("\n"), asked["columns"].split("\n")
    found = {
        name: [one.strip() for one in many if one.strip()] for name, many in (("lines", lines), ("columns", columns))
    }
    file_source(asked["source"])
    read_options(found["lines"], asked["zone"], found["columns"])
    return {"name": name[:255], "source": asked["source"], "zone": asked["zone"], **found}


def _named(problems: Mapping[str, str]) -> dict[str, str]:
    """Problems by the names that the fields have here."""
    here = {"line": "lines", "column": "columns"}
    return {here.get(name, name): said for name, said in problems.items()}


@router.post("/export")
def export(sent: Sending) -> Response:
    """Queue an export of everything."""
    visitor, given = sent
    made = carry_out(visitor, given, lambda work: _queue(work, visitor, JobKind.EXPORT, None))
    return go(f"/jobs/{made['id']}?done=job-begun")


@router.get("/jobs")
def listing(request: Request, visitor: Working) -> Response:
    """One's own jobs, newest first, an owner sees everybody's; and those that recur."""
    with visitor.app.reading() as work:
        jobs = [job for job in work.jobs.all() if may_see(visitor.principal, job)]
        planned, zone, now = visitor.service.planned, visitor.app.zone, work.now
        told = zip(planned, list_recurring(work, planned, zone), strict=True)
    return page(
        request,
        "jobs.html",
        jobs=[_row(visitor, job) for job in jobs],
        recurring=[job_row(request, one, record, now) for one, record in told],
        once=new_mark(),
    )


@router.get("/jobs/{job_id}")
def detail(request: Request, job_id: str, visitor: Working) -> Response:
    """How far a job is; while it runs the page loads itself again."""
    job = job_for(visitor, job_id)
    row = _row(visitor, job)
    running = job.state in {JobState.QUEUED, JobState.RUNNING}
    still = request.query_params.get("still") == "yes"
    bad = [_bad_row(request, text) for text in job.result.get("rows", [])] if job.state is JobState.FAILED else []
    output = job.kind in OUTPUTS and job.state is JobState.DONE and visitor.principal.may(KIND_SCOPES[job.kind])
    return page(
        request,
        "job.html",
        job=row,
        error=in_words(request, str(job.result.get("error", ""))),
        running=running,
        still=still,
        bad=bad,
        has_output=output,
        problems=[in_words(request, text) for text in job.result.get("problems", [])],
        not_stamped=in_words(request, str(job.result.get("not_stamped", ""))),
        back=_back(visitor, job),
        about=str(job.parameters["kind"]) if job.kind is JobKind.EVIDENCE else job.kind.value,
    )


@router.get("/jobs/{job_id}/output")
def output(job_id: str, visitor: Working) -> Response:
    """The file that a job made, which the journal notes."""
    return output_answer(visitor, job_id)


def _queue(
    work: Work, visitor: Visitor, kind: JobKind, upload: bytes | None, parameters: Mapping[str, Any] = NOTHING
) -> dict[str, Any]:
    job = queue_job(work, kind, visitor.principal.principal_id, parameters, visitor.app.fresh_rng(), upload)
    return {"id": job.job_id}


def _back(visitor: Visitor, job: Job) -> str:
    """The page from which such a job is asked for, empty where the visitor has none."""
    if job.kind is JobKind.EVIDENCE:
        noun, subject_id = str(job.parameters["kind"]), quote(str(job.parameters["id"]), safe="")
        scope = Scope.READ_CALLS if noun == "call" else Scope.READ_REGISTRY
        folder = {"call": "calls", "canary": "canaries", "channel": "channels"}[noun]
        return f"/{folder}/{subject_id}" if visitor.may(scope) else ""
    place = {JobKind.VERIFY: "/ledger", JobKind.BACKUP: "/backups"}.get(job.kind, "")
    return place if visitor.may(KIND_SCOPES[job.kind]) else ""


def _row(visitor: Visitor, job: Job) -> dict[str, Any]:
    """A job with how far it is by now."""
    noted = visitor.app.progress_notes.read(job.job_id) if job.state is JobState.RUNNING else None
    done, total = noted or (job.done, job.total)
    return {**job_record(job), "done": done, "total": total, "mine": job.principal == visitor.principal.principal_id}


def _bad_row(request: Request, text: str) -> dict[str, str]:
    """A bad row of an import, `FILE:LINE: COLUMN: REASON`, in its parts; line and column may be missing."""
    place, _, rest = text.partition(": ")
    column, found, reason = rest.partition(": ")
    if not found or " " in column:
        column, reason = "", rest
    return {"place": place, "column": column, "reason": in_words(request, reason)}


def _import_form(
    request: Request, visitor: Visitor, problems: Mapping[str, str], values: Mapping[str, str] = NOTHING
) -> Response:
    megabytes = visitor.app.settings.upload_megabytes
    status = 422 if problems else 200
    return page(
        request,
        "import.html",
        status,
        problems=problems,
        values=values,
        sources=list(FILES),
        megabytes=megabytes,
        once=new_mark(),
    )
