"""/identify: whose name was that?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes
from tracer.api.asked import Asked, asking
from tracer.api.schemas.identification import HeardBatchIn, HeardIn, IdentificationOut
from tracer.domain.access import Scope
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.errors import UnknownId
from tracer.domain.heard_values import Heard
from tracer.services.access.answer_once import Answer, Work
from tracer.services.calls.identify_call import Identifier, identification_object

router = APIRouter(prefix=V1, tags=["calls"])
Reader = Annotated[Asked, asking(Scope.READ_CALLS)]


@router.post("/identify", responses=makes(IdentificationOut, status=200), summary="Which canary is meant")
def identify(body: HeardIn, asked: Reader) -> Response:
    """Which canary a caller means by what was heard, or that it is none of ours. Such look-ups are limited."""
    (told,) = _identified(asked, [body])
    return _once(asked, told, 1)


@router.post("/identify/batch", responses=makes(list[IdentificationOut], status=200), summary="Several at once")
def identify_batch(body: HeardBatchIn, asked: Reader) -> Response:
    """The same for several, in their order; each counts as a look-up. A number that is not in the pool rings for
    nobody."""
    told = _identified(asked, body.heard, strict=False)
    return _once(asked, told, len(told))


def _once(asked: Asked, told: Any, cost: int) -> Response:
    def do(work: Work) -> Answer:
        asked.count_lookup(work, cost)
        return Answer(200, told)

    return asked.once(do)


def _identified(asked: Asked, questions: Sequence[HeardIn], *, strict: bool = True) -> list[dict[str, Any]]:
    """In a unit of work that reads: the first question of a process reads all names, for which no writer waits."""
    lines = [parse_line(one.dialled) if one.dialled else None for one in questions]
    service = asked.service
    told: list[dict[str, Any]] = []
    with service.directory_lock, asked.app.reading() as work:  # the names in memory are for one thread at a time
        identifier = Identifier(work, asked.app.settings.canary_prior, service.directory)
        for one, line in zip(questions, lines, strict=True):
            heard = Heard(one.heard, one.item, one.price, one.order_no, one.waybill_no)
            try:
                told.append(identification_object(identifier.identify(heard, line)))
            except UnknownId:
                if strict:
                    raise
                told.append({"candidates": [], "not_ours": 1.0, "verdict": None})
    if not asked.sees_one():
        for answer in told:
            answer["candidates"] = [{**candidate, "differs": None} for candidate in answer["candidates"]]
    return told
