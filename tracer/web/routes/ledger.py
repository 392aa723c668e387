"""The ledger: what is sealed and under which key, the facts of the journal, and the proof of each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue, LedgerForked, NotAllowed
from tracer.domain.job import Job, JobKind, JobState
from tracer.http.job_answers import may_see
from tracer.services.access.answer_once import Work
from tracer.services.jobs.queue_job import queue_job
from tracer.services.ledger.read_ledger import fact_head, ledger_state, prove_entry
from tracer.services.registry.browse import browse_journal
from tracer.web.forms import carry_out, new_mark
from tracer.web.lists import PAGE, filters_of, next_url
from tracer.web.page import go, page
from tracer.web.refusals import in_words
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import event_options

router = APIRouter(include_in_schema=False)
Auditing = Annotated[Visitor, visiting(Scope.READ_LEDGER)]
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.READ_LEDGER)]


@router.get("/ledger")
def show(request: Request, visitor: Auditing) -> Response:
    """How much is sealed, the newest checkpoint and trusted time, the key, and whether something is wrong."""
    return _page(request, visitor)


@router.post("/ledger/seal")
def seal(request: Request, sent: Sending) -> Response:
    """Seal what was registered since the newest checkpoint, without waiting for the worker."""
    visitor, _ = sent
    try:
        visitor.app.seal_ledger()
    except LedgerForked:
        return _page(request, visitor, 409)
    return go("/ledger?done=ledger-sealed")


@router.post("/ledger/verify")
def verify(sent: Sending) -> Response:
    """Queue a look at everything; one that is under way is not begun twice."""
    visitor, form = sent

    def queue(work: Work) -> dict[str, Any]:
        for begun in _audits(work, JobState.QUEUED, JobState.RUNNING):
            if may_see(visitor.principal, begun):
                return {"id": begun.job_id}
        principal = visitor.principal.principal_id
        return {"id": queue_job(work, JobKind.VERIFY, principal, {}, visitor.app.fresh_rng()).job_id}

    return go(f"/jobs/{carry_out(visitor, form, queue)['id']}?done=job-begun")


@router.get("/ledger/facts")
def facts(request: Request, visitor: Auditing) -> Response:
    """Who did what when, to what, the newest first. What was recorded stays sealed."""
    wanted = filters_of(request, "event", "subject_id")
    after = request.query_params.get("after", "")
    if after and not (after.isascii() and after.isdigit() and 0 < int(after[:20]) < 2**63):
        expected = "the address of a page as this site wrote it"
        raise InvalidValue("after", after, expected, "Begin at the first page")
    with visitor.app.reading() as work:
        found = browse_journal(work, int(after or 0), PAGE, newest_first=True, **wanted)
    return page(
        request,
        "facts.html",
        rows=found.records,
        values=wanted,
        filtered=any(wanted.values()),
        events=event_options(request),
        next_url=next_url(request, found.after),
    )


@router.get("/ledger/facts/{entry_id}")
def fact(request: Request, entry_id: str, visitor: Auditing) -> Response:
    """One fact: its place in the ledger, and what vouches for it."""
    with visitor.app.reading() as work:
        head = fact_head(work, entry_id)
        try:
            proved, waits = prove_entry(work, entry_id), ""
        except NotAllowed as error:
            proved, waits = None, in_words(request, str(error))
    return page(request, "fact.html", head=head, proved=proved, waits=waits)


@router.get("/ledger/facts/{entry_id}/proof")
def proof(entry_id: str, visitor: Auditing) -> Response:
    """The proof as a file that other programs read."""
    with visitor.app.reading() as work:
        proved = prove_entry(work, entry_id)
    headers = {"Content-Disposition": f'attachment; filename="tracer-{proved.entry_id}.tlog-proof"'}
    return Response(proved.proof.text(), media_type="text/plain; charset=utf-8", headers=headers)


def _page(request: Request, visitor: Visitor, status: int = 200) -> Response:
    app = visitor.app
    head = app.ledger_head.now()
    with app.reading() as work:
        state = ledger_state(work, head)
        audits = _audits(work, *JobState)
        user_id = None if visitor.may(Scope.READ_REGISTRY) else visitor.principal.user_id  # whose home page this is
        invited = user_id is not None and not work.users.get(user_id).has_password
    return page(
        request,
        "ledger.html",
        status,
        state=state,
        alarm=in_words(request, state["alarm"]),
        authorities=len(app.settings.time_authorities),
        audit=audits[0] if audits else None,
        mine=bool(audits) and may_see(visitor.principal, audits[0]),
        problems=[in_words(request, text) for text in audits[0].result.get("problems", [])] if audits else [],
        invited=invited,
        once=new_mark(),
    )


def _audits(work: Work, *states: JobState) -> list[Job]:
    """Audits in these states, the newest first."""
    return [job for job in work.jobs.all() if job.kind is JobKind.VERIFY and job.state in states]
