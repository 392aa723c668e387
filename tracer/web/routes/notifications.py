"""Where one is told of things: one's own places, what is told there and when, and how each of them does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.documents.notices.compose import trouble_words
from tracer.documents.notices.send import read_address, try_target
from tracer.domain.access import Scope
from tracer.domain.errors import InvalidValue, NotAllowed, TracerError
from tracer.domain.notice import EVENT_SCOPES, Event, Target, target_record
from tracer.services.notices.manage_targets import (
    add_target,
    change_target,
    first_wishes,
    list_outbox,
    outbox_record,
    read_wishes,
    remove_target,
)
from tracer.web.forms import offset_text, problems_of
from tracer.web.page import go, language_for, page, translate
from tracer.web.visitor import Sent, Visitor, sending, visiting

router = APIRouter(include_in_schema=False)
PAGE = "/account/notifications"
Hearer = Annotated[Visitor, visiting(Scope.NOTIFY)]
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.NOTIFY)]
_SHOWN = 20


@router.get(PAGE)
def listing(request: Request, visitor: Hearer) -> Response:
    """The page."""
    return _page(request, visitor, {}, {})


@router.post(PAGE)
def add(request: Request, sent: Sending) -> Response:
    """Add a place."""
    visitor, form = sent
    app, person = visitor.app, str(visitor.principal.user_id)
    try:
        address = read_address(app, form.text("url"))
        usual = first_wishes(address.service, language_for(request).key, offset_text(app))
        given = _given(form)
        wishes = read_wishes({**given, "name": given["name"] or None}, usual)
        with app.writing(visitor.principal.principal_id) as work:
            add_target(work, person, address, wishes)
            work.commit()
    except (InvalidValue, NotAllowed) as error:
        return _page(request, visitor, form.values(), _problems(request, error), chosen=form.texts("events"))
    return go(f"{PAGE}?done=target-added")


@router.post(PAGE + "/{target_id}")
def change(request: Request, target_id: str, sent: Sending) -> Response:
    """Change a place, switch it on or off, test or remove it, by the button that was pressed."""
    visitor, form = sent
    person, actor, act = str(visitor.principal.user_id), visitor.principal.principal_id, form.text("act")
    if act == "test":
        _, outcome = try_target(visitor.app, target_id, person, actor)
        if outcome.is_sent:
            return go(f"{PAGE}?done=test-sent")
        return _page(request, visitor, {}, {}, tried=(target_id, outcome.error))
    try:
        address = read_address(visitor.app, form.text("url")) if form.text("url") else None
        with visitor.app.writing(actor) as work:
            if act == "remove":
                remove_target(work, target_id, person)
            elif act in ("on", "off"):
                change_target(work, target_id, person, {}, on=act == "on")
            else:
                change_target(work, target_id, person, _given(form), address)
            work.commit()
    except InvalidValue as error:
        return _page(request, visitor, {}, {}, refused=(target_id, form, _problems(request, error)))
    return go(f"{PAGE}?done={'target-removed' if act == 'remove' else 'changed'}")


def _given(form: Sent) -> dict[str, Any]:
    return {
        "name": form.text("name"),
        "language": form.text("language") or None,
        "events": form.texts("events"),
        "rhythm": form.text("rhythm") or None,
        "hour": _number(form, "hour"),
        "weekday": _number(form, "weekday"),
        "zone": form.text("zone") or None,
        "quiet": tuple(_number(form, name) for name in ("quiet_begin", "quiet_end") if form.text(name)),
        "reveal": form.text("reveal") == "yes",
    }


def _number(form: Sent, name: str) -> int | None:
    text = form.text(name)
    if not text:
        return None
    if not text.isdecimal():
        raise InvalidValue(name, text, "a whole number")
    return int(text)


def _problems(request: Request, error: TracerError) -> Mapping[str, str]:
    if isinstance(error, InvalidValue) and error.field == "url":
        return {
            "url": translate(
                request,
                "This is not the address of a service that may be used here. Below you find how each one's looks.",
            )
        }
    return problems_of(request, error)


def _page(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    chosen: list[str] | None = None,
    tried: tuple[str, str] | None = None,
    refused: tuple[str, Sent, Mapping[str, str]] | None = None,
) -> Response:
    """The page; a form that was refused is shown as it was sent."""
    app = visitor.app
    person = str(visitor.principal.user_id)
    with app.reading() as work:
        targets = work.notify_targets.all(person)
        waiting = work.outbox.count_waiting()
        told = [outbox_record(one) for one in list_outbox(work, person, _SHOWN)]
    usual = {"rhythm": "immediate", "hour": "9", "weekday": "0", "zone": offset_text(app)}
    fresh = {**usual, "language": language_for(request).key}
    heard = [event.value for event in Event if visitor.principal.scopes & EVENT_SCOPES[event]]
    cards = [_card(one, waiting.get(one.target_id, 0), refused) for one in targets]
    for card in cards:
        card["trouble"] = trouble_words(card["last_error"], language_for(request).key)
        card["tried"] = tried is not None and tried[0] == card["target_id"]
    return page(
        request,
        "notifications.html",
        422 if problems or refused else 200,
        cards=cards,
        told=told,
        names={one.target_id: one.wishes.name for one in targets},
        values={**fresh, **values},
        chosen=chosen if chosen is not None else heard,
        problems=problems,
        events=heard,
        services=app.settings.notify_schemes,
        can_reveal=visitor.may("identities:one") or visitor.may("identities:all"),
        has_link=bool(app.settings.public_url),
    )


def _card(
    target: Target,
    waiting: int,
    refused: tuple[str, Sent, Mapping[str, str]] | None,
) -> dict[str, Any]:
    record = target_record(target)
    values = {name: "" if value is None else str(value) for name, value in record.items() if name != "events"}
    values["reveal"] = "yes" if target.wishes.reveal else ""
    chosen = sorted(event.value for event in target.wishes.events)
    problems: Mapping[str, str] = {}
    if refused is not None and refused[0] == target.target_id:
        values, chosen, problems = (
            {**values, "reveal": "", **refused[1].values()},
            refused[1].texts("events"),
            refused[2],
        )
    return {**record, "waiting": waiting, "values": values, "chosen": chosen, "problems": problems}
