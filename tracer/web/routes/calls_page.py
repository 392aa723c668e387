"""The page of one call: what is known, its files, where it came from, its history; corrected, undone, merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.call import Call, CallState
from tracer.domain.errors import InvalidValue, NotAllowed, NotPermitted, TooManyRequests, TracerError
from tracer.domain.records import call_record, check_annotations
from tracer.http.file_answer import file_answer
from tracer.services.access.answer_once import Work
from tracer.services.calls.attach_files import attach_files
from tracer.services.calls.fetch_attachment import fetch_attachment
from tracer.services.calls.log_call import check_received, correct_call, merge_call, restore_call, undo_call
from tracer.services.incoming.browse_deliveries import deliveries_of
from tracer.web.call_finding import shown_finding
from tracer.web.call_form import CANNOT_SAY, ROWS, changes_of, filled, problems_of, values_of
from tracer.web.call_words import call_words
from tracer.web.explaining import LONG, SHORT, explanation_of
from tracer.web.page import go, page, translate
from tracer.web.refusals import told as refusal_told
from tracer.web.routes.calls_new import chosen_files, told
from tracer.web.shown import shown
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
AnId = Annotated[str, Path(max_length=128, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
Reader = Annotated[Visitor, visiting(Scope.READ_CALLS)]
Logger = Annotated[tuple[Visitor, Sent], sending(Scope.LOG_CALLS, Scope.CHANGE_CALLS)]
Corrector = Annotated[tuple[Visitor, Sent], sending(Scope.CHANGE_CALLS)]


@router.get("/calls/{call_id}")
def show(
    request: Request,
    call_id: AnId,
    visitor: Reader,
    wait: Annotated[bool, Query(description="For the finding.")] = False,
) -> Response:
    """All that is known of a call."""
    return _page(request, visitor, call_id, seconds=LONG if wait else SHORT)


@router.get("/calls/{call_id}/explanation")
def explanation(request: Request, call_id: AnId, visitor: Reader) -> Response:
    """Where the call came from, as a piece of its page."""
    with visitor.app.reading() as work:
        call = work.calls.get(call_id)
        changes = _changes(work, call_id)
    return page(request, "calls_finding.html", call=call, **_finding(request, visitor, call, changes, LONG))


@router.get("/calls/{call_id}/attachments/{attachment_id}")
def download(call_id: AnId, attachment_id: AnId, visitor: Reader) -> Response:
    """What an attachment holds, to be saved and never shown in the browser."""
    if not visitor.sees_one():
        raise NotPermitted(Scope.REVEAL_ONE.value)
    with visitor.app.writing(visitor.principal.principal_id) as work:
        visitor.count_lookup(work)
        found, content = fetch_attachment(work, call_id, attachment_id)
        work.commit()
    return file_answer(found.file_name, content)


@router.post("/calls/{call_id}/attachments")
def attach(request: Request, call_id: AnId, sent: Logger) -> Response:
    """Keep files with a call that was logged; the same file again changes nothing."""
    visitor, form = sent
    visitor.require(Scope.READ_CALLS)
    megabytes = visitor.app.settings.attachment_megabytes
    try:
        files = chosen_files(form, megabytes)
        if not files:
            raise InvalidValue("attachments", "", "a file", "Choose a recording or a screenshot")
        with visitor.app.writing(visitor.principal.principal_id) as work:
            made = attach_files(work, call_id, files, megabytes, visitor.app.fresh_rng())
            work.commit()
    except (InvalidValue, NotAllowed) as error:
        said = told(request, "attachments", error) if isinstance(error, InvalidValue) else refusal_told(request, error)
        return _page(request, visitor, call_id, problem_of_files=said)
    return go(f"/calls/{call_id}?done={'files-attached' if any(one.added for one in made) else 'files-known'}#files")


@router.get("/calls/{call_id}/correct")
def correction(request: Request, call_id: AnId, visitor: Annotated[Visitor, visiting(Scope.CHANGE_CALLS)]) -> Response:
    """The form to correct a call."""
    _require_sight(visitor)
    with visitor.app.reading() as work:
        call = work.calls.get(call_id)
    visitor.reveal("call", call_id)
    return _correction(request, call_id, values_of(call_record(call)))


@router.post("/calls/{call_id}/correct")
def correct(request: Request, call_id: AnId, sent: Corrector) -> Response:
    """Change what was logged; the earlier values stay in the history."""
    visitor, form = sent
    _require_sight(visitor)
    values = filled(form)
    now = visitor.app.clock()
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            work.calls.hold([call_id])
            changes = changes_of(values, call_record(work.calls.get(call_id)), now)
            check_annotations(changes.get("tags", "").replace(",", " ").split())
            check_received(changes.get("received_at", ""), now)
            correct_call(work, call_id, changes)
            work.commit()
    except TracerError as error:
        problems = {field: told(request, field, one) for field, one in problems_of(error).items()}
        return _correction(request, call_id, values, problems)
    return go(f"/calls/{call_id}?done=call-corrected")


@router.post("/calls/{call_id}/undo")
def undo(request: Request, call_id: AnId, sent: Corrector) -> Response:
    """Take a mislogged call out of every count."""
    return _changed(request, sent[0], call_id, lambda work: undo_call(work, call_id), "call-undone")


@router.post("/calls/{call_id}/restore")
def restore(request: Request, call_id: AnId, sent: Corrector) -> Response:
    """Count an undone or merged call again."""
    return _changed(request, sent[0], call_id, lambda work: restore_call(work, call_id), "call-restored")


@router.post("/calls/{call_id}/merge")
def merge(request: Request, call_id: AnId, sent: Corrector) -> Response:
    """Say that two records are one contact: this one becomes part of the other."""
    visitor, form = sent
    into = form.text("into")
    return _changed(request, visitor, call_id, lambda work: merge_call(work, call_id, into), "call-merged", into)


def _changed(
    request: Request, visitor: Visitor, call_id: str, do: Callable[[Work], Call], done: str, into: str = ""
) -> Response:
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            made = do(work)
            work.commit()
    except TooManyRequests:
        raise
    except TracerError as error:
        return _page(request, visitor, call_id, problem=refusal_told(request, error), into=into)
    return go(f"/calls/{made.call_id}?done={done}")


def _page(
    request: Request,
    visitor: Visitor,
    call_id: str,
    *,
    problem: str = "",
    problem_of_files: str = "",
    into: str = "",
    seconds: float = SHORT,
) -> Response:
    raw = visitor.sees_one()
    with visitor.app.reading() as work:
        call = work.calls.get(call_id)
        files = work.calls.attachments(call_id)
        stored = work.attachment_contents.stored([file.attachment_id for file in files])
        history = work.journal.about(call_id)
        changes = _changes(work, call_id)
        told_by = deliveries_of(work, call_id, raw=raw)
    if raw:
        visitor.reveal("call", call_id)
    told_record = {**call_record(call), "merged_into": call.merged_into or ""}
    return page(
        request,
        "calls_show.html",
        409 if problem else 422 if problem_of_files else 200,
        call=call,
        record=shown("call", told_record, raw=raw),
        files=files,
        stored=stored,
        history=[fact for fact in history if fact.event not in _LOOKS],
        looks=[fact for fact in history if fact.event in _LOOKS],
        raw=raw,
        told_by=told_by,
        words=call_words(request),
        problem=problem,
        problem_of_files=problem_of_files,
        megabytes=visitor.app.settings.attachment_megabytes,
        into=into,
        **_finding(request, visitor, call, changes, seconds),
    )


_LOOKS = frozenset(("identity_revealed", "attachment_fetched", "evidence_exported"))
_OF_FILES = frozenset(("file_attached", "file_content_kept"))


def _finding(request: Request, visitor: Visitor, call: Call, changes: int, seconds: float) -> Mapping[str, Any]:
    if call.state is not CallState.LOGGED:
        return {"finding": None, "refusal": "", "waiting": False}
    found, refusal = explanation_of(request, call.call_id, changes, seconds)
    if refusal is not None:
        return {"finding": None, "refusal": refusal_told(request, refusal), "waiting": False}
    finding = None if found is None else shown_finding(request, visitor, found)
    return {"finding": finding, "refusal": "", "waiting": found is None}


def _changes(work: Work, call_id: str) -> int:
    """How often the call changed: of each of its versions the finding is another."""
    return sum(fact.event not in _LOOKS | _OF_FILES for fact in work.journal.about(call_id))


def _correction(
    request: Request, call_id: str, values: Mapping[str, str], problems: Mapping[str, str] | None = None
) -> Response:
    return page(
        request,
        "calls_correct.html",
        422 if problems else 200,
        call_id=call_id,
        values=values,
        problems=problems or {},
        words=call_words(request),
        rows=[(row, translate(request, row.label)) for row in ROWS],
        cannot_say=CANNOT_SAY,
    )


def _require_sight(visitor: Visitor) -> None:
    """To correct what was logged one has to see it."""
    if not visitor.sees_one():
        raise NotPermitted(Scope.REVEAL_ONE.value)
