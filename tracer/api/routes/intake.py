"""/intake: what came in by itself, and what waits of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import makes, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page, read_cursor
from tracer.api.parameters import CursorParameter, LimitParameter, Reveal
from tracer.api.schemas.intake import DeliveryOut, DismissIn, DismissOut, RerunIn, RerunOut, SourceOut
from tracer.api.schemas.strict import page_of
from tracer.api.texts import holds_control
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue
from tracer.intake.registry import read_again
from tracer.intake.sources_here import sources_here
from tracer.services.access.answer_once import Answer, Work
from tracer.services.incoming.browse_deliveries import browse_faulty, delivery_object, faulty_ids, source_counts
from tracer.services.incoming.rerun_deliveries import dismiss, rerun

router = APIRouter(prefix=V1, tags=["intake"])
Reader = Annotated[Asked, asking(Scope.READ_CALLS)]
Changer = Annotated[Asked, asking(Scope.CHANGE_CALLS)]
MOST_AT_ONCE = 200


@router.get("/intake/sources", responses=reads(page_of(SourceOut)), summary="List sources")
def sources(request: Request, asked: Reader) -> Response:
    """Every source: whether it reads files, where it is sent to, and how many messages it brought."""
    with asked.app.reading() as work:
        counts = source_counts(work)
    return asked.answer(page(sources_here(asked.app, counts, str(request.base_url)), None))


@router.get("/intake", responses=reads(page_of(DeliveryOut)), summary="List what waits")
def list_faulty(
    request: Request,
    asked: Reader,
    limit: LimitParameter = 50,
    cursor: CursorParameter = "",
    source: Annotated[str, Query(max_length=64, description="Only of this source.")] = "",
    dismissed: Annotated[bool, Query(description="Dismissed ones too.")] = False,
    reveal: Reveal = True,
) -> Response:
    """Messages that are held, and those whose call was logged without its line or canary."""
    place = read_cursor(request, cursor, str)
    after = str(place.after[0]) if place.after else ""
    raw = asked.sees_all(reveal)
    with asked.app.reading() as work:
        found, last = browse_faulty(work, after, limit, source, dismissed=dismissed)
    if raw:
        asked.reveal_page("deliveries", [one.delivery_id for one in found])
    items = [delivery_object(one, raw=raw) for one in found]
    return asked.answer(page(items, place.next([last] if last else None)))


@router.get("/intake/{delivery_id}", responses=reads(DeliveryOut, 404), summary="Show a message")
def show(delivery_id: str, asked: Reader, reveal: Reveal = True) -> Response:
    """One message: what its source said, and what is wrong with it."""
    raw = asked.sees_one(reveal)
    with asked.app.reading() as work:
        found = work.deliveries.get(delivery_id)
    if raw:
        asked.reveal("delivery", delivery_id)
    return asked.answer(delivery_object(found, raw=raw))


@router.post("/intake/rerun", responses=makes(RerunOut, 404, status=200), status_code=200, summary="Try again")
def run_again(body: RerunIn, asked: Changer) -> Response:
    """Try messages again: those named, else up to 200 that wait. While `left` is not 0, ask again after `last`."""

    for field, text in (("source", body.source), ("fault", body.fault), ("after", body.after)):
        if holds_control(text):
            raise InvalidValue(field, text, "text without control characters")

    def do(work: Work) -> Answer:
        # By id, so that what does not hold yet never stands in the way of the others.
        waiting = (one for one in faulty_ids(work, body.source, body.fault) if one > body.after)
        chosen = body.ids or sorted(waiting)
        now = chosen[:MOST_AT_ONCE]
        done = rerun(work, now, read_again, asked.app.fresh_rng())
        told = {"mended": done.mended, "waiting": done.waiting, "left": len(chosen) - len(now)}
        return Answer(200, {**told, "last": now[-1] if now else ""})

    return asked.once(do)


@router.post("/intake/dismiss", responses=makes(DismissOut, 404, status=200), status_code=200, summary="Dismiss")
def dismiss_some(body: DismissIn, asked: Changer) -> Response:
    """Wait for these messages no longer; calls stay as they are. `erase` needs the scope erase."""
    if body.erase:
        asked.require(Scope.ERASE)
    return asked.once(lambda work: Answer(200, {"dismissed": dismiss(work, body.ids, erase=body.erase)}))
