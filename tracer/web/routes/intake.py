"""What came in by itself: the sources, what is held and why, trying again and dismissing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue
from tracer.intake.sources_here import rerun_all, sources_here
from tracer.services.access.answer_once import Work
from tracer.services.incoming.browse_deliveries import browse_faulty, delivery_object, faulty_ids, source_counts
from tracer.services.incoming.rerun_deliveries import dismiss
from tracer.web.forms import carry_out, new_mark
from tracer.web.page import go, page
from tracer.web.refusals import in_words
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
AnId = Annotated[str, Path(max_length=128, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
Reader = Annotated[Visitor, visiting(Scope.READ_CALLS)]
Changer = Annotated[tuple[Visitor, Sent], sending(Scope.CHANGE_CALLS)]
SHOWN = 50
MOST_AT_ONCE = 1_000


@router.get("/intake")
def listing(
    request: Request,
    visitor: Reader,
    after: Annotated[str, Query(max_length=128)] = "",
    source: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The sources with their counts, and what waits."""
    raw = visitor.sees_all()
    with visitor.app.reading() as work:
        counts = source_counts(work)
        found, last = browse_faulty(work, after, SHOWN, source)
    if raw:
        visitor.reveal_page("deliveries", [one.delivery_id for one in found])
    return page(
        request,
        "intake.html",
        sources=sources_here(visitor.app, counts, str(request.base_url)),
        waiting=[_shown(request, delivery_object(one, raw=raw)) for one in found],
        next_url=f"/intake?after={last}&source={source}" if last else "",
        source=source,
        once=new_mark(),
    )


@router.post("/intake/rerun")
def run_again(sent: Changer) -> Response:
    """Try again what waits: one message, or all."""
    visitor, form = sent
    chosen = _chosen(visitor, form)
    rerun_all(visitor.app, chosen[:MOST_AT_ONCE], visitor.principal.principal_id)
    return go("/intake?done=intake-rerun")


@router.post("/intake/dismiss")
def dismiss_some(sent: Changer) -> Response:
    """Wait for these messages no longer."""
    visitor, form = sent
    ids = form.texts("id")
    if not ids:
        raise InvalidValue("id", "", "a message: tick at least one")

    def do(work: Work) -> dict[str, Any]:
        return {"dismissed": dismiss(work, ids)}

    carry_out(visitor, form, do)
    return go("/intake?done=intake-dismissed")


@router.get("/intake/{delivery_id}")
def show(request: Request, delivery_id: AnId, visitor: Reader) -> Response:
    """One message: what its source said, and what is wrong with it."""
    raw = visitor.sees_one()
    with visitor.app.reading() as work:
        found = work.deliveries.get(delivery_id)
    if raw:
        visitor.reveal("delivery", delivery_id)
    one = _shown(request, delivery_object(found, raw=raw))
    return page(request, "intake_message.html", one=one, once=new_mark())


def _chosen(visitor: Visitor, form: Sent) -> list[str]:
    ids = form.texts("id")
    if ids:
        return ids
    with visitor.app.reading() as work:
        return faulty_ids(work, form.text("source"))


def _shown(request: Request, one: dict[str, Any]) -> dict[str, Any]:
    """A message with its reason in the visitor's language, as far as it is a refusal of ours."""
    return {**one, "reason": in_words(request, one["reason"]) if one["reason"] else one["reason"]}
