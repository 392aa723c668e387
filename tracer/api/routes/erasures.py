"""Taking the personal data of a call or a canary away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes
from tracer.api.asked import Asked, asking
from tracer.api.schemas.erasures import CallErasureIn, ErasureIn, ErasureOut
from tracer.domain.access import Scope
from tracer.services.access.answer_once import Answer, Work
from tracer.services.calls.settle_call import Settler
from tracer.services.erasure.erase_personal import Erasure, Unsettled, erase_call, erase_canary, erasure_object

router = APIRouter(prefix=V1, tags=["erasure"])
Eraser = Annotated[Asked, asking(Scope.ERASE)]


@router.post("/calls/{call_id}/erasure", responses=makes(ErasureOut, 404, status=200), summary="Erase a call")
def call(call_id: str, body: CallErasureIn, asked: Eraser) -> Response:
    """Erase the caller's number, what was heard, transcript, notes and files of a call and of the records merged
    with it. It cannot be undone. Time, line, what the caller knew and the canary stay."""
    prior, unsettled = asked.app.settings.canary_prior, Unsettled(body.unsettled)
    return _erased(asked, lambda work: erase_call(work, call_id, body.reason, Settler(work, prior), unsettled))


@router.post("/canaries/{canary_id}/erasure", responses=makes(ErasureOut, 404, status=200), summary="Erase a canary")
def canary(canary_id: str, body: ErasureIn, asked: Eraser) -> Response:
    """Erase the name and notes of a canary that was given up, and goods, numbers, account, notes and aliases of its
    orders. It cannot be undone. Line, times and routes stay."""
    channels = asked.app.model.channels
    return _erased(asked, lambda work: erase_canary(work, canary_id, body.reason, channels))


def _erased(asked: Asked, do: Callable[[Work], Erasure]) -> Response:
    answer = asked.once(lambda work: Answer(200, erasure_object(do(work))))
    asked.app.registry.clear_overwritten()
    return answer
