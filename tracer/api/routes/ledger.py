"""/journal: what happened, in the order in which it was written."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import CursorParameter, LimitParameter, page, read_cursor
from tracer.api.schemas import FactOut, page_of
from tracer.domain.access import Scope
from tracer.services.browse import browse_journal

router = APIRouter(prefix=V1, tags=["journal"])


@router.get("/journal", responses=reads(page_of(FactOut)), summary="List facts")
def list_facts(
    asked: Annotated[Asked, asking(Scope.READ_LEDGER)],
    event: Annotated[str, Query(max_length=64)] = "",
    subject_id: Annotated[str, Query(max_length=128)] = "",
    actor: Annotated[str, Query(max_length=128)] = "",
    limit: LimitParameter = 50,
    cursor: CursorParameter = "",
) -> Response:
    """Who did what when, to what, oldest first. What was recorded stays sealed."""
    place = read_cursor(asked.request, cursor, int) if cursor else read_cursor(asked.request, cursor)
    after = int(place.after[0]) if place.after else 0
    filters = {"event": event, "subject_id": subject_id, "actor": actor}
    with asked.app.reading() as work:
        found = browse_journal(work, after, limit, **filters)
    return asked.answer(page(found.records, place.next(found.after)))
