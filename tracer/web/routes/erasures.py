"""Erasing the personal data of a call or a canary: asked once more, with what is lost, before it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.canary import LIVE_STATES
from tracer.domain.errors import CallUnsettled, InvalidValue, NotAllowed
from tracer.services.access.answer_once import Work
from tracer.services.calls.settle_call import NOTHING_LOST, Settler, Settling
from tracer.services.erasure.erase_personal import Erasure, Unsettled, erase_call, erase_canary, same_contact
from tracer.web.page import go, page, translate
from tracer.web.refusals import in_words
from tracer.web.visitor import Sent, Visitor, sending

router = APIRouter(include_in_schema=False)
AnId = Annotated[str, Path(max_length=128, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
Eraser = Annotated[tuple[Visitor, Sent], sending(Scope.ERASE)]


@router.post("/calls/{call_id}/erase")
def call(request: Request, call_id: AnId, sent: Eraser) -> Response:
    """Erase a call, once somebody has said why and is sure."""
    visitor, form = sent
    app = visitor.app
    with app.reading() as work:
        found = Settler(work, app.settings.canary_prior).look(work.calls.get(call_id))
        others = same_contact(work, call_id)[1:]
    if form.text("sure") != "yes":
        return _asked(request, "calls", call_id, form, found=found, others=others)

    def do(work: Work) -> Erasure:
        unsettled = Unsettled.SETTLE if form.text("unsettled") == "settle" else Unsettled.REFUSE
        unsettled = Unsettled.ANYWAY if form.text("unsettled") == "anyway" else unsettled
        return erase_call(work, call_id, form.text("reason"), Settler(work, app.settings.canary_prior), unsettled)

    problem = _done(request, visitor, do)
    if problem:
        return _asked(request, "calls", call_id, form, problem, found=found, others=others)
    return go(f"/calls/{call_id}?done=erased")


@router.post("/canaries/{canary_id}/erase")
def canary(request: Request, canary_id: AnId, sent: Eraser) -> Response:
    """Erase a canary that was given up, once somebody has said why and is sure."""
    visitor, form = sent
    with visitor.app.reading() as work:
        live = work.canaries.get(canary_id).state in LIVE_STATES
    if form.text("sure") != "yes":
        return _asked(request, "canaries", canary_id, form, live=live)
    channels = visitor.app.model.channels
    problem = _done(request, visitor, lambda work: erase_canary(work, canary_id, form.text("reason"), channels))
    if problem:
        return _asked(request, "canaries", canary_id, form, problem, live=live)
    return go(f"/canaries/{canary_id}?done=erased")


def _done(request: Request, visitor: Visitor, do: Callable[[Work], Erasure]) -> str:
    """Carry it out; what stands in the way, empty where nothing does."""
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            do(work)
            work.commit()
    except CallUnsettled:
        return translate(request, "Choose what is to become of what was heard.")
    except InvalidValue:
        return translate(request, "Say why, in 1 to 200 characters, and name nobody: the reason is kept.")
    except NotAllowed as error:
        return in_words(request, str(error))
    visitor.app.registry.clear_overwritten()
    return ""


def _asked(
    request: Request,
    kind: str,
    subject_id: str,
    form: Sent,
    problem: str = "",
    *,
    found: Settling = NOTHING_LOST,
    others: list[str] | None = None,
    live: bool = False,
) -> Response:
    return page(
        request,
        "erase.html",
        422 if problem else 200,
        kind=kind,
        subject_id=subject_id,
        reason=form.text("reason"),
        unsettled=form.text("unsettled"),
        problem=problem,
        found=found,
        others=others or [],
        live=live,
    )
