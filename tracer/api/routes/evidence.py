"""/evidence: packs that a stranger can verify without this registry."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import makes
from tracer.api.asked import Asked, asking
from tracer.api.schemas.evidence import PackIn, VerdictOut
from tracer.api.schemas.jobs import JobOut
from tracer.documents.evidence.pack_zip import read_pack
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue
from tracer.domain.evidence.opening import parse_opening
from tracer.domain.evidence.read_time import time_reader
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.evidence.verdict import verdict_object
from tracer.domain.evidence.verify_pack import verify_pack
from tracer.domain.job import JobKind, job_record
from tracer.services.access.answer_once import Answer, Work
from tracer.services.evidence.export_evidence import require_subject
from tracer.services.jobs.queue_job import queue_job

router = APIRouter(prefix=V1, tags=["evidence"])
ZIP = "application/zip"


@router.post("/evidence", status_code=202, responses=makes(JobOut, status=202), summary="Make an evidence pack")
def make(body: PackIn, asked: Annotated[Asked, asking(Scope.BULK)]) -> Response:
    """Queue the making of a pack on a call, a canary or a channel; its zip is what the job makes.

    It opens names and numbers of the canaries concerned: they are no traps any more once it is handed on.
    """
    subject = Subject(SubjectKind(body.kind), body.id)
    opening = parse_opening(body.open, name_persons=body.name_persons)
    parameters = {
        "kind": body.kind,
        "id": body.id,
        "open": sorted(opening.fields),
        "name_persons": opening.name_persons,
    }

    def queue(work: Work) -> Answer:
        require_subject(work, subject)
        job = queue_job(work, JobKind.EVIDENCE, asked.principal.principal_id, parameters, asked.app.fresh_rng())
        return Answer(202, job_record(job), address_of("jobs", job.job_id))

    return asked.once(queue)


@router.post(
    "/evidence/verify",
    responses=makes(VerdictOut, status=200),
    summary="Verify an evidence pack",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "An evidence pack.",
            "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def verify(
    asked: Annotated[Asked, asking(*Scope, media_types=(ZIP,))],
    trust: Annotated[str, Query(max_length=400, description="The fingerprint or verifier key that you trust.")] = "",
) -> Response:
    """What a pack of whatever registry proves. Refused (422) where it does not hold, naming the member.

    Without `trust` its origin is not proven: anybody can make a key.
    """
    if not asked.body:
        raise InvalidValue("body", "", "an evidence pack")
    verdict = verdict_object(verify_pack(read_pack(asked.body), trust, time_reader(None)))
    return asked.once(lambda work: Answer(200, verdict))
