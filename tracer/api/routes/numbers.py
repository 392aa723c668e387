"""/numbers: the telephone numbers you own."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page
from tracer.api.schemas.registry import NumberIn, NumberOut
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.line import OwnedNumber
from tracer.domain.personal import redacted
from tracer.domain.records import number_record
from tracer.services.access.answer_once import Answer, Work
from tracer.services.registry.add_number import add_number

router = APIRouter(prefix=f"{V1}/numbers", tags=["numbers"])


@router.get("", responses=reads(page_of(NumberOut)), summary="List the pool")
def list_numbers(asked: Annotated[Asked, asking(Scope.READ_REGISTRY)]) -> Response:
    """The whole pool with what each number carries; the numbers themselves for those who may see identities."""
    with asked.app.reading() as work:
        live = work.canaries.live_per_number()
        stored = work.numbers.all()
    records = [_record(item.owned, live.get(item.number_id, 0)) for item in stored]
    raw = asked.sees_all()
    if raw:
        asked.reveal_page("numbers", [item.number_id for item in stored])
    return asked.answer(page(asked.shown("number", records, raw=raw), None))


@router.post("", status_code=201, responses=makes(NumberOut), summary="Add a number you own")
def add(body: NumberIn, asked: Annotated[Asked, asking(Scope.MANAGE_REGISTRY)]) -> Response:
    """Add a number that you own to the pool. Never somebody else's: a stranger would get the calls."""
    record: dict[str, Any] = body.model_dump()

    def do(work: Work) -> Answer:
        made = _record(add_number(work, record), 0)
        return Answer(201, made if asked.sees_one() else redacted("number", made))

    return asked.once(do)


def _record(owned: OwnedNumber, canaries: int) -> dict[str, Any]:
    return {**number_record(owned), "canaries": canaries, "test_line": owned.test_line}
