"""Canaries: the list, one of them with its story, and what is done to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.canary import CanaryState
from tracer.domain.columns import parse_list
from tracer.domain.heard_values import Heard
from tracer.domain.records import CANARY_COLUMNS, canary_record
from tracer.services.calls.identify_call import Identifier
from tracer.services.canaries.change_canary import annotate_canary, retire_canary
from tracer.services.canaries.tell_story import canary_story
from tracer.services.registry.browse import browse_canaries, canary_ids, canary_records, newest_canaries
from tracer.web.forms import problems_of
from tracer.web.lists import PAGE, csv_file, file_url, filters_of, next_url, read_place
from tracer.web.page import go, page
from tracer.web.routes.issue import REFUSED, card_of
from tracer.web.shown import channel_names, shown
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import options

router = APIRouter(include_in_schema=False)
Reading = Annotated[Visitor, visiting(Scope.READ_REGISTRY)]
FILTERS = ("prefix", "tag", "state", "issued_for", "purpose")


@router.get("/canaries")
def listing(request: Request, visitor: Reading) -> Response:
    """Canaries, the newest first or by id, searched and filtered."""
    wanted = filters_of(request, *FILTERS)
    by_id, after = request.query_params.get("order") == "id", request.query_params.get("after", "")
    with visitor.app.reading() as work:
        if by_id:
            found = browse_canaries(work, after, PAGE, **wanted)
        else:
            found = newest_canaries(work, read_place(after), PAGE, **wanted)
        names = channel_names(visitor, work, (one for row in found.records for one in parse_list(row["issued_for"])))
    if visitor.sees_all():
        visitor.reveal_page("canaries", found.ids)
    return page(
        request,
        "canaries.html",
        rows=[shown("canary", row, raw=visitor.sees_all()) for row in found.records],
        names=names,
        values={**wanted, "order": "id" if by_id else ""},
        filtered=any(wanted.values()),
        states=options(request, "states", (state.value for state in CanaryState)),
        next_url=next_url(request, found.after),
        file_url=file_url(request),
    )


@router.get("/canaries.csv")
def file(request: Request, visitor: Reading) -> Response:
    """The whole list, as it is filtered, for a spreadsheet."""
    wanted, app, raw = filters_of(request, *FILTERS), visitor.app, visitor.sees_all()
    with app.reading() as work:
        ids = canary_ids(work, **wanted)
    if raw:
        visitor.reveal_page("canaries", ids)

    def rows() -> Any:
        with app.reading() as work:
            for record in canary_records(work, ids):
                yield shown("canary", record, raw=raw)

    return csv_file("canaries", CANARY_COLUMNS, rows())


@router.post("/canaries/search")
def search(
    request: Request, sent: Annotated[tuple[Visitor, Sent], sending(Scope.REVEAL_ONE, Scope.REVEAL_ALL)]
) -> Response:
    """Whose name is that? Counted as a look-up; the name is in no address."""
    visitor, given = sent
    visitor.require(Scope.READ_REGISTRY)
    name, service = given.text("heard")[:200], visitor.service
    with visitor.app.writing(visitor.principal.principal_id) as work:
        visitor.count_lookup(work)
        work.commit()
    suspects: list[dict[str, Any]] = []
    if name:
        with service.directory_lock, visitor.app.reading() as work:
            identifier = Identifier(work, visitor.app.settings.canary_prior, service.directory)
            found = identifier.identify(Heard(name), None)
            canaries = work.canaries.find([one.canary_id for one in found.candidates])
        suspects = [
            {**shown("canary", canary_record(canaries[one.canary_id]), raw=visitor.sees_all()), "p": one.p}
            for one in found.candidates
            if one.p >= 0.001
        ]
        if visitor.sees_all():
            visitor.reveal_page("canaries", [one["canary_id"] for one in suspects])
    return page(request, "found.html", heard=name, suspects=suspects)


@router.get("/canaries/{canary_id}")
def detail(request: Request, canary_id: str, visitor: Reading) -> Response:
    """One canary: its card, orders, calls, and all of it by time."""
    return _detail(request, visitor, canary_id)


@router.post("/canaries/{canary_id}/notes")
def annotate(
    request: Request, canary_id: str, sent: Annotated[tuple[Visitor, Sent], sending(Scope.MANAGE_REGISTRY)]
) -> Response:
    """Write tags and notes anew; earlier ones stay in the journal."""
    visitor, given = sent
    try:
        with visitor.app.writing(visitor.principal.principal_id) as work:
            before = work.canaries.get(canary_id).tags
            tags = parse_list(given.text("tags"))
            dropped = [tag for tag in before if tag not in tags]
            annotate_canary(work, canary_id, tags, dropped, given.text("notes"))
            work.commit()
    except REFUSED as error:
        return _detail(request, visitor, canary_id, given, problems_of(request, error))
    return go(f"/canaries/{canary_id}?done=canary-changed")


@router.post("/canaries/{canary_id}/retire")
def retire(
    request: Request, canary_id: str, sent: Annotated[tuple[Visitor, Sent], sending(Scope.MANAGE_REGISTRY)]
) -> Response:
    """Give a canary up; asked once more before it is done."""
    visitor, given = sent
    if given.text("sure") != "yes":
        with visitor.app.reading() as work:
            work.canaries.get(canary_id)
        return page(request, "retire.html", ids=[canary_id], skipped=[], days=visitor.app.settings.quarantine_days)
    with visitor.app.writing(visitor.principal.principal_id) as work:
        retire_canary(work, canary_id)
        work.commit()
    return go(f"/canaries/{canary_id}?done=canary-retired")


def _detail(
    request: Request,
    visitor: Visitor,
    canary_id: str,
    sent: Sent | None = None,
    problems: dict[str, str] | Any = None,
) -> Response:
    raw = visitor.sees_one()
    with visitor.app.reading() as work:
        story = canary_story(work, visitor.app.model.channels, canary_id, calls=visitor.may("calls:read"))
        names = channel_names(visitor, work, {*story.canary.issued_for, *(one.channel_id for one in story.events)})
    if raw:
        visitor.reveal("canary", canary_id)
    canary = story.canary
    return page(
        request,
        "canary.html",
        422 if problems else 200,
        row=shown("canary", canary_record(canary), raw=raw),
        card=card_of(canary, names) if raw else None,
        story=story,
        erased=canary.is_erased,
        names=names,
        live=canary.state in {CanaryState.ISSUED, CanaryState.USED},
        values=sent.values() if sent else {"tags": " ".join(canary.tags), "notes": canary.notes if raw else ""},
        problems=problems or {},
    )
