"""/calls: received calls, messages and chats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1, address_of
from tracer.api.answers import BODIED, makes, problems, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page, read_cursor
from tracer.api.parameters import CursorParameter, LimitParameter, Moment, Reveal, Tag, time_or_none
from tracer.api.routes.calls_parse import read_for
from tracer.api.schemas.calls import CallChanges, CallDetail, CallIn, CallOut, MergeIn, ScriptOut
from tracer.api.schemas.reports import ExplanationOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.call import Call
from tracer.http.heavy import explain_task
from tracer.services.access.answer_once import Answer, Work
from tracer.services.calls.attach_files import attachment_objects
from tracer.services.calls.log_call import (
    AttachedFile,
    check_received,
    check_something_said,
    correct_call,
    log_call,
    merge_call,
    restore_call,
    undo_call,
)
from tracer.services.calls.read_call import completed
from tracer.services.incoming.browse_deliveries import deliveries_of
from tracer.services.registry.browse import browse_calls, whole_call

router = APIRouter(prefix=V1, tags=["calls"])
Reader = Annotated[Asked, asking(Scope.READ_CALLS)]
Corrector = Annotated[Asked, asking(Scope.CHANGE_CALLS)]


@router.get("/calls", responses=reads(page_of(CallOut)), summary="List calls")
def list_calls(
    asked: Reader,
    nature: Annotated[Literal["", "scam", "legitimate", "unsure"], Query(description="Only of this nature.")] = "",
    kind: Annotated[Literal["", "call", "sms", "chat"], Query(description="Only of this kind.")] = "",
    script: Annotated[str, Query(max_length=64, description="Only with this story, as GET /scripts names it.")] = "",
    canary_id: Annotated[str, Query(max_length=128, description="Only those known to be for this canary.")] = "",
    tag: Tag = "",
    since: Moment = "",
    until: Moment = "",
    everything: Annotated[bool, Query(description="Undone and merged ones too.")] = False,
    newest_first: Annotated[bool, Query(description="The newest first, in place of the oldest.")] = False,
    reveal: Reveal = True,
    limit: LimitParameter = 50,
    cursor: CursorParameter = "",
) -> Response:
    """Calls by time received, page by page."""
    place = read_cursor(asked.request, cursor, int, str) if cursor else read_cursor(asked.request, cursor)
    after = (int(place.after[0]), str(place.after[1])) if place.after else None
    filters = {"nature": nature, "kind": kind, "script": script, "canary_id": canary_id, "tag": tag}
    with asked.app.reading() as work:
        found = browse_calls(
            work,
            after,
            limit,
            newest_first=newest_first,
            since=time_or_none(since, "since"),
            until=time_or_none(until, "until"),
            everything=everything,
            **filters,
        )
    raw = asked.sees_all(reveal)
    if raw:
        asked.reveal_page("calls", found.ids)
    return asked.answer(page(asked.shown("call", found.records, raw=raw), place.next(found.after)))


@router.post("/calls", status_code=201, responses=makes(CallOut), summary="Log a call")
def log(body: CallIn, asked: Annotated[Asked, asking(Scope.LOG_CALLS)]) -> Response:
    """Log a call: first what you know now, the rest later. The answer to an Idempotency-Key is kept for ever.

    It is committed to disk before it is answered. Of `attachments` the hashes become facts with the call; the files
    themselves are kept by POST …/attachments, now or later. With `read_transcript` what the transcript tells fills what
    is left empty; what is stated stays.
    """
    record: dict[str, str] = body.model_dump(exclude={"attachments", "read_transcript"})
    if body.read_transcript:
        record = completed(record, read_for(asked, record["transcript"], record["dialled_number"], record["canary_id"]))
    files = [AttachedFile(file.file_name, file.size, file.sha256) for file in body.attachments]
    check_something_said(record, files)
    check_received(record["received_at"], asked.app.clock())

    def do(work: Work) -> Answer:
        call = log_call(work, record, files, asked.app.fresh_rng())
        (value,) = asked.shown("call", [whole_call(call)], raw=asked.sees_one())
        return Answer(201, value, address_of("calls", call.call_id))

    answer = asked.once(do, for_ever=True)
    asked.service.metrics.calls.inc()
    return answer


@router.get("/calls/{call_id}", responses=reads(CallDetail, 404), summary="Show a call")
def show(call_id: str, asked: Reader, reveal: Reveal = True) -> Response:
    """One call with its attachments and its whole history."""
    raw = asked.sees_one(reveal)
    with asked.app.reading() as work:
        call = work.calls.get(call_id)
        files = attachment_objects(work, call_id)
        history = work.journal.about(call_id)
        told = deliveries_of(work, call_id, raw=raw)
    if raw:
        asked.reveal("call", call_id)
    (record,) = asked.shown("call", [whole_call(call)], raw=raw)
    shown = files if raw else [{**file, "file_name": None} for file in files]
    more = {"attachments": shown, "deliveries": told}
    return asked.answer({**record, **more, "history": asked.history(history, raw=raw)})


@router.patch(
    "/calls/{call_id}",
    responses={**reads(CallOut, 404, 409), **problems(*BODIED)},
    summary="Correct a call",
)
def correct(call_id: str, body: CallChanges, asked: Corrector) -> Response:
    """Change what was logged. The earlier values stay in its history."""
    changes = {column: value for column, value in body.model_dump().items() if value is not None}
    check_received(changes.get("received_at", ""), asked.app.clock())
    return asked.change(lambda work: Answer(200, _seen(asked, work, correct_call(work, call_id, changes))))


@router.post("/calls/{call_id}/undo", responses=makes(CallOut, 404, status=200), summary="Undo a call")
def undo(call_id: str, asked: Corrector) -> Response:
    """Take a mislogged call out of every count; restore brings it back."""
    return _changed(asked, lambda work: undo_call(work, call_id))


@router.post("/calls/{call_id}/restore", responses=makes(CallOut, 404, status=200), summary="Restore a call")
def restore(call_id: str, asked: Corrector) -> Response:
    """Count an undone or merged call again."""
    return _changed(asked, lambda work: restore_call(work, call_id))


@router.post("/calls/{call_id}/merge", responses=makes(CallOut, 404, status=200), summary="Merge two records of a call")
def merge(call_id: str, body: MergeIn, asked: Corrector) -> Response:
    """Say that two records are one contact; the one that stays gains what only the other knew."""
    return _changed(asked, lambda work: merge_call(work, call_id, body.into))


@router.get("/calls/{call_id}/explanation", responses=reads(ExplanationOut, 404, 409), summary="Explain a call")
def explain(
    call_id: str,
    asked: Annotated[Asked, asking(Scope.READ_CALLS)],
    as_of: Moment = "",
    full: Annotated[bool, Query(description="Attribute everything anew, whatever state there is.")] = False,
) -> Response:
    """Where a call's knowledge came from, and the evidence for it, term by term.

    At once from the state that a refresh job kept, where there is one; else everything is attributed first.
    """
    time_or_none(as_of, "as_of")
    return asked.answer(asked.service.heavy.run(explain_task, call_id, as_of, full))


@router.get("/scripts", responses=reads(list[ScriptOut]), summary="List the stories that callers tell")
def scripts(asked: Annotated[Asked, asking(Scope.READ_CALLS, Scope.LOG_CALLS)]) -> Response:
    """The stories that callers tell, by the id that `script` takes."""
    return asked.answer([{"script": script, **texts} for script, texts in asked.app.scripts.items()])


def _changed(asked: Asked, do: Callable[[Work], Call]) -> Response:
    return asked.once(lambda work: Answer(200, _seen(asked, work, do(work))))


def _seen(asked: Asked, work: Work, call: Call) -> dict[str, Any]:
    record = whole_call(call)
    return asked.seen(work, "call", call.call_id, record, raw=asked.sees_one())
