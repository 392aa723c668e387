"""/identify: whose name was that?"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes
from tracer.api.asked import Asked, asking
from tracer.api.schemas import HeardIn, IdentificationOut
from tracer.domain.access import Scope
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.match import Heard
from tracer.services.answer_once import Answer, Work
from tracer.services.identify_call import Identifier, identification_object

router = APIRouter(prefix=V1, tags=["calls"])


@router.post("/identify", responses=makes(IdentificationOut, status=200), summary="Which canary is meant")
def identify(body: HeardIn, asked: Annotated[Asked, asking(Scope.READ_CALLS)]) -> Response:
    """Which canary a caller means by what was heard, or that it is none of ours. Such look-ups are limited."""
    line = parse_line(body.dialled) if body.dialled else None
    heard = Heard(body.heard, body.item, body.price, body.order_no, body.waybill_no)
    service = asked.service

    def do(work: Work) -> Answer:
        asked.count_lookup(work)
        with service.directory_lock:  # the names in memory are for one thread at a time
            found = Identifier(work, asked.app.settings.canary_prior, service.directory).identify(heard, line)
        told = identification_object(found)
        if not asked.sees_one():
            told["candidates"] = [{**candidate, "differs": None} for candidate in told["candidates"]]
        return Answer(200, told)

    return asked.once(do)
