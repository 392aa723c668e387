"""Evidence packs: what one opens is said and chosen before it is made, and anybody may have one verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tracer.documents.evidence.pack_zip import MOST_BYTES, read_pack
from tracer.domain.access import Scope
from tracer.domain.errors import EvidenceRejected, InvalidValue
from tracer.domain.evidence.opening import parse_opening
from tracer.domain.evidence.read_time import time_reader
from tracer.domain.evidence.subject import Subject, SubjectKind
from tracer.domain.evidence.verdict import Verdict
from tracer.domain.evidence.verify_pack import verify_pack
from tracer.domain.job import JobKind
from tracer.services.access.answer_once import Work
from tracer.services.evidence.export_evidence import require_subject
from tracer.services.jobs.queue_job import queue_job
from tracer.services.registry.browse import browse_calls
from tracer.web.forms import carry_out, new_mark, problems_of
from tracer.web.page import go, page, translate
from tracer.web.refusals import in_words
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import opening_options

router = APIRouter(include_in_schema=False)
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.BULK)]
PACK, FACTS_SHOWN = "pack", 200


@router.get("/evidence/new")
def form(
    request: Request,
    visitor: Annotated[Visitor, visiting(Scope.BULK)],
    kind: Annotated[str, Query(max_length=20)],
    subject_id: Annotated[str, Query(max_length=128, alias="id")],
) -> Response:
    """What a pack on a call, a canary or a channel opens, what stays closed, and the button."""
    return _form(request, visitor, _subject(kind, subject_id), [], {}, {})


@router.post("/evidence")
def make(request: Request, sent: Sending) -> Response:
    """Queue the making of a pack, for somebody who says to have checked what it opens."""
    visitor, given = sent
    subject = _subject(given.text("kind"), given.text("id"))
    chosen = given.texts("open")
    try:
        opening = parse_opening(chosen, name_persons=given.text("name_persons") == "yes")
        if given.text("checked") != "yes":
            told = translate(request, "Tick the box: a pack is made only by somebody who has checked what it opens.")
            return _form(request, visitor, subject, chosen, given.values(), {"checked": told})
        parameters = {
            "kind": subject.kind.value,
            "id": subject.subject_id,
            "open": sorted(opening.fields),
            "name_persons": opening.name_persons,
        }
        made = carry_out(visitor, given, lambda work: _queue(work, visitor, subject, parameters))
    except InvalidValue as error:
        return _form(request, visitor, subject, chosen, given.values(), problems_of(request, error))
    return go(f"/jobs/{made['id']}?done=job-begun")


@router.get("/evidence/verify")
def verify_form(request: Request, visitor: Annotated[Visitor, visiting()]) -> Response:
    """The form."""
    return _verdict(request)


@router.post("/evidence/verify")
def verify(request: Request, sent: Annotated[tuple[Visitor, Sent], sending()]) -> Response:
    """What a pack of whatever registry proves, in plain words. Nothing of it is kept."""
    _, given = sent
    trusted = given.text("trust")
    uploads = given.uploads(PACK)
    content = uploads[0].file.read() if uploads else b""
    if not content:
        told = translate(request, "Choose the zip file of an evidence pack.")
        return _verdict(request, trust=trusted, problems={PACK: told})
    try:
        verdict = verify_pack(read_pack(content), trusted, time_reader(None))
    except InvalidValue as error:
        return _verdict(request, trust=trusted, problems=problems_of(request, error))
    except EvidenceRejected as error:
        return _verdict(request, trust=trusted, refused=in_words(request, str(error)))
    return _verdict(request, trust=trusted, verdict=verdict)


def _subject(kind: str, subject_id: str) -> Subject:
    if kind not in set(SubjectKind):
        raise InvalidValue("kind", kind, f"one of: {' '.join(SubjectKind)}")
    return Subject(SubjectKind(kind), subject_id)


def _queue(work: Work, visitor: Visitor, subject: Subject, parameters: Mapping[str, Any]) -> dict[str, Any]:
    require_subject(work, subject)
    principal = visitor.principal.principal_id
    return {"id": queue_job(work, JobKind.EVIDENCE, principal, parameters, visitor.app.fresh_rng()).job_id}


def _form(
    request: Request,
    visitor: Visitor,
    subject: Subject,
    chosen: list[str],
    values: Mapping[str, str],
    problems: Mapping[str, str],
) -> Response:
    with visitor.app.reading() as work:
        require_subject(work, subject)
        canary_id = subject.subject_id if subject.kind is SubjectKind.CANARY else ""
        silent = bool(canary_id) and not browse_calls(work, None, 1, canary_id=canary_id).ids
    return page(
        request,
        "evidence_new.html",
        422 if problems else 200,
        kind=subject.kind.value,
        subject_id=subject.subject_id,
        silent=silent,
        stamped=bool(visitor.app.settings.time_authorities),
        openings=opening_options(request),
        chosen=chosen,
        values=values,
        problems=problems,
        once=new_mark(),
    )


def _verdict(
    request: Request,
    *,
    trust: str = "",
    problems: Mapping[str, str] | None = None,
    refused: str = "",
    verdict: Verdict | None = None,
) -> Response:
    return page(
        request,
        "evidence_verify.html",
        422 if problems or refused else 200,
        values={"trust": trust},
        problems=problems or {},
        refused=refused,
        verdict=verdict,
        most=FACTS_SHOWN,
        megabytes=MOST_BYTES >> 20,
    )
