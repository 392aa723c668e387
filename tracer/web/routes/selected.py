"""What is done to the canaries that were ticked in their list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.canary import LIVE_STATES
from tracer.domain.columns import parse_list
from tracer.domain.errors import InvalidValue, UnknownId
from tracer.services.access.answer_once import Work
from tracer.services.canaries.change_canary import annotate_canary, retire_canary
from tracer.web.lists import MOST_IDS
from tracer.web.page import go, page, translate
from tracer.web.routes.issue import show_sheet
from tracer.web.visitor import Sent, Visitor, sending

router = APIRouter(include_in_schema=False)
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.MANAGE_REGISTRY)]


@router.post("/canaries/selected")
def selected(request: Request, sent: Sending) -> Response:
    """Tag them, untag them, print them, or ask whether they shall be given up."""
    visitor, given = sent
    ids = list(dict.fromkeys(given.texts("id")))
    if not ids:
        raise InvalidValue("id", "", translate(request, "ticked canaries"))
    if len(ids) > MOST_IDS:
        raise InvalidValue("id", len(ids), f"at most {MOST_IDS} canaries")
    act = given.text("act")
    if act == "sheet":
        return show_sheet(request, visitor, ids)
    if act in {"tag", "untag"}:
        return _tag(visitor, ids, parse_list(given.text("tags")), add=act == "tag")
    if act == "retire":
        with visitor.app.reading() as work:
            live = _live(work, ids)
        skipped = [one for one in ids if one not in live]
        return page(request, "retire.html", ids=live, skipped=skipped, days=visitor.app.settings.quarantine_days)
    raise InvalidValue("act", act, "one of: tag untag sheet retire")


@router.post("/canaries/retire")
def retire(sent: Sending) -> Response:
    """Give several up, after they were asked about; those that were given up meanwhile stay as they are."""
    visitor, given = sent
    with visitor.app.writing(visitor.principal.principal_id) as work:
        for canary_id in _live(work, list(dict.fromkeys(given.texts("id")))[:MOST_IDS]):
            retire_canary(work, canary_id)
        work.commit()
    return go("/canaries?done=canary-retired")


def _tag(visitor: Visitor, ids: Sequence[str], tags: tuple[str, ...], *, add: bool) -> Response:
    if not tags:
        raise InvalidValue("tags", "", translate(visitor.request, "the tags to add or take away"))
    with visitor.app.writing(visitor.principal.principal_id) as work:
        for canary_id in ids:
            annotate_canary(work, canary_id, tags if add else (), () if add else tags, None)
        work.commit()
    return go("/canaries?done=canary-changed")


def _live(work: Work, ids: Sequence[str]) -> list[str]:
    found = work.canaries.find(ids)
    for canary_id in ids:
        if canary_id not in found:
            raise UnknownId("canary", canary_id)
    return [canary_id for canary_id in ids if found[canary_id].state in LIVE_STATES]
