"""Issue canaries, and print them on a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from tracer.domain.access import Scope
from tracer.domain.canary import Canary
from tracer.domain.codebook.phone_number import parse_line
from tracer.domain.codebook.repertoire import LOCALES
from tracer.domain.codebook.written_phone import STYLES, write_as
from tracer.domain.columns import parse_list
from tracer.domain.errors import (
    AlreadyExists,
    CapacityExhausted,
    InvalidRecord,
    InvalidValue,
    NotAllowed,
    NotPermitted,
    TracerError,
    UnknownId,
)
from tracer.services.access.answer_once import Work
from tracer.services.canaries.codebook_capacity import NumberCapacity, codebook_capacity
from tracer.services.canaries.issue_canary import CanaryRequest, card, issue_canaries
from tracer.services.registry.register_channel import register_channel
from tracer.services.registry.reveal_identities import reveal_list
from tracer.web.forms import carry_out, new_mark, problems_of
from tracer.web.lists import MOST_IDS
from tracer.web.page import go, page, translate
from tracer.web.shown import channel_names
from tracer.web.visitor import Sent, Visitor, sending, visiting
from tracer.web.words import kind_options, locale_options

router = APIRouter(include_in_schema=False)
FEW_NAMES = 100
FEW_EXTENSIONS = 0.1
REFUSED = (InvalidValue, InvalidRecord, UnknownId, AlreadyExists, NotAllowed, CapacityExhausted)
Sending = Annotated[tuple[Visitor, Sent], sending(Scope.ISSUE, Scope.MANAGE_REGISTRY)]


@router.get("/canaries/new")
def form(
    request: Request, visitor: Annotated[Visitor, visiting(Scope.ISSUE, Scope.MANAGE_REGISTRY)], channel: str = ""
) -> Response:
    """The form, with a warning where names or extensions run out."""
    values = {"locale": visitor.app.settings.locale, "count": "1", "for": channel}
    return _form(request, visitor, values, [channel], {}, None)


@router.post("/canaries/new")
def issue(request: Request, sent: Sending) -> Response:
    """Issue what was asked for, once however often the form is sent, and show it."""
    visitor, given = sent
    try:
        made = carry_out(visitor, given, lambda work: {"ids": _issue(work, visitor, given)})
    except REFUSED as error:
        return _form(request, visitor, given.values(), _channels(given), problems_of(request, error), error)
    ids = made["ids"]
    if len(ids) == 1:
        return go(f"/canaries/{ids[0]}?done=canary-issued")
    return go(f"/canaries/sheet?ids={','.join(ids)}&done=canary-issued")


@router.get("/canaries/sheet")
def sheet(request: Request, visitor: Annotated[Visitor, visiting(Scope.READ_REGISTRY)], ids: str = "") -> Response:
    """A page to print: several canaries as cards."""
    wanted = list(dict.fromkeys(parse_list(ids)))[:MOST_IDS]
    return show_sheet(request, visitor, wanted)


def show_sheet(request: Request, visitor: Visitor, wanted: Sequence[str]) -> Response:
    """The sheet of these canaries, which the journal notes. Raises NotPermitted, InvalidValue, UnknownId."""
    if not visitor.sees_all():
        raise NotPermitted(Scope.REVEAL_ALL.value)
    if not wanted:
        raise InvalidValue("ids", "", "the ids of canaries", "Tick some in the list of canaries first")
    with visitor.app.reading() as work:
        found = work.canaries.find(wanted)
        missing = next((one for one in wanted if one not in found), None)
        if missing is not None:
            raise UnknownId("canary", missing)
        names = channel_names(visitor, work, (one for canary in found.values() for one in canary.issued_for))
    visitor.reveal_page("canaries", wanted)
    return page(request, "sheet.html", cards=[card_of(found[one], names) for one in wanted])


def card_of(canary: Canary, names: Mapping[str, str]) -> dict[str, Any]:
    """A canary as card.html shows it."""
    made = card(canary)
    others = dict.fromkeys(write_as(canary.phone, style) for style in STYLES)
    channels = [names.get(one, one) for one in canary.issued_for]
    return {
        **made,
        "forms": [form for form in others if form != made["written_phone"]],
        "channels": channels,
        "control": canary.is_control,
    }


def _channels(sent: Sent) -> list[str]:
    return list(dict.fromkeys(one for text in sent.texts("for") for one in parse_list(text)))


def _issue(work: Work, visitor: Visitor, sent: Sent) -> list[str]:
    count, number = sent.text("count") or "1", sent.text("number")
    if not (count.isascii() and count.isdigit() and 1 <= int(count[:6]) <= MOST_IDS):
        raise InvalidValue("count", count, f"a whole number from 1 to {MOST_IDS}", "`tracer canary issue` makes more")
    if count.lstrip("0") != "1" or number or sent.text("name"):
        visitor.require(Scope.MANAGE_REGISTRY)
    channels = _channels(sent)
    if sent.text("name"):
        record = sent.record("name", "kind")
        channels.append(register_channel(work, visitor.app.model.channels, record).channel_id)
    wanted = CanaryRequest(
        issued_for=tuple(channels),
        count=int(count),
        locale=sent.text("locale") or visitor.app.settings.locale,
        gender=sent.text("gender"),
        number=parse_line(number).number if number else None,
        control=sent.text("control") == "yes",
        tags=parse_list(sent.text("tags")),
        notes=sent.text("notes"),
    )
    if not channels and not wanted.control:
        raise InvalidValue("channel_id", "", translate(visitor.request, "a shop or another channel, or a control"))
    made = issue_canaries(work, wanted, visitor.app.settings.quarantine_days, visitor.app.fresh_rng())
    return [canary.canary_id for canary in made]


def _form(
    request: Request,
    visitor: Visitor,
    values: Mapping[str, str],
    chosen: Sequence[str],
    problems: Mapping[str, str],
    error: TracerError | None,
) -> Response:
    app = visitor.app
    locale = values.get("locale") or app.settings.locale
    with app.reading() as work:
        names = channel_names(visitor, work)
        numbers, _ = codebook_capacity(work, [locale if locale in LOCALES else app.settings.locale])
        ids = [stored.number_id for stored in work.numbers.all()]
    if visitor.sees_all():
        with app.writing(visitor.principal.principal_id) as work:
            reveal_list(work, "numbers", ids)
            work.commit()
    labels = [one.number if visitor.sees_all() else str(place) for place, one in enumerate(numbers, 1)]
    any_number = ("", translate(request, "any that has room"))
    return page(
        request,
        "issue.html",
        200 if error is None else 422,
        values={**values, "for": " ".join(chosen)},
        chosen=chosen,
        problems=problems,
        exhausted=isinstance(error, CapacityExhausted | NotAllowed),
        once=new_mark(),
        channels=[{"channel_id": key, "name": name} for key, name in names.items()],
        kinds=kind_options(request, app.model.channels.kinds),
        locales=locale_options(request),
        pool=[any_number, *((one.number, one.number) for one in numbers)] if numbers else [],
        running_short=[_short(one, label) for one, label in zip(numbers, labels, strict=True) if _bites(one)],
        days=app.settings.quarantine_days,
    )


def _bites(one: NumberCapacity) -> bool:
    if one.extension_digits is None:
        return one.left < FEW_NAMES
    return one.left < one.capacity * FEW_EXTENSIONS


def _short(one: NumberCapacity, label: str) -> dict[str, Any]:
    return {"label": label, "left": one.left, "digits": one.extension_digits}
