"""/canaries: decoy recipients."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from tracer.api.addresses import V1
from tracer.api.answers import BODIED, makes, problems, reads
from tracer.api.asked import Asked, asking
from tracer.api.paging import page, read_cursor
from tracer.api.parameters import CursorParameter, LimitParameter, Reveal, Tag
from tracer.api.schemas.registry import CanariesIn, CanaryChanges, CanaryDetail, CanaryOut, Card
from tracer.api.schemas.strict import page_of
from tracer.domain.access import Scope
from tracer.domain.canary import Canary
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.errors import NotPermitted
from tracer.domain.records import canary_record
from tracer.services.access.answer_once import Answer, Work
from tracer.services.canaries.change_canary import annotate_canary, retire_canary
from tracer.services.canaries.issue_canary import CanaryRequest, card, issue_canaries
from tracer.services.registry.browse import browse_canaries, erased

router = APIRouter(prefix=f"{V1}/canaries", tags=["canaries"])
Reader = Annotated[Asked, asking(Scope.READ_REGISTRY)]
Keeper = Annotated[Asked, asking(Scope.MANAGE_REGISTRY)]


@router.get("", responses=reads(page_of(CanaryOut)), summary="List canaries")
def list_canaries(
    asked: Reader,
    state: Annotated[
        Literal["", "issued", "used", "quarantined", "retired"], Query(description="Only in this state.")
    ] = "",
    purpose: Annotated[Literal["", "control"], Query(description="Only those given to nobody.")] = "",
    issued_for: Annotated[str, Query(max_length=128, description="A channel it was handed to.")] = "",
    tag: Tag = "",
    alike: Annotated[bool, Query(description="Only imported ones that sound like an earlier one.")] = False,
    reveal: Reveal = True,
    limit: LimitParameter = 50,
    cursor: CursorParameter = "",
) -> Response:
    """Canaries by id, page by page."""
    place = read_cursor(asked.request, cursor, str) if cursor else read_cursor(asked.request, cursor)
    after = str(place.after[0]) if place.after else ""
    filters = {"state": state, "purpose": purpose, "issued_for": issued_for, "tag": tag}
    with asked.app.reading() as work:
        found = browse_canaries(work, after, limit, alike=alike, **filters)
    raw = asked.sees_all(reveal)
    if raw:
        asked.reveal_page("canaries", found.ids)
    return asked.answer(page(asked.shown("canary", found.records, raw=raw), place.next(found.after)))


@router.post("", status_code=201, responses=makes(list[Card], 404), summary="Issue canaries")
def issue(body: CanariesIn, asked: Annotated[Asked, asking(Scope.ISSUE, Scope.MANAGE_REGISTRY)]) -> Response:
    """Issue canaries: name and telephone, ready for a checkout form. Several at once, or on a number of your choice,
    take the scope registry:manage."""
    if (body.count > 1 or body.number) and not asked.principal.may(Scope.MANAGE_REGISTRY):
        raise NotPermitted(Scope.MANAGE_REGISTRY.value)
    app = asked.app
    wanted = CanaryRequest(
        issued_for=tuple(dict.fromkeys(body.issued_for)),
        count=body.count,
        locale=body.locale or app.settings.locale,
        gender=body.gender,
        number=parse_line(body.number).number if body.number else None,
        control=body.control,
        tags=tuple(body.tags),
        notes=body.notes,
    )

    def do(work: Work) -> Answer:
        made = issue_canaries(work, wanted, app.settings.quarantine_days, app.fresh_rng())
        return Answer(201, [card(canary) for canary in made])

    return asked.once(do)


@router.get("/{canary_id}", responses=reads(CanaryDetail, 404), summary="Show a canary")
def show(canary_id: str, asked: Reader, reveal: Reveal = True) -> Response:
    """One canary with its history. Who sees it as it is, the journal notes; such look-ups are limited."""
    raw = asked.sees_one(reveal)
    with asked.app.reading() as work:
        canary = work.canaries.get(canary_id)
        history = work.journal.about(canary_id)
        alike = canary_id in work.canaries.alike()
    if raw:
        asked.reveal("canary", canary_id)
    (record,) = asked.shown("canary", [{**canary_record(canary), **erased(canary.erased_at)}], raw=raw)
    return asked.answer({**record, "sounds_like_another": alike, "history": asked.history(history, raw=raw)})


@router.post("/{canary_id}/retire", responses=makes(CanaryOut, 404, status=200), summary="Give a canary up")
def retire(canary_id: str, asked: Keeper) -> Response:
    """Give a canary up: its line is still listened to, and comes free after the quarantine."""
    return asked.once(lambda work: Answer(200, _seen(asked, work, retire_canary(work, canary_id))))


@router.patch(
    "/{canary_id}",
    responses={**reads(CanaryOut, 404, 409), **problems(*BODIED)},
    summary="Change tags and notes",
)
def annotate(canary_id: str, body: CanaryChanges, asked: Keeper) -> Response:
    """Add and take away tags, write new notes; earlier ones stay in the history."""

    def do(work: Work) -> Answer:
        changed = annotate_canary(work, canary_id, body.add_tags, body.drop_tags, body.notes)
        return Answer(200, _seen(asked, work, changed))

    return asked.change(do)


def _seen(asked: Asked, work: Work, canary: Canary) -> dict[str, Any]:
    record = {**canary_record(canary), **erased(canary.erased_at)}
    return asked.seen(work, "canary", canary.canary_id, record, raw=asked.sees_all())
